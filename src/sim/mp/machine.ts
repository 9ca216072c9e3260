/**
 * The multiprocessor: CPUs that each do one thing at a time, in virtual time, and interrupt one another.
 *
 * A CPU is in one of six modes. Its clock says until when its past is settled; its time in `clock` is when it wants
 * to go on, and the CPU whose time is least goes on next, until it passes the next one's.
 *
 *     BODY    runs kernel text (`bodies.ts`)                       READY   its client (`Client.advance`) says what is next
 *     DELAY   does something of known length                       WAIT    waits for the IPIs that it has sent
 *     IDLE    waits for a wake-up                                  STALLED waits for a line, in the middle of an access
 *
 * An IPI is a message in its target's inbox, with the time at which it arrives. It is taken when interrupts are on,
 * between two ops of a body, in the middle of a delay (which is made longer by it), while waiting or in idle, which it
 * ends for as long as the handler runs. A handler runs with interrupts off, one at a time. Callbacks of RCU come the
 * same way, from nobody.
 */

import { internalBug, present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import type { FuncId, Program } from "../../ir/types.ts";
import type { Mask } from "../masks.ts";
import { type Body, beginBody, emitBody } from "./bodies.ts";
import { IDLE, IDLE_EXIT, INTERRUPT, IPI_SEND, IPI_WAIT, TRANSFER } from "./breakdown.ts";
import type { Client } from "./client.ts";
import { Clock } from "./clock.ts";
import { LEVELS } from "./cpu_state.ts";
import { toPs } from "./figures.ts";
import { Histogram } from "./histogram.ts";
import { Inbox, NOBODY } from "./inbox.ts";
import { MachineWorld } from "./machine_world.ts";
import type { Profile } from "./profile.ts";
import { FINISHED, STALLS, WAITS } from "./stops.ts";

export const READY = 0;
export const BODY = 1;
export const DELAY = 2;
export const WAIT = 3;
export const IDLING = 4;
export const STALLED = 5;

/** Counts of one run. */
export interface Events {
  ipis: number;
  handled: number;
  wakeups: number;
}

export class Machine extends MachineWorld {
  readonly events: Events = { ipis: 0, handled: 0, wakeups: 0 };
  /** Times from sending IPIs to the last one's being handled. */
  readonly ipiLatency = new Histogram();
  readonly ipisBy = new Map<string, number>();
  private readonly clock: Clock;
  private readonly bodies: (Body | undefined)[] = [];
  private readonly inbox: Inbox;
  private readonly wire: Float64Array;
  private readonly lookahead: number;
  observer: (() => void) | undefined;
  private now = 0;
  /** The clock of `setUp`. */
  private booted = 0;
  /** What `nextTime` has found. */
  private readonly due = new Float64Array(1);

  constructor(program: Program, profile: Profile, cpus: number, capacity: ReadonlyMap<string, number>) {
    super(program, profile, cpus, capacity);
    this.inbox = new Inbox(cpus);
    this.clock = new Clock(cpus + 1);
    this.wire = Float64Array.of(
      this.prices.ipiL3,
      this.prices.ipiL3,
      this.prices.ipiSocket,
      this.prices.ipiRemote,
      this.prices.ipiFar,
    );
    this.lookahead = this.prices.xferL3;
  }

  /** From now on `observer` is called before each op that another CPU could notice: for tests. */
  observe(observer: () => void): void {
    this.observer = observer;
    this.bodies.length = 0;
  }

  // ---- time ----

  /** Runs until virtual time `end`; CPUs that idle then have their idling booked. */
  run(client: Client, end: number): void {
    this.client = client;
    const { clock, limits, lines, due, irqsOff } = this;
    const { nextMove } = lines;
    const arrivals = this.inbox.due;
    for (;;) {
      const cpu = clock.take();
      const time = clock.found[0] as number;
      if (cpu < 0 || time >= end) {
        if (cpu >= 0) clock.set(cpu, time);
        break;
      }
      if (time < this.now) internalBug(`time runs backwards on CPU ${cpu}`);
      this.now = time;
      if (cpu === this.cpus) {
        this.moveLine();
        continue;
      }
      due[0] = time;
      // As long as nobody else is due the CPU stays in hand: the clock need not know.
      do {
        const next = due[0] as number;
        const own = irqsOff[cpu] === 0 ? Math.max(arrivals[cpu] as number, next) : Infinity;
        const limit = Math.min(clock.found[1] as number, nextMove[0] as number, own, end);
        this.now = next;
        limits[0] = limit;
        limits[1] = limit + this.lookahead;
        this.step(cpu, next, client);
        this.nextTime(cpu);
      } while ((due[0] as number) < (limits[0] as number));
      clock.set(cpu, due[0] as number);
      if (nextMove[0] !== clock.times[this.cpus]) this.awaitLines();
    }
    for (let cpu = 0; cpu < this.cpus; cpu++) this.bookUntil(cpu, end);
  }

  /** A line goes where it is waited for, and the CPUs that have it then go on. Lines have the clock's last entry. */
  private moveLine(): void {
    const { lines } = this;
    lines.depart();
    for (const cpu of lines.served) {
      this.mode[cpu] = BODY;
      this.nextTime(cpu);
      this.clock.set(cpu, this.due[0] as number);
    }
    lines.served.length = 0;
    this.awaitLines();
  }

  private awaitLines(): void {
    this.clock.set(this.cpus, this.lines.nextMove[0] as number);
  }

  private bookUntil(cpu: number, end: number): void {
    const mode = this.mode[cpu];
    if ((this.clocks[cpu] as number) >= end) return;
    if (mode === IDLING) this.advanceTo(cpu, end, IDLE);
    else if (mode === DELAY) this.advanceTo(cpu, end, this.delayCategory[cpu] as number);
    else if (mode === STALLED) this.lines.bookParked(cpu, end);
  }

  /** The clock of `cpu` goes to `time`, booked under `category`. */
  advanceTo(cpu: number, time: number, category: number): void {
    const by = time - (this.clocks[cpu] as number);
    if (by <= 0) return;
    this.clocks[cpu] = time;
    this.time[category] = (this.time[category] as number) + by;
  }

  /** When `cpu` wants to go on, in `due`: a double that is returned is one that is allocated. */
  private nextTime(cpu: number): void {
    const { due } = this;
    const mode = this.mode[cpu];
    const clock = this.clocks[cpu] as number;
    let time: number;
    if (mode === BODY || mode === READY) time = clock;
    else if (mode === STALLED) {
      due[0] = Infinity;
      return;
    } else if (mode === IDLING) time = Math.max(this.resume[cpu] as number, clock);
    else time = mode === WAIT && this.outstanding[cpu] !== 0 ? Infinity : (this.resume[cpu] as number);
    if (this.irqsOff[cpu] === 0) time = Math.min(time, Math.max(this.inbox.due[cpu] as number, clock));
    due[0] = time;
  }

  private step(cpu: number, time: number, client: Client): void {
    if (this.irqsOff[cpu] === 0 && (this.inbox.due[cpu] as number) <= time) {
      this.interrupt(cpu, time);
      return;
    }
    switch (this.mode[cpu]) {
      case BODY:
        this.runBody(cpu);
        return;
      case READY:
        client.advance(cpu);
        return;
      case DELAY:
        this.advanceTo(cpu, time, this.delayCategory[cpu] as number);
        this.mode[cpu] = READY;
        client.advance(cpu);
        return;
      case IDLING:
        this.wakeUp(cpu, time);
        this.mode[cpu] = READY;
        client.advance(cpu);
        return;
      default:
        this.waited(cpu, time);
        this.mode[cpu] = BODY;
        this.runBody(cpu);
        return;
    }
  }

  /** Where the book of source positions has what no position causes. */
  get noPosition(): number {
    return this.program.positions.length;
  }

  /** Runs an entry point on `cpu` to its end before time begins, when all that was done before is long over. */
  setUp(cpu: number, entry: string, a0: number, a1: number): number {
    this.limits.fill(Infinity);
    this.clocks[cpu] = this.booted;
    this.begin(cpu, this.entry(entry), a0, a1, 0);
    while (this.mode[cpu] === BODY) this.runBody(cpu);
    this.booted = (this.clocks[cpu] as number) + LONG;
    return this.results[cpu] as number;
  }

  /** The books are empty and all clocks at 0. */
  timeBegins(): void {
    this.clocks.fill(0);
    this.time.fill(0);
    this.at.fill(0);
    this.counts.fill(0);
    this.lines.timeBegins();
    for (let cpu = 0; cpu < this.cpus; cpu++) this.clock.set(cpu, 0);
  }

  // ---- for clients ----

  /** `cpu` runs an exported entry point; `advance` is called when it is over. Its result is in `results`. */
  call(cpu: number, entry: string, a0 = 0, a1 = 0, a2 = 0): void {
    this.start(cpu, this.entry(entry), a0, a1, a2);
  }

  entry(name: string): FuncId {
    const func = this.program.entries.get(name);
    if (func === undefined) throw new InputError(`the kernel model has no entry point ${name}`);
    return func;
  }

  /** As `call`, by number. */
  start(cpu: number, func: FuncId, a0: number, a1: number, a2: number): void {
    this.begin(cpu, func, a0, a1, a2);
    this.runBody(cpu);
  }

  /** `cpu` does something that takes `ps`. */
  delay(cpu: number, ps: number, category: number): void {
    this.mode[cpu] = DELAY;
    this.resume[cpu] = (this.clocks[cpu] as number) + Math.round(ps);
    this.delayCategory[cpu] = category;
  }

  idle(cpu: number): void {
    this.mode[cpu] = IDLING;
    this.resume[cpu] = Infinity;
  }

  /** An idle CPU goes on at `time`, unless it does sooner. */
  kick(cpu: number, time: number, by: number): void {
    if (this.mode[cpu] !== IDLING && this.below[cpu] !== IDLING) internalBug(`CPU ${cpu} does not idle`);
    if (time < (this.resume[cpu] as number)) this.resume[cpu] = time;
    this.reschedule(cpu, by);
  }

  /** Whether `cpu` may act on the world at its clock: nobody else comes first. */
  inOrder(cpu: number): boolean {
    return (this.clocks[cpu] as number) <= (this.limits[0] as number);
  }

  // ---- bodies ----

  private begin(cpu: number, func: FuncId, a0: number, a1: number, a2: number): void {
    const frame = cpu * LEVELS + (this.level[cpu] as number);
    beginBody(this.bodyOf(func), frame, a0, a1, a2);
    this.pcs[frame] = 0;
    this.running[frame] = func;
    this.mode[cpu] = BODY;
  }

  private runBody(cpu: number): void {
    const frame = cpu * LEVELS + (this.level[cpu] as number);
    const why = this.bodyOf(this.running[frame] as number).run(cpu, frame);
    if (why === WAITS) this.mode[cpu] = WAIT;
    else if (why === STALLS) this.mode[cpu] = STALLED;
    else if (why === FINISHED) this.finished(cpu);
  }

  private bodyOf(func: FuncId): Body {
    let body = this.bodies[func];
    if (body === undefined) {
      body = emitBody(this.program, func, this, this.cpus * LEVELS);
      this.bodies[func] = body;
    }
    return body;
  }

  private finished(cpu: number): void {
    if (this.level[cpu] === 0) {
      this.mode[cpu] = READY;
      this.client?.finished(cpu);
      return;
    }
    this.leaveInterrupt(cpu);
  }

  private leaveInterrupt(cpu: number): void {
    this.advanceTo(cpu, (this.clocks[cpu] as number) + this.prices.irqExit, INTERRUPT);
    this.level[cpu] = 0;
    this.irqsOff[cpu] = 0;
    this.acknowledge(cpu);
    this.mode[cpu] = this.below[cpu] as number;
    this.below[cpu] = READY;
    const clock = this.clocks[cpu] as number;
    if (this.mode[cpu] === DELAY) this.resume[cpu] = clock + (this.rest[cpu] as number);
    if (this.mode[cpu] === IDLING) present(this.client, "client").idles(cpu);
    if (this.mode[cpu] === WAIT) this.resume[cpu] = Math.max(this.resume[cpu] as number, clock);
  }

  // ---- interrupts ----

  /** A message is waiting (called by generated code with interrupts just on). */
  interrupted(cpu: number): boolean {
    return this.irqsOff[cpu] === 0 && (this.inbox.due[cpu] as number) < Infinity;
  }

  private interrupt(cpu: number, time: number): void {
    const mode = this.mode[cpu] as number;
    if (mode === IDLING) this.wakeUp(cpu, time);
    if (mode === DELAY) {
      this.advanceTo(cpu, time, this.delayCategory[cpu] as number);
      this.rest[cpu] = (this.resume[cpu] as number) - time;
    }
    if (mode === WAIT) this.advanceTo(cpu, time, IPI_WAIT);
    this.below[cpu] = mode;
    this.level[cpu] = 1;
    this.irqsOff[cpu] = 1;
    this.advanceTo(cpu, (this.clocks[cpu] as number) + this.prices.irqEntry, INTERRUPT);
    const message = this.inbox.take(cpu);
    if (this.inbox.handler(message) === TIMER) {
      this.expire(cpu, this.inbox.arg(message));
      return;
    }
    this.begin(cpu, this.inbox.handler(message), this.inbox.arg(message), 0, 0);
  }

  /** A timer interrupt: no text of the specimen runs. */
  private expire(cpu: number, task: number): void {
    present(this.client, "client").expired(cpu, task);
    this.leaveInterrupt(cpu);
  }

  /** `task`'s timer goes off on `cpu`, so many picoseconds from its clock on. */
  startTimer(cpu: number, ps: number, task: number): void {
    this.inbox.post(cpu, (this.clocks[cpu] as number) + Math.round(ps), TIMER, task, NOBODY);
  }

  /** The handler on `cpu` is done: tells whoever sent for it. */
  private acknowledge(cpu: number): void {
    const sender = this.inbox.done(cpu);
    if (sender === NOBODY) return;
    this.events.handled++;
    this.outstanding[sender] = (this.outstanding[sender] as number) - 1;
    const time = (this.clocks[cpu] as number) + this.lines.between(cpu, sender);
    if (time > (this.resume[sender] as number)) this.resume[sender] = time;
    if (this.mode[sender] === WAIT) this.reschedule(sender, cpu);
  }

  /** Called by generated code: `cpu` will wait for its IPIs. */
  waiting(cpu: number, at: number): void {
    if (this.irqsOff[cpu] !== 0) this.fault("a wait for IPIs with interrupts off", at);
    this.waitAt[cpu] = at;
    this.resume[cpu] = this.clocks[cpu] as number;
  }

  private waited(cpu: number, time: number): void {
    const clock = this.clocks[cpu] as number;
    const at = this.waitAt[cpu] as number;
    this.at[at] = (this.at[at] as number) + Math.max(0, time - clock);
    this.advanceTo(cpu, time, IPI_WAIT);
    this.ipiLatency.add((this.clocks[cpu] as number) - (this.waitFrom[cpu] as number));
  }

  private wakeUp(cpu: number, time: number): void {
    const idled = time - (this.clocks[cpu] as number);
    this.advanceTo(cpu, time, IDLE);
    const exit = present(this.client, "client").wakes(cpu, idled);
    this.events.wakeups++;
    this.advanceTo(cpu, (this.clocks[cpu] as number) + exit, IDLE_EXIT);
  }

  /** The time of another CPU has changed while `by` runs. */
  private reschedule(cpu: number, by: number): void {
    if (cpu === by) return;
    this.nextTime(cpu);
    const { clock, limits } = this;
    const time = this.due[0] as number;
    clock.set(cpu, time);
    if (time < (clock.found[1] as number)) clock.found[1] = time;
    if (time >= (limits[0] as number)) return;
    limits[0] = time;
    limits[1] = time + this.lookahead;
  }

  // ---- called by generated code ----

  /** Sends `handler(arg)` to the CPUs of `mask` but `cpu`; returns them. */
  send(cpu: number, mask: Mask, handler: FuncId, arg: number, at: number): Mask {
    const each = this.prices.ipiSend;
    const targets = this.masks.without(mask, cpu);
    const n = this.masks.count(targets);
    if (n === 0) return targets;
    if (this.outstanding[cpu] === 0) this.waitFrom[cpu] = this.clocks[cpu] as number;
    const from = this.cores[cpu] as number;
    for (let target = 0; target < this.cpus; target++) {
      if (this.masks.has(targets, target) === 0) continue;
      this.advanceTo(cpu, (this.clocks[cpu] as number) + each, IPI_SEND);
      const distance = this.topology.distance(from, this.cores[target] as number);
      const arrival = (this.clocks[cpu] as number) + (this.wire[distance] as number);
      this.inbox.post(target, arrival, handler, arg, cpu);
      this.reschedule(target, cpu);
    }
    this.at[at] = (this.at[at] as number) + n * each;
    this.outstanding[cpu] = (this.outstanding[cpu] as number) + n;
    this.events.ipis += n;
    const cause = this.program.positions[at]?.func ?? "?";
    this.ipisBy.set(cause, (this.ipisBy.get(cause) ?? 0) + n);
    return targets;
  }

  /** `call_rcu`: after a grace period, on the same CPU. */
  callLater(cpu: number, handler: FuncId, arg: number): void {
    this.inbox.post(cpu, (this.clocks[cpu] as number) + GRACE_PERIOD, handler, arg, NOBODY);
  }

  // ---- conservation ----

  /** What must hold at any time between steps; the first thing that does not, in words. */
  check(): string | undefined {
    const booked = this.time.reduce((sum, part) => sum + part, 0);
    const passed = this.clocks.reduce((sum, clock) => sum + clock, 0);
    if (Math.abs(booked - passed) > 1) return `the breakdown sums to ${booked} ps of ${passed}`;
    const underway = this.inbox.sent();
    if (this.events.ipis !== this.events.handled + underway)
      return `${this.events.ipis} IPIs sent, ${this.events.handled} handled, ${underway} under way`;
    return this.lines.check();
  }

  /** Time that CPUs stood still for lines: for reports. */
  stalled(): number {
    return this.time[TRANSFER] as number;
  }
}

/** Longer than any transfer. */
const LONG = toPs(1e6);

/** The handler of a timer. */
const TIMER = -1;

/** From call_rcu to the callback: what rcu_gp_kthread needs at HZ=250, three jiffies or so. */
export const GRACE_PERIOD = toPs(12e6);
