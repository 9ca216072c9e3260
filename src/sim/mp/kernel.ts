/**
 * The rest of the kernel: tasks, run queues, idle. Everything that touches an mm is the specimen's text, run on the
 * machine through the entry points of `model/kernel/replay.ts` and `simulate.ts`; what is here decides who runs where.
 *
 * Where a task goes that wakes is in `placement.ts`; one that is still being switched out stays where it is (as
 * `ttwu_queue` does it). Nobody is preempted but at the end of a time slice, and by nobody but who waits in the same queue.
 *
 * Per CPU, what comes next (`phase`):
 *
 *     RUN ──the task blocks, ends, yields──▶ PICK ──▶ SWITCH (base cost) ──▶ SWITCHED (specimen done) ──▶ RUN
 *                                                                            idle task: IDLE ⇄ asleep ──▶ PICK
 */

import { internalBug } from "../../base/assert.ts";
import type { Program } from "../../ir/types.ts";
import { BASE, TLB } from "./breakdown.ts";
import type { Client } from "./client.ts";
import { DeadMms } from "./dead_mms.ts";
import { type FigureName, toPs } from "./figures.ts";
import { Histogram } from "./histogram.ts";
import { GRACE_PERIOD, Machine } from "./machine.ts";
import { Placement } from "./placement.ts";
import type { Profile } from "./profile.ts";
import { Rng } from "./rng.ts";
import { roomFor } from "./room.ts";
import { NONE, RunQueues } from "./run_queues.ts";
import { Sleepers } from "./sleepers.ts";
import { BLOCKED, DEAD, LEAVING, QUEUED, RUNNING, Tasks } from "./tasks.ts";
import type { KernelCounts, Simulation, Workload } from "./workload.ts";

const DEFAULT_MEMORY = 2 ** 30;

const RUN = 0;
const PICK = 1;
const SWITCH = 2;
const SWITCHED = 3;
const IDLE = 4;
const BOOT = 5;
const CALLED = 6;

export class Kernel implements Client, Simulation {
  readonly machine: Machine;
  readonly rng: Rng;
  readonly counts: KernelCounts = {
    operations: 0,
    switches: 0,
    idleSwitches: 0,
    exits: 0,
    deepWakeups: 0,
    shallowWakeups: 0,
  };
  /** Time of exit_mm, by task end. */
  readonly exitLatency = new Histogram();
  readonly dead = new DeadMms();
  private readonly workload: Workload;
  private readonly tasks = new Tasks();
  private readonly phase: Uint8Array;
  private readonly running: Int32Array;
  private readonly coming: Int32Array;
  private readonly leaving: Int32Array;
  private readonly queues: RunQueues;
  private readonly sleepers: Sleepers;
  private readonly placement: Placement;
  private readonly idleTask: Int32Array;
  private readonly sliceEnd: Float64Array;
  private readonly callStart: Float64Array;
  private readonly isExit: Uint8Array;
  /** Idle CPUs woken by somebody's IPI, not for a task. */
  ipiWakeups = 0;
  private readonly switchFunc: number;
  /** The machine's figures, picoseconds. */
  readonly costs: Readonly<Record<FigureName, number>>;
  private readonly broadcastCost: number;
  initMm = 0;

  /** `memory` is what the machine's state may take, bytes. */
  constructor(
    program: Program,
    profile: Profile,
    cpus: number,
    workload: Workload,
    seed: number,
    memory = DEFAULT_MEMORY,
  ) {
    this.workload = workload;
    this.rng = new Rng(seed);
    const { capacity } = roomFor(program, profile, cpus, workload, { grace: GRACE_PERIOD, memory });
    this.machine = new Machine(program, profile, cpus, capacity);
    this.phase = new Uint8Array(cpus).fill(BOOT);
    this.running = new Int32Array(cpus).fill(NONE);
    this.coming = new Int32Array(cpus).fill(NONE);
    this.leaving = new Int32Array(cpus).fill(NONE);
    this.queues = new RunQueues(cpus);
    this.sleepers = new Sleepers(this.machine.cores, profile);
    this.placement = new Placement(this.tasks, this.sleepers, this.queues, this.machine.topology);
    this.idleTask = new Int32Array(cpus);
    this.sliceEnd = new Float64Array(cpus);
    this.callStart = new Float64Array(cpus);
    this.isExit = new Uint8Array(cpus);
    this.switchFunc = this.machine.entry("replay_switch");
    this.costs = this.machine.prices;
    const broadcasts = program.positions.some((each) => each.func === "invalidate_broadcast");
    this.broadcastCost = broadcasts ? this.costs.tlbBroadcast : 0;
    this.boot();
  }

