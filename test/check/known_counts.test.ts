/** Classic tiny programs whose outcomes and counts are known from theory. */

import { describe, expect, test } from "vitest";
import { checkProgram } from "../../src/check/states/check.ts";
import { search } from "../../src/check/states/search.ts";
import type { Verdict } from "../../src/evidence/types.ts";
import type { Program } from "../../src/ir/types.ts";
import { World } from "../../src/world/world.ts";
import { check, REDUCTIONS } from "./agree.ts";
import { bareMachine, compileKts, SCHEDULER } from "./programs.ts";

const global = (fields: string): string =>
  `export interface g extends struct { ${fields} }\nexport const G = DEFINE<g>();\n`;

/** The values of some fields of G in all final states, with every combination of reductions. */
function outcomes(source: string, cpus: number, fields: readonly string[]): string[] {
  const program = compileKts(source);
  const struct = program.globals.find(({ name }) => name === "G")?.struct ?? -1;
  const names = program.structs[struct]?.fields.map(({ name }) => name) ?? [];
  const sets = REDUCTIONS.map((reductions) => {
    const { verdict, finals } = check(program, cpus, reductions);
    expect(verdict).toBe("proved");
    const values = [...finals.values()].map((final) =>
      fields.map((field) => final.objects[struct]?.[0]?.[names.indexOf(field)]).join(","),
    );
    return [...new Set(values)].sort();
  });
  for (const set of sets) expect(set).toEqual(sets[0]);
  return sets[0] ?? [];
}

/** All combinations of 0 and 1. */
function cube(n: number): string[] {
  return Array.from({ length: 2 ** n }, (_, i) => i.toString(2).padStart(n, "0").split("").join(","));
}

describe("litmus tests under sequential consistency", () => {
  const xy = global("x: int; y: int; a: int; b: int; c: int; d: int;");

  test("SB: both reading 0 is forbidden", () => {
    const source = bareMachine(xy, ["G.x = 1; G.a = G.y;", "G.y = 1; G.b = G.x;"]);
    expect(outcomes(source, 2, ["a", "b"])).toEqual(["0,1", "1,0", "1,1"]);
  });

  test("MP: the flag without the message is forbidden", () => {
    const source = bareMachine(xy, ["G.x = 1; G.y = 1;", "G.a = G.y; G.b = G.x;"]);
    expect(outcomes(source, 2, ["a", "b"])).toEqual(["0,0", "0,1", "1,1"]);
  });

  test("LB: both reading 1 is forbidden", () => {
    const source = bareMachine(xy, ["G.a = G.x; G.y = 1;", "G.b = G.y; G.x = 1;"]);
    expect(outcomes(source, 2, ["a", "b"])).toEqual(["0,0", "0,1", "1,0"]);
  });

  test("CoRR: a location does not go back", () => {
    const source = bareMachine(xy, ["G.x = 1;", "G.a = G.x; G.b = G.x;"]);
    expect(outcomes(source, 2, ["a", "b"])).toEqual(["0,0", "0,1", "1,1"]);
  });

  test("2+2W: each first store last is forbidden", () => {
    const source = bareMachine(xy, ["G.x = 1; G.y = 2;", "G.y = 1; G.x = 2;"]);
    expect(outcomes(source, 2, ["x", "y"])).toEqual(["1,2", "2,1", "2,2"].sort());
  });

  test("IRIW: the two readers do not disagree about the order of the stores", () => {
    const source = bareMachine(xy, [
      "G.x = 1;",
      "G.y = 1;",
      "G.a = G.x; G.b = G.y;",
      "G.c = G.y; G.d = G.x;",
    ]);
    expect(outcomes(source, 4, ["a", "b", "c", "d"])).toEqual(cube(4).filter((o) => o !== "1,0,1,0"));
  });
});

