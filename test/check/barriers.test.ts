/** Which orderings are needed, where theory or another way of asking knows the answer. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findPoints, mutateAt } from "../../src/check/mutations/automatic.ts";
import { weakenSites } from "../../src/check/mutations/orders.ts";
import { isWeakening, parseWeakening } from "../../src/check/mutations/weakening.ts";
import { checkProgram, DEFAULT_LIMITS, replayWitness } from "../../src/check/states/check.ts";
import { modelFolder } from "../../src/cli/specimen_host.ts";
import type { Program } from "../../src/ir/types.ts";
import { barriersReport } from "../../src/report/barriers_report.ts";
import { PAGE_WIDTH } from "../../src/report/text.ts";
import { expectGolden } from "../support/golden.ts";
import { bareMachine, compileKts, linkCase } from "./programs.ts";
import { claims, cpusOf, sets, sitesOf, study, studyPrograms } from "./studies.ts";

const VARS = `
export interface vars extends struct { x: int; y: int; r0: int; r1: int; done: atomic_t; }
export const g = DEFINE<vars>();
function verdict(bad: boolean): void { if (atomic_inc_return_relaxed(g.done) === 2) BUG_ON(bad); }
`;

/** Both store, then load what the other stores; `between` stands between store and load, from line 8 and 17 on. */
function storeBuffering(first: string, second: string): string {
  const main = (mine: string, other: string, r: string, between: string): string =>
    `WRITE_ONCE(g.${mine}, 1);\n${between}\nWRITE_ONCE(g.${r}, READ_ONCE(g.${other}) + 1);\nverdict(g.r0 === 1 && g.r1 === 1);`;
  return bareMachine(VARS, [main("x", "y", "r0", first), main("y", "x", "r1", second)]);
}

/** One stores data and then a flag, the other reads the flag and then the data. */
function messagePassing(store: string, load: string): string {
  return bareMachine(VARS, [
    `WRITE_ONCE(g.x, 1);\n${store}`,
    `if (${load} === 1) {\nsmp_rmb();\nBUG_ON(READ_ONCE(g.x) === 0);\n}`,
  ]);
}

/** The lines of a text that hold a word. */
const linesWith = (text: string, word: string): number[] =>
  text.split("\n").flatMap((line, i) => (line.includes(word) ? [i + 1] : []));

describe("store buffering", () => {
  it("needs both barriers under TSO, and no less than smp_mb()", async () => {
    const text = storeBuffering("smp_mb();", "smp_mb();");
    const [a, b] = linesWith(text, "smp_mb();");
    const found = await study({ sb: text });
    expect(claims(found)).toEqual([`${a} needed`, `${b} needed`]);
    expect(sets(found)).toEqual([`${a},${b}`]);
    expect(found.complete).toBe(true);
    for (const { steps } of found.sites) {
      expect(steps.map(({ level, alike, result }) => [level, alike, result])).toEqual([
        ["none", ["rmb", "wmb", "none"], "violated"],
      ]);
    }
  });

  it("needs none under sequential consistency: nothing is searched", async () => {
    const found = await study({ sb: storeBuffering("smp_mb();", "smp_mb();") }, { model: "sc" });
    expect(new Set(found.sites.map(({ outcome }) => outcome))).toEqual(new Set(["free"]));
    expect(found.searches).toBe(0);
  });

  it("needs one of two barriers in a row: two minimal sets, and the pair in conflict", async () => {
    const text = storeBuffering("smp_mb();\nsmp_mb();", "smp_mb();");
    const [a, b, c] = linesWith(text, "smp_mb();");
    const found = await study({ sb: text });
    expect(claims(found)).toEqual([`${a} not needed`, `${b} not needed`, `${c} needed`]);
    expect(sets(found)).toEqual([`${a},${c}`, `${b},${c}`].sort());
    const together = found.conflicts.map(({ sites }) =>
      sites.map(({ site }) => site.split(":")[1]).join(","),
    );
    expect(together.sort()).toEqual([`${a},${b}`, `${c}`].sort());
    const report = barriersReport({ sources: [], studies: [found] }, PAGE_WIDTH);
    expect(report).toContain("not needed alone");
    expect(report).toContain(`together too weak: t.ts:${a} without it, t.ts:${b} without it: sb breaks bug`);
    expect(found.complete).toBe(true);
  });

  it("has an exchange for a barrier: its orders are free, as every update of x86 is locked", async () => {
    const text = storeBuffering("xchg(g.r0, 0);", "smp_mb();");
    const found = await study({ sb: text });
    expect(claims(found)).toEqual([
      `${linesWith(text, "xchg(")[0]} free`,
      `${linesWith(text, "smp_mb();")[0]} needed`,
    ]);
  });
});

