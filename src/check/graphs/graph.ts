/**
 * The execution graph under construction: events, reads-from, coherence, and the bits a memory model looks at.
 *
 * Events are added at the end and removed from it. Each location has its writes in coherence order, the initial one
 * first, in a row of `order`; `place` is a write's index there. `rf` and `co` bits are kept in step with them; `co` is
 * transitive. Only sets and relations that the model mentions are kept.
 *
 * Program order does not follow from the order of addition: a store may be added before a load that precedes it. It
 * follows from `key`: `KEYS` times an event's index in its thread's unrolled code, plus which of its op's events it is.
 */

import { assert } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import type { EventGraph } from "../../memory/graph.ts";

/** Keys per op: a fence before an update, its read (or any other op's one event), its write, a fence behind it. */
export const KEYS = 4;
export const KEY = { before: 0, first: 1, write: 2, behind: 3 } as const;

/** The relations that a graph keeps by itself, and those that are told to it event by event. */
const KEPT: readonly string[] = ["po", "loc", "int", "ext", "id", "rf", "co", "different-values"];
const TOLD: readonly string[] = ["addr", "data", "ctrl", "ctrl-all", "rmw", "lk-rmw"];

/** Thread of the initial writes. */
export const NOBODY = -1;

export class ExecutionGraph implements EventGraph {
  readonly capacity: number;
  readonly words: number;
  n = 0;
  stamp = 0;
  readonly sets: Map<string, Uint32Array>;
  readonly relations: Map<string, Uint32Array>;

  /** Per event. */
  readonly thread: Int32Array;
  readonly key: Int32Array;
  /** −1 for a fence. */
  readonly location: Int32Array;
  /** What it read or wrote. */
  readonly value: Int32Array;
  /** Of a read, the write it reads from; of any other event, −1. */
  readonly source: Int32Array;
  /** Of a write, the update's write that overwrites it atomically, −1 if there is none. */
  readonly taken: Int32Array;
  /** Of the write of an update, its read; −1 otherwise. */
  readonly partner: Int32Array;
  /** Of a write, its index in the order of its location; −1 for any other event. */
  readonly place: Int32Array;
  /** Per location, its writes; `writes` per row. */
  readonly order: Int32Array;
  readonly count: Int32Array;
  /** The longest order of a location. */
  readonly writes: number;

  /** Changes of the stamp so far: backtracking does not bring an old one back. */
  #changes = 0;
  readonly #setList: Uint32Array[] = [];
  readonly #po: Uint32Array;
  readonly #loc: Uint32Array;
  readonly #int: Uint32Array;
  readonly #ext: Uint32Array;
  readonly #id: Uint32Array;
  readonly #rf: Uint32Array;
  readonly #co: Uint32Array;
  readonly #final: Uint32Array | undefined;
  /** All relations that are kept, each array once. */
  readonly #rows: readonly Uint32Array[];
  /** Relations from a read to what depends on it, which `add` leaves alone. */
  readonly #dependent: readonly Uint32Array[];
  readonly #differing: Uint32Array | undefined;

  constructor(events: number, locations: number, sets: readonly string[], relations: readonly string[]) {
    const unknown = relations.find((name) => !KEPT.includes(name) && !TOLD.includes(name));
    if (unknown !== undefined)
      throw new InputError(`the model mentions ${unknown}, a relation that graphs do not have`);
    this.capacity = Math.max(32, (events + 31) & ~31);
    this.words = this.capacity >>> 5;
    this.sets = new Map(sets.map((name) => [name, new Uint32Array(this.words)]));
    this.relations = new Map(relations.map((name) => [name, new Uint32Array(this.capacity * this.words)]));
    const column = (): Int32Array => new Int32Array(this.capacity).fill(-1);
    this.thread = column();
    this.key = column();
    this.location = column();
    this.value = column();
    this.source = column();
    this.taken = column();
    this.partner = column();
    this.place = column();
    this.writes = this.capacity;
    this.order = new Int32Array(locations * this.capacity);
    this.count = new Int32Array(locations);
    const spare = new Uint32Array(this.capacity * this.words);
    const kept = (name: string): Uint32Array => this.relations.get(name) ?? spare;
    this.#po = kept("po");
    this.#loc = kept("loc");
    this.#int = kept("int");
    this.#ext = kept("ext");
    this.#id = kept("id");
    this.#rf = kept("rf");
    this.#co = kept("co");
    this.#final = this.sets.get("FW");
    this.#differing = this.relations.get("different-values");
    const known = new Set(["po", "loc", "int", "ext", "id", "rf", "co"]);
    this.#dependent = relations.filter((name) => !known.has(name)).map((name) => kept(name));
    this.#rows = [...this.relations.values(), spare];
  }

