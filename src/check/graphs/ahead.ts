/**
 * Looks ahead of a thread's frontier: which events could be made now although an earlier read waits, and which writes
 * are still to come, each with the waiting reads it hangs on.
 *
 * An event may be made as soon as its operands and the conditions around it are known: that is its semantic dependency
 * and all that a model with `order: "dependencies"` promises to respect. A branch whose condition is unknown is stepped
 * over: what its arms may write is to come, what they may define becomes unknown, and the scan goes on at the join. One
 * that has been guessed (`guesses.ts`) is followed.
 *
 * Accesses wait for more than that in four cases, each a relation that no consistent cycle with reads-from contains,
 * so that nothing is lost and dead ends are avoided. The first two need a model in which plain accesses are ordered
 * like others, or a program without any (`Instance.holdsBack`), the first a coherent one.
 * - At one location, a write waits for earlier accesses if nothing behind it in its thread reads there, and a read waits
 *   for the latest earlier write. (The source of the earlier read, or the earlier write, is coherence-before the write;
 *   whoever reads the write then is another thread. A write that its own thread reads may be forwarded before it is
 *   ordered: load; store; load, all of one location, orders nothing behind the second load after the first.)
 * - A releasing store that its thread does not read, an unlock, an unconditional update with full ordering, and what
 *   comes behind a full fence or a grace period wait for the accesses before them; what comes behind such an update, or
 *   behind an acquire that does not read its own thread's stores, waits for it. All where the model has them in that
 *   order (`ordering.ts`) and neither is plain.
 * - Everything waits for a lock that is not taken and for a condition that is awaited: both acquire.
 * - The ends of RCU sections wait for a branch that holds some: matching half of them is not monotone (guide C.4, 6).
 */

import { mayWrite, type Site, type ThreadCode } from "./code.ts";
import { type ExecutionGraph, KEYS } from "./graph.ts";
import type { Instance } from "./instance.ts";
import type { Locations } from "./locations.ts";
import { COND, OP, VISIBLE } from "./opcodes.ts";
import type { Ordering } from "./ordering.ts";
import { Targets } from "./targets.ts";
import { OPEN, type Threads, UNKNOWN, WAY } from "./threads.ts";
import { bitOf, Operations, type Waiting } from "./waiting.ts";

/** A write somewhere in its struct's field; a thread's whole future. */
const ANYWHERE = -2;
const REST = -3;

/** What writes to come are taken to wait for. */
export const AS = {
  /** What they hang on. */
  found: 0,
  /** As if all that branches decide which are stepped over did not wait for their conditions. */
  guessed: 1,
  /**
   * What a model orders before them that counts dependencies between marked accesses, and nothing else
   * (`Ordering.dependencies`): reads that wait for each other in spite of this are in no consistent execution.
   */
  ordered: 2,
} as const;

export class Ahead {
  /** Per thread, the operation found by `scan`. */
  readonly found: Operations;
  /** Per thread, the first branch that `gather` stepped over because its condition is unknown, −1 if there is none. */
  readonly stepped: Int32Array;
  /** Writes to come, one entry per write (or per thread's rest), up to `writes`. */
  writes = 0;
  #as: number = AS.found;
  readonly #threads: Threads;
  readonly #graph: ExecutionGraph;
  readonly #locations: Locations;
  #targets: Targets | undefined;
  readonly #waiting: Waiting;
  readonly #coherent: boolean;
  readonly #ordering: Ordering;
  readonly #holdsBack: boolean;
  readonly #writeThread: number[] = [];
  readonly #writePc: number[] = [];
  readonly #writeLocation: number[] = [];
  readonly #writeBlockers: number[] = [];
  /** Accesses passed over by this scan. */
  #holes = 0;
  readonly #holePc: number[] = [];
  readonly #holeLocation: number[] = [];
  readonly #holeReads: boolean[] = [];
  readonly #holeBlockers: number[] = [];
  #sections = 0;
  /** What the accesses passed over wait for, plain ones aside; and those that a fence was passed behind. */
  #passed = 0;
  #fenced = 0;

