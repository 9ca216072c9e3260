/**
 * Plays a recorded trace on the simulated machine: the trace decides what happens where and when, the machine how long
 * the specimen's part of it takes.
 *
 * Between two actions a CPU computes or, in its idle task, sleeps; it begins the next one when the trace did, if it has
 * finished the last and what that one waits for is over (`Recording.after`). A CPU that the specimen holds up is late, and
 * catches up where the trace has slack. Nothing is added for what the kernel does besides: that is in the trace's times.
 */

import { internalBug, present } from "../../../base/assert.ts";
import { InputError } from "../../../base/input_error.ts";
import type { FuncId, Program } from "../../../ir/types.ts";
import { BASE, TLB } from "../breakdown.ts";
import type { Client } from "../client.ts";
import { DeadMms } from "../dead_mms.ts";
import { toPs } from "../figures.ts";
import { Histogram } from "../histogram.ts";
import { Machine } from "../machine.ts";
import type { Profile } from "../profile.ts";
import type { KernelCounts, Simulation } from "../workload.ts";
import { EXEC, EXIT, FORK, IDLE_TASK, type Recording, SWITCH, UNUSE, USE } from "./recording.ts";

/** How soon a CPU looks again whether what it waits for is over. */
const POLL = toPs(500);
/** Longer than any simulation. */
const FOREVER = 1e16;
const NOTHING = -1;

export class TracePlayer implements Client, Simulation {
  readonly machine: Machine;
  readonly counts: KernelCounts = {
    operations: 0,
    switches: 0,
    idleSwitches: 0,
    exits: 0,
    deepWakeups: 0,
    shallowWakeups: 0,
  };
  readonly exitLatency = new Histogram();
  readonly dead = new DeadMms();
  /** How much later than in the trace actions begin. */
  readonly lag = new Histogram();
  ipiWakeups = 0;
  readonly recording: Recording;
  /** Trace time is divided by this. */
  private readonly speed: number;
  private readonly profile: Profile;
  /** Actions of each CPU, and the next of them. */
  private readonly plan: readonly number[][];
  private readonly next: Int32Array;
  private readonly doing: Int32Array;
  private readonly begun: Float64Array;
  /** By action: when it was over, Infinity before. */
  private readonly over: Float64Array;
  private readonly current: Int32Array;
  private readonly wakeAt: Float64Array;
  private readonly lastIdle: Float64Array;
  private readonly idleObject: Int32Array;
  private readonly objects: Int32Array;
  private readonly mmObjects: Int32Array;
  private readonly funcs: ReadonlyMap<number, FuncId>;

  constructor(program: Program, profile: Profile, cpus: number, recording: Recording, speed: number) {
    if (recording.cpus > cpus)
      throw new InputError(
        `${recording.name}: the trace is of ${recording.cpus} CPUs, the machine has ${cpus}; a larger machine, or --cpus`,
      );
    const capacity = new Map([
      ["task_struct", recording.taskMm.length + cpus],
      ["mm_struct", recording.mms],
    ]);
    this.machine = new Machine(program, profile, cpus, capacity);
    this.recording = recording;
    this.speed = speed;
    this.profile = profile;
    this.plan = Array.from({ length: cpus }, (): number[] => []);
    recording.cpu.forEach((cpu, action) => {
      this.plan[cpu]?.push(action);
    });
    this.next = new Int32Array(cpus);
    this.doing = new Int32Array(cpus).fill(NOTHING);
    this.begun = new Float64Array(cpus);
    this.over = new Float64Array(recording.cpu.length).fill(Infinity);
    this.current = new Int32Array(cpus).fill(IDLE_TASK);
    this.wakeAt = new Float64Array(cpus);
    this.lastIdle = new Float64Array(cpus);
    this.idleObject = new Int32Array(cpus);
    this.objects = new Int32Array(recording.taskMm.length);
    this.mmObjects = new Int32Array(recording.mms + 1);
    this.funcs = new Map(ENTRIES.map(([kind, name]) => [kind, this.machine.entry(name)]));
    this.boot();
  }

  /** Every CPU begins in its idle task; what the trace finds elsewhere is switched to when it says so. */
  private boot(): void {
    const { machine, recording } = this;
    const call = (name: string, a0 = 0, a1 = 0, cpu = 0): number => machine.setUp(cpu, name, a0, a1);
    call("replay_boot");
    for (let cpu = 0; cpu < machine.cpus; cpu++) {
      const idle = call("replay_task");
      this.idleObject[cpu] = idle;
      machine.current[cpu] = idle;
      call("sim_start_idle", 0, 0, cpu);
    }
    recording.taskMm.forEach((mm, task) => {
      const object = call("replay_task");
      this.objects[task] = object;
      if (mm === 0) return;
      if (this.mmObjects[mm] === 0) this.mmObjects[mm] = call("replay_mm");
      call("replay_user", object, this.mmObjects[mm]);
    });
    machine.timeBegins();
  }

  run(until: number): void {
    this.machine.run(this, until);
  }

