/**
 * Tasks by pid and life. A pid names at most one living task; when it is forked again it names another one, with
 * another `TaskId`. Parallel arrays indexed by `TaskId`; nothing is ever removed.
 */

import type { TraceCpu } from "../events.ts";
import { type MmId, type Sure, type TaskId, type TaskKind, UNKNOWN_MM, UNKNOWN_TASK } from "./actions.ts";
import { IntTable } from "./int_table.ts";

export class TaskTable {
  /** The mm that the task holds now, by what is known. */
  readonly mm = new IntTable(UNKNOWN_MM);
  readonly pids: number[] = [];
  /** The name at the task's first event. */
  readonly comms: string[] = [];
  readonly kinds: TaskKind[] = [];
  /** How sure the kind, and with it whether the task has an mm at all, is. */
  readonly sure: Sure[] = [];
  private readonly byPid = new IntTable(UNKNOWN_TASK);
  private readonly idle = new IntTable(UNKNOWN_TASK);

  get count(): number {
    return this.pids.length;
  }

  /** The living task that `pid` names on `cpu`, or `UNKNOWN_TASK`. The CPU matters for pid 0 only. */
  find(pid: number, cpu: TraceCpu): TaskId {
    return pid === 0 ? this.idle.get(cpu) : this.byPid.get(pid);
  }

  /** A new life of `pid`, of which nothing is known yet. */
  create(pid: number, cpu: TraceCpu, comm: string): TaskId {
    const task = this.pids.length;
    this.pids.push(pid);
    this.comms.push(comm);
    this.kinds.push("unknown");
    this.sure.push("unknown");
    if (pid === 0) this.idle.set(cpu, task);
    else this.byPid.set(pid, task);
    return task;
  }

  /** What the task is and what it holds. */
  describe(task: TaskId, kind: TaskKind, mm: MmId, sure: Sure): void {
    this.kinds[task] = kind;
    this.sure[task] = sure;
    this.mm.set(task, mm);
  }

  comm(task: TaskId): string {
    return this.comms[task] ?? "";
  }

  kind(task: TaskId): TaskKind {
    return this.kinds[task] ?? "unknown";
  }
}
