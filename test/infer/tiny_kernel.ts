/**
 * A kernel small enough to be obviously right, which writes the trace events of what it does into a `TraceSink`:
 * the lazy/* probes and the stock events, `tlb_flush` by the rules of x86 (`switch_mm_irqs_off`, `flush_tlb_func`)
 * included. It knows the class of every switch, so inference can be held against it.
 *
 * `step` takes any number and does something legal with it, so a random list of numbers is a random schedule.
 */

import type { TraceInfo, TraceSink } from "../../src/trace/events.ts";
import type { SwitchClass } from "../../src/trace/infer/actions.ts";

interface Mm {
  /** Interned address; reused by the next mm after `__mmdrop`, as slab does. */
  readonly address: number;
  users: number;
  count: number;
  /** Bumped by every flush; a lazy CPU that missed one flushes when it comes back. */
  generation: number;
  /** CPUs that may hold its translations. */
  readonly cpus: Set<number>;
}

interface Task {
  readonly pid: number;
  comm: string;
  mm: Mm | undefined;
  /** Steps that the task must still take before it is an ordinary one again, next first. */
  plan: ((cpu: Cpu) => void)[];
  /** In exit: it cannot go back to user mode. */
  exiting: boolean;
  dead: boolean;
}

interface Cpu {
  readonly id: number;
  readonly idle: Task;
  current: Task;
  /** active_mm of the current task. */
  active: Mm;
  /** CR3. */
  hardware: Mm;
  /** What `hardware`'s generation was when it was last flushed here. */
  seen: number;
}

/** One switch as it really was. */
export interface TrueSwitch {
  readonly ts: number;
  readonly cpu: number;
  readonly cls: SwitchClass;
}

const INIT_MM = 1;
const CLONE_VM = 0x100;
const PREEMPTED = 256;
const LAZY_EVENTS = [
  "sw",
  "enter_lazy_tlb",
  "switch_mm",
  "mmput",
  "exit_mmap",
  "exit_mm_release",
  "mmdrop_final",
];

/** Which kernel's order of events. */
export type Flavour = "6.12" | "7.2";

export class TinyKernel {
  readonly switches: TrueSwitch[] = [];
  exits = 0;
  finalMmputs = 0;
  private readonly sink: TraceSink;
  private readonly flavour: Flavour;
  private readonly cpus: Cpu[] = [];
  private readonly tasks: Task[] = [];
  private readonly initMm: Mm = { address: INIT_MM, users: 2, count: 1000, generation: 0, cpus: new Set() };
  private readonly freeAddresses: number[] = [];
  private nextAddress = 2;
  private nextPid = 1000;
  private ts = 0;

  constructor(sink: TraceSink, flavour: Flavour, cpus: number) {
    this.sink = sink;
    this.flavour = flavour;
    for (let id = 0; id < cpus; id++) this.addCpu(id);
    for (let n = 0; n < 2; n++) this.tasks.push(newTask(20 + n, `kworker/${n}:0`, undefined));
    for (let n = 0; n < 3; n++) this.tasks.push(newTask(100 + n, "app", this.newMm()));
    const shared = this.tasks[2]?.mm;
    if (shared !== undefined) this.tasks.push(newTask(110, "app", this.use(shared)));
    this.sink.begin?.(this.info());
  }

  /** Does one thing that the number chooses. */
  step(choice: number): void {
    const cpu = this.cpus[choice % this.cpus.length];
    if (cpu === undefined) return;
    const what = Math.floor(choice / 8) % 16;
    const which = Math.floor(choice / 128);
    const next = cpu.current.plan.shift();
    if (cpu.current.dead) this.switchAway(cpu, which);
    else if (what < 7) {
      if (next !== undefined) cpu.current.plan.unshift(next);
      this.switchAway(cpu, which);
    } else if (next !== undefined) next(cpu);
    else if (cpu.current.mm !== undefined) this.userStep(cpu, what, which);
  }

  end(): void {
    this.sink.end?.({ events: new Map(), total: 0, lost: 0, lostPlaces: 0, firstTs: 0, lastTs: this.ts });
  }

  private userStep(cpu: Cpu, what: number, which: number): void {
    if (what < 9) this.fork(cpu, which % 2 === 0);
    else if (what < 11) this.startExec(cpu);
    else if (what < 13) this.startExit(cpu);
    else this.shootdown(cpu, cpu.active, which % 2 === 0);
  }

  // context_switch.

