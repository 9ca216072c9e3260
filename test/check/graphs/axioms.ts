/**
 * Memory models stated once more, slowly: predicates over an execution that is asked pair by pair.
 *
 * They judge the graphs that `brute.ts` enumerates, and (through `native_models.ts`) those of the engine.
 */

/** An execution, asked pair by pair. */
export interface Execution {
  readonly n: number;
  thread(e: number): number;
  location(e: number): number;
  isRead(e: number): boolean;
  isWrite(e: number): boolean;
  /** A full fence. */
  isFence(e: number): boolean;
  /** Half of an atomic update, or the read of one that failed. */
  isAtomic(e: number): boolean;
  /** An awaited value, or the read of a lock that was taken. */
  isAcquire(e: number): boolean;
  po(a: number, b: number): boolean;
  rf(a: number, b: number): boolean;
  co(a: number, b: number): boolean;
  rmw(a: number, b: number): boolean;
  addr(a: number, b: number): boolean;
  data(a: number, b: number): boolean;
  /** Structured: to what is inside the branch. */
  ctrl(a: number, b: number): boolean;
  /** Sets of a memory model that an event is in. */
  sets(e: number): readonly string[];
}

export type Axioms = (x: Execution) => boolean;
type Pair = (a: number, b: number) => boolean;

/** Whether the union of some relations has no cycle. */
function acyclic(n: number, ...relations: readonly Pair[]): boolean {
  const state = new Uint8Array(n);
  const visit = (a: number): boolean => {
    state[a] = 1;
    for (let b = 0; b < n; b++) {
      if (state[b] === 2 || !relations.some((r) => r(a, b))) continue;
      if (state[b] === 1 || !visit(b)) return false;
    }
    state[a] = 2;
    return true;
  };
  for (let a = 0; a < n; a++) if (state[a] === 0 && !visit(a)) return false;
  return true;
}

const exists = (n: number, test: (e: number) => boolean): boolean => {
  for (let e = 0; e < n; e++) if (test(e)) return true;
  return false;
};

function basics(x: Execution): { readonly fr: Pair; readonly sound: boolean } {
  const fr: Pair = (a, b) => a !== b && exists(x.n, (w) => x.rf(w, a) && x.co(w, b));
  const poLoc: Pair = (a, b) => x.po(a, b) && x.location(a) >= 0 && x.location(a) === x.location(b);
  const external: Pair = (a, b) => x.thread(a) !== x.thread(b);
  const coherent = acyclic(x.n, poLoc, x.rf, x.co, fr);
  const torn = exists(x.n, (r) =>
    exists(
      x.n,
      (w) => x.rmw(r, w) && exists(x.n, (v) => fr(r, v) && external(r, v) && x.co(v, w) && external(v, w)),
    ),
  );
  return { fr, sound: coherent && !torn };
}

export const sc: Axioms = (x) => {
  const { fr, sound } = basics(x);
  return sound && acyclic(x.n, x.po, x.rf, x.co, fr);
};

export const tso: Axioms = (x) => {
  const { fr, sound } = basics(x);
  if (!sound) return false;
  const ordered: Pair = (a, b) => {
    if (!x.po(a, b)) return false;
    if (!(x.isWrite(a) && x.isRead(b)) || x.isAtomic(a) || x.isAtomic(b))
      return !x.isFence(a) && !x.isFence(b);
    return exists(x.n, (f) => x.isFence(f) && x.po(a, f) && x.po(f, b));
  };
  const rfe: Pair = (a, b) => x.rf(a, b) && x.thread(a) !== x.thread(b);
  return acyclic(x.n, ordered, rfe, x.co, fr);
};

const dependencyOf =
  (x: Execution): Pair =>
  (a, b) =>
    x.addr(a, b) || x.data(a, b) || x.ctrl(a, b);

/** What the engine takes for granted: no value comes out of thin air, be it by way of an update that takes place. */
export const noThinAir: Axioms = (x) => acyclic(x.n, dependencyOf(x), x.rmw, x.rf);

/** What is left of that when branches are guessed: no value is computed from itself. */
export const noCircularValue: Axioms = (x) => acyclic(x.n, x.addr, x.data, x.rmw, x.rf);

/**
 * A weak model with the shape of those that let loads be overtaken: coherence, atomicity, and no cycle of what is
 * observed from other threads with dependencies, full fences, acquires and same-place order.
 */
export const weak: Axioms = (x) => {
  const { fr, sound } = basics(x);
  if (!sound || !noThinAir(x)) return false;
  const dependency = dependencyOf(x);
  const external =
    (r: Pair): Pair =>
    (a, b) =>
      r(a, b) && x.thread(a) !== x.thread(b);
  const fenced: Pair = (a, b) => exists(x.n, (f) => x.isFence(f) && x.po(a, f) && x.po(f, b));
  const acquired: Pair = (a, b) => x.isAcquire(a) && x.po(a, b);
  const samePlace: Pair = (a, b) =>
    x.po(a, b) && x.isWrite(b) && x.location(a) >= 0 && x.location(a) === x.location(b);
  const forwarded: Pair = (a, b) => exists(x.n, (w) => dependency(a, w) && x.rf(w, b));
  return acyclic(
    x.n,
    external(x.rf),
    external(fr),
    external(x.co),
    dependency,
    fenced,
    acquired,
    samePlace,
    forwarded,
  );
};
