/**
 * Which conditions each op of a body is under: the static half of control dependencies.
 *
 * The kernel's memory model gives a control dependency to what lies within the body of an `if`, and to nothing behind it.
 * In a flat body that is the region between a branch and its immediate post-dominator, the *join*. At run time a join has
 * a cell that gathers the reads which the conditions since then came from, and is emptied where the ways meet; joins that
 * are never waited for at once share one (`slot`). A BUG_ON() is no branch here: nothing behind it depends on its condition,
 * which is the weaker reading.
 */
import { successors } from "../ir/operands.ts";
import type { Op, Pc } from "../ir/types.ts";

export interface Control {
  /** Slots that a frame of this body needs. */
  readonly slots: number;
  /** Of a branch, the slot of its join. */
  readonly slotOf: ReadonlyMap<Pc, number>;
  /** Per op, the slots of the conditions it may be under, ascending. */
  readonly under: readonly (readonly number[])[];
  /** Where joins are, the slots that are emptied there. */
  readonly emptied: ReadonlyMap<Pc, readonly number[]>;
}

export function controlOf(ops: readonly Op[]): Control {
  const next = ops.map((op, pc) => (endsPath(op) ? [] : successors(op, pc).filter((to) => to < ops.length)));
  const join = postDominators(next);
  const branches = next.flatMap((to, pc) => (to.length > 1 && (join[pc] ?? -1) >= 0 ? [pc] : []));
  const waiting = waitingJoins(next, join);
  const slot = colour(
    [...new Set(branches.map((pc) => join[pc] ?? 0))].sort((a, b) => a - b),
    waiting,
  );
  const emptied = new Map<Pc, number[]>();
  for (const [at, s] of slot) if (at < ops.length) emptied.set(at, [s]);
  return {
    slots: Math.max(0, ...[...slot.values()].map((s) => s + 1)),
    slotOf: new Map(branches.map((pc) => [pc, slot.get(join[pc] ?? 0) ?? 0])),
    under: waiting.map((joins) =>
      [...new Set([...joins].map((j) => slot.get(j) ?? 0))].sort((a, b) => a - b),
    ),
    emptied,
  };
}

/** What follows is not reached, or not by this context. */
function endsPath(op: Op): boolean {
  return op.op === "cpu.die" || op.op === "task.park";
}

/**
 * Immediate post-dominators; the number of ops where that is the end. In a loop without
 * an end each jump backwards counts as a way out: then ways meet where the loop's body has them meet.
 */
function postDominators(next: readonly (readonly Pc[])[]): Int32Array {
  const end = next.length;
  const ways = next.map((to) => (to.length === 0 ? [end] : [...to]));
  const leaves = reaching(ways, end);
  ways.forEach((to, pc) => {
    if (leaves[pc] === 0 && to.some((at) => at <= pc)) to.push(end);
  });
  const useful = reaching(ways, end);
  const join = new Int32Array(end + 1).fill(-1);
  join[end] = end;
  const order = backwards(ways, useful);
  const rank = new Int32Array(end + 1);
  order.forEach((pc, i) => {
    rank[pc] = i + 1;
  });
  const meet = (a: number, b: number): number => {
    let x = a;
    let y = b;
    while (x !== y) {
      while ((rank[x] ?? 0) > (rank[y] ?? 0)) x = join[x] ?? end;
      while ((rank[y] ?? 0) > (rank[x] ?? 0)) y = join[y] ?? end;
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const pc of order) {
      let at = -1;
      for (const to of ways[pc] ?? []) if ((join[to] ?? -1) >= 0) at = at < 0 ? to : meet(at, to);
      if (at === join[pc]) continue;
      join[pc] = at;
      changed = true;
    }
  }
  return join;
}

/** Ops from which `end` can be reached. */
function reaching(ways: readonly (readonly Pc[])[], end: number): Uint8Array {
  const found = new Uint8Array(end + 1);
  found[end] = 1;
  for (let changed = true; changed; ) {
    changed = false;
    for (let pc = end - 1; pc >= 0; pc--) {
      if (found[pc] !== 0 || !(ways[pc] ?? []).some((to) => found[to] !== 0)) continue;
      found[pc] = 1;
      changed = true;
    }
  }
  return found;
}

/** The useful ops in reverse postorder of the reversed graph, without the end. */
function backwards(ways: readonly (readonly Pc[])[], useful: Uint8Array): Pc[] {
  const end = ways.length;
  const before: Pc[][] = Array.from({ length: end + 1 }, () => []);
  ways.forEach((to, pc) => {
    if (useful[pc] !== 0) for (const at of to) if (useful[at] !== 0) before[at]?.push(pc);
  });
  const seen = new Uint8Array(end + 1);
  seen[end] = 1;
  const done: Pc[] = [];
  const stack = [{ pc: end, rest: [...(before[end] ?? [])] }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const pc = top.rest.pop();
    if (pc === undefined) {
      if (top.pc !== end) done.push(top.pc);
      stack.pop();
    } else if (seen[pc] === 0) {
      seen[pc] = 1;
      stack.push({ pc, rest: [...(before[pc] ?? [])] });
    }
  }
  return done.reverse();
}

/** Per op, the joins ahead of which a branch may have been passed. */
function waitingJoins(next: readonly (readonly Pc[])[], join: Int32Array): ReadonlySet<Pc>[] {
  const waiting = next.map(() => new Set<Pc>());
  const todo = next.map((_, pc) => pc);
  for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
    const out = new Set(waiting[pc]);
    const to = next[pc] ?? [];
    if (to.length > 1 && (join[pc] ?? -1) >= 0) out.add(join[pc] ?? 0);
    for (const at of to) {
      const there = waiting[at];
      const size = there?.size ?? 0;
      for (const j of out) if (j !== at) there?.add(j);
      if (there !== undefined && there.size > size) todo.push(at);
    }
  }
  return waiting;
}

/** Joins that somebody waits for at once get different slots. */
function colour(joins: readonly Pc[], waiting: readonly ReadonlySet<Pc>[]): Map<Pc, number> {
  const slot = new Map<Pc, number>();
  for (const j of joins) {
    const taken = new Set<number>();
    for (const together of waiting) {
      if (!together.has(j)) continue;
      for (const other of together) {
        const s = slot.get(other);
        if (s !== undefined && other !== j) taken.add(s);
      }
    }
    let s = 0;
    while (taken.has(s)) s++;
    slot.set(j, s);
  }
  return slot;
}