  private switchAway(cpu: Cpu, which: number): void {
    const next = this.pick(cpu, which);
    if (next === undefined) return;
    const prev = cpu.current;
    const { active } = cpu;
    const state = this.stateOf(prev, which);
    const at = this.now();
    this.sink.schedSwitch?.(at, cpu.id, prev.pid, prev.comm, state, next.pid, next.comm);
    this.sink.lazySwitch?.(
      this.now(),
      cpu.id,
      prev.pid,
      addressOf(prev.mm),
      active.address,
      active.count,
      next.pid,
      addressOf(next.mm),
      0,
    );
    this.switches.push({ ts: at, cpu: cpu.id, cls: trueClass(prev.mm, active, next.mm) });
    cpu.current = next;
    if (next.mm === undefined) this.toKernel(cpu, prev, next);
    else this.toUser(cpu, prev, next, next.mm);
  }

  private toKernel(cpu: Cpu, prev: Task, next: Task): void {
    this.enterLazy(cpu, prev.pid, next.pid);
    if (prev.mm !== undefined) cpu.active.count++;
  }

  private toUser(cpu: Cpu, prev: Task, next: Task, mm: Mm): void {
    const old = cpu.active;
    this.sink.switchMm?.(this.now(), cpu.id, prev.pid, old.address, mm.address, 9999);
    this.loadHardware(cpu, mm, prev.pid, prev.mm === undefined);
    cpu.active = mm;
    if (prev.mm === undefined) this.drop(cpu, old, next.pid);
  }

  /** `switch_mm_irqs_off`: a flush where CR3 changes, or where a lazy CPU comes back to a stale TLB. */
  private loadHardware(cpu: Cpu, mm: Mm, pid: number, lazy: boolean): void {
    const stale = cpu.hardware === mm && lazy && cpu.seen !== mm.generation;
    if (cpu.hardware !== mm || stale) this.flushEvent(cpu, pid, 0);
    cpu.hardware = mm;
    cpu.seen = mm.generation;
    mm.cpus.add(cpu.id);
  }

  private pick(cpu: Cpu, which: number): Task | undefined {
    const running = new Set(this.cpus.map((other) => other.current));
    const ready = this.tasks.filter((task) => !task.dead && !running.has(task));
    if (cpu.current !== cpu.idle) ready.push(cpu.idle);
    return ready[which % Math.max(1, ready.length)];
  }

  private stateOf(prev: Task, which: number): number {
    if (prev.dead) return 16;
    if (prev.pid === 0) return 0;
    if (prev.exiting || prev.plan.length > 0) return PREEMPTED;
    return [0, 1, 2, PREEMPTED][which % 4] ?? 0;
  }

  // What user tasks do.

  private fork(cpu: Cpu, thread: boolean): void {
    const parent = cpu.current;
    if (parent.mm === undefined || this.tasks.length > 24) return;
    const mm = thread ? this.use(parent.mm) : this.newMm();
    const child = newTask(this.nextPid++, parent.comm, mm);
    if (!thread) this.shootdown(cpu, parent.mm, true);
    this.sink.newTask?.(this.now(), cpu.id, parent.pid, child.pid, parent.comm, thread ? CLONE_VM : 0);
    this.sink.wakeUpNewTask?.(this.now(), cpu.id, child.pid, child.pid, mm.address, mm.address);
    this.tasks.push(child);
  }

  /** exec_mmap first; the rename and the event come steps later, with switches in between. */
  private startExec(cpu: Cpu): void {
    const task = cpu.current;
    const old = task.mm;
    if (old === undefined) return;
    const mm = this.newMm();
    this.sink.execMmRelease?.(this.now(), cpu.id, task.pid, task.pid, old.address);
    this.sink.switchMm?.(this.now(), cpu.id, task.pid, old.address, mm.address, 0);
    this.loadHardware(cpu, mm, task.pid, false);
    cpu.active = mm;
    task.mm = mm;
    task.plan = [
      (on) => this.sink.rename?.(this.now(), on.id, task.pid, task.comm, "exec"),
      (on) => this.put(on, old, task.pid),
      (on) => this.sink.exec?.(this.now(), on.id, task.pid, task.pid),
    ];
  }

  private startExit(cpu: Cpu): void {
    const task = cpu.current;
    const { mm } = task;
    if (mm === undefined) return;
    const event = (on: Cpu): void => this.exitEvent(on, task);
    const release = (on: Cpu): void =>
      this.sink.exitMmRelease?.(this.now(), on.id, task.pid, task.pid, mm.address);
    const exitMm = (on: Cpu): void => this.exitMm(on, task, mm);
    const put = (on: Cpu): void => this.put(on, mm, task.pid);
    task.exiting = true;
    const die = (): void => {
      task.dead = true;
    };
    task.plan =
      this.flavour === "7.2" ? [event, release, exitMm, put, die] : [release, exitMm, put, event, die];
  }

