/**
 * Unrolls a body's loops into acyclic code, so that an op of the result happens at most once per execution.
 *
 * Its index is then the static key of the event it makes (guide C.0): indices are a topological order, so of two ops
 * on one path the one with the smaller index is earlier in program order, whichever of them the exploration issues
 * first. Post-dominance, control dependence and "what may still be written" become one backward pass each.
 *
 * A loop runs `bound` times, as herd7's `-unroll`: the last copy may test its way out of the loop but not go round once
 * more. What would is a `cut`: an execution that gets there counts for nothing, and the verdict says so.
 */

import { present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import { successors } from "../../ir/operands.ts";
import type { Func, Op, Pc } from "../../ir/types.ts";
import { type Loop, loopsOf } from "./loops.ts";

/** One op of the unrolled body. */
export interface Unrolled {
  /** The op; undefined for a cut. */
  readonly op: Op | undefined;
  /** Its index in the body it comes from. */
  readonly from: Pc;
  /** How often each loop around it has gone round, outermost first. */
  readonly iterations: readonly number[];
  /** Where control goes: one op, two for a branch (`then` first), none at the end and at a cut. */
  readonly next: readonly Pc[];
}

/** More ops than this are a mistake of scale, which a message explains better than hours of search. */
const MOST_OPS = 50_000;

/** The acyclic body, its entry at 0; every target has a greater index. */
export function unroll(func: Func, bound: number): readonly Unrolled[] {
  return new Unroller(func, bound).run();
}

interface Copy {
  readonly from: Pc;
  /** Counters of the loops around it; undefined for a cut. */
  readonly counters: readonly number[] | undefined;
  next: readonly Copy[];
  /** Finished when the search has left it: position in reverse postorder. */
  index: number;
}

class Unroller {
  readonly #func: Func;
  readonly #bound: number;
  readonly #around: readonly (readonly Loop[])[];
  readonly #copies = new Map<string, Copy>();

  constructor(func: Func, bound: number) {
    this.#func = func;
    this.#bound = bound;
    const loops = loopsOf(func);
    this.#around = func.ops.map((_, pc) => loops.filter((loop) => loop.body.has(pc)));
  }

  run(): readonly Unrolled[] {
    const entered = (this.#around[0] ?? []).map(() => 0);
    const order = this.#search(this.#copy(0, entered));
    for (const [index, copy] of order.entries()) copy.index = index;
    return order.map((copy) => ({
      op: copy.counters === undefined ? undefined : this.#func.ops[copy.from],
      from: copy.from,
      iterations: copy.counters ?? [],
      next: copy.next.map((to) => to.index),
    }));
  }

  /** Reverse postorder of everything reachable, which is a topological order since copies form no cycle. */
  #search(entry: Copy): Copy[] {
    const postorder: Copy[] = [];
    const stack: { copy: Copy; next: number }[] = [{ copy: entry, next: 0 }];
    const seen = new Set([entry]);
    while (stack.length > 0) {
      const top = present(stack.at(-1), "top of the search");
      // The last target first: what comes behind a branch then follows its arms.
      const to = top.copy.next[top.copy.next.length - 1 - top.next++];
      if (to === undefined) {
        postorder.push(top.copy);
        stack.pop();
      } else if (!seen.has(to)) {
        seen.add(to);
        stack.push({ copy: to, next: 0 });
        this.#fill(to);
      }
    }
    return postorder.reverse();
  }

  #copy(from: Pc, counters: readonly number[] | undefined): Copy {
    const key = `${from}:${counters?.join(",") ?? "cut"}`;
    let copy = this.#copies.get(key);
    if (copy === undefined) {
      copy = { from, counters, next: [], index: -1 };
      this.#copies.set(key, copy);
      if (this.#copies.size > MOST_OPS) {
        throw new InputError(
          `${this.#func.name}: unrolled ${this.#bound} times it has more than ${MOST_OPS} steps; choose a smaller bound`,
        );
      }
      if (this.#copies.size === 1) this.#fill(copy);
    }
    return copy;
  }

  #fill(copy: Copy): void {
    const { from, counters } = copy;
    const op = this.#func.ops[from];
    if (counters === undefined || op === undefined) return;
    copy.next = successors(op, from).map((to) => this.#target(from, counters, to));
  }

  /** The copy that an edge leads to. */
  #target(from: Pc, counters: readonly number[], to: Pc): Copy {
    const source = this.#around[from] ?? [];
    const result: number[] = [];
    for (const loop of this.#around[to] ?? []) {
      const level = source.indexOf(loop);
      if (level < 0) {
        result.push(0);
        continue;
      }
      const count = (counters[level] ?? 0) + (to === loop.header ? 1 : 0);
      const wayOut = loop.canExit.has(to);
      if (count > this.#bound || (count === this.#bound && !wayOut)) return this.#copy(to, undefined);
      result.push(count);
    }
    return this.#copy(to, result);
  }
}