  constructor(
    threads: Threads,
    graph: ExecutionGraph,
    locations: Locations,
    waiting: Waiting,
    { coherent, ordering, holdsBack }: Pick<Instance, "coherent" | "ordering" | "holdsBack">,
  ) {
    this.#threads = threads;
    this.#graph = graph;
    this.#locations = locations;
    this.#waiting = waiting;
    this.#coherent = coherent;
    this.#ordering = ordering;
    this.#holdsBack = holdsBack;
    this.found = new Operations(threads.codes.length, threads.words);
    this.stepped = new Int32Array(threads.codes.length);
  }

  /**
   * The next event that thread t can make: the first write or fence, else the first read. Leaves its operands in
   * `found` and returns its op; −1 when there is none.
   */
  next(t: number): number {
    this.#as = AS.found;
    return this.#scan(t, true);
  }

  /**
   * Makes the list of all writes to come. `inOrder`: a thread stops at its waiting read. `as`: one of `AS`.
   */
  gather(inOrder: boolean, as: number = AS.found): void {
    const threads = this.#threads;
    this.writes = 0;
    this.#as = as;
    this.stepped.fill(-1);
    for (let t = 0; t < threads.codes.length; t++) {
      if (!inOrder) this.#scan(t, false);
      else if (threads.heap[threads.halted[t] ?? 0] === 0) {
        const pc = threads.heap[threads.pc[t] ?? 0] ?? 0;
        const waits = threads.heap[(threads.issued[t] ?? 0) + pc] === -1;
        this.#addWrite(t, pc, REST, waits ? this.#numberOf(t, pc) : 0);
      }
    }
  }

  /** After `gather`: the first thread that stepped over a branch, −1 if none did. */
  stopped(): number {
    return this.stepped.findIndex((pc) => pc >= 0);
  }

  #scan(t: number, forNext: boolean): number {
    const threads = this.#threads;
    const code = threads.codes[t];
    if (code === undefined || threads.heap[threads.halted[t] ?? 0] !== 0) return -1;
    const mark = threads.top;
    this.#holes = 0;
    this.#sections = 0;
    this.#passed = 0;
    this.#fenced = 0;
    let found = -1;
    let pc = threads.heap[threads.pc[t] ?? 0] ?? 0;
    while (pc >= 0 && pc < code.length) {
      const site = code.sites[pc];
      if ((code.op[pc] ?? 0) < VISIBLE || site === undefined) {
        pc = this.#local(t, code, pc, forNext);
        continue;
      }
      const event = threads.heap[(threads.issued[t] ?? 0) + pc] ?? 0;
      if (event > 0) {
        threads.settle(t, site, event - 1);
        if (site.kind === OP.fence && this.#fences(site)) this.#fenced |= this.#passed;
      } else {
        const blockers = event < 0 ? UNKNOWN | this.#numberOf(t, pc) : this.#blockersOf(t, pc, site);
        if (blockers === 0 && forNext) {
          const early = site.kind !== OP.read && site.kind !== OP.await && site.kind !== OP.lock;
          if (early || found < 0) {
            this.capture(t, pc, site);
            found = pc;
          }
          if (early) break;
        }
        if (!this.#pass(t, pc, site, blockers, forNext)) break;
        if (threads.supposing && event < 0) this.#suppose(t, pc, site);
      }
      pc = code.next[pc] ?? 0;
    }
    threads.undo(mark);
    return found;
  }

  /** A waiting read that is supposed to have some value has it for what comes behind. */
  #suppose(t: number, pc: number, site: Site): void {
    const { supposed, value } = this.#waiting;
    const number = this.#waiting.find(t, pc);
    if (number >= 0 && supposed[number] === 1) this.#threads.suppose(t, site, value[number] ?? 0);
  }

