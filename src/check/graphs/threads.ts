/**
 * Where each thread is: its *frontier*, the first op that has not been settled, with the registers there.
 *
 * Everything lives in one array, `heap`, and every change is logged, so that the search takes a step back by undoing
 * the log to a mark and never runs a thread from its start again. Per thread the heap holds
 *
 *     pc | halted | values | unknown | issued | guesses | dependencies
 *
 * one cell per register in `values` and `unknown`, one per op in `issued` (event + 1, 0 for none, −1 for a read that
 * waits) and in `guesses` (of a branch, one of `WAY`, 0 for none), and `words` cells per register in `dependencies`, a
 * set of read events.
 *
 * A register is *unknown* only while somebody looks ahead of the frontier (`ahead.ts`): then its cell has the bit
 * `UNKNOWN` and one bit per waiting read that the value hangs on.
 */

import type { Site, ThreadCode } from "./code.ts";
import type { ExecutionGraph } from "./graph.ts";
import { apply, COND, FN, OP, RESULT, VISIBLE } from "./opcodes.ts";
import { applyOpenly, isDecided, isVariable, resultOpenly } from "./undetermined.ts";

/** A register's value does not exist yet. */
export const UNKNOWN = 1 << 31;
/** Waiting reads with a number below this have a bit of their own; those beyond are never waited for. */
export const NAMED = 31;

/**
 * `halted`: why a thread stands where it is. After `cut` the execution counts for nothing; `bug` failed an assertion,
 * `stray` followed a pointer to no object, `lock` released a lock that it does not hold; `wrong` went the other
 * way at a branch than its condition says: there is no such execution.
 */
export const HALT = { running: 0, done: 1, cut: 2, bug: 3, stray: 4, lock: 5, wrong: 6 } as const;

/** What `local` returns at a branch on a value that nothing determines: the thread can neither go on nor halt. */
export const OPEN = -2;

/** Is told of ops that a frontier passes, before their results are settled. */
export type Passing = (t: number, pc: number, event: number) => void;

/** The ways of a branch. */
export const WAY = { yes: 1, no: 2 } as const;

export class Threads {
  readonly codes: readonly ThreadCode[];
  readonly heap: Int32Array;
  /** Words of a set of events; 0 when the model does not look at dependencies. */
  readonly words: number;
  /** Heap index of each thread's parts. */
  readonly pc: Int32Array;
  readonly halted: Int32Array;
  readonly values: Int32Array;
  readonly unknown: Int32Array;
  readonly issued: Int32Array;
  readonly guesses: Int32Array;
  readonly dependencies: Int32Array;
  /** Entries of the log, two cells each, up to `top`. */
  top = 0;
  /** Guessed branches whose condition has come to be known as guessed, in pairs: thread, op. */
  readonly confirmed: number[] = [];
  /** Some waiting read is, or has been, supposed to have some value (`thin_air.ts`): registers may hold variables. */
  supposing = false;
  passing: Passing | undefined;
  /** Warnings passed since the start of the path; kept in the heap, too. */
  readonly warned: number;
  readonly #graph: ExecutionGraph;
  #log = new Int32Array(1 << 12);

  constructor(codes: readonly ThreadCode[], graph: ExecutionGraph, words: number) {
    this.codes = codes;
    this.words = words;
    this.#graph = graph;
    let next = 0;
    const part = (cells: (code: ThreadCode) => number): Int32Array =>
      Int32Array.from(codes, (code) => {
        const at = next;
        next += cells(code);
        return at;
      });
    this.pc = part(() => 1);
    this.halted = part(() => 1);
    this.values = part((code) => code.registers);
    this.unknown = part((code) => code.registers);
    this.issued = part((code) => code.length);
    this.guesses = part((code) => code.length);
    this.dependencies = part((code) => code.registers * words);
    this.warned = next++;
    this.heap = new Int32Array(next);
    for (const [t, code] of codes.entries()) this.heap.set(code.init, this.values[t]);
  }