  startMeasuring(): void {
    for (const each of [this.exitLatency, this.dead.kept, this.machine.ipiLatency, this.lag]) each.clear();
    this.ipiWakeups = 0;
  }

  // ---- one CPU ----

  advance(cpu: number): void {
    const { machine } = this;
    const clock = machine.clocks[cpu] as number;
    if (machine.cold[cpu] === 1 && this.current[cpu] !== IDLE_TASK) {
      machine.cold[cpu] = 0;
      machine.delay(cpu, toPs(this.profile.figures.tlbRefill.ns), TLB);
      return;
    }
    const action = this.plan[cpu]?.[this.next[cpu] as number];
    if (action === undefined) {
      this.passTime(cpu, FOREVER);
      return;
    }
    const due = (this.recording.time[action] as number) / this.speed;
    const after = this.recording.after[action] as number;
    const free = after < 0 ? 0 : (this.over[after] as number);
    if (clock >= due && clock >= free) {
      this.begin(cpu, action, clock, due);
      return;
    }
    this.passTime(cpu, Math.max(due, free < Infinity ? free : clock + POLL));
  }

  /** Nothing to do until `until`. */
  private passTime(cpu: number, until: number): void {
    const { machine } = this;
    if (this.current[cpu] !== IDLE_TASK) {
      machine.delay(cpu, Math.ceil(until - (machine.clocks[cpu] as number)), BASE);
      return;
    }
    this.wakeAt[cpu] = until;
    machine.idle(cpu);
    machine.kick(cpu, Math.ceil(until), cpu);
  }

  private begin(cpu: number, action: number, clock: number, due: number): void {
    const { recording, machine } = this;
    this.next[cpu] = (this.next[cpu] as number) + 1;
    this.doing[cpu] = action;
    this.begun[cpu] = clock;
    this.lag.add(clock - due);
    const kind = recording.kind[action] as number;
    const task = recording.task[action] as number;
    const mm = recording.mm[action] as number;
    const func = present(this.funcs.get(kind), "an entry");
    if (kind === SWITCH) {
      const object = task === IDLE_TASK ? (this.idleObject[cpu] as number) : (this.objects[task] as number);
      machine.start(cpu, func, object, 0, 0);
    } else if (kind === FORK) machine.start(cpu, func, this.objects[task] as number, mm === 0 ? 1 : 0, 0);
    else if (kind === USE || kind === UNUSE) machine.start(cpu, func, this.mmObjects[mm] as number, 0, 0);
    else machine.start(cpu, func, 0, 0, 0);
  }

  /** The text of an action has ended. */
  finished(cpu: number): void {
    const action = this.doing[cpu] as number;
    if (action === NOTHING) return;
    const { recording, machine, counts } = this;
    const clock = machine.clocks[cpu] as number;
    this.doing[cpu] = NOTHING;
    this.over[action] = clock;
    counts.operations++;
    const kind = recording.kind[action] as number;
    const mm = recording.mm[action] as number;
    if (kind === SWITCH) this.switched(cpu, recording.task[action] as number);
    else if (kind === EXIT) {
      counts.exits++;
      this.exitLatency.add(clock - (this.begun[cpu] as number));
    } else if ((kind === FORK || kind === EXEC) && mm !== 0) {
      this.mmObjects[mm] = machine.results[cpu] as number;
    }
  }

  private switched(cpu: number, task: number): void {
    this.counts.switches++;
    if (task === IDLE_TASK || this.current[cpu] === IDLE_TASK) this.counts.idleSwitches++;
    this.current[cpu] = task;
  }

  // ---- idle ----

  /** The way out of idle is in the trace's times, but not for an interrupt that the scheme sends. */
  wakes(cpu: number, idledFor: number): number {
    const deepFrom = toPs(this.profile.figures.deepResidency.ns);
    const deep = (this.lastIdle[cpu] as number) >= deepFrom;
    if (idledFor > 0) this.lastIdle[cpu] = idledFor;
    if (deep) this.counts.deepWakeups++;
    else this.counts.shallowWakeups++;
    if ((this.machine.clocks[cpu] as number) >= (this.wakeAt[cpu] as number)) return 0;
    this.ipiWakeups++;
    return toPs(this.profile.figures[deep ? "deepExit" : "idleExit"].ns);
  }

  /** Back in idle after an interrupt: the wake-up stands. */
  idles(): void {}

  expired(cpu: number): void {
    internalBug(`a timer on CPU ${cpu}, which a trace has none of`);
  }

  died(mm: number, time: number): void {
    this.dead.died(mm, time);
  }

  freed(mm: number, time: number): void {
    this.dead.freed(mm, time);
  }
}

const ENTRIES: readonly (readonly [kind: number, name: string])[] = [
  [SWITCH, "replay_switch"],
  [FORK, "replay_fork"],
  [EXIT, "replay_exit_mm"],
  [EXEC, "replay_exec"],
  [USE, "replay_use_mm"],
  [UNUSE, "replay_unuse_mm"],
];
