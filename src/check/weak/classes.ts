/**
 * Which sets of a memory model the events of each site are in, numbered: an event of a live graph is of one *class*.
 */
import type { GraphSite } from "../../world/graph_memory.ts";
import { type EncodedAccess, encodedAccess } from "../graphs/encode.ts";
import type { ExecutionGraph } from "../graphs/graph.ts";
import { eventSets } from "../graphs/vocabulary.ts";

/** What a class is, beyond the model's sets. */
export interface EventClass {
  readonly names: readonly string[];
  /** The model's numbers of the sets (`ExecutionGraph.add`). */
  readonly numbers: Int32Array;
  readonly read: boolean;
  readonly write: boolean;
  /** +1 begins a read-side section, −1 ends one. */
  readonly section: -1 | 0 | 1;
  /** The halves of an acquisition are related by `lk-rmw`, where the model knows it. */
  readonly lock: boolean;
  /** The write that stands for the death of an object. */
  readonly poison: boolean;
}

/** The access of a site: what it does, and the classes of its events. */
export interface SiteAccess extends EncodedAccess {
  readonly read: number;
  readonly failed: number;
  readonly write: number;
}

const READS = ["R", "LKR", "LF", "RL", "RU"];
const WRITES = ["W", "LKW", "UL"];

export class EventClasses {
  readonly all: EventClass[] = [];
  /** Initial writes, and what stands for writes that are older than the live ones. */
  readonly base: number;
  readonly deadBase: number;
  readonly poison: number;
  readonly probe: number;
  readonly #graph: ExecutionGraph;
  readonly #locks: boolean;
  readonly #known = new Map<string, number>();

  constructor(graph: ExecutionGraph, locks: boolean) {
    this.#graph = graph;
    this.#locks = locks;
    this.base = this.of(["W", "M", "IW"]);
    this.deadBase = this.of(["W", "M", "IW"], true);
    this.poison = this.of(["W", "M"], true);
    this.probe = this.of(["R", "M"]);
  }

  of(names: readonly string[], poison = false): number {
    const key = `${[...names].sort().join(" ")}${poison ? "!" : ""}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = this.all.push({
      names,
      numbers: this.#graph.numbersOf(names),
      read: names.some((name) => READS.includes(name)),
      write: names.some((name) => WRITES.includes(name)),
      section: names.includes("Rcu-lock") ? 1 : names.includes("Rcu-unlock") ? -1 : 0,
      lock: names.includes("LKR") || names.includes("LKW"),
      poison,
    });
    this.#known.set(key, made - 1);
    return made - 1;
  }

  /** The access that a site makes at its place. */
  access({ op }: GraphSite): SiteAccess | undefined {
    const access = encodedAccess(op);
    if (access === undefined) return undefined;
    const { read, failed, write } = eventSets(op, this.#locks);
    return {
      ...access,
      read: this.of(read),
      failed: this.of(failed),
      write: this.of(write),
    };
  }

  /** A fence of a site. */
  fence({ op }: GraphSite): number {
    return this.of(eventSets(op, this.#locks).write);
  }

  tagged(kind: "F" | "R" | "W", ...tags: readonly string[]): number {
    return this.of(kind === "F" ? ["F", ...tags] : [kind, "M", ...tags]);
  }
}
