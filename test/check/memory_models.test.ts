/**
 * Classic litmus tests as programs: what sequential consistency forbids and store buffers allow, and what a fence or a
 * locked instruction forbids again. Expected verdicts: Sewell et al., x86-TSO (CACM 2010), and the x86 manual's examples.
 */
import { describe, expect, it } from "vitest";
import { checkProgram, DEFAULT_LIMITS } from "../../src/check/states/check.ts";
import type { CheckResult } from "../../src/evidence/types.ts";
import type { MemoryModel } from "../../src/world/world.ts";
import { expectProgram } from "../support/kts.ts";
import { litmus } from "../support/kts_threads.ts";

function check(text: string, cpus: number, model: MemoryModel, partialOrder = true): CheckResult {
  const program = expectProgram(text, { entries: ["setup"] });
  const names = { scheme: "none", scenario: "litmus", arch: "none" };
  const symmetry = partialOrder;
  return checkProgram(program, names, {
    cpus,
    limits: DEFAULT_LIMITS,
    partialOrder,
    symmetry,
    model,
    now: () => 0,
  });
}

/** The verdicts under SC and under TSO; both with and without reductions. */
function verdicts(threads: readonly string[], outcome: string, helpers = ""): [string, string] {
  const text = litmus(threads, outcome, helpers);
  const of = (model: MemoryModel): string => {
    const reduced = check(text, threads.length + 1, model).verdict.kind;
    expect(check(text, threads.length + 1, model, false).verdict.kind).toBe(reduced);
    return reduced;
  };
  return [of("sc"), of("tso")];
}

const FORBIDDEN_UNDER_BOTH = ["proved", "proved"];
const ALLOWED_UNDER_TSO = ["proved", "violated"];

const W = (v: string): string => `WRITE_ONCE(g.${v}, 1);`;
const R = (v: string, r: string): string => `WRITE_ONCE(g.${r}, READ_ONCE(g.${v}));`;

describe("store buffering", () => {
  const outcome = "g.r0 === 0 && g.r1 === 0";

  it("happens under TSO only", () => {
    expect(verdicts([W("x") + R("y", "r0"), W("y") + R("x", "r1")], outcome)).toEqual(ALLOWED_UNDER_TSO);
  });

  it("does not happen with full barriers", () => {
    const fenced = [`${W("x")} smp_mb(); ${R("y", "r0")}`, `${W("y")} smp_mb(); ${R("x", "r1")}`];
    expect(verdicts(fenced, outcome)).toEqual(FORBIDDEN_UNDER_BOTH);
  });

  it("still happens with one full barrier", () => {
    const half = [`${W("x")} smp_mb(); ${R("y", "r0")}`, W("y") + R("x", "r1")];
    expect(verdicts(half, outcome)).toEqual(ALLOWED_UNDER_TSO);
  });

  it("still happens with acquire, release, rmb and wmb", () => {
    const weak = [
      "smp_store_release(g.x, 1); smp_wmb(); WRITE_ONCE(g.r0, smp_load_acquire(g.y));",
      "smp_store_release(g.y, 1); smp_rmb(); WRITE_ONCE(g.r1, smp_load_acquire(g.x));",
    ];
    expect(verdicts(weak, outcome)).toEqual(ALLOWED_UNDER_TSO);
  });

  it("does not happen with exchanges, which are locked", () => {
    const locked = [`xchg(g.x, 1); ${R("y", "r0")}`, `xchg(g.y, 1); ${R("x", "r1")}`];
    expect(verdicts(locked, outcome)).toEqual(FORBIDDEN_UNDER_BOTH);
  });

  it("does not happen with a locked increment of something else in between", () => {
    const locked = [
      `${W("x")} atomic_inc(g.n); ${R("y", "r0")}`,
      `${W("y")} atomic_inc(g.n); ${R("x", "r1")}`,
    ];
    expect(verdicts(locked, outcome)).toEqual(FORBIDDEN_UNDER_BOTH);
  });
});

describe("a buffer that gets full", () => {
  /** Store buffering in which the first store must wait for `stores` others, with interrupts on or off. */
  const behind = (stores: number, off: boolean): string => {
    const more = Array.from({ length: stores }, (_, i) => `WRITE_ONCE(g.r2, ${i});`).join(" ");
    const late = `${W("x")} ${more} ${R("y", "r0")}`;
    const early = `${W("y")} smp_mb(); ${R("x", "r1")} ${R("r2", "r3")}`;
    return litmus([off ? `local_irq_disable(); ${late}` : late, early], "g.r0 === 0 && g.r1 === 0");
  };

  it.each([true, false])("is tried longer until it is not (interrupts off: %s)", (off) => {
    expect(check(behind(4, off), 3, "tso").verdict.kind).toBe("violated");
    expect(check(behind(8, off), 3, "tso").verdict.kind).toBe("violated");
    expect(check(behind(16, off), 3, "tso").verdict.kind).toBe("violated");
  });

  it.each([true, false])("is no proof when the longest is too short (interrupts off: %s)", (off) => {
    expect(check(behind(30, off), 3, "tso").verdict).toMatchObject({
      kind: "bounded",
      limit: "store buffers",
    });
  });
});

