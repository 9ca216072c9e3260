/**
 * The sequentially consistent multiprocessor: CPUs, interrupts, IPIs, tasks and objects, and one small step.
 *
 * A `World` is built from a program once; a state is an `Int32Array` of its layout and belongs to the caller. In a
 * state, `transitions` lists what may happen next, one code each, and `apply` does one of them in place. A code names
 * the CPU and which of its moves:
 *
 *   code = cpu << 12 | move    move below 2048: the context that runs there takes its step with that outcome
 *                              MOVE_IRQ + s: the CPU takes the IPI that CPU s sent
 *                              MOVE_PREEMPT: the running task is preempted
 *                              MOVE_UNBORN: tasks that nobody woke will never be (only when nothing else can happen)
 *                              MOVE_DRAIN: the oldest store in the CPU's buffer reaches memory (TSO)
 *                              MOVE_NMI: the CPU takes the non-maskable interrupt that was sent to it
 *                              MOVE_CALLBACK + i: RCU callback i runs, its grace period being over
 *
 * Contexts nest on a CPU as NMI > handler > preemption frame > task; only the innermost steps. Handlers run with
 * interrupts off and do not nest; nor do NMIs, which come whenever one was sent and the store buffer is empty. The same numbering of steps holds for every `World` of the same program, so a
 * witness found by one replays in another (with tracing on, say).
 */
import { present } from "../base/assert.ts";
import { type FuncId, type Program, TASK_IDLE, TASK_LATE, TASK_NEW, TASK_PREEMPTIBLE } from "../ir/types.ts";
import { type Boot, boot } from "./boot.ts";
import { freedAt } from "./cell_owner.ts";
import { controlOf } from "./control.ts";
import type { Cover } from "./cover.ts";
import { cutBody } from "./cuts.ts";
import { emitMachine, usedAfterFree } from "./emit.ts";
import { addCallback, advanceGrace, beginGrace, callbackReady, readingCpus } from "./grace.ts";
import type { GraphMemory, MemoryShape } from "./graph_memory.ts";
import type { GraphOptions } from "./graph_text.ts";
import {
  CALLBACK,
  CALLBACK_CELLS,
  CPU,
  type Layout,
  LIFE,
  layOut,
  MOST_CALLBACKS,
  NMI,
  TASK,
  TASK_STATE,
} from "./layout.ts";
import { entryKey, type Machine, type RoleBody, type Runtime } from "./machine.ts";
import { bodyFacts, nestedAccesses, nmiAccesses, type Role, sharedFields, switchesOff } from "./ownership.ts";

import { numberHandlers, reachableBodies, usesRcu } from "./reachable.ts";
import { RunQueue } from "./run_queue.ts";
import { Sites } from "./sites.ts";
import { Standing } from "./standing.ts";
import { drainStore, dropStores, pushStore, STORE_DEPTHS, viewCell } from "./store_buffer.ts";

export const MOVE_BITS = 12;
const MOVE_MASK = (1 << MOVE_BITS) - 1;
export const MOVE_IRQ = 2048;
export const MOVE_PREEMPT = 2064;
export const MOVE_UNBORN = 2065;
export const MOVE_DRAIN = 2066;
export const MOVE_NMI = 2067;
export const MOVE_CALLBACK = 2068;

/** How memory behaves between CPUs. */
export type MemoryModel = "sc" | "tso";

/** A property broken by a step; "null" is a NULL dereference. */
export interface Fault {
  readonly property: string;
  /** Index into `Program.positions`; −1 when no single op is to blame. */
  readonly at: number;
  readonly struct: number;
  readonly object: number;
  /** CPU or task that still refers to the object, for `root`. */
  readonly holder: string;
}

/** One op executed, as reported in tracing mode; see `Runtime.note`. */
export type NoteSink = (
  func: FuncId,
  pc: number,
  cpu: number,
  object: number,
  before: number,
  after: number,
) => void;

/** A store of `cpu` has reached memory: `cell` of the state vector (see `Layout.names`). */
export type DrainSink = (cpu: number, cell: number, before: number, after: number) => void;

