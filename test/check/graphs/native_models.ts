/** `axioms.ts` as models of the engine: they read its bits and know nothing of cat. */

import type { EventGraph } from "../../../src/memory/graph.ts";
import type { Model } from "../../../src/memory/model.ts";
import { type Axioms, type Execution, sc, tso, weak } from "./axioms.ts";

const SETS = ["R", "W", "F", "Mb", "RMW", "Acquire"];
const RELATIONS = ["po", "loc", "rf", "co", "rmw", "addr", "data", "ctrl", "int"];

function model(name: string, order: Model["order"], axioms: Axioms): Model {
  const relations =
    order === "program" ? RELATIONS.filter((r) => !["addr", "data", "ctrl"].includes(r)) : RELATIONS;
  return {
    name,
    sets: SETS,
    relations,
    order,
    bind: (graph) => {
      const consistent = (): boolean => axioms(view(graph));
      return { consistent, flags: () => [], explain: () => undefined };
    },
  };
}

function view(graph: EventGraph): Execution {
  const has = (name: string, e: number): boolean => {
    const bits = graph.sets.get(name);
    return bits !== undefined && (((bits[e >>> 5] ?? 0) >>> (e & 31)) & 1) === 1;
  };
  const related = (name: string, a: number, b: number): boolean => {
    const bits = graph.relations.get(name);
    return bits !== undefined && (((bits[a * graph.words + (b >>> 5)] ?? 0) >>> (b & 31)) & 1) === 1;
  };
  // A thread is named by its first event; initial writes by themselves.
  const first = (name: string, e: number): number => {
    for (let a = 0; a < graph.n; a++) if (related(name, a, e)) return a;
    return -1;
  };
  return {
    n: graph.n,
    thread: (e) => (first("int", e) < 0 ? -1 - e : first("int", e)),
    location: (e) => first("loc", e),
    isRead: (e) => has("R", e),
    isWrite: (e) => has("W", e),
    isFence: (e) => has("F", e) && has("Mb", e),
    isAtomic: (e) => has("RMW", e),
    isAcquire: (e) => has("Acquire", e),
    po: (a, b) => related("po", a, b),
    rf: (a, b) => related("rf", a, b),
    co: (a, b) => related("co", a, b),
    rmw: (a, b) => related("rmw", a, b),
    addr: (a, b) => related("addr", a, b),
    data: (a, b) => related("data", a, b),
    ctrl: (a, b) => related("ctrl", a, b),
    sets: (e) => [...graph.sets.keys()].filter((name) => has(name, e)),
  };
}

export const SC = model("sc", "program", sc);
export const TSO = model("tso", "program", tso);
export const WEAK = model("weak", "dependencies", weak);