describe("what store buffers keep", () => {
  it("message passing", () => {
    const threads = [W("x") + W("y"), R("y", "r0") + R("x", "r1")];
    expect(verdicts(threads, "g.r0 === 1 && g.r1 === 0")).toEqual(FORBIDDEN_UNDER_BOTH);
  });

  it("load buffering", () => {
    const threads = [R("x", "r0") + W("y"), R("y", "r1") + W("x")];
    expect(verdicts(threads, "g.r0 === 1 && g.r1 === 1")).toEqual(FORBIDDEN_UNDER_BOTH);
  });

  it("coherence of reads", () => {
    const threads = [W("x"), R("x", "r0") + R("x", "r1")];
    expect(verdicts(threads, "g.r0 === 1 && g.r1 === 0")).toEqual(FORBIDDEN_UNDER_BOTH);
  });

  it("independent reads of independent writes", () => {
    const threads = [W("x"), W("y"), R("x", "r0") + R("y", "r1"), R("y", "r2") + R("x", "r3")];
    const outcome = "g.r0 === 1 && g.r1 === 0 && g.r2 === 1 && g.r3 === 0";
    expect(verdicts(threads, outcome)).toEqual(FORBIDDEN_UNDER_BOTH);
  });

  it("that a CPU sees its own stores at once", () => {
    const threads = [`${W("x")} ${R("x", "r0")}`, R("y", "r1")];
    expect(verdicts(threads, "g.r0 === 0")).toEqual(FORBIDDEN_UNDER_BOTH);
  });

  it("that a lock's section is seen whole", () => {
    const section = (r: string): string => `spin_lock(g.lock); ${R("x", r)} ${W("x")} spin_unlock(g.lock);`;
    expect(verdicts([section("r0"), section("r1")], "g.r0 === 0 && g.r1 === 0")).toEqual(
      FORBIDDEN_UNDER_BOTH,
    );
  });
});

describe("own stores seen early", () => {
  it("two CPUs disagree about who was first (n6 of the x86-TSO paper)", () => {
    const threads = [`${W("x")} ${R("x", "r0")} ${R("y", "r1")}`, `WRITE_ONCE(g.y, 1); WRITE_ONCE(g.x, 2);`];
    expect(verdicts(threads, "g.r0 === 1 && g.r1 === 0 && g.x === 1")).toEqual(ALLOWED_UNDER_TSO);
  });
});

describe("freeing", () => {
  const page = (thread: string): string =>
    litmus([thread, ""], "false", "export interface page extends struct { v: int; w: int; }")
      .replace("x: int;", "x: int; p: page;")
      .replace("setup(): void {", "setup(): void {\n  g.p = alloc<page>();");

  it("comes after the CPU's own stores, in its buffer or not", () => {
    const text = page("const p = g.p; WRITE_ONCE(g.x, 1); p.v = 1; p.w = 2; WRITE_ONCE(g.y, 1); free(p);");
    expect(check(text, 3, "tso").verdict.kind).toBe("proved");
  });

  it("comes before stores that follow it", () => {
    const { verdict } = check(page("const p = g.p; free(p); p.v = 1;"), 3, "tso");
    expect(verdict.kind === "violated" && verdict.violation.property).toBe("uaf");
  });
});

