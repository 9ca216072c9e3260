/**
 * The classic litmus tests as programs of tasks on CPUs, under every model of ours: what each allows and forbids.
 *
 * Verdicts: Alglave, Maranget, Tautschnig, "Herding cats" (TOPLAS 2014), for sc, tso and power; Pulte et al. (POPL 2018)
 * for aarch64; tools/memory-model/litmus-tests and Documentation/explanation.txt of Linux 6.12 for lkmm.
 */
import { describe, expect, it } from "vitest";
import { present } from "../../../src/base/assert.ts";
import { checkProgram, DEFAULT_LIMITS } from "../../../src/check/states/check.ts";
import { loadNamedModel } from "../../../src/cli/litmus/model.ts";
import type { Verdict } from "../../../src/evidence/types.ts";
import { expectProgram } from "../../support/kts.ts";
import { litmus } from "../../support/kts_threads.ts";

const MODELS = ["sc", "tso", "aarch64", "power", "lkmm"].map((name) => ({
  name,
  model: loadNamedModel(name).model,
}));

function judge(
  threads: readonly string[],
  outcome: string,
  graphs: (typeof MODELS)[number],
  helpers = "",
): Verdict {
  const program = expectProgram(litmus(threads, outcome, helpers), { entries: ["setup"] });
  const names = { scheme: "none", scenario: "litmus", arch: "none" };
  const { verdict } = checkProgram(program, names, {
    cpus: threads.length + 1,
    limits: DEFAULT_LIMITS,
    partialOrder: true,
    symmetry: true,
    graphs,
    now: () => 0,
  });
  return verdict;
}

/** The models that allow the outcome, joined. */
function allowing(threads: readonly string[], outcome: string, helpers = ""): string {
  const allowed = MODELS.filter((graphs) => {
    const verdict = judge(threads, outcome, graphs, helpers);
    expect(verdict.kind === "bounded" ? verdict.limit : "", graphs.name).not.toMatch(/events|precision/);
    return verdict.kind === "violated";
  });
  return allowed.map(({ name }) => name).join(" ");
}

const W = (v: string, n = 1): string => `WRITE_ONCE(g.${v}, ${n});`;
const R = (v: string, r: string): string => `const ${r} = READ_ONCE(g.${v});`;
const S = (...rs: string[]): string => rs.map((r) => `WRITE_ONCE(g.${r}, ${r});`).join(" ");

const SB = "g.r0 === 0 && g.r1 === 0";
const MP = "g.r0 === 1 && g.r1 === 0";
const LB = "g.r0 === 1 && g.r1 === 1";
const IRIW = "g.r0 === 1 && g.r1 === 0 && g.r2 === 1 && g.r3 === 0";

