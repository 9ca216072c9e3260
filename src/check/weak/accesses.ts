/**
 * Who may still access a location, and how: what decides which events can be forgotten.
 *
 * Per field there are the classes of its loads, updates and stores, told apart by whether the CPU that executes them owns
 * the object; of these, the ones count that some context has before it (`world/standing.ts`). A location of an object from
 * `alloc` can only be accessed while somebody holds a pointer to it.
 */

import { type CellOwner, ownerOf } from "../../world/cell_owner.ts";
import type { GraphSite, MemoryShape } from "../../world/graph_memory.ts";
import { LIFE } from "../../world/layout.ts";
import { fieldKey } from "../../world/ownership.ts";
import type { Standing } from "../../world/standing.ts";
import { COND, OP } from "../graphs/opcodes.ts";
import type { EventClasses, SiteAccess } from "./classes.ts";

/** The classes of a field's future events. */
export interface FieldUse {
  readonly loads: readonly number[];
  readonly updates: readonly number[];
  readonly stores: readonly number[];
}

const NOTHING: FieldUse = { loads: [], updates: [], stores: [] };

/** Where a cell of the state vector belongs. */
export interface CellPlace extends CellOwner {
  /** The CPU whose instance it is, −1. */
  readonly owner: number;
}

/** A way in which a field is accessed; the ways of a field are told apart by one bit each. */
interface Way {
  readonly use: FieldUse;
  /** By the CPU that owns the object, and no other. */
  readonly own: boolean;
}

/** The ways of a field that there are, and uses that have been put together of some of them. */
class Field {
  readonly ways: Way[] = [];
  /** Ways that are open to a CPU that does not own the object. */
  shared = 0;
  /** Ways that are open once an object is known to anybody but who has just allocated it. */
  later = 0;
  /** All of them. */
  all = 0;
  readonly #known = new Map<string, number>();
  readonly #uses = new Map<number, FieldUse>();

  bitOf(use: FieldUse, own: boolean, birth: boolean): number {
    const key = JSON.stringify([use, own, birth]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const bit = 1 << Math.min(this.ways.length, MOST_WAYS - 1);
    this.ways.push({ use, own });
    this.#known.set(key, bit);
    this.all |= bit;
    if (!own) this.shared |= bit;
    if (!birth) this.later |= bit;
    return bit;
  }

  useOf(ways: number): FieldUse {
    let use = this.#uses.get(ways);
    if (use === undefined) {
      const of = this.ways.filter((_, i) => (ways & (1 << Math.min(i, MOST_WAYS - 1))) !== 0);
      const all = (kind: keyof FieldUse): number[] => [...new Set(of.flatMap((way) => way.use[kind]))];
      use = { loads: all("loads"), updates: all("updates"), stores: all("stores") };
      this.#uses.set(ways, use);
    }
    return use;
  }
}

/** What contexts have before them: `Standing`, or less of it in a test. */
type Ahead = Pick<Standing, "own" | "sent" | "visit">;

/** Further ways share the last bit. */
const MOST_WAYS = 31;

export class Accesses {
  readonly #shape: MemoryShape;
  /** By number. */
  readonly #fields: Field[] = [];
  readonly #numberOf = new Map<string, number>();
  readonly #places = new Map<number, CellPlace | undefined>();
  /** Per step, the ways of each field that are ahead of a context there: by itself, and by handlers that it may send. */
  readonly #own: (Int32Array | undefined)[] = [];
  readonly #sent: (Int32Array | undefined)[] = [];
  /** Per site, its field and way; structs whose objects it frees. */
  readonly #siteField: Int32Array;
  readonly #siteWay: Int32Array;
  readonly #ways: readonly Int32Array[];
  #standing: Ahead | undefined;
  #isKnown = false;
  /** The state at hand. */
  #state: Int32Array;

  constructor(shape: MemoryShape, accesses: readonly (SiteAccess | undefined)[], classes: EventClasses) {
    this.#shape = shape;
    this.#state = new Int32Array(shape.layout.size);
    this.#siteField = new Int32Array(shape.sites.length).fill(-1);
    this.#siteWay = new Int32Array(shape.sites.length);
    shape.sites.forEach((site, i) => {
      const access = accesses[i];
      if (site.op.op === "free") this.#note(i, deathKey(site.op.struct), NOTHING, false, false);
      if (access === undefined || !("place" in site.op)) return;
      const key = fieldKey(site.op.place.struct, site.op.place.field);
      this.#note(i, key, useOf(access, classes), ownedByCpu(site, shape), site.birth);
    });
    const { cpus } = shape.layout;
    this.#ways = Array.from({ length: cpus }, () => new Int32Array(this.#fields.length));
  }

  /** From now on the question is what may be done from `s` on, which is not changed before the next call. */
  lookAt(s: Int32Array, standing: Ahead): void {
    this.#state = s;
    this.#standing = standing;
    this.#isKnown = false;
  }

  /** Per CPU and field, the ways that are ahead in the state at hand: found out when somebody asks. */
  get #ahead(): readonly Int32Array[] {
    if (!this.#isKnown && this.#standing !== undefined) this.#lookAhead(this.#state, this.#standing);
    this.#isKnown = true;
    return this.#ways;
  }

  #lookAhead(s: Int32Array, standing: Ahead): void {
    for (const ahead of this.#ways) ahead.fill(0);
    const { cpus } = this.#shape.layout;
    standing.visit(s, (step, on) => {
      const own = this.#waysOf(step, this.#own, standing.own);
      const sent = this.#waysOf(step, this.#sent, standing.sent);
      for (let c = 0; c < cpus; c++) {
        const ahead = this.#ways[c];
        if (ahead === undefined) continue;
        const may = ((on >> c) & 1) !== 0;
        for (let f = 0; f < ahead.length; f++)
          ahead[f] = (ahead[f] ?? 0) | (sent[f] ?? 0) | (may ? (own[f] ?? 0) : 0);
      }
    });
  }

