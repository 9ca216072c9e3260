/**
 * Which values a read may be given that nobody has written yet.
 *
 * A read that takes a later write (load buffering) is executed before that write, so its value has to be guessed. Each
 * type has a list of values, the same in every run, so that a guess has a number; of these only the ones are tried that
 * another CPU has written there in some execution. That set grows while a search goes on, so a search is repeated until it has
 * not grown (`states/rounds.ts`); the first round guesses nothing.
 */
import type { MemoryShape } from "../../world/graph_memory.ts";
import { fieldKey } from "../../world/ownership.ts";
import type { CellPlace } from "./accesses.ts";

/** Values of a list at most: what a move's code has room for. */
const MOST_VALUES = 30;
/** Of integers, the least values from `LEAST` on. */
const LEAST = -1;

export class Guesses {
  /** A value was written that is in no list. */
  beyond = false;
  /** Whatever is in a list is offered: where a path is followed, not looked for. */
  all = false;
  readonly #shape: MemoryShape;
  readonly #lists = new Map<string, readonly number[]>();
  /** Per cell, and value, the CPUs that have written it, one bit each. */
  readonly #seen = new Map<number, Map<number, number>>();
  /** What had been seen when the round began. */
  #offered = new Map<number, ReadonlyMap<number, number>>();
  #grown = false;

  constructor(shape: MemoryShape) {
    this.#shape = shape;
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

  /** Guess `i` for cell `cell`, which is `place`, is to be tried by CPU `c`. */
  offers(place: CellPlace, cell: number, c: number, i: number): boolean {
    if (this.all) return true;
    const writers = this.#offered.get(cell)?.get(this.listOf(place)[i] ?? Number.NaN) ?? 0;
    return (writers & ~(1 << c)) !== 0;
  }

  /** A write of CPU `c` to cell `cell`, which is `place`, has been executed. */
  note(place: CellPlace, cell: number, c: number, value: number): void {
    let seen = this.#seen.get(cell);
    if (seen === undefined) {
      seen = new Map();
      this.#seen.set(cell, seen);
    }
    const writers = seen.get(value) ?? 0;
    if (((writers >> c) & 1) !== 0) return;
    seen.set(value, writers | (1 << c));
    if (this.listOf(place).includes(value)) this.#grown = true;
    else this.beyond = true;
  }

  /** Begins another round with what has been seen; false when that is no more than in the last one. */
  nextRound(): boolean {
    if (!this.#grown) return false;
    this.#grown = false;
    this.#offered = new Map([...this.#seen].map(([cell, seen]) => [cell, new Map(seen)]));
    return true;
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
