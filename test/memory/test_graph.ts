/** Execution graphs for tests: events as descriptions, relations as lists of pairs. */

import { PRIMITIVE_RELATIONS, PRIMITIVE_SETS } from "../../src/memory/build/primitives.ts";
import type { EventGraph } from "../../src/memory/graph.ts";
import type { Model } from "../../src/memory/model.ts";

export interface TestEvent {
  /** −1: an initial write. */
  readonly thread: number;
  readonly loc?: string;
  /** Sets it belongs to: R, W, M, F, Once, …. */
  readonly sets: readonly string[];
}

export type Pair = readonly [number, number];

/** A graph that has every primitive, and what the models ask for beyond. */
export class TestGraph implements EventGraph {
  readonly capacity: number;
  readonly words: number;
  n = 0;
  stamp = 0;
  readonly sets: Map<string, Uint32Array>;
  readonly relations: Map<string, Uint32Array>;
  readonly events: TestEvent[] = [];

  constructor(capacity: number, ...models: readonly Pick<Model, "sets" | "relations">[]) {
    this.capacity = Math.ceil(capacity / 32) * 32;
    this.words = this.capacity / 32;
    const sets = new Set([...PRIMITIVE_SETS, ...models.flatMap((model) => model.sets)]);
    const relations = new Set([...PRIMITIVE_RELATIONS, ...models.flatMap((model) => model.relations)]);
    this.sets = new Map([...sets].map((name) => [name, new Uint32Array(this.words)]));
    this.relations = new Map(
      [...relations].map((name) => [name, new Uint32Array(this.words * this.capacity)]),
    );
  }

  /** Adds an event after those of its thread: po, int, ext and loc follow. */
  add(event: TestEvent): number {
    const id = this.n++;
    this.stamp++;
    this.events.push(event);
    for (const name of event.sets) mark(this.sets.get(name), id);
    for (const [other, { thread, loc }] of this.events.entries()) {
      const init = thread < 0 && event.thread < 0;
      if (thread === event.thread && thread >= 0 && other !== id) this.relate("po", other, id);
      if (other === id || (thread === event.thread && thread >= 0)) this.both("int", other, id);
      else if (!init) this.both("ext", other, id);
      if (loc !== undefined && loc === event.loc) this.both("loc", other, id);
    }
    return id;
  }

  both(name: string, from: number, to: number): void {
    this.relate(name, from, to);
    this.relate(name, to, from);
  }

  relate(name: string, from: number, to: number): void {
    const rows = this.relationOf(name);
    const at = from * this.words + (to >>> 5);
    rows[at] = (rows[at] ?? 0) | (1 << to);
  }

  /** Gives a relation these pairs and no others. */
  assign(name: string, pairs: readonly Pair[]): void {
    this.relationOf(name).fill(0);
    for (const [from, to] of pairs) this.relate(name, from, to);
  }

  setOf(name: string): Uint32Array {
    const set = this.sets.get(name);
    if (set === undefined) throw new Error(`no set ${name}`);
    return set;
  }

  relationOf(name: string): Uint32Array {
    const relation = this.relations.get(name);
    if (relation === undefined) throw new Error(`no relation ${name}`);
    return relation;
  }

  members(name: string): readonly number[] {
    const set = this.setOf(name);
    return this.ids().filter((id) => ((set[id >>> 5] ?? 0) & (1 << id)) !== 0);
  }

  pairs(name: string): readonly Pair[] {
    const rows = this.relationOf(name);
    return this.ids().flatMap((from) =>
      this.ids()
        .filter((to) => ((rows[from * this.words + (to >>> 5)] ?? 0) & (1 << to)) !== 0)
        .map((to): Pair => [from, to]),
    );
  }

  ids(): readonly number[] {
    return Array.from({ length: this.n }, (_, id) => id);
  }
}

/** Sets that no model mentions are not kept. */
function mark(set: Uint32Array | undefined, id: number): void {
  if (set !== undefined) set[id >>> 5] = (set[id >>> 5] ?? 0) | (1 << id);
}