  /** Leaves an access that is not made behind; false when nothing may go on before it. */
  #pass(t: number, pc: number, site: Site, blockers: number, forNext: boolean): boolean {
    const threads = this.#threads;
    const location = this.#locationOf(t, site);
    if (site.kind === OP.lock || (site.kind === OP.await && !site.forwardedInBranch)) {
      if (!forNext) this.#addWrite(t, pc, REST, blockers);
      return false;
    }
    const free = this.#as === AS.ordered && site.plain;
    if (!forNext && mayWrite(site)) this.#addWrite(t, pc, location, free ? UNKNOWN : blockers);
    if (site.dst >= 0) threads.set((threads.unknown[t] ?? 0) + site.dst, free ? UNKNOWN : UNKNOWN | blockers);
    if (site.section) this.#sections |= UNKNOWN | blockers;
    // What may write between an earlier write and a later read takes away the reason to wait.
    if (mayWrite(site) && (location < 0 || site.plain)) this.#holes = 0;
    if (site.kind === OP.fence && this.#fences(site)) this.#fenced |= this.#passed;
    if (site.struct >= 0 && !site.plain) this.#passed |= UNKNOWN | blockers;
    if (this.#acquires(site)) this.#fenced |= UNKNOWN | blockers;
    if (location >= 0 && !site.plain && site.kind !== OP.placed) {
      const i = this.#holes++;
      this.#holePc[i] = pc;
      this.#holeLocation[i] = location;
      this.#holeReads[i] = site.kind === OP.read && site.cond === COND.never;
      this.#holeBlockers[i] = blockers;
    }
    // A stray pointer: the thread will stop here, whatever comes behind.
    return location !== -1 || site.struct < 0;
  }

  /** Local ops: unknown operands give unknown results. Returns where to go on, −1 for nowhere. */
  #local(t: number, code: ThreadCode, pc: number, forNext: boolean): number {
    const threads = this.#threads;
    const unknown = threads.unknown[t] ?? 0;
    const a = code.a[pc] ?? -1;
    const op = code.op[pc] ?? 0;
    if (a < 0 || op === OP.end) return threads.local(t, code, pc);
    const b = op === OP.bin ? (code.b[pc] ?? 0) : a;
    let blockers = (threads.heap[unknown + a] ?? 0) | (threads.heap[unknown + b] ?? 0);
    if (blockers === 0) {
      const next = threads.local(t, code, pc);
      if (next !== OPEN) return next;
      blockers = UNKNOWN;
    }
    if (op === OP.branch) {
      const guess = threads.heap[(threads.guesses[t] ?? 0) + pc] ?? 0;
      if (guess !== 0) return (guess === WAY.yes ? code.next[pc] : code.other[pc]) ?? 0;
      if (!forNext && this.stepped[t] === -1) this.stepped[t] = pc;
      return this.#stepOver(t, code, pc, this.#as === AS.guessed ? UNKNOWN : blockers, forNext);
    }
    if (op === OP.mov || op === OP.bin) threads.set(unknown + (code.dst[pc] ?? 0), blockers);
    return code.next[pc] ?? 0;
  }

  #stepOver(t: number, code: ThreadCode, pc: number, blockers: number, forNext: boolean): number {
    const threads = this.#threads;
    const region = code.regions[pc];
    if (region === undefined) {
      if (this.#as !== AS.found) this.#addWrite(t, pc, REST, UNKNOWN);
      return -1;
    }
    const defined = this.#as === AS.ordered ? UNKNOWN : blockers;
    for (const reg of region.defines) threads.set((threads.unknown[t] ?? 0) + reg, defined);
    if (region.section) this.#sections |= blockers;
    if (region.writes.length > 0) this.#holes = 0;
    if (!forNext) {
      for (const at of region.writes) {
        const { location = 0, plain = false } = code.sites[at] ?? {};
        const free = this.#as === AS.ordered && plain;
        this.#addWrite(t, at, location === -1 ? ANYWHERE : location, free ? UNKNOWN : blockers);
      }
    }
    return region.join;
  }

