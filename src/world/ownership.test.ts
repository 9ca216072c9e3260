/** Which accesses are to a CPU's own instance: a CPU that a task has asked for stays its own while it cannot migrate. */
import { expect, test } from "vitest";
import { expectProgram } from "../../test/support/kts.ts";
import { bodyFacts, type Role } from "./ownership.ts";

/** For each store of `main` to a slot, whether it is known to be this CPU's own (in any case), and owned for good. */
function stores(body: string, role: Role = "main", switchesOff = false): string {
  const program = expectProgram(
    `
export interface slot_t extends struct { v: int; }
export interface task_struct extends struct { id: int; }
export const SLOT = DEFINE_PER_CPU<slot_t>();
export function main(): void { ${body} }
export function setup(): void {
  task_start_on(task_create<task_struct>(main, cpumask_possible(), 0), 0);
}`,
    { entries: ["setup"] },
  );
  const main = program.funcs.find(({ name }) => name === "main");
  if (main === undefined) throw new Error("no main");
  const { ownedBase, ownBase } = bodyFacts(main, role, switchesOff);
  const kinds = main.ops.flatMap((op, pc) =>
    op.op !== "store" ? [] : [ownedBase[pc] !== 0 ? "owned" : ownBase[pc] === 1 ? "own" : "any"],
  );
  return kinds.join(" ");
}

const STORE = "this_cpu(SLOT).v = 1;";

test.each<[string, string, string]>([
  ["interrupts on", STORE, "any"],
  ["interrupts off", `local_irq_disable(); ${STORE} local_irq_enable();`, "owned"],
  ["preemption off", `preempt_disable(); ${STORE} preempt_enable(); ${STORE}`, "own any"],
  ["twice off, once on", `preempt_disable(); preempt_disable(); preempt_enable(); ${STORE}`, "own"],
  [
    "a pointer kept for longer than the CPU",
    `preempt_disable(); const me = this_cpu(SLOT); me.v = 1; preempt_enable(); me.v = 2;`,
    "own any",
  ],
  [
    "interrupts on again, preemption off",
    `local_irq_disable(); preempt_disable(); const me = this_cpu(SLOT); me.v = 1; local_irq_enable(); me.v = 2;`,
    "owned own",
  ],
  ["off on one way only", `if (this_cpu(SLOT).v === 0) preempt_disable(); ${STORE}`, "any"],
  [
    "off more often each time round",
    `preempt_disable(); while (this_cpu(SLOT).v !== 3) { ${STORE} preempt_enable(); }`,
    "any",
  ],
  ["another CPU's", `preempt_disable(); per_cpu(SLOT, 0).v = 1;`, "any"],
])("%s", (_, body, kinds) => {
  expect(stores(body)).toBe(kinds);
});

test("a task that came after another one has preemption off until it says so", () => {
  const body = `
  const prev = fork_prev<task_struct>();
  if (prev !== NULL) { local_irq_enable(); ${STORE} preempt_enable(); } else { local_irq_enable(); ${STORE} }
  ${STORE}`;
  expect(stores(body, "main", true)).toBe("own any any");
});

test("an interrupt is on one CPU", () => {
  expect(stores(STORE, "handler")).toBe("owned");
});