describe("two threads", () => {
  it.each([
    ["SB", [W("x") + R("y", "r0") + S("r0"), W("y") + R("x", "r1") + S("r1")], SB, "tso aarch64 power lkmm"],
    [
      "SB+mbs",
      [`${W("x")} smp_mb(); ${R("y", "r0")} ${S("r0")}`, `${W("y")} smp_mb(); ${R("x", "r1")} ${S("r1")}`],
      SB,
      "",
    ],
    [
      "SB+RMWs",
      [
        `${W("x")} atomic_inc_return(g.n); ${R("y", "r0")} ${S("r0")}`,
        `${W("y")} atomic_inc_return(g.n); ${R("x", "r1")} ${S("r1")}`,
      ],
      SB,
      "",
    ],
    [
      "SB+relaxed RMWs",
      [
        `${W("x")} atomic_inc(g.n); ${R("y", "r0")} ${S("r0")}`,
        `${W("y")} atomic_inc(g.n); ${R("x", "r1")} ${S("r1")}`,
      ],
      SB,
      "aarch64 power lkmm",
    ],
    ["MP", [W("x") + W("y"), R("y", "r0") + R("x", "r1") + S("r0", "r1")], MP, "aarch64 power lkmm"],
    [
      "MP+wmb",
      [`${W("x")} smp_wmb(); ${W("y")}`, R("y", "r0") + R("x", "r1") + S("r0", "r1")],
      MP,
      "aarch64 power lkmm",
    ],
    [
      "MP+wmb+rmb",
      [`${W("x")} smp_wmb(); ${W("y")}`, `${R("y", "r0")} smp_rmb(); ${R("x", "r1")} ${S("r0", "r1")}`],
      MP,
      "",
    ],
    [
      "MP+release+acquire",
      [
        `${W("x")} smp_store_release(g.y, 1);`,
        `const r0 = smp_load_acquire(g.y); ${R("x", "r1")} ${S("r0", "r1")}`,
      ],
      MP,
      "",
    ],
    [
      "MP+wmb+await",
      [`${W("x")} smp_wmb(); ${W("y")}`, `smp_cond_load_acquire(g.y, 1); ${R("x", "r1")} ${S("r1")}`],
      "g.r1 === 0",
      "",
    ],
    ["2+2W", [W("x") + W("y", 2), W("y") + W("x", 2)], "g.x === 1 && g.y === 1", "aarch64 power lkmm"],
    [
      "2+2W+wmbs",
      [`${W("x")} smp_wmb(); ${W("y", 2)}`, `${W("y")} smp_wmb(); ${W("x", 2)}`],
      "g.x === 1 && g.y === 1",
      "lkmm",
    ],
    [
      "S+wmb+data",
      [`${W("x", 2)} smp_wmb(); ${W("y")}`, `${R("y", "r0")} WRITE_ONCE(g.x, r0); ${S("r0")}`],
      "g.x === 2 && g.r0 === 1",
      "",
    ],
    [
      "S+wmb+po",
      [`${W("x", 2)} smp_wmb(); ${W("y")}`, `${R("y", "r0")} ${W("x")} ${S("r0")}`],
      "g.x === 2 && g.r0 === 1",
      "aarch64 power lkmm",
    ],
  ])("%s", (_, threads, outcome, allowed) => {
    expect(allowing(threads, outcome)).toBe(allowed);
  });

  it("updates and locks lose nothing", () => {
    const add = "spin_lock(g.lock); g.x = g.x + 1; spin_unlock(g.lock); atomic_inc(g.n);";
    expect(allowing([add, add], "g.x !== 2 || atomic_read(g.n) !== 2")).toBe("");
  });
});

describe("four threads", () => {
  const reader = (fence: string, a: string, b: string, r: string, q: string): string =>
    `${R(a, r)} ${fence} ${R(b, q)} ${S(r, q)}`;
  it.each([
    ["", "aarch64 power lkmm"],
    ["smp_rmb();", "power lkmm"],
    ["smp_mb();", ""],
  ])("IRIW with %s", (fence, allowed) => {
    const readers = [reader(fence, "x", "y", "r0", "r1"), reader(fence, "y", "x", "r2", "r3")];
    expect(allowing([W("x"), W("y"), ...readers], IRIW)).toBe(allowed);
  });
});

describe("interrupts", () => {
  const handler = "export function handler(a: int): void { WRITE_ONCE(g.y, READ_ONCE(g.x)); }";

  it("what was written before an interprocessor interrupt is seen by its handler, and the other way round", () => {
    const caller = `${W("x")} smp_call_function_single(1, handler, 0, true); ${R("y", "r0")} ${S("r0")}`;
    expect(allowing([caller, ""], "g.r0 === 0", handler)).toBe("");
  });

  it("a handler that nobody waits for may be late", () => {
    const caller = `${W("x")} smp_call_function_single(1, handler, 0, false); ${R("y", "r0")} ${S("r0")}`;
    expect(allowing([caller, ""], "g.r0 === 0", handler)).toBe("sc tso aarch64 power lkmm");
  });
});

/** A thread that loads `from` into `r`, and stores `to`, with something between or around. */
const LOADS = (from: string, r: string, to: string, between = ""): string =>
  R(from, r) + between + W(to) + S(r);