export interface WorldOptions {
  readonly cpus: number;
  /** CPU loops take CPUs in any order instead of ascending (needed by the symmetry reduction). */
  readonly anyOrder: boolean;
  /** Owned accesses are swallowed by the step before them. */
  readonly partialOrder: boolean;
  /** Absent: sequentially consistent. */
  readonly model?: MemoryModel;
  /** Makes the memory, where it is an execution graph; `model` is then "sc". */
  readonly memory?: (shape: MemoryShape) => GraphMemory;
  /** Entries of a store buffer under TSO; absent, the least of `STORE_DEPTHS`. */
  readonly storeDepth?: number;
  /** Whether tasks that come last may come unsettled (`run_queue.ts`); absent, where memory is weak. */
  readonly unsettled?: boolean;
  /** Called for every op executed; slows everything down. */
  readonly onNote?: NoteSink;
  /** Called for every store that leaves a buffer. */
  readonly onDrain?: DrainSink;
  /** Where to note the ops that are executed; see `cover.ts`. */
  readonly cover?: Cover;
}

export class World implements Runtime {
  readonly program: Program;
  readonly boot: Boot;
  readonly layout: Layout;
  readonly machine: Machine;
  readonly bodies: readonly RoleBody[];
  /** Handlers by the number that a cell names them by, from 1: those of IPIs and callbacks, then those of NMIs. */
  readonly handlers: readonly FuncId[];
  /** What broke in the last `apply`. */
  fault: Fault | undefined;
  /** The struct of which the last `apply` found no object left to allocate; −1 for RCU callbacks. */
  outOf: number | undefined;
  /** A store has found its buffer full and waits: the model's is shorter than a real one, so a search is no proof any more. */
  bufferFull = false;
  readonly tso: boolean;
  /** The program waits for grace periods. */
  readonly rcu: boolean;
  /** Memory, where it is an execution graph. */
  readonly memory: GraphMemory | undefined;

  /** The first number of an NMI's handler. */
  private readonly firstNmi: number;
  private readonly preemptEntry: number;
  private readonly handlerEntry: Int32Array;
  private readonly queue: RunQueue;
  private readonly flags: Int32Array;
  private readonly affinity: Int32Array;
  private readonly onNote: NoteSink | undefined;
  private readonly activeMm: number;
  private readonly onDrain: DrainSink | undefined;

  constructor(program: Program, options: WorldOptions) {
    this.program = program;
    this.onNote = options.onNote;
    this.onDrain = options.onDrain;
    this.tso = options.model === "tso";
    this.boot = boot(program, options.cpus);
    const roles = reachableBodies(program, this.boot);
    const { handlers, firstNmi, handlerNumber, nmiNumber } = numberHandlers(roles);
    this.handlers = handlers;
    this.firstNmi = firstNmi;
    this.rcu = usesRcu(program, roles);
    const { bodies, shared } = cutAll(program, roles, this.boot.tasks, options, this.rcu);
    this.bodies = bodies;
    this.layout = this.layOut(options);
    this.affinity = Int32Array.from([0, ...this.boot.tasks.map((t) => t.affinity)]);
    this.flags = Int32Array.from([0, ...this.boot.tasks.map((t) => t.flags)]);
    const graph = this.graphOptions(options, shared);
    this.memory = graph?.memory;
    this.queue = new RunQueue(program, this.layout, this.flags, this.affinity, this.memory);
    const { anyOrder, onNote } = options;
    const buffered = this.tso ? { buffered: shared } : {};
    const cover = options.cover === undefined ? {} : { cover: options.cover };
    this.machine = emitMachine(program, this.layout, bodies, this, {
      anyOrder,
      trace: onNote !== undefined,
      handlerNumber,
      nmiNumber,
      ...buffered,
      ...(graph && { graph }),
      ...cover,
    });
    const preempt = program.entries.get("preempt_schedule_irq");
    this.preemptEntry =
      preempt === undefined ? 0 : (this.machine.entry.get(entryKey(preempt, "preempt")) ?? 0);
    this.handlerEntry = Int32Array.from(this.handlers, (f, i) =>
      i === 0 ? 0 : present(this.machine.entry.get(entryKey(f, this.roleOf(i))), "handler entry"),
    );
    const taskStruct = program.taskStruct === undefined ? undefined : program.structs[program.taskStruct];
    this.activeMm = taskStruct?.fields.findIndex((f) => f.name === "active_mm") ?? -1;
  }

  /** The memory, and what the emitter must know of it, where it is an execution graph. */
  private graphOptions({ memory }: WorldOptions, shared: ReadonlySet<string>): GraphOptions | undefined {
    if (memory === undefined) return undefined;
    const { program, layout, affinity } = this;
    const sites = new Sites(this.bodies);
    const pointsTo = this.pointsTo.bind(this);
    const { bodies, handlers, firstNmi } = this;
    const preempt = program.entries.get("preempt_schedule_irq");
    const { tasks } = this.boot;
    const standing = new Standing({ layout, bodies, sites, tasks, handlers, firstNmi, preempt });
    const funcs = new Set(this.bodies.map(({ cut }) => cut.body));
    const control = new Map([...funcs].map((func) => [func, controlOf(func.ops)]));
    const slots = Math.max(...[...control.values()].map((each) => each.slots));
    return {
      memory: memory({ program, layout, sites: sites.all, shared, slots, affinity, standing, pointsTo }),
      shared,
      control,
      slots,
      site: sites.number.bind(sites),
    };
  }