  /** Numbers for sets, by which `add` takes them; sets that the model does not mention have none. */
  numbersOf(names: readonly string[]): Int32Array {
    const found: number[] = [];
    for (const name of names) {
      const bits = this.sets.get(name);
      if (bits === undefined) continue;
      const at = this.#setList.indexOf(bits);
      found.push(at < 0 ? this.#setList.push(bits) - 1 : at);
    }
    return Int32Array.from(found);
  }

  /** Adds an event of `thread` (or NOBODY) and returns its number. It reads from nothing and is in no order yet. */
  add(thread: number, key: number, location: number, value: number, sets: Int32Array): number {
    const e = this.n++;
    assert(e < this.capacity, "more events than the unrolled threads can make");
    this.stamp = ++this.#changes;
    this.thread[e] = thread;
    this.key[e] = key;
    this.location[e] = location;
    this.value[e] = value;
    this.source[e] = -1;
    this.taken[e] = -1;
    this.partner[e] = -1;
    this.place[e] = -1;
    const word = e >>> 5;
    const bit = 1 << (e & 31);
    for (let i = 0; i < sets.length; i++) {
      const bits = this.#setList[sets[i] ?? 0];
      if (bits !== undefined) bits[word] = (bits[word] ?? 0) | bit;
    }
    this.#relate(e, thread, key, location);
    if (this.#differing !== undefined && location >= 0) this.#relateDiffering(this.#differing, e, value);
    return e;
  }

  /** po, loc, int, ext and id between a new event and those before it. */
  #relate(e: number, thread: number, key: number, location: number): void {
    const { words } = this;
    const word = e >>> 5;
    const bit = 1 << (e & 31);
    const own = e * words;
    this.#id[own + word] = bit;
    if (location >= 0) this.#loc[own + word] = bit;
    if (thread >= 0) this.#int[own + word] = bit;
    for (let p = 0; p < e; p++) {
      const theirs = p * words + word;
      const back = own + (p >>> 5);
      const pbit = 1 << (p & 31);
      if (location >= 0 && this.location[p] === location) {
        this.#loc[theirs] = (this.#loc[theirs] ?? 0) | bit;
        this.#loc[back] = (this.#loc[back] ?? 0) | pbit;
      }
      if (this.thread[p] !== thread) {
        this.#ext[theirs] = (this.#ext[theirs] ?? 0) | bit;
        this.#ext[back] = (this.#ext[back] ?? 0) | pbit;
      } else if (thread >= 0) {
        this.#int[theirs] = (this.#int[theirs] ?? 0) | bit;
        this.#int[back] = (this.#int[back] ?? 0) | pbit;
        if ((this.key[p] ?? 0) < key) this.#po[theirs] = (this.#po[theirs] ?? 0) | bit;
        else this.#po[back] = (this.#po[back] ?? 0) | pbit;
      }
    }
  }

  /** `different-values`, where the model asks for it: between accesses, either way. */
  #relateDiffering(bits: Uint32Array, e: number, value: number): void {
    for (let p = 0; p < e; p++) {
      if ((this.location[p] ?? -1) < 0 || this.value[p] === value) continue;
      this.relate(bits, p, e);
      this.relate(bits, e, p);
    }
  }