describe("counters", () => {
  const n = global("n: int; a: atomic_t;");
  const twice = "for (let i = 0; i < 2; i++) { const v = G.n; G.n = v + 1; }";
  const once = "const v = G.n; G.n = v + 1;";

  test.each([2, 3])("%i CPUs increment once, not atomically: 1 … N", (cpus) => {
    const source = bareMachine(
      n,
      Array.from({ length: cpus }, () => once),
    );
    expect(outcomes(source, cpus, ["n"])).toEqual(Array.from({ length: cpus }, (_, i) => `${i + 1}`));
  });

  test("two CPUs increment twice, not atomically: 2 … 4", () => {
    expect(outcomes(bareMachine(n, [twice, twice]), 2, ["n"])).toEqual(["2", "3", "4"]);
  });

  test.each([2, 3, 4])("%i CPUs increment atomically: N", (cpus) => {
    const source = bareMachine(
      n,
      Array.from({ length: cpus }, () => "atomic_inc(G.a);"),
    );
    expect(outcomes(source, cpus, ["a"])).toEqual([`${cpus}`]);
  });

  test("a lock makes increments whole", () => {
    const locked = `spin_lock(G.l); ${once} spin_unlock(G.l);`;
    expect(
      outcomes(bareMachine(global("n: int; l: spinlock_t;"), [locked, locked, locked]), 3, ["n"]),
    ).toEqual(["3"]);
  });
});

describe("numbers of states", () => {
  /** States without any reduction, or with symmetry. */
  function states(source: string, cpus: number, symmetry: boolean): number {
    const program = compileKts(source);
    const { verdict, states: count, renamings } = check(program, cpus, { partialOrder: false, symmetry });
    expect(verdict).toBe("proved");
    if (symmetry) expect(renamings).toBe(factorial(cpus) - 1);
    return count;
  }

  const factorial = (k: number): number => (k <= 1 ? 1 : k * factorial(k - 1));
  const choose = (a: number, b: number): number => factorial(a) / factorial(b) / factorial(a - b);
  const each = (body: string, field: string): string => `export interface task extends struct { extra: int; }
${global(field)}
export function main(): void { ${body} }
export function setup(): void {
for (const cpu of for_each_possible_cpu()) task_start_on(task_create<task>(main, cpumask_of(cpu), 0), cpu);
}
`;
  /** A body of `k` phases that stores nothing new: its places are the only state. */
  const phases = (k: number): string => Array.from({ length: k - 1 }, () => "WRITE_ONCE(G.x, 0);").join(" ");

  test("two CPUs, one store each of different values: 2 × 2 places, and who was last", () => {
    const source = bareMachine(global("x: int;"), ["G.x = 1;", "G.x = 2;"]);
    // The bodies begin with interrupts off; turning them on is the first of three places on each CPU.
    // (i, j) with x: 9 places; x is fixed but where both have stored.
    expect(states(source, 2, false)).toBe(10);
  });

  test.each([
    [2, 2],
    [3, 2],
    [2, 4],
    [3, 3],
    [4, 3],
  ])("%i CPUs with %i places each: places ^ CPUs, and multisets of places under symmetry", (cpus, places) => {
    const source = each(phases(places), "x: int;");
    expect(states(source, cpus, false)).toBe(places ** cpus);
    expect(states(source, cpus, true)).toBe(choose(cpus + places - 1, places - 1));
  });
});