  /** The state after `setup`. */
  initial(): Int32Array {
    const { layout, boot: b } = this;
    const s = new Int32Array(layout.size);
    for (let c = 0; c < layout.cpus; c++) {
      const C = c * layout.cpuStride;
      s[C + CPU.cur] = b.current[c] ?? 0;
      // A CPU comes out of bring-up with interrupts off, as a task comes out of a switch.
      s[C + CPU.irqOff] = 1;
      s[C + CPU.online] = 1;
      s[C + CPU.active] = 1;
      s[C + CPU.root] = b.roots[c] ?? 0;
    }
    b.tasks.forEach((task, i) => {
      const T = present(layout.taskBase[i + 1], "task");
      s[T + TASK.state] = (task.flags & TASK_NEW) !== 0 ? TASK_STATE.fresh : TASK_STATE.runnable;
      s[T + TASK.onCpu] = b.current.indexOf(i + 1) + 1;
      // A task that is switched to for the first time comes out of a switch: preemption is off (FORK_PREEMPT_COUNT).
      s[T + TASK.preempt] = b.current.includes(i + 1) ? 0 : 1;
      s[T + TASK.pc] = present(this.machine.entry.get(entryKey(task.main, "main")), "entry of a task");
    });
    b.objects.forEach((objects, struct) => {
      objects.forEach((fields, o) => {
        fields.forEach((value, f) => {
          s[(layout.objectBase[struct] ?? 0) + o * fields.length + f] = value;
        });
        const pooled = o - (layout.globals[struct] ?? 0);
        if (pooled >= 0) s[(layout.lifeBase[struct] ?? 0) + pooled] = LIFE.alive;
      });
    });
    return s;
  }

  /** Writes the codes of all moves possible in `s` into `out`, CPU by CPU; returns how many. */
  transitions(s: Int32Array, out: Int32Array): number {
    if (this.machine.steps.length === 0) this.machine.compile();
    this.memory?.open(s);
    let n = 0;
    for (let c = 0; c < this.layout.cpus; c++) n = this.movesOf(s, c, out, n);
    // Fresh tasks hold the late ones back, as somebody may still wake them; now nobody can.
    if (n === 0 && this.anyFresh(s)) out[n++] = MOVE_UNBORN;
    return n;
  }

  /** Appends the moves of CPU `c` to `out` from index `n`; returns the new length. */
  movesOf(s: Int32Array, c: number, out: Int32Array, n: number): number {
    const C = c * this.layout.cpuStride;
    if (s[C + CPU.dead] !== 0) return n;
    const base = c << MOVE_BITS;
    const buffered = this.tso && s[C + this.layout.storeBuffer] !== 0;
    if (buffered) out[n++] = base | MOVE_DRAIN;
    if (this.layout.nmi < 0) return this.maskableMoves(s, c, buffered, out, n);
    const N = C + this.layout.nmi;
    const running = s[N + NMI.pc] ?? 0;
    if (running !== 0) return this.stepsOf(s, c, running, base, out, n);
    const count = this.maskableMoves(s, c, buffered, out, n);
    if (s[N + NMI.fn] === 0 || buffered) return count;
    out[count] = base | MOVE_NMI;
    return count + 1;
  }

  /** The moves of a CPU that is in no NMI. */
  private maskableMoves(s: Int32Array, c: number, buffered: boolean, out: Int32Array, n: number): number {
    const C = c * this.layout.cpuStride;
    const base = c << MOVE_BITS;
    const handler = s[C + CPU.handlerPc] ?? 0;
    if (handler !== 0) return this.stepsOf(s, c, handler, base, out, n);
    const T = this.layout.taskBase[s[C + CPU.cur] ?? 0] ?? 0;
    const pc = s[T + TASK.pc] ?? 0;
    const preemptPc = s[T + TASK.preemptPc] ?? 0;
    const step = preemptPc !== 0 ? preemptPc : pc;
    let count = step === 0 ? n : this.stepsOf(s, c, step, base, out, n);
    // Taking an interrupt waits for the store buffer.
    if (s[C + CPU.irqOff] !== 0 || buffered) return count;
    for (let from = 0; from < this.layout.cpus; from++) {
      if (((s[from * this.layout.cpuStride + CPU.pending] ?? 0) >> c) & 1)
        out[count++] = base | (MOVE_IRQ + from);
    }
    if (pc !== 0 && preemptPc === 0 && this.mayPreempt(s, c, T)) out[count++] = base | MOVE_PREEMPT;
    return this.rcu ? this.callbacksOf(s, c, base, out, count) : count;
  }

