/**
 * What the future of a node of the search hangs on, as a sequence of integers: equal sequences, equal futures
 * (`docs/merging.md`, theorem 2). The parts of its threads, those of twins in order, what past writes left in memory, and
 * what is being offered to those who wait. Each part is kept once and stands in the whole as a number.
 */

import type { Waiting } from "../waiting.ts";
import { type Names, PASS } from "./names.ts";
import type { Offers } from "./offers.ts";
import { Parts, type Sources } from "./parts.ts";
import { NO_ROOM, type Sequences } from "./sequences.ts";
import { Writer } from "./writer.ts";

export class Signature {
  /** The whole of the node that was written last. */
  readonly out: Writer;
  readonly #sources: Sources;
  readonly #parts: Parts;
  readonly #kept: Sequences;
  /** Per thread, the number of its part, or that of the twin whose place it has. */
  readonly #order: Int32Array;

  constructor(sources: Sources, kept: Sequences) {
    this.#sources = sources;
    this.#parts = new Parts(sources);
    this.#kept = kept;
    this.#order = new Int32Array(sources.twins.length);
    this.out = new Writer(sources.names);
  }

  /** Writes the node as it is now, whose past has been cut. False when there is no room for its parts. */
  write(waiting: Waiting, offers: Offers): boolean {
    const { names, contents, instance } = this.#sources;
    const { heap, warned } = instance.threads;
    const { out } = this;
    contents.look(waiting);
    const fits = names === undefined ? this.#sorted(waiting, offers) : this.#named(names, waiting, offers);
    if (!fits) return false;
    out.length = 0;
    for (let t = 0; t < this.#order.length; t++) out.push(this.#order[t] ?? 0);
    out.push(heap[warned] ?? 0);
    for (let x = 0; x < instance.locations.count; x++)
      if ((names?.owner[x] ?? -1) < 0) out.pushContent(x, contents.left(x));
    this.#offered(offers);
    return true;
  }

  /** What is offered to those who wait: the last past write or a live one. */
  #offered({ writes, count }: Offers): void {
    const { instance, past } = this.#sources;
    const { location, place } = instance.graph;
    for (let i = 0; i < count; i++) {
      const write = writes[i] ?? 0;
      const x = location[write] ?? 0;
      this.out.pushLocation(x);
      this.out.push((place[write] ?? 0) - (past.places[x] ?? 0));
    }
  }

  /** The number of a thread's part. */
  #part(t: number, waiting: Waiting, offers: Offers): number {
    this.#parts.write(t, waiting, offers);
    return this.#kept.add(this.#parts.out.values, this.#parts.out.length);
  }

  /** Writes the parts of all threads, those of twins in order. False when there is no room. */
  #sorted(waiting: Waiting, offers: Offers): boolean {
    for (let t = 0; t < this.#order.length; t++) {
      const part = this.#part(t, waiting, offers);
      if (part === NO_ROOM) return false;
      this.#insert(t, part);
    }
    return true;
  }

  /** Puts a thread's part among those of its twins before it. */
  #insert(t: number, part: number): void {
    const order = this.#order;
    const { twins } = this.#sources;
    let at = t;
    for (let i = t - 1; i >= 0; i--) {
      if (twins[i] !== twins[t]) continue;
      const other = order[i] ?? 0;
      if (other <= part) break;
      order[at] = other;
      at = i;
    }
    order[at] = part;
  }

  /** The same for twins that name things of their own: they are numbered before their parts can be written. */
  #named(names: Names, waiting: Waiting, offers: Offers): boolean {
    for (names.pass = PASS.others; names.pass <= PASS.numbers; names.pass++) {
      for (let t = 0; t < this.#order.length; t++) {
        names.self = t;
        const part = this.#part(t, waiting, offers);
        if (part === NO_ROOM) return false;
        this.#order[names.pass === PASS.numbers ? (names.numbers[t] ?? 0) : t] = part;
      }
      if (names.pass === PASS.numbers) break;
      names.looks.set(this.#order);
      if (names.pass === PASS.looks) this.#number(names);
    }
    names.pass = PASS.numbers;
    return true;
  }

  /** Numbers twins in the order of their looks, each with the place of one of them. */
  #number({ looks, numbers }: Names): void {
    const { twins } = this.#sources;
    for (let t = 0; t < twins.length; t++) {
      let before = 0;
      for (let i = 0; i < twins.length; i++) {
        if (twins[i] !== twins[t] || i === t) continue;
        const difference = (looks[i] ?? 0) - (looks[t] ?? 0);
        if (difference < 0 || (difference === 0 && i < t)) before++;
      }
      numbers[t] = this.#placeOf(twins[t] ?? 0, before);
    }
  }

  /** The thread that is number n among the twins of a thread. */
  #placeOf(first: number, n: number): number {
    const { twins } = this.#sources;
    let at = first;
    for (let left = n; left > 0; left--) {
      at++;
      while (twins[at] !== first) at++;
    }
    return at;
  }
}
