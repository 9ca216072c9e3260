/**
 * Which mm each CPU's hardware holds (CR3, `cpu_tlbstate.loaded_mm`), as flushes on switches show it, and whether a
 * task can have that mm.
 *
 * Tasks are put into groups: a group is one mm as far as forks and execs in the trace tell. Two groups are surely
 * different mms where one of them was born in the trace: clone and exec are the only ways to an mm, so an older
 * task cannot have come by it. Two tasks that predate the trace may be threads of one process, and their groups
 * may be one mm.
 */

import type { TraceCpu } from "../events.ts";
import type { TaskId } from "./actions.ts";
import { IntTable } from "./int_table.ts";

/** The hardware's content is not known. */
const NOTHING_KNOWN = -1;
/** The hardware holds init_mm, which no task has. */
const INIT_GROUP = 0;
const NO_TASK = -1;

export class Hardware {
  /** Per task: its group; `NOTHING_KNOWN` for a task that predates the trace and got none yet. */
  private readonly group = new IntTable(NOTHING_KNOWN);
  /** Per group: 1 where its mm was born in the trace. */
  private readonly born = new IntTable(0);
  private nextGroup = INIT_GROUP + 1;
  /** Groups below it may have members whose birth is among lost events, so they count as not born in the trace. */
  private firstSure = INIT_GROUP + 1;
  /** Per CPU: the group that the hardware holds, and the task that it was loaded for. */
  private readonly loaded = new IntTable(NOTHING_KNOWN);
  private readonly loadedFor = new IntTable(NO_TASK);
  private cpuCount = 0;

  fork(parent: TaskId, child: TaskId, shares: boolean): void {
    this.group.set(child, shares ? this.groupOf(parent) : this.newGroup(1));
  }

  /** What the task had loaded anywhere may be its old mm or its new one: the event comes late. */
  exec(task: TaskId): void {
    for (let cpu = 0; cpu < this.cpuCount; cpu++) {
      if (this.loadedFor.get(cpu) === task) this.forget(cpu);
    }
    this.group.set(task, this.newGroup(1));
  }

  /** A switch to the task changed the hardware's mm to its own. */
  load(cpu: TraceCpu, task: TaskId): void {
    if (cpu >= this.cpuCount) this.cpuCount = cpu + 1;
    this.loaded.set(cpu, this.groupOf(task));
    this.loadedFor.set(cpu, task);
  }

  loadInitMm(cpu: TraceCpu): void {
    this.loaded.set(cpu, INIT_GROUP);
    this.loadedFor.set(cpu, NO_TASK);
  }

  forget(cpu: TraceCpu): void {
    this.loaded.set(cpu, NOTHING_KNOWN);
    this.loadedFor.set(cpu, NO_TASK);
  }

  /** The hardware surely holds another mm than the task's. */
  isForeignTo(cpu: TraceCpu, task: TaskId): boolean {
    const held = this.loaded.get(cpu);
    if (held === NOTHING_KNOWN) return false;
    const own = this.groupOf(task);
    return held === INIT_GROUP || (held !== own && (this.seenBorn(held) || this.seenBorn(own)));
  }

  /** Events are missing on the CPU, clones and execs perhaps among them. */
  lose(cpu: TraceCpu): void {
    this.forget(cpu);
    this.firstSure = this.nextGroup;
  }

  private seenBorn(group: number): boolean {
    return group >= this.firstSure && this.born.get(group) !== 0;
  }

  private groupOf(task: TaskId): number {
    const known = this.group.get(task);
    if (known !== NOTHING_KNOWN) return known;
    const own = this.newGroup(0);
    this.group.set(task, own);
    return own;
  }

  private newGroup(born: number): number {
    const group = this.nextGroup++;
    this.born.set(group, born);
    return group;
  }
}
