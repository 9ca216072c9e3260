/**
 * How a signature writes the names of things that threads own: not by their numbers, which an exchange of threads changes,
 * but as "thing i of that thread", where the thread is known by what is known of it so far.
 *
 * Twins are put in an order by looking closer and closer: in the first pass all others are alike, in the second they are
 * told apart by what they looked like in the first. Then they are numbered. Where two still look alike any order will do:
 * it might keep equal nodes apart, and nothing else.
 */

import type { Instance } from "../instance.ts";
import { NUMBER } from "./kinds.ts";
import { MOST_TOKENS, type Renaming } from "./renaming.ts";

/** `self` against all others; others by their looks; everybody by number. */
export const PASS = { others: 0, looks: 1, numbers: 2 } as const;

const NOBODY = 0;
const SELF = 1;
const OTHER = 2;

export class Names {
  /** Per location and thread, as in the renaming: whose it is (−1), which of its things, and what kind it holds. */
  readonly owner: Int32Array;
  readonly index: Int32Array;
  readonly holds: Int32Array;
  /** Per thread, the locations that it owns, in the order of their indices. */
  readonly owned: readonly Int32Array[];
  /** Per thread and register, its kind. */
  readonly registers: readonly Int32Array[];
  /** The thread whose part is written. */
  self = 0;
  pass: number = PASS.others;
  /** Per thread, what it looked like in the pass before; its number. */
  readonly looks: Int32Array;
  readonly numbers: Int32Array;
  /** Per kind and value, who owns it (−1) and as which of its things. */
  readonly #owners: ReadonlyMap<number, Int32Array>;
  readonly #indices: ReadonlyMap<number, Int32Array>;

  constructor({ codes, program, locations }: Instance, renaming: Renaming) {
    const { kinds } = renaming;
    this.owner = Int32Array.from(renaming.locations, (owned) => owned?.thread ?? -1);
    this.index = Int32Array.from(renaming.locations, (owned) => owned?.index ?? 0);
    this.holds = Int32Array.from(renaming.holds);
    this.owned = codes.map((_, t) => {
      const mine = [...this.owner.keys()].filter((x) => this.owner[x] === t);
      return Int32Array.from(mine.sort((a, b) => (this.index[a] ?? 0) - (this.index[b] ?? 0)));
    });
    const kindOf = (t: number, reg: number): number => {
      const kind = kinds.ofRegister(t, reg);
      return renaming.owning.has(kind) ? kind : NUMBER;
    };
    this.registers = codes.map((code, t) =>
      Int32Array.from({ length: code.registers }, (_, reg) => kindOf(t, reg)),
    );
    this.looks = new Int32Array(codes.length);
    this.numbers = new Int32Array(codes.length);
    const objects = program.structs.map((_, struct) => locations.objectsOf(struct));
    const size = Math.max(codes.length, MOST_TOKENS, ...objects) + 1;
    const table = (of: (kind: number, value: number) => number): ReadonlyMap<number, Int32Array> =>
      new Map(
        [...renaming.owning].map((kind) => [
          kind,
          Int32Array.from({ length: size }, (_, value) => of(kind, value)),
        ]),
      );
    this.#owners = table((kind, value) => renaming.owner(kind, value)?.thread ?? -1);
    this.#indices = table((kind, value) => renaming.owner(kind, value)?.index ?? 0);
  }

  /** Whose thing a value of a kind names, −1 for nobody's. */
  ownerOf(kind: number, value: number): number {
    return kind === NUMBER ? -1 : (this.#owners.get(kind)?.[value] ?? -1);
  }

  indexOf(kind: number, value: number): number {
    return this.#indices.get(kind)?.[value] ?? 0;
  }

  /** How a thread is called in this pass; 0 for nobody. */
  call(thread: number): number {
    if (thread < 0) return NOBODY;
    if (this.pass === PASS.numbers) return OTHER + (this.numbers[thread] ?? 0);
    if (thread === this.self) return SELF;
    return this.pass === PASS.others ? OTHER : OTHER + (this.looks[thread] ?? 0);
  }
}
