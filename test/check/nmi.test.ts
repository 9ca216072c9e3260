/** Non-maskable interrupts: machines in which one outcome hangs on where one comes. */

import { describe, expect, it } from "vitest";
import { checkProgram, DEFAULT_LIMITS } from "../../src/check/states/check.ts";
import type { MemoryModel } from "../../src/world/world.ts";
import { compare } from "./agree.ts";
import { bareMachine, compileKts, SCHEDULER } from "./programs.ts";

const LOCAL =
  "export interface local extends struct { v: int; w: int; }\nexport const L = DEFINE_PER_CPU<local>();\n";
const global = (fields: string): string =>
  `export interface g extends struct { ${fields} }\nexport const G = DEFINE<g>();\n`;

/** The checker with every combination of its reductions agrees with the naive engine: what is broken, or "proved". */
function verdict(source: string, cpus: number): string {
  const { complaint, skipped, naive } = compare(compileKts(source), cpus, 100_000);
  expect(skipped).toBe(false);
  expect(complaint ?? "").toBe("");
  return naive.broken.size === 0 ? "proved" : [...naive.broken].sort().join();
}

function underTso(source: string, model: MemoryModel = "tso"): string {
  const names = { scheme: "none", scenario: "nmi", arch: "none" };
  const options = {
    cpus: 2,
    limits: DEFAULT_LIMITS,
    partialOrder: true,
    symmetry: true,
    model,
    now: () => 0,
  };
  return checkProgram(compileKts(source), names, options).verdict.kind;
}

describe("a non-maskable interrupt", () => {
  it("comes between two accesses with interrupts off, to fields of this CPU alone", () => {
    const handler =
      "export function h(_x: int): void { BUG_ON(this_cpu(L).v === 1 && this_cpu(L).w === 0); }";
    const main = "local_irq_disable(); this_cpu(L).v = 1; this_cpu(L).w = 1; local_irq_enable();";
    expect(verdict(bareMachine(LOCAL + handler, [main, "send_nmi(0, h, 1);"]), 2)).toBe("bug");
    const other = main.replace(
      "this_cpu(L).v = 1; this_cpu(L).w = 1;",
      "this_cpu(L).w = 1; this_cpu(L).v = 1;",
    );
    expect(verdict(bareMachine(LOCAL + handler, [other, "send_nmi(0, h, 1);"]), 2)).toBe("proved");
  });

  it("comes between a read and a write of what it writes", () => {
    const handler = "export function h(_x: int): void { this_cpu(L).v = 5; }";
    const main = "local_irq_disable(); const v = this_cpu(L).v; this_cpu(L).v = v + 1; G.x = this_cpu(L).v;";
    const judge = "smp_cond_load_acquire_not(G.x, 0); BUG_ON(G.x === 1 && G.y === 0);";
    const source = bareMachine(LOCAL + global("x: int; y: int;") + handler, [
      main,
      `send_nmi(0, h, 1); G.y = per_cpu(L, 0).v; ${judge}`,
    ]);
    expect(verdict(source, 2)).toBe("bug");
  });

  it("comes on top of a handler, which an interrupt cannot", () => {
    const handlers = `export function look(_x: int): void { BUG_ON(this_cpu(L).v === 1); }
export function h(_x: int): void { this_cpu(L).v = 1; this_cpu(L).v = 0; }`;
    const mains = (send: string): string[] => ["", "smp_call_function_single(0, h, 1, false);", send];
    const nmi = bareMachine(LOCAL + handlers, mains("send_nmi(0, look, 1);"));
    expect(verdict(nmi, 3)).toBe("bug");
    const irq = bareMachine(LOCAL + handlers, mains("smp_call_function_single(0, look, 1, false);"));
    expect(verdict(irq, 3)).toBe("proved");
  });

  it("comes between the last store for one task and the switch to the next", () => {
    const source = `${SCHEDULER.replace("if (next !== prev)", "next.extra = 0;\n  prev.extra = 1;\n  if (next !== prev)")}
export function look(_x: task): void { BUG_ON(get_current<task>().extra === 1); }
export function m(): void { start(); exit(); }
export function n(): void { start(); send_nmi(0, look, get_current<task>()); exit(); }
export function setup(): void {
const i0 = task_create<task>(idle, cpumask_of(0), TASK_IDLE);
const i1 = task_create<task>(idle, cpumask_of(1), TASK_IDLE);
task_start_on(task_create<task>(m, cpumask_of(0), 0), 0);
task_start_on(task_create<task>(n, cpumask_of(1), 0), 1);
}`;
    expect(verdict(source, 2)).toBe("bug");
    // Nobody is looked at between two tasks: here the old one is marked after the switch, by the new one.
    expect(verdict(source.replace("prev.extra = 1;\n", ""), 2)).toBe("proved");
  });

  it("does not come to an offline CPU, nor while one is on its way there, nor twice for one", () => {
    const handler = "export function h(_x: int): void { atomic_inc(G.n); }";
    const twice = "send_nmi(0, h, 1); send_nmi(0, h, 1);";
    const end = "smp_cond_load_acquire(G.d, 1); BUG_ON(atomic_read(G.n) > 2);";
    const source = bareMachine(global("n: atomic_t; d: int;") + handler, [end, `${twice} G.d = 1;`]);
    expect(verdict(source, 2)).toBe("proved");
    expect(verdict(source.replace("> 2", "=== 2"), 2)).toBe("bug");
    const offline = bareMachine(global("n: atomic_t; d: int;") + handler, [
      "G.d = 1;",
      "smp_cond_load_acquire(G.d, 1); set_cpu_online(0, false); send_nmi(0, h, 1); BUG_ON(atomic_read(G.n) !== 0);",
    ]);
    expect(verdict(offline, 2)).toBe("proved");
  });

  it("hangs who waits in it for another", () => {
    const handler = "export function h(_x: int): void { send_nmi(0, h, 1); }";
    expect(verdict(bareMachine(handler, ["", "send_nmi(0, h, 1);"]), 2)).toBe("hang");
  });

  it("under TSO finds the stores of its own CPU in memory, but may come between them", () => {
    const declarations = global("x: int; y: int;");
    const between = "export function h(_x: int): void { BUG_ON(G.x === 1 && G.y === 0); }";
    const stores = "local_irq_disable(); G.x = 1; G.y = 1; local_irq_enable();";
    const source = bareMachine(declarations + between, [stores, "send_nmi(0, h, 1);"]);
    expect(underTso(source)).toBe("violated");
    const reversed = between.replace("G.x === 1 && G.y === 0", "G.x === 0 && G.y === 1");
    expect(underTso(bareMachine(declarations + reversed, [stores, "send_nmi(0, h, 1);"]))).toBe("proved");
  });
});
