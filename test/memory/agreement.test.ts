/** The compiled evaluator agrees with the reference: random models on random graphs. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modelText, type TestModel } from "./models.ts";
import { fillGraph, type GraphRecipe, randomModel, randomRecipe } from "./random_cat.ts";
import { TestGraph } from "./test_graph.ts";

/** Every rejecting test by itself, and the flags. */
function agree(
  { compiled, reference }: TestModel,
  recipe: GraphRecipe,
  capacity: number,
  padding: number,
): void {
  const graph = new TestGraph(capacity, compiled);
  fillGraph(graph, recipe, padding);
  const expected = reference(graph);
  const checker = compiled.bind(graph);
  expect(checker.consistent()).toBe(expected.failed.length === 0);
  expect([...checker.flags()].sort()).toEqual([...expected.flags].sort());
  const explanation = checker.explain();
  if (expected.failed.length === 0) expect(explanation).toBeUndefined();
  else expect(expected.failed).toContain(explanation?.axiom);
}

describe("compiled models agree with the reference", () => {
  it("on random models and graphs of one word", () => {
    const property = fc.property(randomModel(), randomRecipe, (text, recipe) =>
      agree(modelText(text), recipe, 32, 0),
    );
    fc.assert(property, { numRuns: 600 });
  });

  it.each([
    [64, 27, 110],
    [96, 60, 12],
    [128, 91, 8],
    [160, 123, 5],
  ])("on random models and graphs of capacity %i", (capacity, padding, numRuns) => {
    const property = fc.property(randomModel(numRuns > 100), randomRecipe, (text, recipe) =>
      agree(modelText(text), recipe, capacity, padding),
    );
    fc.assert(property, { numRuns });
  });
});