  set(at: number, value: number): void {
    const old = this.heap[at] ?? 0;
    if (old === value) return;
    if (this.top === this.#log.length) this.#growLog();
    this.#log[this.top++] = at;
    this.#log[this.top++] = old;
    this.heap[at] = value;
  }

  #growLog(): void {
    const bigger = new Int32Array(this.#log.length * 2);
    bigger.set(this.#log);
    this.#log = bigger;
  }

  /** Takes back every change since `top` was `mark`. */
  undo(mark: number): void {
    const { heap } = this;
    const log = this.#log;
    let { top } = this;
    while (top > mark) {
      const old = log[--top] ?? 0;
      heap[log[--top] ?? 0] = old;
    }
    this.top = top;
  }

  /** Runs a thread on from its frontier over local ops and events that are in the graph, up to the first that is not. */
  advance(t: number): void {
    const code = this.codes[t];
    if (code === undefined || this.heap[this.halted[t] ?? 0] !== HALT.running) return;
    const at = this.pc[t] ?? 0;
    const issued = this.issued[t] ?? 0;
    let pc = this.heap[at] ?? 0;
    for (;;) {
      const op = code.op[pc] ?? 0;
      if (op < VISIBLE) {
        const next = this.local(t, code, pc);
        if (next < 0) break;
        if (op === OP.branch && this.heap[(this.guesses[t] ?? 0) + pc] !== 0) this.confirmed.push(t, pc);
        pc = next;
      } else {
        const event = (this.heap[issued + pc] ?? 0) - 1;
        if (event < 0) break;
        if (this.supposing) this.passing?.(t, pc, event);
        this.settle(t, code.sites[pc], event);
        pc = code.next[pc] ?? 0;
      }
    }
    this.set(at, pc);
  }

  /** One local op whose operands are known. Returns where control goes, −1 when the thread halts here, or `OPEN`. */
  local(t: number, code: ThreadCode, pc: number): number {
    if (this.supposing && this.#hangsOnNothing(t, code, pc)) return this.#openly(t, code, pc);
    const values = this.values[t] ?? 0;
    const { heap } = this;
    const a = code.a[pc] ?? 0;
    const next = code.next[pc] ?? 0;
    switch (code.op[pc]) {
      case OP.nop:
        return next;
      case OP.mov:
        this.#define(t, code.dst[pc] ?? 0, heap[values + a] ?? 0, a, a);
        return next;
      case OP.bin: {
        const b = code.b[pc] ?? 0;
        const value = apply(code.fn[pc] ?? 0, heap[values + a] ?? 0, heap[values + b] ?? 0);
        this.#define(t, code.dst[pc] ?? 0, value, a, b);
        return next;
      }
      case OP.branch:
        if (this.words > 0) this.#condition(t, code, pc, a);
        return this.#branch(t, pc, heap[values + a] !== 0 ? WAY.yes : WAY.no, code);
      default:
        return this.#halt(t, code.op[pc] ?? 0, heap[values + a] ?? 0, next);
    }
  }

  /** Whether an operand is a variable, or unknown for good since it hangs on one. */
  #hangsOnNothing(t: number, code: ThreadCode, pc: number): boolean {
    const op = code.op[pc] ?? 0;
    if (op !== OP.bin && op !== OP.branch && op !== OP.mov) return false;
    return this.isOpen(t, code.a[pc] ?? 0) || (op === OP.bin && this.isOpen(t, code.b[pc] ?? 0));
  }

  /** Whether a register holds a variable, or nothing since it hangs on one. */
  isOpen(t: number, reg: number): boolean {
    if (!this.supposing) return false;
    const { heap } = this;
    return heap[(this.unknown[t] ?? 0) + reg] !== 0 || isVariable(heap[(this.values[t] ?? 0) + reg] ?? 0);
  }

  /** A local op one of whose operands is a variable or hangs on one. */
  #openly(t: number, code: ThreadCode, pc: number): number {
    const op = code.op[pc] ?? 0;
    if (op === OP.branch) return OPEN;
    const { heap } = this;
    const [values, unknown] = [this.values[t] ?? 0, this.unknown[t] ?? 0];
    const a = code.a[pc] ?? 0;
    const b = op === OP.bin ? (code.b[pc] ?? 0) : a;
    const known = heap[unknown + a] === 0 && heap[unknown + b] === 0;
    const fn = op === OP.bin ? (code.fn[pc] ?? 0) : FN.second;
    const value = known ? applyOpenly(fn, heap[values + a] ?? 0, heap[values + b] ?? 0) : undefined;
    const dst = code.dst[pc] ?? 0;
    this.#define(t, dst, value ?? 0, a, b);
    if (value === undefined) this.set(unknown + dst, UNKNOWN);
    return code.next[pc] ?? 0;
  }

  #branch(t: number, pc: number, way: number, code: ThreadCode): number {
    const guess = this.heap[(this.guesses[t] ?? 0) + pc] ?? 0;
    if (guess !== 0 && guess !== way) {
      this.set(this.halted[t] ?? 0, HALT.wrong);
      return -1;
    }
    return (way === WAY.yes ? code.next[pc] : code.other[pc]) ?? 0;
  }