  /** Takes all events away. */
  clear(): void {
    this.stamp = ++this.#changes;
    const used = this.n * this.words;
    for (const bits of this.sets.values()) bits.fill(0);
    for (const bits of this.#rows) bits.fill(0, 0, used);
    this.count.fill(0);
    this.n = 0;
  }

  /** Takes the last event away, which reads from nothing and is in no order any more. */
  remove(): void {
    const e = --this.n;
    this.stamp = ++this.#changes;
    const { words } = this;
    const word = e >>> 5;
    const keep = ~(1 << (e & 31));
    for (const bits of this.#setList) bits[word] = (bits[word] ?? 0) & keep;
    const own = e * words;
    for (let w = 0; w < words; w++) {
      this.#po[own + w] = 0;
      this.#loc[own + w] = 0;
      this.#int[own + w] = 0;
      this.#ext[own + w] = 0;
      this.#id[own + w] = 0;
    }
    for (let at = word; at < own; at += words) {
      this.#po[at] = (this.#po[at] ?? 0) & keep;
      this.#loc[at] = (this.#loc[at] ?? 0) & keep;
      this.#int[at] = (this.#int[at] ?? 0) & keep;
      this.#ext[at] = (this.#ext[at] ?? 0) & keep;
    }
    for (const bits of this.#dependent) this.#forget(bits, e);
  }

  #forget(bits: Uint32Array, e: number): void {
    const { words } = this;
    const word = e >>> 5;
    const keep = ~(1 << (e & 31));
    const own = e * words;
    for (let w = 0; w < words; w++) bits[own + w] = 0;
    for (let at = word; at < own; at += words) bits[at] = (bits[at] ?? 0) & keep;
  }

  /** Relates the events of a set (`words` words at `from` of `set`) to event `to`. */
  relateFrom(bits: Uint32Array, set: Int32Array, from: number, to: number): void {
    const { words } = this;
    const word = to >>> 5;
    const bit = 1 << (to & 31);
    for (let w = 0; w < words; w++) {
      for (let rest = set[from + w] ?? 0; rest !== 0; rest &= rest - 1) {
        const at = ((w << 5) + 31 - Math.clz32(rest & -rest)) * words + word;
        bits[at] = (bits[at] ?? 0) | bit;
      }
    }
  }

  /** Relates one event to another. */
  relate(bits: Uint32Array, from: number, to: number): void {
    const at = from * this.words + (to >>> 5);
    bits[at] = (bits[at] ?? 0) | (1 << (to & 31));
  }

  /** Relates events that are both there already; false when they are related. */
  relateLate(bits: Uint32Array, from: number, to: number): boolean {
    const at = from * this.words + (to >>> 5);
    const bit = 1 << (to & 31);
    if (((bits[at] ?? 0) & bit) !== 0) return false;
    bits[at] = (bits[at] ?? 0) | bit;
    this.stamp = ++this.#changes;
    return true;
  }

  unrelate(bits: Uint32Array, from: number, to: number): void {
    const at = from * this.words + (to >>> 5);
    bits[at] = (bits[at] ?? 0) & ~(1 << (to & 31));
    this.stamp = ++this.#changes;
  }

  readFrom(write: number, read: number): void {
    this.source[read] = write;
    const at = write * this.words + (read >>> 5);
    this.#rf[at] = (this.#rf[at] ?? 0) | (1 << (read & 31));
  }

  unread(read: number): void {
    const at = (this.source[read] ?? 0) * this.words + (read >>> 5);
    this.#rf[at] = (this.#rf[at] ?? 0) & ~(1 << (read & 31));
    this.source[read] = -1;
  }

  /** Puts a write into the coherence order of its location, before what is at index `index` now. */
  insert(write: number, index: number): void {
    const location = this.location[write] ?? 0;
    const base = location * this.writes;
    const count = this.count[location] ?? 0;
    const { words } = this;
    const word = write >>> 5;
    const bit = 1 << (write & 31);
    const own = write * words;
    this.count[location] = count + 1;
    for (let i = count; i > index; i--) {
      const later = this.order[base + i - 1] ?? 0;
      this.order[base + i] = later;
      this.place[later] = i;
      const at = own + (later >>> 5);
      this.#co[at] = (this.#co[at] ?? 0) | (1 << (later & 31));
    }
    for (let i = 0; i < index; i++) {
      const at = (this.order[base + i] ?? 0) * words + word;
      this.#co[at] = (this.#co[at] ?? 0) | bit;
    }
    this.order[base + index] = write;
    this.place[write] = index;
    if (this.#final !== undefined) this.#markFinal(location);
  }

  /** Takes a write out of the coherence order. */
  withdraw(write: number): void {
    const location = this.location[write] ?? 0;
    const base = location * this.writes;
    const count = (this.count[location] ?? 0) - 1;
    const index = this.place[write] ?? 0;
    const { words } = this;
    const word = write >>> 5;
    const keep = ~(1 << (write & 31));
    this.count[location] = count;
    for (let i = 0; i < index; i++) {
      const at = (this.order[base + i] ?? 0) * words + word;
      this.#co[at] = (this.#co[at] ?? 0) & keep;
    }
    for (let w = 0; w < words; w++) this.#co[write * words + w] = 0;
    for (let i = index; i < count; i++) {
      const later = this.order[base + i + 1] ?? 0;
      this.order[base + i] = later;
      this.place[later] = i;
    }
    this.place[write] = -1;
    if (this.#final !== undefined) {
      this.#final[word] = (this.#final[word] ?? 0) & keep;
      this.#markFinal(location);
    }
  }

  /** The last write of a location; −1 for one that nothing accesses. */
  last(location: number): number {
    const count = this.count[location] ?? 0;
    return count === 0 ? -1 : (this.order[location * this.writes + count - 1] ?? -1);
  }

  #markFinal(location: number): void {
    const count = this.count[location] ?? 0;
    const final = this.#final;
    if (final === undefined) return;
    for (let i = Math.max(0, count - 2); i < count; i++) {
      const write = this.order[location * this.writes + i] ?? 0;
      const bit = 1 << (write & 31);
      const old = final[write >>> 5] ?? 0;
      final[write >>> 5] = i === count - 1 ? old | bit : old & ~bit;
    }
  }
}