  private callbacksOf(s: Int32Array, c: number, base: number, out: Int32Array, n: number): number {
    let count = n;
    for (let i = 0; i < MOST_CALLBACKS; i++) {
      if (callbackReady(this, s, i, c)) out[count++] = base | (MOVE_CALLBACK + i);
    }
    return count;
  }

  /** Performs the move `code`. Sets `fault` or `outOf` when it breaks a property or runs out of objects. */
  apply(s: Int32Array, code: number): void {
    this.fault = undefined;
    this.outOf = undefined;
    if (this.memory !== undefined) {
      this.performOn(this.memory, s, code);
      return;
    }
    this.perform(s, code >> MOVE_BITS, code & MOVE_MASK);
    if (this.rcu) advanceGrace(this, s);
  }

  /** The move `code` turned out to be forbidden by the memory model: there is no such move. */
  get refused(): boolean {
    return this.memory?.refused === true;
  }

  private performOn(memory: GraphMemory, s: Int32Array, code: number): void {
    memory.begin(s);
    const before = this.rcu ? readingCpus(this, s) : 0;
    this.perform(s, code >> MOVE_BITS, code & MOVE_MASK);
    if (memory.refused) return;
    if (this.fault !== undefined) {
      this.putOff(memory);
      return;
    }
    const suspected = memory.suspected();
    if (suspected !== undefined) {
      this.report(suspected);
      return;
    }
    if (this.rcu) {
      const after = readingCpus(this, s);
      if (!memory.readers(after & ~before, before & ~after)) return;
      advanceGrace(this, s);
    }
    memory.close(s, code >> MOVE_BITS);
  }

  /**
   * A CPU has stopped at a fault. That is the end of no execution while a read waits for its write; but what that CPU does not
   * do any more cannot lead to the write, so the same is found where the write has come first.
   */
  private putOff(memory: GraphMemory): void {
    if (memory.waiting === 0) return;
    memory.refused = true;
    this.fault = undefined;
  }

  private perform(s: Int32Array, c: number, move: number): void {
    if (this.machine.steps.length === 0) this.machine.compile();
    if (move === MOVE_UNBORN) {
      this.buryFresh(s);
      return;
    }
    if (move === MOVE_DRAIN) {
      this.drain(s, c);
      return;
    }
    if (move >= MOVE_CALLBACK) {
      this.startCallback(s, c, move - MOVE_CALLBACK);
      return;
    }
    const C = c * this.layout.cpuStride;
    if (move === MOVE_NMI) {
      this.memory?.receive("nmi", c, c);
      this.startNmi(s, C + this.layout.nmi);
      return;
    }
    const T = this.layout.taskBase[s[C + CPU.cur] ?? 0] ?? 0;
    if (move === MOVE_PREEMPT) {
      s[T + TASK.preemptPc] = this.preemptEntry;
      return;
    }
    if (move >= MOVE_IRQ) {
      this.deliver(s, c, move - MOVE_IRQ);
      return;
    }
    present(this.machine.steps[this.stepAt(s, c)], "step")(s, c, move);
  }

  /** The step that CPU `c` takes next, 0 if its context has ended. */
  stepAt(s: Int32Array, c: number): number {
    const C = c * this.layout.cpuStride;
    const T = this.layout.taskBase[s[C + CPU.cur] ?? 0] ?? 0;
    const nmi = this.layout.nmi < 0 ? 0 : s[C + this.layout.nmi + NMI.pc];
    return (nmi || s[C + CPU.handlerPc] || s[T + TASK.preemptPc] || s[T + TASK.pc]) ?? 0;
  }

  /**
   * A state without moves is final when every task that had something to do has ended; otherwise somebody waits for
   * what cannot come. Returns the names of those who wait.
   */
  stuck(s: Int32Array): string[] {
    const stuck = new Set<string>();
    for (let t = 1; t <= this.layout.tasks; t++) {
      const state = s[(this.layout.taskBase[t] ?? 0) + TASK.state] ?? 0;
      if (((this.flags[t] ?? 0) & TASK_IDLE) === 0 && this.isStuck(s, t, state)) stuck.add(this.taskName(t));
    }
    for (let c = 0; c < this.layout.cpus; c++) {
      if (this.isMidway(s, c)) stuck.add(this.taskName(s[c * this.layout.cpuStride + CPU.cur] ?? 0));
    }
    return [...stuck];
  }