describe("minimal violations, and how long their witnesses are", () => {
  function verdictOf(program: Program, cpus: number): Verdict {
    const names = { scheme: "s", scenario: "s", arch: "a" };
    const limits = { states: 100_000, bytes: 1e9 };
    return checkProgram(program, names, { cpus, limits, partialOrder: true, symmetry: true, now: () => 0 })
      .verdict;
  }

  /** The property that a machine breaks, and the length of the shortest path there. */
  function violation(source: string, cpus: number): string {
    const program = compileKts(source);
    const verdict = verdictOf(program, cpus);
    if (verdict.kind !== "violated") return verdict.kind;
    const world = new World(program, { cpus, anyOrder: false, partialOrder: true });
    const { end } = search(world, {
      limits: { states: 100_000, bytes: 1e9 },
      renamings: [],
      partialOrder: false,
    });
    const length = end.kind === "fault" ? end.path.length : -1;
    const steps = Math.max(0, ...verdict.violation.timeline.rows.map(({ step }) => step));
    expect(steps).toBeLessThanOrEqual(length);
    return `${verdict.violation.property} after ${length}`;
  }

  const objects = `export interface obj extends struct { v: int; n: atomic_t; }\n${global("p: obj; n: atomic_t; a: int; l: spinlock_t; k: spinlock_t;")}`;
  const bare = (mains: readonly string[], more = ""): string => bareMachine(objects + more, mains);
  const handler = "export function h(x: int): void { G.a = x; }\n";

  test.each([
    ["use after free", ["const o = alloc<obj>(); free(o); o.v = 1;"], "uaf after 4"],
    ["double free", ["const o = alloc<obj>(); free(o); free(o);"], "double-free after 4"],
    ["underflow", ["atomic_dec(G.n);"], "underflow after 2"],
    ["leak", ["const o = alloc<obj>();"], "leak after 2"],
    ["BUG_ON", ["BUG_ON(G.a === 0);"], "bug after 2"],
    ["NULL", ["G.p.v = 1;"], "bug after 3"],
    ["a lock taken twice", ["spin_lock(G.l); spin_lock(G.l);"], "hang after 2"],
    ["a wait for nothing", ["smp_cond_load_acquire(G.a, 1);"], "hang after 1"],
  ] as const)("%s", (_, mains, expected) => {
    expect(violation(bare(mains), 1)).toBe(expected);
  });

  test("ABBA", () => {
    const mains = ["spin_lock(G.l); spin_lock(G.k);", "spin_lock(G.k); spin_lock(G.l);"];
    expect(violation(bare(mains), 2)).toBe("hang after 4");
  });

  test("a race to free: the reader is between its load and its access", () => {
    const mains = [
      "const o = alloc<obj>(); G.p = o; smp_cond_load_acquire(G.a, 1); free(o);",
      "const o = G.p; G.a = 1; if (o !== NULL) o.v = 1;",
    ];
    expect(violation(bare(mains), 2)).toMatch(/^uaf after /);
  });

  test("a wait for IPIs with interrupts off, and from a handler", () => {
    const off = ["local_irq_disable(); smp_call_function_single(1, h, 1, true);", ""];
    expect(violation(bare(off, handler), 2)).toMatch(/^hang after /);
    const nested = `${handler}export function h2(x: int): void { on_each_cpu(h, x, true); }\n`;
    expect(violation(bare(["smp_call_function_single(1, h2, 1, true);", ""], nested), 2)).toMatch(
      /^hang after /,
    );
  });

  test("two CPUs that interrupt each other with interrupts off wait for ever", () => {
    const main = (to: number): string => `local_irq_disable();
smp_call_function_single(${to}, h, 1, false); smp_call_function_single(${to}, h, 1, false); local_irq_enable();`;
    expect(violation(bare([main(1), main(0)], handler), 2)).toMatch(/^hang after /);
    expect(
      violation(
        bare(
          ["smp_call_function_single(1, h, 1, true);", "smp_call_function_single(0, h, 1, true);"],
          handler,
        ),
        2,
      ),
    ).toBe("proved");
  });

  test("a wake-up that comes before the sleep is lost, unless sleeping is announced first", () => {
    const machine = (sleep: string): string => `${SCHEDULER}${global("a: int; t: task;")}
export function sleeper(): void { start(); ${sleep} exit(); }
export function waker(): void { start(); G.a = 1; wake_up_process(G.t); exit(); }
export function setup(): void {
const i0 = task_create<task>(idle, cpumask_of(0), TASK_IDLE);
const i1 = task_create<task>(idle, cpumask_of(1), TASK_IDLE);
G.t = task_create<task>(sleeper, cpumask_of(0), 0);
task_start_on(G.t, 0);
task_start_on(task_create<task>(waker, cpumask_of(1), 0), 1);
}`;
    const lost = "if (G.a === 0) { set_current_blocked(); schedule(); }";
    const kept = "set_current_blocked(); if (G.a === 0) schedule();";
    expect(violation(machine(lost), 2)).toMatch(/^hang after /);
    expect(violation(machine(kept), 2)).toBe("proved");
  });

  test("nobody may loop in a way that hides a violation elsewhere", () => {
    const source = bare(["for (;;) { G.a = 0; }", "atomic_dec(G.n);"]);
    expect(violation(source, 2)).toBe("underflow after 2");
    expect(violation(bare(["for (;;) { cpu_relax(); }", "atomic_dec(G.n);"]), 2)).toMatch(
      /^underflow after /,
    );
  });
});
