/**
 * Who may still access a location, and how: the static half of knowing which events can be forgotten.
 *
 * Per field there are the classes of all its loads, updates and stores, told apart by whether the CPU that executes them
 * owns the object. A location of an object from `alloc` can only be accessed while somebody holds a pointer to it.
 */

import { type CellOwner, ownerOf } from "../../world/cell_owner.ts";
import type { GraphSite, MemoryShape } from "../../world/graph_memory.ts";
import { fieldKey } from "../../world/ownership.ts";
import { COND, OP } from "../graphs/opcodes.ts";
import type { EventClasses, SiteAccess } from "./classes.ts";

/** The classes of a field's future events. */
export interface FieldUse {
  readonly loads: readonly number[];
  readonly updates: readonly number[];
  readonly stores: readonly number[];
}

interface Uses {
  readonly loads: Set<number>;
  readonly updates: Set<number>;
  readonly stores: Set<number>;
}

const NOTHING: FieldUse = { loads: [], updates: [], stores: [] };

/** Where a cell of the state vector belongs. */
export interface CellPlace extends CellOwner {
  /** The CPU whose instance it is, −1. */
  readonly owner: number;
}

export class Accesses {
  readonly #shape: MemoryShape;
  readonly #own = new Map<string, FieldUse>();
  readonly #any = new Map<string, FieldUse>();
  readonly #places = new Map<number, CellPlace | undefined>();

  constructor(shape: MemoryShape, accesses: readonly (SiteAccess | undefined)[], classes: EventClasses) {
    this.#shape = shape;
    const own = new Map<string, Uses>();
    const any = new Map<string, Uses>();
    shape.sites.forEach((site, i) => {
      const access = accesses[i];
      if (access === undefined || !("place" in site.op)) return;
      const key = fieldKey(site.op.place.struct, site.op.place.field);
      note(own, key, access, classes);
      if (!ownedByCpu(site, shape)) note(any, key, access, classes);
    });
    const freeze = (from: Map<string, Uses>, to: Map<string, FieldUse>): void => {
      for (const [key, { loads, updates, stores }] of from)
        to.set(key, { loads: [...loads], updates: [...updates], stores: [...stores] });
    };
    freeze(own, this.#own);
    freeze(any, this.#any);
  }

  /** What CPU `c` may still do at a cell; `reachable` tells whether an object can be reached. */
  of(c: number, cell: number, reachable: (place: CellPlace) => boolean): FieldUse {
    const place = this.placeOf(cell);
    if (place === undefined || (place.life >= 0 && !reachable(place))) return NOTHING;
    const key = fieldKey(place.struct, place.field);
    const uses = place.owner === c || place.owner < 0 ? this.#own : this.#any;
    return uses.get(key) ?? NOTHING;
  }

  /** A CPU other than `c` may still write at a cell. */
  writtenByOthers(c: number, cell: number): boolean {
    const { cpus } = this.#shape.layout;
    for (let other = 0; other < cpus; other++) {
      if (other === c) continue;
      const { updates, stores } = this.of(other, cell, () => true);
      if (updates.length > 0 || stores.length > 0) return true;
    }
    return false;
  }

  /** One CPU alone ever writes at a cell: the one whose instance it is. */
  hasOneWriter(cell: number): boolean {
    const owner = this.placeOf(cell)?.owner ?? -1;
    return owner >= 0 && !this.writtenByOthers(owner, cell);
  }

  placeOf(cell: number): CellPlace | undefined {
    if (!this.#places.has(cell)) this.#places.set(cell, this.#find(cell));
    return this.#places.get(cell);
  }

  #find(cell: number): CellPlace | undefined {
    const { layout, program } = this.#shape;
    const found = ownerOf(layout, cell);
    if (found === undefined) return undefined;
    const percpu = program.globals.some((g) => g.percpu && g.struct === found.struct);
    return { ...found, owner: percpu ? found.object - 1 : -1 };
  }
}

/** The site accesses the instance of its own CPU. */
function ownedByCpu({ op, own }: GraphSite, { program }: MemoryShape): boolean {
  return own && "place" in op && program.globals.some((g) => g.percpu && g.struct === op.place.struct);
}

function note(into: Map<string, Uses>, key: string, access: SiteAccess, classes: EventClasses): void {
  let uses = into.get(key);
  if (uses === undefined) {
    uses = { loads: new Set(), updates: new Set(), stores: new Set() };
    into.set(key, uses);
  }
  const reads = classes.all[access.read]?.read === true;
  const writes = classes.all[access.write]?.write === true;
  if (access.kind === OP.store || access.kind === OP.unlock) uses.stores.add(access.write);
  else if (reads && writes) uses.updates.add(access.read);
  else uses.loads.add(access.read);
  // What may fail reads without writing.
  if (reads && writes && access.cond !== COND.always && access.kind !== OP.lock)
    uses.loads.add(access.failed);
}