  /** The task that comes last on some CPU has come unsettled (`run_queue.ts`): nothing is said about how this ends. */
  isUnsettled(s: Int32Array): boolean {
    return this.layout.unsettled >= 0 && s[this.layout.unsettled] !== 0;
  }

  /** Objects from `alloc` that are alive, as [struct, object]. */
  living(s: Int32Array): [number, number][] {
    const { layout } = this;
    const alive: [number, number][] = [];
    for (let struct = 0; struct < layout.capacity.length; struct++) {
      const globals = layout.globals[struct] ?? 0;
      for (let o = globals + 1; o <= (layout.capacity[struct] ?? 0); o++) {
        if (s[(layout.lifeBase[struct] ?? 0) + o - globals - 1] === LIFE.alive) alive.push([struct, o]);
      }
    }
    return alive;
  }

  /** Task `t` comes last on its CPU. */
  isLate(t: number): boolean {
    return ((this.flags[t] ?? 0) & TASK_LATE) !== 0;
  }

  taskName(t: number): string {
    const task = this.boot.tasks[t - 1];
    if (task === undefined) return "nobody";
    const name = this.program.funcs[task.main]?.name ?? "?";
    const same = this.boot.tasks.filter((o) => o.main === task.main);
    if (same.length === 1) return name;
    const cpu = 31 - Math.clz32(task.affinity);
    const alone = task.affinity === 1 << cpu && same.filter((o) => o.affinity === task.affinity).length === 1;
    return alone ? `${name}/${cpu}` : `${name}#${same.indexOf(task) + 1}`;
  }

  objectName(struct: number, object: number): string {
    if (object === 0) return "NULL";
    if (struct === this.program.taskStruct) return this.taskName(object);
    const globals = this.program.globals.filter((g) => g.struct === struct);
    for (const g of globals) {
      if (g.percpu && object <= this.layout.cpus) return `${g.name}[${object - 1}]`;
      if (!g.percpu && g.first === object) return g.name;
    }
    const name = (this.program.structs[struct]?.name ?? "?").replace(/_struct$/, "");
    return `${name}#${object - (this.layout.globals[struct] ?? 0)}`;
  }

  // ---- Runtime ----

  fail(property: string, at: number, struct: number, object: number): void {
    this.report({ property, at, struct, object, holder: "" });
  }

  fails(property: string, at: number, struct: number, object: number): boolean {
    return this.breaks({ property, at, struct, object, holder: "" });
  }

  failsLate(struct: number, object: number, c: number): boolean {
    const holder = `an access of CPU ${c} that nothing orders before it`;
    return this.breaks({ property: usedAfterFree(this.program, struct), at: -1, struct, object, holder });
  }

  /** Notes a violation. False where the CPU goes on: it is one only if the reads that wait get their writes. */
  private breaks(fault: Fault): boolean {
    if (this.memory !== undefined && this.memory.waiting > 0) {
      this.memory.suspect(fault);
      return false;
    }
    this.report(fault);
    return true;
  }

  private report(fault: Fault): void {
    if (this.holds()) this.fault = fault;
  }

  /**
   * What has just been found holds in an execution: an open read-side section may still turn out to be in the way of a
   * grace period, and then there is none.
   */
  private holds(): boolean {
    const { memory } = this;
    if (memory === undefined || memory.confirm()) return true;
    memory.refused = true;
    return false;
  }

  exhausted(struct: number): void {
    this.outOf = struct;
  }

  allocate(s: Int32Array, struct: number): number {
    const { layout } = this;
    const globals = layout.globals[struct] ?? 0;
    const room = (layout.capacity[struct] ?? 0) - globals;
    const base = layout.lifeBase[struct] ?? 0;
    for (let i = 0; i < room; i++) {
      if (s[base + i] !== LIFE.unborn) continue;
      s[base + i] = LIFE.alive;
      return globals + i + 1;
    }
    return 0;
  }