  private exitEvent(cpu: Cpu, task: Task): void {
    const groupDead = this.flavour === "7.2" ? true : undefined;
    this.sink.exit?.(this.now(), cpu.id, task.pid, task.comm, groupDead);
  }

  private exitMm(cpu: Cpu, task: Task, mm: Mm): void {
    this.exits++;
    mm.count++;
    task.mm = undefined;
    this.enterLazy(cpu, task.pid, task.pid);
  }

  private enterLazy(cpu: Cpu, currentPid: number, pid: number): void {
    if (this.flavour === "7.2") return;
    const { address, count, users } = cpu.active;
    this.sink.enterLazyTlb?.(this.now(), cpu.id, currentPid, address, pid, 0, count, users);
  }

  // Counts.

  private put(cpu: Cpu, mm: Mm, pid: number): void {
    this.sink.mmput?.(this.now(), cpu.id, pid, mm.address, mm.users, mm.count, false);
    if (--mm.users > 0) return;
    this.finalMmputs++;
    this.sink.exitMmap?.(this.now(), cpu.id, pid, mm.address, 0, mm.count);
    this.shootdown(cpu, mm, true);
    this.drop(cpu, mm, pid);
  }

  private drop(cpu: Cpu, mm: Mm, pid: number): void {
    if (--mm.count > 0 || mm === this.initMm) return;
    this.sink.mmdropFinal?.(this.now(), cpu.id, pid, mm.address);
    this.freeAddresses.push(mm.address);
  }

  /** flush_tlb_mm_range: a lazy CPU is skipped unless page tables are freed; then it goes to init_mm. */
  private shootdown(from: Cpu, mm: Mm, freedTables: boolean): void {
    mm.generation++;
    for (const cpu of this.cpus) {
      if (cpu.hardware !== mm || !mm.cpus.has(cpu.id)) continue;
      const lazy = cpu.current.mm === undefined;
      if (lazy && !freedTables && cpu !== from) continue;
      if (lazy) this.kick(cpu);
      else this.flushLoaded(cpu, mm, cpu === from);
    }
  }

  private kick(cpu: Cpu): void {
    this.sink.switchMm?.(this.now(), cpu.id, cpu.current.pid, 0, INIT_MM, 0);
    this.flushEvent(cpu, cpu.current.pid, 0);
    cpu.hardware.cpus.delete(cpu.id);
    cpu.hardware = this.initMm;
  }

  private flushLoaded(cpu: Cpu, mm: Mm, local: boolean): void {
    cpu.seen = mm.generation;
    this.flushEvent(cpu, cpu.current.pid, local ? 3 : 1);
  }

  private flushEvent(cpu: Cpu, pid: number, reason: number): void {
    this.sink.tlbFlush?.(this.now(), cpu.id, pid, reason, -1);
  }

  // Making things.

  private addCpu(id: number): void {
    const idle = newTask(0, `swapper/${id}`, undefined);
    const { initMm } = this;
    this.cpus.push({ id, idle, current: idle, active: initMm, hardware: initMm, seen: 0 });
  }

  private newMm(): Mm {
    const address = this.freeAddresses.pop() ?? this.nextAddress++;
    return { address, users: 1, count: 1, generation: 0, cpus: new Set() };
  }

  private use(mm: Mm): Mm {
    mm.users++;
    return mm;
  }

  private now(): number {
    return ++this.ts;
  }

  private info(): TraceInfo {
    const hooks = LAZY_EVENTS.filter((name) => this.flavour !== "7.2" || name !== "enter_lazy_tlb");
    return {
      format: "tiny kernel",
      clock: "counter",
      unitsPerSecond: undefined,
      origin: 0n,
      cpus: this.cpus.length,
      eventNames: new Set(hooks.map((name) => `lazy/${name}`)),
      kernel: undefined,
      initMm: INIT_MM,
      address: (id) => BigInt(id),
    };
  }
}

function newTask(pid: number, comm: string, mm: Mm | undefined): Task {
  return { pid, comm, mm, plan: [], exiting: false, dead: false };
}

function addressOf(mm: Mm | undefined): number {
  return mm === undefined ? 0 : mm.address;
}

function trueClass(prev: Mm | undefined, active: Mm, next: Mm | undefined): SwitchClass {
  if (next === undefined) return prev === undefined ? "kern_kern" : "user_kern";
  if (prev === undefined) return active === next ? "kern_user_same" : "kern_user_other";
  return prev === next ? "user_user_same" : "user_user_other";
}