  // ---- boot ----

  /** Before time begins: init_mm, an idle task per CPU, and the workload's tasks. */
  private boot(): void {
    const { machine } = this;
    this.plainCall("replay_boot");
    this.initMm = this.plainCall("replay_init_mm");
    for (let cpu = 0; cpu < machine.cpus; cpu++) {
      this.idleTask[cpu] = this.tasks.add(cpu, cpu, this.plainCall("replay_task"));
      machine.current[cpu] = this.tasks.object[this.idleTask[cpu] as number] as number;
      this.plainCall("sim_start_idle", 0, 0, cpu);
      this.running[cpu] = this.idleTask[cpu] as number;
      this.phase[cpu] = IDLE;
    }
    this.workload.start(this);
    machine.timeBegins();
  }

  /** Runs an entry point to its end outside time: setting up costs nothing. */
  plainCall(entry: string, a0 = 0, a1 = 0, cpu = 0): number {
    return this.machine.setUp(cpu, entry, a0, a1);
  }

  // ---- for workloads: making tasks ----

  /** A task that may run on CPUs `first` to `last`, and starts, when woken, on `on`; `mm` 0 for a kernel thread. */
  spawn(first: number, last: number, on: number, mm: number): number {
    const object = this.plainCall("replay_task");
    const task = this.tasks.add(first, last, object);
    this.tasks.lastCpu[task] = on;
    if (mm !== 0) this.plainCall("replay_user", object, mm);
    return task;
  }

  /** A task whose mm, if any, fork gives it. */
  embryo(first: number, last: number, on: number): number {
    return this.spawn(first, last, on, 0);
  }

  /** An mm in the memory of the socket of `cpu`. */
  newMm(cpu = 0): number {
    return this.plainCall("replay_mm", 0, 0, cpu);
  }

  /** The kernel's number of a task. */
  objectOf(task: number): number {
    return this.tasks.object[task] as number;
  }

  /** At the beginning: `task` is in the queue of the CPU that it starts on. */
  launch(task: number): void {
    this.enqueue(this.tasks.lastCpu[task] as number, task);
  }

  /** `task` has not been born yet: it counts as dead. */
  unborn(task: number): void {
    this.tasks.state[task] = DEAD;
  }

  /** What an invalidation costs where the hardware tells all CPUs; 0 where IPIs do, which are simulated. */
  broadcast(): number {
    return this.broadcastCost;
  }

  /** `task` may run again after it has ended, as another one. */
  revive(task: number): void {
    if (this.tasks.state[task] !== DEAD) internalBug("a live task revived");
    this.tasks.state[task] = BLOCKED;
  }

  isDead(task: number): boolean {
    return this.tasks.state[task] === DEAD;
  }

  moveTo(task: number, first: number, last: number): void {
    this.tasks.first[task] = first;
    this.tasks.last[task] = last;
  }

  // ---- for workloads: what a task does ----

  /** The task computes for `ps` of a whole core; ±10 %, so that nothing runs in step for ever. */
  compute(cpu: number, ps: number): void {
    this.machine.delay(cpu, this.slowed(cpu, ps * (0.9 + 0.2 * this.rng.next())), BASE);
  }

  private slowed(cpu: number, ps: number): number {
    return Math.round(ps / this.sleepers.speed(cpu));
  }

  /** The task sleeps until somebody wakes it. */
  block(cpu: number): void {
    this.leave(cpu, BLOCKED);
  }

  /** The task sleeps for `ps`; a timer interrupt on this CPU wakes it. */
  sleep(cpu: number, ps: number): void {
    this.machine.startTimer(cpu, ps, this.running[cpu] as number);
    this.block(cpu);
  }

  expired(cpu: number, task: number): void {
    this.wake(cpu, task);
  }