  rootsUse(s: Int32Array, at: number, mm: number): boolean {
    const { layout } = this;
    const struct = this.program.mmStruct ?? 0;
    for (let c = 0; c < layout.cpus; c++) {
      if (s[c * layout.cpuStride + CPU.root] !== mm || !this.findsDead(c, struct, mm)) continue;
      return this.breaks({ property: "root", at, struct, object: mm, holder: `CPU ${c}'s page-table root` });
    }
    if (this.activeMm < 0) return false;
    const task = this.program.taskStruct ?? 0;
    for (let t = 1; t <= layout.tasks; t++) {
      const field = (layout.objectBase[task] ?? 0) + (t - 1) * (layout.stride[task] ?? 0) + this.activeMm;
      if (this.seenByOwner(s, field) !== mm) continue;
      const runs = this.cpuOf(s, t);
      if (runs >= 0 && !this.findsDead(runs, struct, mm)) continue;
      const holder = `active_mm of ${this.taskName(t)}`;
      return this.breaks({ property: "root", at, struct, object: mm, holder });
    }
    return false;
  }

  /** CPU `c`, if it looked now, could find the object dead: it may be ordered before the `free` that has just happened. */
  private findsDead(c: number, struct: number, object: number): boolean {
    if (this.memory === undefined) return true;
    const first = (this.layout.lifeBase[struct] ?? 0) - (this.layout.globals[struct] ?? 0) - 1;
    return this.memory.mayBeDead(c, first + object);
  }

  /** The CPU that a task is current on, −1. */
  private cpuOf(s: Int32Array, t: number): number {
    for (let c = 0; c < this.layout.cpus; c++) if (s[c * this.layout.cpuStride + CPU.cur] === t) return c;
    return -1;
  }

  /** A field or a register that is in use holds a pointer to an object, or a CPU has it loaded. */
  private pointsTo(s: Int32Array, struct: number, object: number): boolean {
    const { layout, machine } = this;
    for (let cell = 0; cell < layout.cells.length; cell++) {
      if (s[cell] !== object) continue;
      const kind = layout.cells[cell];
      if (kind === undefined) continue;
      if (kind.kind === "ptr" && kind.struct === struct) return true;
      if (kind.kind === "arg") return true;
      if (kind.kind !== "reg") continue;
      const type = machine.info[s[kind.pc] ?? 0]?.slotTypes[kind.slot];
      if (type?.kind === "ptr" && type.struct === struct) return true;
    }
    return false;
  }

  /** What a cell will hold once every store has reached memory: what its owner sees. */
  private seenByOwner(s: Int32Array, cell: number): number {
    if (!this.tso) return s[cell] ?? 0;
    for (let c = 0; c < this.layout.cpus; c++) {
      const seen = viewCell(this.layout, s, c * this.layout.cpuStride, cell);
      if (seen !== s[cell]) return seen;
    }
    return s[cell] ?? 0;
  }

  candidates(s: Int32Array, c: number): number {
    return this.queue.candidates(s, c);
  }

  pick(s: Int32Array, c: number, a: number): number {
    return this.queue.pick(s, c, a);
  }

  someoneWaits(s: Int32Array, c: number): boolean {
    return this.queue.waiting(s, c) > 0;
  }

  othersEnded(s: Int32Array, self: number): boolean {
    return this.queue.othersEnded(s, self);
  }

  onlineMask(s: Int32Array): number {
    let mask = 0;
    for (let c = 0; c < this.layout.cpus; c++) mask |= (s[c * this.layout.cpuStride + CPU.online] ?? 0) << c;
    return mask;
  }

  callsTo(s: Int32Array, c: number): boolean {
    if (this.layout.nmi >= 0 && s[c * this.layout.cpuStride + this.layout.nmi + NMI.fn] !== 0) return true;
    for (let from = 0; from < this.layout.cpus; from++) {
      const F = from * this.layout.cpuStride;
      if ((((s[F + CPU.pending] ?? 0) | (s[F + CPU.running] ?? 0)) >> c) & 1) return true;
    }
    return false;
  }

  handled(s: Int32Array, c: number): void {
    const C = c * this.layout.cpuStride;
    const sender = s[C + CPU.sender] ?? 0;
    if (sender === 0) return;
    const F = (sender - 1) * this.layout.cpuStride;
    s[C + CPU.sender] = 0;
    s[F + CPU.running] = (s[F + CPU.running] ?? 0) & ~(1 << c);
    this.memory?.send("ipi-done", c, sender - 1);
    if (s[F + CPU.running] !== 0 || s[F + CPU.pending] !== 0) return;
    s[F + CPU.callFn] = 0;
    s[F + CPU.callArg] = 0;
  }

  note(func: number, pc: number, c: number, object: number, before: number, after: number): void {
    this.onNote?.(func, pc, c, object, before, after);
  }

  view(s: Int32Array, C: number, cell: number): number {
    return viewCell(this.layout, s, C, cell);
  }

  push(s: Int32Array, C: number, cell: number, value: number): void {
    pushStore(this.layout, s, C, cell, value);
  }

