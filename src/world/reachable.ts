/**
 * Which bodies of a program can run after `setup`, in which roles, and by which numbers cells name those that are handlers.
 */
import { present } from "../base/assert.ts";
import { type FuncId, type Program, TASK_PREEMPTIBLE } from "../ir/types.ts";
import type { Boot } from "./boot.ts";
import { entryKey } from "./machine.ts";
import type { Role } from "./ownership.ts";

/** Numbers for handlers, from 1: those of IPIs and callbacks first, then those of NMIs. */
export function numberHandlers(roles: readonly { func: FuncId; role: Role }[]): {
  handlers: FuncId[];
  firstNmi: number;
  handlerNumber: Map<FuncId, number>;
  nmiNumber: Map<FuncId, number>;
} {
  const inRole = (role: Role): FuncId[] => roles.filter((r) => r.role === role).map((r) => r.func);
  const [own, nmis] = [inRole("handler"), inRole("nmi")];
  const firstNmi = 1 + own.length;
  return {
    handlers: [0, ...own, ...nmis],
    firstNmi,
    handlerNumber: new Map(own.map((f, i) => [f, 1 + i])),
    nmiNumber: new Map(nmis.map((f, i) => [f, firstNmi + i])),
  };
}

/** The bodies that can run after `setup`, each in its role, in order of number. */
export function reachableBodies(program: Program, booted: Boot): { func: FuncId; role: Role }[] {
  const roles = new Map<string, { func: FuncId; role: Role }>();
  const work: { func: FuncId; role: Role }[] = booted.tasks.map((t) => ({ func: t.main, role: "main" }));
  const preempt = program.entries.get("preempt_schedule_irq");
  if (preempt !== undefined && booted.tasks.some((t) => (t.flags & TASK_PREEMPTIBLE) !== 0)) {
    work.push({ func: preempt, role: "preempt" });
  }
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const key = entryKey(next.func, next.role);
    if (roles.has(key)) continue;
    roles.set(key, next);
    for (const op of present(program.funcs[next.func], "body").ops) {
      if (op.op === "ipi.send" || op.op === "rcu.call") work.push({ func: op.handler, role: "handler" });
      if (op.op === "nmi.send") work.push({ func: op.handler, role: "nmi" });
    }
  }
  return [...roles.values()].sort((a, b) => a.func - b.func || a.role.localeCompare(b.role));
}

/** Whether anybody waits for a grace period: only then are read-side sections noticed. */
export function usesRcu(program: Program, roles: readonly { func: FuncId }[]): boolean {
  return roles.some(({ func }) =>
    program.funcs[func]?.ops.some((op) => op.op === "rcu.sync" || op.op === "rcu.call"),
  );
}