describe("message passing", () => {
  it("needs nothing under TSO", async () => {
    const text = messagePassing("smp_store_release(g.y, 1);", "smp_load_acquire(g.y)");
    const found = await study({ mp: text });
    expect(found.sites.map(({ outcome }) => outcome)).toEqual(["free", "free", "free"]);
    expect(sets(found)).toEqual([""]);
  });

  it("has a full barrier that is not free, and still not needed", async () => {
    const text = messagePassing("smp_mb();\nWRITE_ONCE(g.y, 1);", "READ_ONCE(g.y)");
    const found = await study({ mp: text });
    expect(found.sites.map(({ kind, level, outcome }) => `${kind} ${level} ${outcome}`)).toEqual([
      "fence mb not needed",
      "fence rmb free",
    ]);
  });
});

describe("scenarios", () => {
  it("each count: a barrier is needed that one of them needs", async () => {
    const needs = storeBuffering("smp_mb();", "smp_mb();");
    const found = await study({ a: needs, b: needs.replace("BUG_ON(bad)", "BUG_ON(false)") });
    expect(found.scenarios).toEqual(["a", "b"]);
    expect(new Set(found.sites.flatMap(({ steps }) => steps.map((s) => s.witness?.scenario)))).toEqual(
      new Set(["a"]),
    );
  });

  it("that are broken as they stand say nothing, and are named", async () => {
    const found = await study({
      broken: storeBuffering("smp_wmb();", "smp_mb();"),
      sound: messagePassing("smp_mb();\nWRITE_ONCE(g.y, 1);", "READ_ONCE(g.y)"),
    });
    expect(found.setAside).toEqual([{ scenario: "broken", reason: "broken as it stands: bug" }]);
    expect(found.scenarios).toEqual(["sound"]);
  });

  it("that never execute a site leave it as it is", async () => {
    const text = storeBuffering(
      "if (g.done.constructor) smp_mb();".replace("g.done.constructor", "g.r1 === 9"),
      "",
    );
    const quiet = text.replace("BUG_ON(bad)", "BUG_ON(false)");
    const found = await study({ quiet });
    expect(found.sites.map(({ outcome }) => outcome)).toEqual(["not executed"]);
    expect(sets(found)).toEqual([""]);
    expect(found.minimal[0]?.weakened).toEqual([]);
  });
});

describe("a limit", () => {
  it("is neither a proof nor a witness", async () => {
    const text = messagePassing("smp_mb();\nWRITE_ONCE(g.y, 1);", "READ_ONCE(g.y)");
    const found = await study({ mp: text }, { states: 3 });
    const [fence] = found.sites;
    expect([fence?.outcome, fence?.weakest]).toEqual(["unknown", ["mb"]]);
    expect(fence?.steps[0]?.limits?.[0]?.detail).toMatch(/^states/);
    expect(found.complete).toBe(false);
    expect(found.minimal.map(({ kept }) => kept.map(({ level }) => level))).toEqual([["mb"]]);
    expect(found.minimal[0]?.further[0]).toMatchObject({
      level: "none",
      unknown: expect.stringMatching(/^mp: /),
    });
  });
});

describe("a scenario that is bounded as it stands", () => {
  const text = storeBuffering("smp_mb();", "smp_mb();");

  it("shows what breaks, and proves nothing", async () => {
    const found = await study({ sb: text }, { baseStates: 8 });
    expect(found.scenarios).toEqual([]);
    expect(found.unproved).toMatchObject([{ scenario: "sb", detail: expect.stringMatching(/^states/) }]);
    expect(found.sites.map(({ outcome }) => outcome)).toEqual(["needed", "needed"]);
    expect([found.minimal, found.complete]).toEqual([[], false]);
    expect(barriersReport({ sources: [], studies: [found] }, PAGE_WIDTH)).toContain("bounded as it stands");
  });

  it("leaves unknown what does not break", async () => {
    const quiet = text.replace("BUG_ON(bad)", "BUG_ON(false)");
    const found = await study({ quiet }, { baseStates: 8 });
    expect(found.sites.map(({ outcome }) => outcome)).toEqual(["unknown", "unknown"]);
  });
});

const PUBLISH = (store: string, load: string): string =>
  bareMachine(VARS, [`WRITE_ONCE(g.x, 1);\n${store}`, `if (${load} === 1)\nBUG_ON(READ_ONCE(g.x) === 0);`]);

describe("under the kernel's own model", () => {
  const LKMM = { model: "lkmm" };

  it("message passing needs a release and an acquire", async () => {
    const found = await study({ mp: PUBLISH("smp_store_release(g.y, 1);", "smp_load_acquire(g.y)") }, LKMM);
    expect(found.sites.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      "store needed",
      "load needed",
    ]);
    expect(found.leftOut).toBeUndefined();
  });

  it("full barriers there can be one for stores and one for loads", async () => {
    const text = bareMachine(VARS, [
      "WRITE_ONCE(g.x, 1);\nsmp_mb();\nWRITE_ONCE(g.y, 1);",
      "if (READ_ONCE(g.y) === 1) {\nsmp_mb();\nBUG_ON(READ_ONCE(g.x) === 0);\n}",
    ]);
    const found = await study({ mp: text }, LKMM);
    expect(found.sites.map(({ outcome, weakest }) => [outcome, weakest])).toEqual([
      ["weaken", ["wmb"]],
      ["weaken", ["rmb"]],
    ]);
    expect(found.minimal.map(({ kept }) => kept.map(({ level }) => level))).toEqual([["wmb", "rmb"]]);
    const report = barriersReport({ sources: [], studies: [found] }, PAGE_WIDTH);
    expect(report).not.toContain("no proof of what is not needed");
    expect(report).toMatch(/: proved in/);
  });

  it("store buffering needs both, and nothing less will do", async () => {
    const found = await study({ sb: storeBuffering("smp_mb();", "smp_mb();") }, LKMM);
    expect(found.sites.map(({ outcome }) => outcome)).toEqual(["needed", "needed"]);
    expect(found.minimal.map(({ kept }) => kept.map(({ level }) => level))).toEqual([["mb", "mb"]]);
  });
});