  #halt(t: number, op: number, value: number, next: number): number {
    if (op === OP.warn || op === OP.bug) {
      if (value === 0) return next;
      if (op === OP.warn) {
        this.set(this.warned, 1);
        return next;
      }
    }
    const why = op === OP.end ? HALT.done : op === OP.cut ? HALT.cut : HALT.bug;
    this.set(this.halted[t] ?? 0, why);
    return -1;
  }

  #define(t: number, dst: number, value: number, a: number, b: number): void {
    this.set((this.values[t] ?? 0) + dst, value);
    this.set((this.unknown[t] ?? 0) + dst, 0);
    if (this.words > 0) this.joinDependencies(t, dst, a, b);
  }

  /** The dependencies of `dst` become those of `a` and `b`. */
  joinDependencies(t: number, dst: number, a: number, b: number): void {
    const { heap, words } = this;
    const base = this.dependencies[t] ?? 0;
    for (let w = 0; w < words; w++) {
      this.set(base + dst * words + w, (heap[base + a * words + w] ?? 0) | (heap[base + b * words + w] ?? 0));
    }
  }

  #condition(t: number, code: ThreadCode, pc: number, a: number): void {
    this.joinDependencies(t, code.control[pc] ?? 0, a, a);
    this.joinDependencies(t, code.conditions, code.conditions, a);
  }

  /** The effect on registers of an op whose event is in the graph (the read, of an update). */
  settle(t: number, site: Site | undefined, event: number): void {
    if (site === undefined || site.result === RESULT.none) return;
    const old = this.#graph.value[event] ?? 0;
    this.#leave(t, site, old);
    if (this.words === 0) return;
    this.#dependOnOperands(t, site);
    const at = (this.dependencies[t] ?? 0) + site.dst * this.words + (event >>> 5);
    this.set(at, (this.heap[at] ?? 0) | (1 << (event & 31)));
  }

  /** The effect of a waiting read that is supposed to have read a value: what depends on it is told when it is in the graph. */
  suppose(t: number, site: Site, value: number): void {
    if (site.result === RESULT.none) return;
    this.#leave(t, site, value);
    if (this.words > 0) this.#dependOnOperands(t, site);
  }

  #leave(t: number, site: Site, old: number): void {
    const open = this.supposing && isVariable(old);
    const value = open ? this.#openResult(t, site, old) : this.resultOf(t, site, old);
    this.set((this.values[t] ?? 0) + site.dst, value ?? 0);
    this.set((this.unknown[t] ?? 0) + site.dst, value === undefined ? UNKNOWN : 0);
  }

  #openResult(t: number, { result, fn, cond, value, extra }: Site, old: number): number | undefined {
    const { heap } = this;
    const values = this.values[t] ?? 0;
    const comparand = heap[values + extra] ?? 0;
    const wrote = isDecided(cond, old, comparand) ? writes(cond, old, comparand) : undefined;
    return resultOpenly(result, fn, old, heap[values + value] ?? 0, wrote);
  }

  /** What goes into the result beside the value read. */
  #dependOnOperands(t: number, { dst, result, value, extra }: Site): void {
    if (result === RESULT.new) this.joinDependencies(t, dst, value, value);
    else if (result === RESULT.bit) this.joinDependencies(t, dst, extra, extra);
    else for (let w = 0; w < this.words; w++) this.set((this.dependencies[t] ?? 0) + dst * this.words + w, 0);
  }

  /** What a `read` leaves in its destination. */
  resultOf(t: number, site: Site, old: number): number {
    const values = this.values[t] ?? 0;
    switch (site.result) {
      case RESULT.new:
        return apply(site.fn, old, this.heap[values + site.value] ?? 0);
      case RESULT.bit:
        return (old >>> (this.heap[values + site.extra] ?? 0)) & 1;
      case RESULT.wrote:
        return writes(site.cond, old, this.heap[values + site.extra] ?? 0) ? 1 : 0;
      case RESULT.nonzero:
        return old === 0 ? 0 : 1;
      default:
        return old;
    }
  }
}

/** Whether a conditional update that read `old` writes, or a waiting read is satisfied with it. */
export function writes(cond: number, old: number, extra: number): boolean {
  switch (cond) {
    case COND.always:
      return true;
    case COND.equal:
      return old === extra;
    case COND.differs:
      return old !== extra;
    case COND.zero:
      return old === 0;
    default:
      return false;
  }
}