describe("a free that looks at active_mm", () => {
  const machine = (leaves: string): string => `
export interface mm_struct extends struct { users: int; }
export interface task_struct extends struct { active_mm: mm_struct; }
export interface vars extends struct { mask: cpumask_t; mm: mm_struct; }
export const none = DEFINE<mm_struct>();
export const g = DEFINE<vars>();
export function t0(): void { const me = get_current<task_struct>(); ${leaves} local_irq_enable(); }
export function t1(): void { local_irq_enable(); if (cpumask_empty(g.mask)) free(g.mm); }
export function setup(): void {
  g.mm = alloc<mm_struct>();
  cpumask_set_cpu(0, g.mask);
  const first = task_create<task_struct>(t0, cpumask_of(0), 0);
  first.active_mm = g.mm;
  task_start_on(first, 0);
  task_start_on(task_create<task_struct>(t1, cpumask_of(1), 0), 1);
  cpu_start_root(0, none);
  cpu_start_root(1, none);
}`;
  const broken = (leaves: string, model: MemoryModel): string => {
    const options = { cpus: 2, limits: DEFAULT_LIMITS, partialOrder: true, symmetry: true, now: () => 0 };
    const { verdict } = checkProgram(
      expectProgram(machine(leaves), { entries: ["setup"] }),
      { scheme: "none", scenario: "free", arch: "none" },
      { ...options, model, accept: ["root"] },
    );
    return verdict.kind === "violated" ? verdict.violation.property : verdict.kind;
  };

  // Interrupts are off, and nobody but its owner sees the store: it is a step of its own all the same.
  it.each(["sc", "tso"] as const)("finds the store not made yet, behind a locked one: %s", (model) => {
    expect(broken("cpumask_clear_cpu(0, g.mask); me.active_mm = NULL;", model)).toBe("root");
    expect(broken("me.active_mm = NULL; cpumask_clear_cpu(0, g.mask);", model)).not.toBe("root");
  });
});

describe("interrupts", () => {
  const handler = "export function handler(_arg: vars): void { WRITE_ONCE(g.r0, READ_ONCE(g.y)); }";

  it("drain the buffer on the way in", () => {
    // CPU 0's store of x is before the handler, CPU 1's of y before the IPI that the handler answers.
    const threads = [
      `${W("x")} cpu_relax();`,
      `${W("y")} smp_call_function_single(0, handler, g, true); ${R("x", "r1")}`,
    ];
    expect(verdicts(threads, "g.r0 === 0", handler)).toEqual(FORBIDDEN_UNDER_BOTH);
  });
});

describe("read-copy update", () => {
  const reader =
    "rcu_read_lock(); WRITE_ONCE(g.r0, READ_ONCE(g.x)); WRITE_ONCE(g.r1, READ_ONCE(g.y)); rcu_read_unlock();";

  it("a grace period waits for readers of its beginning", () => {
    const threads = [reader, `${W("y")} synchronize_rcu(); ${W("x")}`];
    expect(verdicts(threads, "g.r0 === 1 && g.r1 === 0")).toEqual(FORBIDDEN_UNDER_BOTH);
  });

  it("without it the reader may see the end and not the beginning", () => {
    const backwards =
      "rcu_read_lock(); WRITE_ONCE(g.r1, READ_ONCE(g.y)); WRITE_ONCE(g.r0, READ_ONCE(g.x)); rcu_read_unlock();";
    const with_ = [backwards, `${W("y")} synchronize_rcu(); ${W("x")}`];
    expect(verdicts(with_, "g.r0 === 1 && g.r1 === 0")).toEqual(FORBIDDEN_UNDER_BOTH);
    const without = [backwards, `${W("y")} ${W("x")}`];
    expect(verdicts(without, "g.r0 === 1 && g.r1 === 0")).toEqual(["violated", "violated"]);
  });

  it("a callback runs after the readers of its beginning", () => {
    const callback = "export function late(v: vars): void { WRITE_ONCE(v.x, 1); }";
    const backwards =
      "rcu_read_lock(); WRITE_ONCE(g.r1, READ_ONCE(g.y)); WRITE_ONCE(g.r0, READ_ONCE(g.x)); rcu_read_unlock();";
    const threads = [backwards, `${W("y")} call_rcu(late, g);`];
    expect(verdicts(threads, "g.r0 === 1 && g.r1 === 0", callback)).toEqual(FORBIDDEN_UNDER_BOTH);
  });

  it("preemption and interrupts off are read-side sections", () => {
    const off = (enter: string, leave: string): string =>
      `${enter} WRITE_ONCE(g.r1, READ_ONCE(g.y)); WRITE_ONCE(g.r0, READ_ONCE(g.x)); ${leave}`;
    for (const section of [
      off("preempt_disable();", "preempt_enable();"),
      off("local_irq_disable();", "local_irq_enable();"),
    ]) {
      const threads = [section, `${W("y")} synchronize_rcu(); ${W("x")}`];
      expect(verdicts(threads, "g.r0 === 1 && g.r1 === 0")).toEqual(FORBIDDEN_UNDER_BOTH);
    }
  });

  it("waiting inside a read-side section is a hang", () => {
    const text = litmus(["rcu_read_lock(); synchronize_rcu(); rcu_read_unlock();"], "false");
    const { verdict } = check(text, 2, "sc");
    expect(verdict.kind === "violated" && verdict.violation.property).toBe("hang");
  });
});