  dropStores(s: Int32Array, C: number, first: number, last: number): void {
    dropStores(this.layout, s, C, first, last);
  }

  beginGrace(s: Int32Array, c: number, t: number): void {
    beginGrace(this, s, c, t);
  }

  callRcu(s: Int32Array, c: number, handler: number, arg: number): boolean {
    const record = addCallback(this, s, c, handler, arg);
    if (record >= 0) this.memory?.callback("queue", c, record);
    return record >= 0;
  }

  // ---- details ----

  private anyFresh(s: Int32Array): boolean {
    for (let t = 1; t <= this.layout.tasks; t++) {
      if (s[(this.layout.taskBase[t] ?? 0) + TASK.state] === TASK_STATE.fresh) return true;
    }
    return false;
  }

  private buryFresh(s: Int32Array): void {
    for (let t = 1; t <= this.layout.tasks; t++) {
      const T = this.layout.taskBase[t] ?? 0;
      if (s[T + TASK.state] !== TASK_STATE.fresh) continue;
      s[T + TASK.state] = TASK_STATE.dead;
      s[T + TASK.pc] = 0;
    }
  }

  private stepsOf(s: Int32Array, c: number, step: number, base: number, out: Int32Array, n: number): number {
    const guard = this.machine.guards[step];
    const outcomes = guard === undefined ? 1 : guard(s, c);
    for (let a = 0; a < outcomes; a++) out[n++] = base | a;
    // Outcomes that a graph memory offers, and not the first so many.
    if (outcomes < 0) for (let i = 0; i < ~outcomes; i++) out[n++] = base | (this.memory?.offered[i] ?? 0);
    return n;
  }

  private mayPreempt(s: Int32Array, c: number, T: number): boolean {
    if (this.preemptEntry === 0 || s[T + TASK.preempt] !== 0) return false;
    const cur = s[c * this.layout.cpuStride + CPU.cur] ?? 0;
    return ((this.flags[cur] ?? 0) & TASK_PREEMPTIBLE) !== 0 && this.queue.waiting(s, c) > 0;
  }

  private deliver(s: Int32Array, c: number, from: number): void {
    const F = from * this.layout.cpuStride;
    s[F + CPU.pending] = (s[F + CPU.pending] ?? 0) & ~(1 << c);
    s[F + CPU.running] = (s[F + CPU.running] ?? 0) | (1 << c);
    s[c * this.layout.cpuStride + CPU.sender] = from + 1;
    this.memory?.receive("ipi", from, c);
    this.startHandler(s, c, s[F + CPU.callFn] ?? 0, s[F + CPU.callArg] ?? 0);
  }

  /** A callback runs like a handler, interrupts off (in Linux: in softirq context). */
  private startCallback(s: Int32Array, c: number, i: number): void {
    const base = this.layout.callbackBase + i * CALLBACK_CELLS;
    const handler = s[base + CALLBACK.fn] ?? 0;
    const arg = s[base + CALLBACK.arg] ?? 0;
    s.fill(0, base, base + CALLBACK_CELLS);
    this.memory?.callback("run", c, i);
    this.startHandler(s, c, handler, arg);
  }

  private startHandler(s: Int32Array, c: number, handler: number, arg: number): void {
    const C = c * this.layout.cpuStride;
    s[C + CPU.handlerPc] = this.handlerEntry[handler] ?? 0;
    this.passArgument(s, C + CPU.handlerRegs, handler, arg);
  }

  private startNmi(s: Int32Array, N: number): void {
    const handler = s[N + NMI.fn] ?? 0;
    s[N + NMI.pc] = this.handlerEntry[handler] ?? 0;
    this.passArgument(s, N + NMI.regs, handler, s[N + NMI.arg] ?? 0);
  }

  private passArgument(s: Int32Array, regs: number, handler: number, arg: number): void {
    const role = this.roleOf(handler);
    const func = this.handlers[handler];
    const body = present(
      this.bodies.find((b) => b.role === role && b.func === func),
      "handler",
    );
    const slot = body.cut.slot[0] ?? -1;
    if (slot >= 0) s[regs + slot] = arg;
  }

  private roleOf(handler: number): Role {
    return handler < this.firstNmi ? "handler" : "nmi";
  }

  /** The oldest store of CPU `c` reaches memory; too late if its object is gone. */
  private drain(s: Int32Array, c: number): void {
    const C = c * this.layout.cpuStride;
    const before = s[(s[C + this.layout.storeBuffer + 1] ?? 0) - 1] ?? 0;
    const cell = drainStore(this.layout, s, C);
    this.onDrain?.(c, cell, before, s[cell] ?? 0);
    const gone = freedAt(this.layout, s, cell);
    if (gone === undefined) return;
    const property = usedAfterFree(this.program, gone.struct);
    this.fault = { property, at: -1, ...gone, holder: `a store in CPU ${c}'s buffer` };
  }

