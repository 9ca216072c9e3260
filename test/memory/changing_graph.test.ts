/**
 * One checker on a graph that changes under it gives at every moment the answers of a fresh one: events come and go
 * last in first out, rf and co change in between, and nothing that was computed before may shine through.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CompiledModel } from "../../src/memory/evaluate/compiled.ts";
import { modelText, ownModel } from "./models.ts";
import { fillGraph, randomModel } from "./random_cat.ts";
import { randomText, someExecution } from "./random_program.ts";
import { TestGraph } from "./test_graph.ts";

type Step = { readonly kind: "grow" | "shrink" | "rf" | "co" | "flags"; readonly seed: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("grow", "grow", "grow", "shrink", "rf", "co", "flags"),
  seed: fc.nat(),
});

/** Gives the first `n` events of another graph to this one. */
function copyPrefix(to: TestGraph, from: TestGraph, n: number): void {
  to.n = n;
  for (const [name, set] of to.sets)
    set.set((from.sets.get(name) ?? set).map((word, k) => word & mask(n, k)));
  for (const name of to.relations.keys())
    if (name !== "rf" && name !== "co")
      to.assign(
        name,
        from.pairs(name).filter(([a, b]) => a < n && b < n),
      );
}

const mask = (n: number, word: number): number =>
  n >= 32 * word + 32 ? -1 : n > 32 * word ? (1 << (n - 32 * word)) - 1 : 0;

function walk(
  model: CompiledModel,
  fresh: CompiledModel,
  steps: readonly Step[],
  whole: TestGraph,
  padding = 0,
): void {
  const graph = new TestGraph(whole.capacity, model);
  const checker = model.bind(graph);
  const follow = (n: number): void => {
    copyPrefix(graph, whole, n);
    for (const name of ["rf", "co"])
      graph.assign(
        name,
        graph.pairs(name).filter(([a, b]) => a < n && b < n),
      );
    graph.stamp++;
  };
  follow(Math.min(whole.n, padding + 3));
  for (const [at, { kind, seed: choice }] of steps.entries()) {
    if (kind === "grow") follow(Math.min(whole.n, graph.n + 1 + (choice % 3)));
    if (kind === "shrink") follow(Math.max(padding, graph.n - 1 - (choice % 4)));
    if (kind === "rf" || kind === "co") {
      const pairs = whole.pairs(kind).filter(([a, b]) => a < graph.n && b < graph.n);
      graph.assign(
        kind,
        kind === "co" ? (choice % 2 ? pairs : []) : pairs.filter((_, i) => (choice >> (i % 20)) & 1),
      );
    }
    const expected = fresh.bind(graph);
    if (kind === "flags") expect([at, checker.flags()]).toEqual([at, expected.flags()]);
    expect([at, checker.consistent()]).toEqual([at, expected.consistent()]);
  }
}

describe("a checker follows its graph", () => {
  it.each([0, 26])("on random models, after %i events without anything", (padding) => {
    const property = fc.property(
      randomModel(padding === 0),
      fc.array(step, { minLength: 5, maxLength: 30 }),
      fc.nat(),
      (text, steps, seed) => {
        const { compiled } = modelText(text);
        const whole = new TestGraph(padding + 12, compiled);
        fillGraph(whole, { seed, events: 12, density: 0.2, members: 0.12 }, padding);
        walk(compiled, modelText(text).compiled, steps, whole, padding);
      },
    );
    fc.assert(property, { numRuns: 120 });
  });

  it.each(["tso", "power", "lkmm"])("on %s", (name) => {
    const [model, fresh] = [ownModel(name).compiled, ownModel(name).compiled];
    const property = fc.property(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      randomText,
      fc.array(fc.nat(), { minLength: 3 }),
      (steps, text, choices) => walk(model, fresh, steps, someExecution(text, choices, model)),
    );
    fc.assert(property, { numRuns: 100 });
  });

  it("forgets rows of events that left while there was nothing to compute", () => {
    const { compiled } = modelText("let a = po ; [F] ; rf\nacyclic a | co as x\nirreflexive a ; co as y");
    const whole = new TestGraph(32, compiled);
    for (let i = 0; i < 12; i++) whole.add({ thread: 0, sets: i === 10 ? ["F"] : [] });
    whole.assign("rf", [[10, 5]]);
    const graph = new TestGraph(32, compiled);
    const checker = compiled.bind(graph);
    const consistent = [12, 4, 8, 12].map((n) => {
      copyPrefix(graph, whole, n);
      graph.assign("rf", n > 10 ? [[10, 5]] : []);
      graph.stamp++;
      return checker.consistent();
    });
    expect(consistent).toEqual([false, true, true, false]);
  });

  it("shares its code with checkers of other graphs", () => {
    const { compiled } = ownModel("sc");
    const graphs = [1, 2, 3].map((seed) => {
      const graph = new TestGraph(32, compiled);
      fillGraph(graph, { seed, events: 8, density: 0.1 });
      return graph;
    });
    const checkers = graphs.map((graph) => compiled.bind(graph));
    const alone = graphs.map((graph) => ownModel("sc").compiled.bind(graph).consistent());
    for (let round = 0; round < 3; round++)
      expect(checkers.map((checker) => checker.consistent())).toEqual(alone);
  });
});
