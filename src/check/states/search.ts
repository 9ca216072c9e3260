/**
 * Breadth-first search of a world's states.
 *
 * Breadth first, because the first violation found is then one of the shortest. Every reachable state is stored once
 * (up to renaming), expanded once, and checked: each step for what it breaks, each state without moves for tasks that
 * wait for ever (`hang`) and, when all have ended, for objects that nobody freed (`leak`).
 *
 * The search ends in one of four ways and says which; only an emptied queue is a proof.
 */
import { assert } from "../../base/assert.ts";
import type { Fault, World } from "../../world/world.ts";
import { AmpleSets } from "./ample.ts";
import { Packer } from "./pack.ts";
import { StateStore } from "./store.ts";
import type { Renaming } from "./symmetry.ts";

export interface SearchLimits {
  /** Most states to store. */
  readonly states: number;
  /** Most bytes for the store. */
  readonly bytes: number;
}

export interface SearchOptions {
  readonly limits: SearchLimits;
  readonly renamings: readonly Renaming[];
  /** Expand one CPU only where nothing else can interfere with it (`ample.ts`). */
  readonly partialOrder: boolean;
  /**
   * Properties to look for; absent, all. A path that breaks another property first ends there, and is what the search
   * reports if it finds none of these.
   */
  readonly accept?: ReadonlySet<string>;
  /** Go on after a violation, with the paths that do not break: the first one is reported when all has been seen. */
  readonly seeAll?: boolean;
  /** End as soon as a store has found its buffer full: the search will be repeated with longer ones. */
  readonly fullEnds?: boolean;
  /** Called now and then with the number of states; returning true stops the search (`bounded`). */
  readonly onProgress?: (states: number, expanded: number) => boolean;
  /** Called with each state that is expanded; the vector is reused after the call. */
  readonly onState?: (state: Int32Array) => void;
  /** Called with each good state without moves; the vector is reused after the call. */
  readonly onFinal?: (state: Int32Array) => void;
}

export type SearchEnd =
  | { readonly kind: "exhausted" }
  | { readonly kind: "limit"; readonly limit: string; readonly detail: string }
  /** `path` leads from the initial state; after its last move `fault` holds. */
  | { readonly kind: "fault"; readonly fault: Fault; readonly path: readonly Step[] };

/** One move of a path, with the packed state it leads to (absent for the last move when it breaks something). */
export interface Step {
  readonly move: number;
  readonly to: Uint32Array | undefined;
}

export interface SearchResult {
  readonly end: SearchEnd;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly peakBytes: number;
  readonly wordsPerState: number;
}

/** The limit of a search in which a store buffer was full. */
export const STORE_LIMIT = "store buffers";
/** States expanded between two calls of `onProgress`. */
const PROGRESS_EVERY = 1 << 14;
/** Most moves of one state. */
export const MOST_MOVES = 2048;

/** What is wrong with a state without moves: somebody waits, or something is left. Nothing where that is not to be judged. */
export function finalFault(world: World, state: Int32Array): Fault | undefined {
  if (world.isUnsettled(state)) return undefined;
  const nothing = { at: -1, struct: 0, object: 0, holder: "" };
  const waiting = world.stuck(state);
  if (waiting.length > 0) return { ...nothing, property: "hang", holder: waiting.join(", ") };
  const [alive] = world.living(state);
  return alive && { ...nothing, property: "leak", struct: alive[0], object: alive[1] };
}

/** Ample sets know nothing of store buffers, grace periods and NMIs: there they are off. */
export function takesAmple(world: World): boolean {
  return !world.tso && world.memory === undefined && !world.rcu && world.layout.nmi < 0;
}

export function search(world: World, options: SearchOptions): SearchResult {
  return new Search(world, options).run();
}

class Search {
  private readonly packer: Packer;
  private readonly store: StateStore;
  private readonly base: Int32Array;
  private readonly next: Int32Array;
  private readonly moves = new Int32Array(MOST_MOVES);
  private readonly ample: AmpleSets | undefined;
  private transitions = 0;
  private depth = 0;
  private levelEnd = 1;
  private outOf: string | undefined;
  private otherFault: SearchEnd | undefined;
  private readonly world: World;
  private readonly options: SearchOptions;

  constructor(world: World, options: SearchOptions) {
    this.world = world;
    this.options = options;
    this.packer = new Packer(world, options.renamings);
    this.store = new StateStore(this.packer.words);
    this.base = world.initial();
    this.next = new Int32Array(this.base.length);
    this.ample = options.partialOrder && takesAmple(world) ? new AmpleSets(world) : undefined;
  }

  run(): SearchResult {
    this.store.addTail(this.packer.pack(this.base, this.store.tail, this.store.tailBase), -1, 0);
    return this.result(this.loop());
  }