  /** What CPU `c` may still do at a cell; `reachable` tells whether an object can be reached. */
  of(c: number, cell: number, reachable: (place: CellPlace) => boolean): FieldUse {
    const place = this.placeOf(cell);
    if (place === undefined || (place.life >= 0 && !reachable(place))) return NOTHING;
    return this.#useAt(c, place, this.#ahead[c]);
  }

  /** What any CPU may still do at a cell. */
  ofAny(cell: number): FieldUse {
    const place = this.placeOf(cell);
    const f = place === undefined ? -1 : this.#fieldAt(place);
    const field = this.#fields[f];
    if (place === undefined || field === undefined) return NOTHING;
    let ways = 0;
    for (const ahead of this.#ahead) ways |= ahead[f] ?? 0;
    return field.useOf(ways & this.#open(place, field));
  }

  /** A CPU other than `c` may still write at a cell. */
  mayBeWrittenByOthers(c: number, cell: number): boolean {
    return this.#ahead.some((ahead, other) => other !== c && this.#writes(other, cell, ahead));
  }

  /** An object of a struct may still be freed by a CPU other than `c`. */
  mayBeFreedByOthers(c: number, struct: number): boolean {
    const f = this.#numberOf.get(deathKey(struct)) ?? -1;
    return this.#ahead.some((ahead, other) => other !== c && (ahead[f] ?? 0) !== 0);
  }

  /** One CPU alone ever writes at a cell: the one whose instance it is. */
  hasOneWriter(cell: number): boolean {
    const owner = this.placeOf(cell)?.owner ?? -1;
    return (
      owner >= 0 && !this.#ways.some((_, other) => other !== owner && this.#writes(other, cell, undefined))
    );
  }

  placeOf(cell: number): CellPlace | undefined {
    if (!this.#places.has(cell)) this.#places.set(cell, this.#find(cell));
    return this.#places.get(cell);
  }

  #writes(c: number, cell: number, ahead: Int32Array | undefined): boolean {
    const place = this.placeOf(cell);
    if (place === undefined) return false;
    const { updates, stores } = this.#useAt(c, place, ahead);
    return updates.length > 0 || stores.length > 0;
  }

  /** Of the ways in `ahead`; absent, of all there are in the program. */
  #useAt(c: number, place: CellPlace, ahead: Int32Array | undefined): FieldUse {
    const f = this.#fieldAt(place);
    const field = this.#fields[f];
    if (field === undefined) return NOTHING;
    const ways = ahead === undefined ? field.all : (ahead[f] ?? 0) & this.#open(place, field);
    return field.useOf(place.owner === c || place.owner < 0 ? ways : ways & field.shared);
  }

  /** The stores that make a new object are over, as far as anybody else is concerned, once it is there. */
  #open({ life }: CellPlace, field: Field): number {
    return life >= 0 && this.#state[life] !== LIFE.unborn ? field.later : field.all;
  }

  #fieldAt({ struct, field }: CellPlace): number {
    return this.#numberOf.get(fieldKey(struct, field)) ?? -1;
  }

  #note(site: number, key: string, use: FieldUse, own: boolean, birth: boolean): void {
    let f = this.#numberOf.get(key);
    if (f === undefined) {
      f = this.#fields.push(new Field()) - 1;
      this.#numberOf.set(key, f);
    }
    this.#siteField[site] = f;
    this.#siteWay[site] = this.#fields[f]?.bitOf(use, own, birth) ?? 0;
  }

  #waysOf(
    step: number,
    known: (Int32Array | undefined)[],
    lists: readonly (readonly number[])[],
  ): Int32Array {
    let ways = known[step];
    if (ways === undefined) {
      ways = new Int32Array(this.#fields.length);
      for (const site of lists[step] ?? []) {
        const f = this.#siteField[site] ?? -1;
        if (f >= 0) ways[f] = (ways[f] ?? 0) | (this.#siteWay[site] ?? 0);
      }
      known[step] = ways;
    }
    return ways;
  }

  #find(cell: number): CellPlace | undefined {
    const { layout, program } = this.#shape;
    const found = ownerOf(layout, cell);
    if (found === undefined) return undefined;
    const percpu = program.globals.some((g) => g.percpu && g.struct === found.struct);
    return { ...found, owner: percpu ? found.object - 1 : -1 };
  }
}

/** Stands for the death of a struct's objects where others stand for its fields. */
const deathKey = (struct: number): string => `${struct}.death`;

/** The site accesses the instance of its own CPU. */
function ownedByCpu({ op, own }: GraphSite, { program }: MemoryShape): boolean {
  return own && "place" in op && program.globals.some((g) => g.percpu && g.struct === op.place.struct);
}

function useOf(access: SiteAccess, classes: EventClasses): FieldUse {
  // Who gives a lock back has taken it: the store comes behind the update, which is what can come before anything.
  if (access.kind === OP.unlock) return NOTHING;
  if (access.kind === OP.store) return { ...NOTHING, stores: [access.write] };
  const reads = classes.all[access.read]?.read === true;
  const writes = classes.all[access.write]?.write === true;
  if (!reads || !writes) return { ...NOTHING, loads: [access.read] };
  // What may fail reads without writing.
  const mayFail = access.cond !== COND.always && access.kind !== OP.lock;
  return { ...NOTHING, updates: [access.read], loads: mayFail ? [access.failed] : [] };
}