  /** The task goes on on CPU `target`, and nowhere else until it is moved again. */
  migrate(cpu: number, target: number): void {
    const task = this.running[cpu] as number;
    this.moveTo(task, target, target);
    this.leave(cpu, BLOCKED);
    this.tasks.wakeLater[task] = 1;
  }

  /** The task lets others of its queue run. */
  yield(cpu: number): void {
    const task = this.running[cpu] as number;
    if (this.queues.length(cpu) === 0) {
      this.machine.delay(cpu, 0, BASE);
      return;
    }
    this.enqueue(cpu, task);
    this.leaving[cpu] = NONE;
    this.pick(cpu);
  }

  /** The task ends: exit_mm, and the CPU goes on with another. */
  exit(cpu: number): void {
    this.isExit[cpu] = 1;
    this.counts.exits++;
    this.call(cpu, "replay_exit_mm");
  }

  /** The task runs a kernel entry; `Workload.called` or `act` comes next. */
  call(cpu: number, entry: string, a0 = 0, a1 = 0): void {
    this.phase[cpu] = CALLED;
    this.callStart[cpu] = this.machine.clocks[cpu] as number;
    this.machine.call(cpu, entry, a0, a1);
  }

  /** The time slice of the running task is over, and somebody waits. */
  sliceOver(cpu: number): boolean {
    return (
      this.queues.length(cpu) !== 0 && (this.machine.clocks[cpu] as number) > (this.sliceEnd[cpu] as number)
    );
  }

  private leave(cpu: number, state: number): void {
    const task = this.running[cpu] as number;
    this.tasks.state[task] = LEAVING;
    this.tasks.wakeLater[task] = 0;
    this.leaving[cpu] = state;
    this.pick(cpu);
  }

  // ---- waking ----

  /** `cpu` (its task, or an interrupt on it) wakes `task`. Nothing happens when it is not asleep. */
  wake(cpu: number, task: number): void {
    const state = this.tasks.state[task];
    if (state === LEAVING) {
      this.tasks.wakeLater[task] = 1;
      return;
    }
    if (state !== BLOCKED) return;
    const target = this.placement.placeFor(cpu, task);
    this.enqueue(target, task);
    this.rouse(target, cpu);
  }

  /** An idle CPU hears of its queue. */
  private rouse(target: number, by: number): void {
    if (!this.sleepers.claim(target)) return;
    const { machine } = this;
    const now = machine.clocks[by] as number;
    // A CPU in the shallow state watches its flag; one in the deep state has to be sent for.
    const deep = this.sleepers.isDeep(target);
    const wire = deep ? this.costs.ipiSend + this.costs.ipiSocket : machine.lines.between(target, by);
    machine.kick(target, now + wire, by);
  }

  private enqueue(cpu: number, task: number): void {
    this.tasks.state[task] = QUEUED;
    this.tasks.lastCpu[task] = cpu;
    this.queues.append(cpu, task);
  }

  // ---- the CPU's own way ----

  advance(cpu: number): void {
    switch (this.phase[cpu]) {
      case RUN:
        this.workload.act(this, this.running[cpu] as number, cpu);
        return;
      case CALLED:
        this.returned(cpu);
        return;
      case SWITCH:
        this.switchNow(cpu);
        return;
      case PICK:
        this.pick(cpu);
        return;
      case IDLE:
        this.idleLoop(cpu);
        return;
      default:
        internalBug(`CPU ${cpu} in phase ${this.phase[cpu]}`);
        return;
    }
  }

  /** A switch is done as soon as its text is. */
  finished(cpu: number): void {
    if (this.phase[cpu] === SWITCHED) this.switched(cpu);
  }

  private returned(cpu: number): void {
    const task = this.running[cpu] as number;
    this.phase[cpu] = RUN;
    if (this.isExit[cpu] === 1) {
      this.isExit[cpu] = 0;
      this.workload.exited?.(this, task, cpu);
      this.exitLatency.add((this.machine.clocks[cpu] as number) - (this.callStart[cpu] as number));
      this.leave(cpu, DEAD);
      return;
    }
    if (this.workload.called === undefined) {
      this.workload.act(this, task, cpu);
      return;
    }
    this.workload.called(this, task, cpu, this.machine.results[cpu] as number);
  }

