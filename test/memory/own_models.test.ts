/** Our models, compiled, agree with the reference on executions, consistent and not; so do both kinds of code. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ownModel } from "./models.ts";
import { randomText, someExecution } from "./random_program.ts";

const choices = fc.array(fc.nat({ max: 1000 }), { minLength: 5, maxLength: 20 });
const RUNS = { sc: 120, tso: 120, aarch64: 80, power: 40, lkmm: 50 };

describe("our models agree with the reference", () => {
  for (const [name, numRuns] of Object.entries(RUNS))
    it(name, () => {
      const { compiled, reference } = ownModel(name);
      const property = fc.property(randomText, choices, (text, chosen) => {
        const graph = someExecution(text, chosen, compiled);
        const expected = reference(graph);
        const absent = [...graph.sets]
          .filter(([, set]) => set.every((word) => word === 0))
          .map(([set]) => set);
        const checker = compiled.bind(graph, new Set(absent));
        for (const code of ["shared", "special"]) {
          if (code === "special") checker.specialise();
          expect([code, checker.consistent()]).toEqual([code, expected.failed.length === 0]);
          expect([code, [...checker.flags()].sort()]).toEqual([code, [...expected.flags].sort()]);
        }
        expect(checker.explain()?.axiom).toBe(expected.failed[0]);
      });
      fc.assert(property, { numRuns });
    });
});

describe("an explanation", () => {
  it("is a cycle of edges that the graph has", () => {
    const { compiled } = ownModel("lkmm");
    const property = fc.property(randomText, choices, (text, chosen) => {
      const graph = someExecution(text, chosen, compiled);
      const explanation = compiled.bind(graph).explain();
      if (explanation === undefined) return;
      const { edges, kind, events } = explanation;
      const pairs = new Map([...graph.relations.keys()].map((via) => [via, graph.pairs(via)]));
      for (const [i, { from, to, via }] of edges.entries()) {
        if (i > 0) expect(from).toBe(edges[i - 1]?.to);
        const has = (name: string, a: number, b: number): boolean =>
          pairs.get(name)?.some(([x, y]) => x === a && y === b) ?? false;
        const reads = graph.pairs("rf").filter(([, read]) => read === from);
        const holds = via === "fr" ? reads.some(([write]) => has("co", write, to)) : has(via, from, to);
        const named = /^rcu-order$|\^-1$/.test(via) || !graph.relations.has(via);
        expect(holds || (named && via !== "fr")).toBe(true);
      }
      if (kind !== "empty") expect(edges.at(-1)?.to).toBe(edges[0]?.from);
      for (const { from, to } of edges) expect(events.includes(from) && events.includes(to)).toBe(true);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it("names the cycle of store buffering", () => {
    const { compiled } = ownModel("sc");
    const graph = someExecution("W x ; R y || W y ; R x", [0], compiled);
    const explanation = compiled.bind(graph).explain();
    expect(explanation?.axiom).toBe("sc");
    expect(explanation?.edges.map(({ via }) => via).sort()).toEqual(["fr", "fr", "po", "po"]);
  });
});
