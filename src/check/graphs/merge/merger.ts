/**
 * Remembers the nodes that a search has been at, up to equal futures, so that it explores one of each kind.
 *
 * What a node is remembered as is exact; a table that is full makes the search explore more, and the result says so.
 */

import type { Local } from "../../../memory/locality.ts";
import type { Instance } from "../instance.ts";
import type { Waiting } from "../waiting.ts";
import { Contents } from "./contents.ts";
import { Names } from "./names.ts";
import { Offers } from "./offers.ts";
import { Past } from "./past.ts";
import { Prospects } from "./prospects.ts";
import { findRenaming } from "./renaming.ts";
import { type Budget, NO_ROOM, Sequences } from "./sequences.ts";
import { Signature } from "./signature.ts";
import { twinsOf } from "./twins.ts";

/** What is read off executions when they are complete. Whatever else there is does not tell executions apart. */
export interface Observation {
  /** Per thread, the registers. */
  readonly registers: readonly (readonly number[])[];
  readonly locations: readonly number[];
}

export interface MergeOptions {
  readonly observe: Observation;
  /** Explore one of the graphs that differ by an exchange of threads with the same code. */
  readonly symmetry: boolean;
  /** What the tables may take. */
  readonly bytes: number;
  /** Nodes that are explored at most; `Counts.left` tells when there were more. */
  readonly most?: number;
}

export class Merger {
  /** Nodes explored, and nodes left out because one like them had been. */
  states = 0;
  merged = 0;
  /** Nodes that could not be remembered. */
  forgotten = 0;
  /** Sections may be cut: the model must have been asked about a node before it stands for others. */
  readonly wantsChecked: boolean;
  /** Per thread, the first that it may be exchanged with. */
  readonly twins: Int32Array;
  readonly #offers: Offers;
  readonly #past: Past;
  readonly #signature: Signature;
  readonly #parts: Sequences;
  readonly #nodes: Sequences;

  constructor(instance: Instance, { sections }: Local, { observe, symmetry, bytes }: MergeOptions) {
    const { codes, locations, graph } = instance;
    const budget: Budget = { left: bytes };
    const closing = sections.map(({ closes }) => closes);
    const whole = graph.relations.has("ctrl-all");
    const prospects = codes.map((code) => new Prospects(code, locations, closing, whole));
    this.wantsChecked = sections.length > 0;
    const renaming = symmetry ? findRenaming(instance, prospects, observe) : undefined;
    this.twins =
      renaming?.twins ?? (symmetry ? twinsOf(codes, observe.registers) : Int32Array.from(codes.keys()));
    const names = renaming && new Names(instance, renaming);
    this.#offers = new Offers(instance);
    this.#past = new Past(instance, prospects, sections);
    this.#parts = new Sequences(budget);
    this.#nodes = new Sequences(budget);
    const { twins } = this;
    const contents = new Contents(graph, this.#past, locations.count, observe.locations);
    const { registers } = observe;
    const sources = { instance, past: this.#past, prospects, contents, twins, names, registers };
    this.#signature = new Signature(sources, this.#parts);
  }

  /** Bytes of the tables. */
  get bytes(): number {
    return this.#parts.bytes + this.#nodes.bytes;
  }

  /** Whether a node like the one that the search is at now has been explored; if not, it counts as explored. */
  known(waiting: Waiting, offers: readonly number[], offered: number): boolean {
    const signature = this.#signature;
    const told = this.#offers.read(waiting, offers, offered);
    // Nobody is left to be asked: the step is as good as done, and the node behind it will be looked up as a whole one.
    if (told && offered > 0 && this.#offers.count === 0) return false;
    this.#past.cut(this.#offers);
    if (told && signature.write(waiting, this.#offers)) {
      const number = this.#nodes.add(signature.out.values, signature.out.length);
      if (number !== NO_ROOM && !this.#nodes.fresh) {
        this.merged++;
        return true;
      }
      if (number === NO_ROOM) this.forgotten++;
    } else this.forgotten++;
    this.states++;
    return false;
  }
}