  /**
   * What CPU `c` runs has not ended: a handler, a task that is dead but has not switched away yet. An idle task may
   * wait for work, nobody may wait in the middle of something.
   */
  private isMidway(s: Int32Array, c: number): boolean {
    const C = c * this.layout.cpuStride;
    const step = this.stepAt(s, c);
    if (s[C + CPU.dead] !== 0 || step === 0) return false;
    const idle = ((this.flags[s[C + CPU.cur] ?? 0] ?? 0) & TASK_IDLE) !== 0;
    return !idle || s[C + CPU.handlerPc] !== 0 || this.machine.info[step]?.op.op !== "task.idle-wait";
  }

  private isStuck(s: Int32Array, t: number, state: number): boolean {
    if (state === TASK_STATE.dead || state === TASK_STATE.parked) return false;
    // What is only to happen in the end need not happen on a CPU that is gone.
    return !this.isLate(t) || !this.cpusDead(s, t);
  }

  private cpusDead(s: Int32Array, t: number): boolean {
    for (let c = 0; c < this.layout.cpus; c++) {
      if ((((this.affinity[t] ?? 0) >> c) & 1) !== 0 && s[c * this.layout.cpuStride + CPU.dead] === 0)
        return false;
    }
    return true;
  }

  private layOut({ storeDepth = STORE_DEPTHS[0], memory, unsettled }: WorldOptions): Layout {
    const weak = this.tso || memory !== undefined;
    const slots = (role: Role): number =>
      this.bodies.filter((b) => b.role === role).reduce((most, b) => Math.max(most, b.cut.slots), 0);
    const main = new Map(this.bodies.filter((b) => b.role === "main").map((b) => [b.func, b.cut.slots]));
    const allocated = new Set<number>();
    for (const b of this.bodies)
      for (const op of b.cut.body.ops) if (op.op === "alloc") allocated.add(op.struct);
    // What only setup allocates is pooled too: it can be freed.
    this.boot.objects.forEach((objects, struct) => {
      if (objects.length > (this.boot.globals[struct] ?? 0)) allocated.add(struct);
    });
    const grows = new Set(
      [...allocated].filter((id) =>
        this.bodies.some((b) => b.cut.body.ops.some((op) => op.op === "alloc" && op.struct === id)),
      ),
    );
    return layOut(
      this.program,
      this.boot,
      {
        handlerSlots: slots("handler"),
        nmiSlots: this.firstNmi < this.handlers.length ? slots("nmi") : undefined,
        preemptSlots: slots("preempt"),
        storeDepth: this.tso ? storeDepth : 0,
        rcu: this.rcu,
        graph: memory !== undefined,
        unsettled: (unsettled ?? weak) && this.boot.tasks.some(({ flags }) => (flags & TASK_LATE) !== 0),
        mainSlots: (t) => main.get(present(this.boot.tasks[t - 1], "task").main) ?? 0,
      },
      grows,
    );
  }
}

function cutAll(
  program: Program,
  roles: readonly { func: FuncId; role: Role }[],
  tasks: Boot["tasks"],
  options: WorldOptions,
  rcu: boolean,
): { bodies: RoleBody[]; shared: ReadonlySet<string> } {
  const preemptibleMains = new Set(
    tasks.filter((t) => (t.flags & TASK_PREEMPTIBLE) !== 0).map((t) => t.main),
  );
  const analyse = (off: boolean) =>
    roles.map(({ func, role }) => {
      const body = present(program.funcs[func], "body");
      return { func, role, body, facts: bodyFacts(body, role, off) };
    });
  const hopeful = analyse(true);
  const analysed = hopeful.every(switchesOff) ? hopeful : analyse(false);
  const shared = sharedFields(analysed);
  const { anyOrder, partialOrder } = options;
  const tso = options.model === "tso";
  const nmis = nmiAccesses(analysed);
  const bodies = analysed.map(({ func, role, body, facts }) => {
    const preemptible = role === "main" && preemptibleMains.has(func);
    const nested = nestedAccesses(analysed, preemptible);
    const nmi = role === "nmi" ? undefined : nmis;
    const cut = { anyOrder, partialOrder, shared, nested, nmi, preemptible, tso, rcu, role };
    return { func, role, cut: cutBody(program, body, facts, cut) };
  });
  return { bodies, shared };
}
