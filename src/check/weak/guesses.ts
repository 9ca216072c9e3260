/**
 * Which values a read may be given that nobody has written yet.
 *
 * A read that takes a later write (load buffering) is executed before that write, so its value has to be guessed. Each
 * type has a list of values, the same in every run, so that a guess has a number; of these only two kinds are tried:
 * values that another CPU has written there in some execution, and what an update that another CPU has tried there makes of
 * such a value.
 *
 * A plain store of another CPU has the same value whatever the read takes, as it does not hang on it. So it has been seen
 * where the read took something else. An update has not: if the read is an update itself, and takes what is there, the other
 * one comes behind it, reads something else, and may not even write.
 *
 *     CPU 0                                      CPU 1
 *     r0 = atomic_inc_return_relaxed(&n)         if (READ_ONCE(x) == 1)
 *     WRITE_ONCE(x, 1)                               atomic_inc(&n)
 *
 * Without a guess CPU 0 makes n 1 and CPU 1 makes it 2, and the 1 that CPU 0 may find is nobody else's. It is what CPU 1's
 * update makes of 0; a further one is what an update makes of 1, which will have been seen by then.
 *
 * The sets grow while a search goes on, so a search is repeated until they have not grown (`states/rounds.ts`); the first
 * round guesses nothing.
 */
import type { MemoryShape } from "../../world/graph_memory.ts";
import { fieldKey } from "../../world/ownership.ts";
import { apply } from "../graphs/opcodes.ts";
import type { CellPlace } from "./accesses.ts";

/** Values of a list at most: what a move's code has room for. */
const MOST_VALUES = 30;
/** Operands of updates are told apart by as many bits as values in a graph have. */
const OPERANDS = 1 << 16;
/** Of integers, the least values from `LEAST` on. */
const LEAST = -1;

export class Guesses {
  /** A value was written that is in no list. */
  beyond = false;
  /** Whatever is in a list is offered: where a path is followed, not looked for. */
  all = false;
  readonly #shape: MemoryShape;
  readonly #placeOf: (cell: number) => CellPlace | undefined;
  readonly #lists = new Map<string, readonly number[]>();
  /** Per cell, and value, the CPUs that have written it, one bit each. */
  readonly #seen = new Map<number, Map<number, number>>();
  /** Per cell, and update, the CPUs that have tried it. */
  readonly #updates = new Map<number, Map<number, number>>();
  /** What had been seen when the round began, and that with what follows from it. */
  #offered = new Map<number, ReadonlyMap<number, number>>();
  #following = new Map<number, ReadonlyMap<number, number>>();
  #grown = false;

  constructor(shape: MemoryShape, placeOf: (cell: number) => CellPlace | undefined) {
    this.#shape = shape;
    this.#placeOf = placeOf;
  }

  /** The values of a field by number. */
  listOf({ struct, field }: CellPlace): readonly number[] {
    const key = fieldKey(struct, field);
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = this.#valuesOf(struct, field);
      this.#lists.set(key, list);
    }
    return list;
  }

  /** Guess `i` for cell `cell`, which is `place`, is to be tried by CPU `c`, which reads there or `updates`. */
  offers(place: CellPlace, cell: number, c: number, i: number, updates: boolean): boolean {
    if (this.all) return true;
    const known = updates ? this.#following : this.#offered;
    const writers = known.get(cell)?.get(this.listOf(place)[i] ?? Number.NaN) ?? 0;
    return (writers & ~(1 << c)) !== 0;
  }

  /** A write of CPU `c` to cell `cell` has been executed; it was there before for `c` = −1. */
  note(cell: number, c: number, value: number): void {
    this.#add(this.#seen, cell, value, c < 0 ? 0 : 1 << c);
  }

  /** CPU `c` has tried to update cell `cell` by `fn` with `operand`. */
  noteUpdate(cell: number, c: number, fn: number, operand: number): void {
    this.#add(this.#updates, cell, fn * OPERANDS + (operand & (OPERANDS - 1)), 1 << c);
  }

  #add(to: Map<number, Map<number, number>>, cell: number, key: number, cpu: number): void {
    let known = to.get(cell);
    if (known === undefined) {
      known = new Map();
      to.set(cell, known);
    }
    const cpus = known.get(key);
    if (cpus !== undefined && (cpus & cpu) === cpu) return;
    known.set(key, (cpus ?? 0) | cpu);
    this.#grown = true;
  }

  /** Begins another round with what has been seen; false when that is no more than in the last one. */
  nextRound(): boolean {
    if (!this.#grown) return false;
    this.#grown = false;
    this.#offered = new Map([...this.#seen].map(([cell, seen]) => [cell, new Map(seen)]));
    this.#following = new Map([...this.#seen].map(([cell, seen]) => [cell, this.#withUpdates(cell, seen)]));
    for (const [cell, values] of this.#following) {
      const place = this.#placeOf(cell);
      const list = place && this.listOf(place);
      for (const [value, cpus] of values)
        if (cpus !== 0 && list?.includes(value) !== true) this.beyond = true;
    }
    return true;
  }

  /** What has been written to a cell, and what one more update would make of that. */
  #withUpdates(cell: number, seen: ReadonlyMap<number, number>): Map<number, number> {
    const all = new Map(seen);
    for (const [key, cpus] of this.#updates.get(cell) ?? []) {
      const operand = ((key % OPERANDS) << 16) >> 16;
      for (const value of seen.keys()) {
        const made = apply(Math.floor(key / OPERANDS), value, operand);
        all.set(made, (all.get(made) ?? 0) | cpus);
      }
    }
    return all;
  }

  #valuesOf(struct: number, field: number): readonly number[] {
    const { program, layout } = this.#shape;
    const type = program.structs[struct]?.fields[field]?.type;
    switch (type?.kind) {
      case "bool":
      case "lock":
        return [0, 1];
      case "cpu":
        return upTo(LEAST, layout.cpus - 1);
      case "mask":
        return upTo(0, Math.min(MOST_VALUES, 1 << layout.cpus) - 1);
      case "ptr":
        return upTo(0, Math.min(MOST_VALUES - 1, layout.capacity[type.struct] ?? 0));
      default:
        return upTo(LEAST, LEAST + MOST_VALUES - 1);
    }
  }
}

function upTo(first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}