describe("load buffering", () => {
  const weak = "aarch64 power lkmm";
  it.each([
    ["LB", LOADS("x", "r0", "y"), LOADS("y", "r1", "x"), weak],
    ["LB+mb+po", LOADS("x", "r0", "y", "smp_mb();"), LOADS("y", "r1", "x"), weak],
    ["LB+mbs", LOADS("x", "r0", "y", "smp_mb();"), LOADS("y", "r1", "x", "smp_mb();"), ""],
    // smp_wmb() orders no loads; on arm64 neither does DMB ISHST, lwsync does.
    ["LB+wmbs", LOADS("x", "r0", "y", "smp_wmb();"), LOADS("y", "r1", "x", "smp_wmb();"), "aarch64 lkmm"],
    ["LB+acq+po", `const r0 = smp_load_acquire(g.x);${W("y")}${S("r0")}`, LOADS("y", "r1", "x"), weak],
    [
      "LB+acqs",
      `const r0 = smp_load_acquire(g.x);${W("y")}${S("r0")}`,
      `const r1 = smp_load_acquire(g.y);${W("x")}${S("r1")}`,
      "",
    ],
    ["LB+data+po", `${R("x", "r0")}WRITE_ONCE(g.y, r0);${S("r0")}`, LOADS("y", "r1", "x"), weak],
    [
      "LB+datas: nothing comes out of thin air",
      `${R("x", "r0")}WRITE_ONCE(g.y, r0);${S("r0")}`,
      `${R("y", "r1")}WRITE_ONCE(g.x, r1);${S("r1")}`,
      "",
    ],
    [
      "LB+ctrls",
      `${R("x", "r0")}if (r0 === 1) WRITE_ONCE(g.y, 1);${S("r0")}`,
      `${R("y", "r1")}if (r1 === 1) WRITE_ONCE(g.x, 1);${S("r1")}`,
      "",
    ],
    // Where the ways have met again nothing depends on the condition.
    [
      "LB+joins",
      `${R("x", "r0")}if (r0 === 1) WRITE_ONCE(g.z, 1);${W("y")}${S("r0")}`,
      `${R("y", "r1")}if (r1 === 1) WRITE_ONCE(g.z, 1);${W("x")}${S("r1")}`,
      weak,
    ],
    // An update's load is not ordered before what follows, but its store is behind its load.
    [
      "LB+xchg_relaxed",
      `const r0 = xchg_relaxed(g.x, 1);${W("y")}${S("r0")}`,
      `const r1 = xchg_relaxed(g.y, 1);${W("x")}${S("r1")}`,
      weak,
    ],
    [
      "LB+xchg",
      `const r0 = xchg(g.x, 1);${W("y")}${S("r0")}`,
      `const r1 = xchg(g.y, 1);${W("x")}${S("r1")}`,
      "",
    ],
  ])("%s", (_, one, other, models) => {
    expect(allowing([one, other], LB)).toBe(models);
  });

  it("goes round three CPUs", () => {
    const LB3 = "g.r0 === 1 && g.r1 === 1 && g.r2 === 1";
    const three = (between: string): string[] => [
      LOADS("x", "r0", "y", "smp_mb();"),
      LOADS("y", "r1", "z", "smp_mb();"),
      LOADS("z", "r2", "x", between),
    ];
    expect(allowing(three(""), LB3)).toBe(weak);
    expect(allowing(three("smp_mb();"), LB3)).toBe("");
  });

  it("of two loads at once", () => {
    const both = R("x", "r0") + R("z", "r1") + W("y") + S("r0", "r1");
    const other = `${R("y", "r2")}if (r2 === 1) { WRITE_ONCE(g.x, 1); WRITE_ONCE(g.z, 1); }${S("r2")}`;
    expect(allowing([both, other], "g.r0 === 1 && g.r1 === 1 && g.r2 === 1")).toBe(weak);
  });

  it("comes before the fence behind the store, which belongs to the store's step", () => {
    const fenced = `${R("x", "r0")}${W("y")}smp_mb();${S("r0")}`;
    expect(allowing([fenced, LOADS("y", "r1", "x")], LB)).toBe(weak);
  });

  // Without a guess CPU 0 makes n 1 and CPU 1 makes it 2: the 1 that CPU 0 may find is nobody else's.
  it("takes what another CPU's update makes, where that is the first", () => {
    const first = `const r0 = atomic_inc_return_relaxed(g.n);${W("x")}${S("r0")}`;
    const incs = `${R("x", "r1")}if (r1 === 1) atomic_inc(g.n);${S("r1")}`;
    expect(allowing([first, incs], "g.r0 === 2 && g.r1 === 1")).toBe(weak);
  });

  it("is told in the timeline, with the order that is missing on either side", () => {
    const threads = [LOADS("x", "r0", "y"), LOADS("y", "r1", "x")];
    const lkmm = present(
      MODELS.find(({ name }) => name === "lkmm"),
      "lkmm",
    );
    const verdict = judge(threads, LB, lkmm);
    if (verdict.kind !== "violated") throw new Error(`expected a violation, found ${verdict.kind}`);
    expect(JSON.stringify(verdict.violation.timeline)).toMatch(/takes what CPU \d writes at step \d+/);
    const missing = verdict.violation.graph?.missing.map(({ axiom, pairs }) => [axiom, pairs.length]);
    expect(missing).toEqual([["happens-before", 2]]);
  });
});