  private pick(cpu: number): void {
    const next = this.queues.take(cpu);
    const idle = this.idleTask[cpu] as number;
    const task = next === NONE ? idle : next;
    if (task === (this.running[cpu] as number)) {
      this.phase[cpu] = task === idle ? IDLE : RUN;
      if (task !== idle) this.tasks.state[task] = RUNNING;
      this.machine.delay(cpu, 0, BASE);
      return;
    }
    this.coming[cpu] = task;
    this.phase[cpu] = SWITCH;
    this.machine.delay(cpu, this.slowed(cpu, this.costs.switch * (0.9 + 0.2 * this.rng.next())), BASE);
  }

  private switchNow(cpu: number): void {
    const task = this.coming[cpu] as number;
    this.phase[cpu] = SWITCHED;
    this.machine.start(cpu, this.switchFunc, this.tasks.object[task] as number, 0, 0);
  }

  private switched(cpu: number): void {
    const prev = this.running[cpu] as number;
    const task = this.coming[cpu] as number;
    const idle = this.idleTask[cpu] as number;
    this.counts.switches++;
    if (task === idle || prev === idle) this.counts.idleSwitches++;
    this.running[cpu] = task;
    this.settleLeaving(cpu, prev);
    if (task === idle) {
      this.phase[cpu] = IDLE;
      if (this.queues.length(cpu) === 0) this.sleepers.enters(cpu);
      this.machine.delay(cpu, this.slowed(cpu, this.costs.idleEnter), BASE);
      return;
    }
    this.tasks.state[task] = RUNNING;
    this.sliceEnd[cpu] = (this.machine.clocks[cpu] as number) + SLICE;
    this.phase[cpu] = RUN;
    this.warm(cpu);
  }

  /** The first user code after the TLB has lost its entries. */
  private warm(cpu: number): void {
    const { machine } = this;
    if (machine.cold[cpu] === 0) return;
    machine.cold[cpu] = 0;
    machine.delay(cpu, this.costs.tlbRefill, TLB);
  }

  /** `prev` is off the CPU: it sleeps, has ended, or was woken meanwhile. */
  private settleLeaving(cpu: number, prev: number): void {
    if (this.tasks.state[prev] !== LEAVING) return;
    this.tasks.state[prev] = this.leaving[cpu] as number;
    this.leaving[cpu] = NONE;
    if (this.tasks.state[prev] !== BLOCKED || this.tasks.wakeLater[prev] !== 1) return;
    const target = Math.min(Math.max(cpu, this.tasks.first[prev] as number), this.tasks.last[prev] as number);
    this.enqueue(target, prev);
    if (target !== cpu) this.rouse(target, cpu);
  }

  private idleLoop(cpu: number): void {
    if (this.queues.length(cpu) > 0) {
      this.pick(cpu);
      return;
    }
    this.sleepers.sleeps(cpu);
    this.machine.idle(cpu);
  }

  wakes(cpu: number, idledFor: number): number {
    const deep = this.sleepers.isDeep(cpu);
    if (this.sleepers.wakes(cpu, idledFor)) this.ipiWakeups++;
    if (deep) this.counts.deepWakeups++;
    else this.counts.shallowWakeups++;
    return deep ? this.costs.deepExit : this.costs.idleExit;
  }

  /** Back in idle after an interrupt. */
  idles(cpu: number): void {
    if (this.queues.length(cpu) > 0) this.machine.kick(cpu, this.machine.clocks[cpu] as number, cpu);
    else this.sleepers.sleeps(cpu);
  }

  died(mm: number, time: number): void {
    this.dead.died(mm, time);
  }

  freed(mm: number, time: number): void {
    this.dead.freed(mm, time);
  }

  /** Percentiles are of what comes from now on. */
  startMeasuring(): void {
    for (const each of [this.exitLatency, this.dead.kept, this.machine.ipiLatency]) each.clear();
    this.ipiWakeups = 0;
  }

  run(until: number): void {
    this.machine.run(this, until);
  }
}

/** What a task may run while others wait for its CPU. */
const SLICE = toPs(3e6);