  private loop(): SearchEnd {
    const { store, options } = this;
    for (let index = 0; index < store.count; index++) {
      if (index === this.levelEnd) {
        this.levelEnd = store.count;
        this.depth++;
      }
      const end = this.expand(index) ?? this.limitHit();
      if (end !== undefined) return options.seeAll === true ? (this.otherFault ?? end) : end;
      if (index % PROGRESS_EVERY === 0 && options.onProgress?.(store.count, index) === true) {
        return { kind: "limit", limit: "stopped", detail: `stopped by request after ${store.count} states` };
      }
    }
    if (this.otherFault !== undefined) return this.otherFault;
    const full = this.full();
    if (full !== undefined) return full;
    if (this.outOf === undefined) return { kind: "exhausted" };
    return {
      kind: "limit",
      limit: "objects",
      detail: `some paths allocate more objects of ${this.outOf} than the scenario allows`,
    };
  }

  private expand(index: number): SearchEnd | undefined {
    const { store, packer, base, world } = this;
    packer.unpack(store.chunkOf(index), store.offsetOf(index), base);
    this.options.onState?.(base);
    if (world.isUnsettled(base) && this.hasSettledTwin()) return undefined;
    const n = world.transitions(base, this.moves);
    assert(n <= MOST_MOVES, "too many moves in one state");
    if (n === 0) return this.checkFinal(index);
    const chosen = this.ample?.choose(base, this.moves, n);
    if (chosen !== undefined) {
      const before = store.count;
      const end = this.take(index, chosen.from, chosen.to);
      if (end !== undefined) return end;
      // Queue proviso (Bosnacki & Holzmann 2005): a reduced expansion must lead to something new, or a cycle could put
      // the other CPUs off for ever.
      if (store.count > before) return undefined;
    }
    return this.take(index, 0, n);
  }

  /**
   * The same state is known with nobody having come unsettled: what can happen from here can happen from there, and more is
   * judged.
   */
  private hasSettledTwin(): boolean {
    const { next, store, packer, world } = this;
    next.set(this.base);
    next[world.layout.unsettled] = 0;
    return store.knowsTail(packer.pack(next, store.tail, store.tailBase));
  }

  /** Performs the moves `from` … `to` − 1 of state `index`, whose vector is in `base`. */
  private take(index: number, from: number, to: number): SearchEnd | undefined {
    const { store, packer, world, next, base, moves } = this;
    for (let m = from; m < to; m++) {
      const move = moves[m] ?? 0;
      next.set(base);
      world.apply(next, move);
      if (world.refused) continue;
      this.transitions++;
      if (world.fault !== undefined) {
        const end = this.faulty(index, move, world.fault);
        if (end !== undefined) return end;
        continue;
      }
      if (world.outOf !== undefined) {
        this.outOf = world.program.structs[world.outOf]?.name ?? "RCU callbacks";
        continue;
      }
      store.addTail(packer.pack(next, store.tail, store.tailBase), index, move);
    }
    return undefined;
  }

  private full(): SearchEnd | undefined {
    if (!this.world.bufferFull) return undefined;
    const detail = `a store buffer of ${this.world.layout.storeDepth} entries was full`;
    return { kind: "limit", limit: STORE_LIMIT, detail };
  }

  private limitHit(): SearchEnd | undefined {
    const { store, options, packer } = this;
    if (options.fullEnds === true && this.world.bufferFull) return this.full();
    if (packer.overflow)
      return { kind: "limit", limit: "values", detail: "a value left the range that states are packed in" };
    if (store.count > options.limits.states) {
      return { kind: "limit", limit: "states", detail: `more than ${options.limits.states} states` };
    }
    if (store.bytes > options.limits.bytes) {
      return { kind: "limit", limit: "memory", detail: `more than ${options.limits.bytes} bytes of states` };
    }
    return undefined;
  }

  private checkFinal(index: number): SearchEnd | undefined {
    // A read still waits: this is the end of no execution.
    if ((this.world.memory?.waiting ?? 0) > 0) return undefined;
    if (this.world.isUnsettled(this.base)) return undefined;
    const fault = finalFault(this.world, this.base);
    if (fault !== undefined) return this.faulty(index, undefined, fault);
    this.options.onFinal?.(this.base);
    return undefined;
  }

  /** The end of the search, or undefined when the fault is not one of those that are looked for. */
  private faulty(index: number, move: number | undefined, fault: Fault): SearchEnd | undefined {
    const { accept, seeAll } = this.options;
    const wanted = seeAll !== true && (accept === undefined || accept.has(fault.property));
    // Of the unwanted only the first is kept: there may be as many as states, and a path is long.
    if (!wanted && this.otherFault !== undefined) return undefined;
    const end: SearchEnd = { kind: "fault", fault, path: this.pathTo(index, move) };
    if (wanted) return end;
    this.otherFault = end;
    return undefined;
  }

  private pathTo(index: number, last: number | undefined): Step[] {
    const path: Step[] = last === undefined ? [] : [{ move: last, to: undefined }];
    for (let i = index; this.store.parentOf(i) >= 0; i = this.store.parentOf(i)) {
      const to = new Uint32Array(this.packer.words);
      this.store.read(i, to);
      path.unshift({ move: this.store.moveTo(i), to });
    }
    return path;
  }

  private result(end: SearchEnd): SearchResult {
    return {
      end,
      states: this.store.count,
      transitions: this.transitions,
      depth: this.depth,
      peakBytes: this.store.bytes,
      wordsPerState: this.packer.words,
    };
  }
}