describe("what is claimed", () => {
  const text = storeBuffering("smp_mb();\nsmp_mb();", "smp_mb();\nsmp_wmb();");

  it("is shown by executions of the very program that is named", async () => {
    const program = compileKts(text);
    const found = await study({ sb: text });
    const witnesses = [
      ...found.sites.flatMap(({ steps }) => steps.flatMap((step) => step.witness ?? [])),
      ...found.conflicts.flatMap(({ witness }) => witness ?? []),
      ...found.minimal.flatMap(({ further }) => further.flatMap((step) => step.witness ?? [])),
    ];
    expect(witnesses.length).toBeGreaterThanOrEqual(6);
    for (const { mutation, witness, scenario, property } of witnesses) {
      expect(isWeakening(mutation)).toBe(true);
      const weak = weakenSites(program, parseWeakening(mutation, sitesOf(program)));
      const options = { cpus: 2, limits: DEFAULT_LIMITS, partialOrder: true, symmetry: true, now: () => 0 };
      const names = { scheme: "s", scenario, arch: "a" };
      const { verdict } = replayWitness(weak, names, { ...options, model: "tso" }, witness);
      expect(verdict.kind === "violated" && verdict.violation.property).toBe(property);
    }
  });
});

/** Scenarios that are quick, and between them execute what schemes order. */
const QUICK = ["exit-last-cpu", "exit-remote-lazy", "membarrier-switch", "membarrier-use-mm"];

function linked(scheme: string, arch: string, scenarios: readonly string[]): Map<string, Program> {
  return new Map(scenarios.map((scenario) => [scenario, linkCase({ scheme, scenario, arch }).program]));
}

const isOfScheme = (file: string): boolean => file.startsWith("schemes/");
const MEMBARRIER = QUICK.slice(2);
const isOfMembarrier = (file: string): boolean => isOfScheme(file) || file === "kernel/membarrier.ts";

describe("schemes", () => {
  it.each(["shoot-lazies", "hazard-pointers"])(
    "%s: what is needed is what one finds by removing barriers one by one",
    async (scheme) => {
      const programs = linked(scheme, "generic", MEMBARRIER);
      const { study: found } = await studyPrograms(programs, { wanted: isOfMembarrier });
      const full = found.sites.filter(({ kind, level }) => kind === "fence" && level === "mb");
      const verdicts = full.map(({ file, line, column }) => {
        const id = `auto:fence:${file}:${line}:${column}`;
        const broken = [...programs.values()].some((program) => breaksWithout(program, id));
        return [line, broken ? "needed" : "not needed"];
      });
      expect(full.map(({ line, outcome }) => [line, outcome])).toEqual(verdicts);
      expect(verdicts.some(([, word]) => word === "needed")).toBe(true);
    },
  );

  it.each(["hazard-pointers", "lazy-handoff"])("%s on x86 under TSO, as printed", async (scheme) => {
    const { study: found } = await studyPrograms(linked(scheme, "x86-invlpgb", QUICK), {
      wanted: isOfScheme,
    });
    const file = `schemes/${scheme}.ts`;
    const text = readFileSync(join(modelFolder(), file), "utf8");
    const named = { ...found, scheme, arch: "x86-invlpgb" };
    const barriers = { sources: [{ file, text }], studies: [named] };
    const report = settled(barriersReport(barriers, PAGE_WIDTH));
    expectGolden(import.meta.url, `goldens/barriers-${scheme}.golden.txt`, report);
  });
});

/** Without what every change of the kernel model changes: lengths of executions, numbers of states, witnesses. */
function settled(report: string): string {
  return report
    .replace(/\(\d+ steps?\)/g, "(N steps)")
    .replace(/\d+ searches, [\d,]+ states/, "N searches, N states")
    .replace(/^replay: .*\n/gm, "");
}

function breaksWithout(program: Program, id: string): boolean {
  if (!findPoints(program, () => true).some((point) => point.id === id)) return false;
  const names = { scheme: "s", scenario: "s", arch: "a" };
  const how = { model: "tso" as const, partialOrder: true, symmetry: true, now: () => 0 };
  const options = { ...how, cpus: cpusOf(program), limits: DEFAULT_LIMITS };
  return checkProgram(mutateAt(program, id), names, options).verdict.kind === "violated";
}