  /** What an access that is not in the graph waits for: 0 when it can be made now. */
  #blockersOf(t: number, pc: number, site: Site): number {
    const { heap, unknown } = this.#threads;
    const base = unknown[t] ?? 0;
    let blockers =
      (heap[base + site.obj] ?? 0) | (heap[base + site.value] ?? 0) | (heap[base + site.extra] ?? 0);
    if (site.section) blockers |= this.#sections;
    if (blockers !== 0 || site.struct < 0) return blockers;
    const location = this.#locationOf(t, site);
    // Not a memory access at all; the thread stops here when it gets there.
    if (location === -1) return UNKNOWN;
    if (site.plain || !this.#holdsBack) return 0;
    if (this.#releases(t, pc, site, location)) blockers |= this.#passed;
    blockers |= this.#fenced;
    if (!this.#coherent || site.kind === OP.placed) return blockers;
    return blockers | this.#holesBefore(t, pc, site, location);
  }

  #fences({ sets }: Site): boolean {
    for (const name of sets.write) if (this.#ordering.fences.has(name)) return true;
    return false;
  }

  /** What comes behind it waits for it. */
  #acquires(site: Site): boolean {
    if (site.kind !== OP.read || (site.cond !== COND.never && site.cond !== COND.always)) return false;
    if (this.#ordering.acquire && site.sets.read.includes("Acquire")) return !site.forwarded;
    return this.#isFull(site);
  }

  #isFull({ kind, cond, sets }: Site): boolean {
    return this.#ordering.update && kind === OP.read && cond === COND.always && sets.read.includes("Mb");
  }

  #releases(t: number, pc: number, site: Site, location: number): boolean {
    if (site.kind === OP.unlock || this.#isFull(site)) return true;
    if (site.kind !== OP.store || !this.#ordering.release || !site.sets.write.includes("Release"))
      return false;
    const code = this.#threads.codes[t];
    const next = code?.next[pc] ?? -1;
    return code !== undefined && !(next >= 0 && mayReadLater(code, next, location));
  }

  /** The accesses passed over that one to the same location waits for. */
  #holesBefore(t: number, pc: number, site: Site, location: number): number {
    const code = this.#threads.codes[t];
    const next = code?.next[pc] ?? -1;
    const last = mayWrite(site) && code !== undefined && !(next >= 0 && mayReadLater(code, next, location));
    let blockers = 0;
    for (let i = this.#holes - 1; i >= 0; i--) {
      if (this.#holeLocation[i] !== location) continue;
      if (last) blockers |= UNKNOWN | (this.#holeBlockers[i] ?? 0);
      if (this.#holeReads[i] === true) continue;
      if (site.kind !== OP.store && site.kind !== OP.unlock && this.#isLatest(i, t, pc, location)) {
        blockers |= UNKNOWN | (this.#holeBlockers[i] ?? 0);
      }
      if (!last) break;
    }
    return blockers;
  }

  /** Whether no write to its location that is in the graph comes between a hole and an op of its thread. */
  #isLatest(hole: number, t: number, pc: number, location: number): boolean {
    const graph = this.#graph;
    const from = KEYS * (this.#holePc[hole] ?? 0);
    for (let e = 0; e < graph.n; e++) {
      if (graph.thread[e] !== t || graph.location[e] !== location || (graph.place[e] ?? -1) < 0) continue;
      const key = graph.key[e] ?? 0;
      if (key > from && key < KEYS * pc) return false;
    }
    return true;
  }

  /** The location of an access, ANYWHERE while its address is unknown, −1 when it has none. */
  #locationOf(t: number, site: Site): number {
    if (site.location >= 0) return site.location;
    if (site.struct < 0) return -1;
    const { heap, unknown, values } = this.#threads;
    if (heap[(unknown[t] ?? 0) + site.obj] !== 0) return ANYWHERE;
    return this.#locations.of(site.struct, heap[(values[t] ?? 0) + site.obj] ?? 0, site.field);
  }

  #numberOf(t: number, pc: number): number {
    const number = this.#waiting.find(t, pc);
    return number < 0 ? 0 : bitOf(number);
  }

  /** Writes the operands of an op, all known now, into `found`. */
  capture(t: number, pc: number, site: Site): void {
    const { heap, values, dependencies, words, codes } = this.#threads;
    const base = values[t] ?? 0;
    const { found } = this;
    found.thread[t] = t;
    found.pc[t] = pc;
    found.location[t] = this.#locationOf(t, site);
    found.value[t] = heap[base + site.value] ?? 0;
    found.extra[t] = heap[base + site.extra] ?? 0;
    const from = dependencies[t] ?? 0;
    const to = t * words * 4;
    for (let w = 0; w < words; w++) {
      let control = 0;
      for (let i = 0; i < site.controls.length; i++) {
        control |= heap[from + (site.controls[i] ?? 0) * words + w] ?? 0;
      }
      found.dependencies[to + w] = heap[from + site.obj * words + w] ?? 0;
      found.dependencies[to + words + w] = heap[from + site.value * words + w] ?? 0;
      found.dependencies[to + 2 * words + w] = control;
      found.dependencies[to + 3 * words + w] = heap[from + (codes[t]?.conditions ?? 0) * words + w] ?? 0;
    }
  }

  /** Whether a write whose address is unknown may be to a location. */
  #mayGoTo(t: number, pc: number, location: number): boolean {
    if (!this.#locations.sameField(this.#threads.codes[t]?.sites[pc], location)) return false;
    if (this.#as !== AS.ordered) return true;
    this.#targets ??= new Targets(this.#threads.codes, this.#locations);
    return this.#targets.mayBe(t, pc, location);
  }

  #addWrite(t: number, pc: number, location: number, blockers: number): void {
    const i = this.writes++;
    this.#writeThread[i] = t;
    this.#writePc[i] = pc;
    this.#writeLocation[i] = location;
    // What hangs on a variable never comes: on that alone, no read names it.
    const never = this.#threads.supposing && blockers === UNKNOWN && this.#as === AS.found;
    this.#writeBlockers[i] = never ? UNKNOWN : blockers & ~UNKNOWN;
  }

  /**
   * Whether a waiting read's write may still come, given the waiting reads (`ok`) that may be served themselves. A
   * read's own thread counts as far as it comes before the read.
   */
  mayCome(location: number, t: number, pc: number, ok: number): boolean {
    for (let i = 0; i < this.writes; i++) {
      const thread = this.#writeThread[i] ?? 0;
      // Nothing need be ordered between a store and a load of its own thread that takes it.
      const free = this.#as === AS.ordered && thread === t;
      if (!free && ((this.#writeBlockers[i] ?? 0) & ~ok) !== 0) continue;
      const at = this.#writePc[i] ?? 0;
      if (thread === t && at >= pc) continue;
      const where = this.#writeLocation[i] ?? 0;
      if (where === location) return true;
      const code = this.#threads.codes[thread];
      if (code === undefined) continue;
      if (where === REST && mayWriteLater(code, at, location)) return true;
      if (where === ANYWHERE && this.#mayGoTo(thread, at, location)) return true;
    }
    return false;
  }
}

/** Whether an op or one behind it may write a location. */
export function mayWriteLater(code: ThreadCode, pc: number, location: number): boolean {
  return (((code.future[pc * code.futureWords + (location >>> 5)] ?? 0) >>> (location & 31)) & 1) === 1;
}

function mayReadLater(code: ThreadCode, pc: number, location: number): boolean {
  return (((code.futureReads[pc * code.futureWords + (location >>> 5)] ?? 0) >>> (location & 31)) & 1) === 1;
}
