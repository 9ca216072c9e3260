import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJoins, type Ways } from "./blocks.ts";

/** A graph without cycles: edges go from lower to higher numbers, and 0 reaches everything it can. */
const graphs = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc.array(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }), {
      minLength: size,
      maxLength: size,
    }),
  )
  .map((steps) =>
    steps.map((own, i) => [...new Set(own.map((step) => i + step))].filter((to) => to < steps.length)),
  );

const waysOf = (edges: readonly (readonly number[])[]): Ways<number> => ({
  key: String,
  successors: (node) => edges[node] ?? [],
});

function reachable(edges: readonly (readonly number[])[], without: number): Set<number> {
  const seen = new Set<number>(without === 0 ? [] : [0]);
  const work = [...seen];
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    for (const to of edges[node] ?? []) {
      if (to === without || seen.has(to)) continue;
      seen.add(to);
      work.push(to);
    }
  }
  return seen;
}

/** The nodes that every way from 0 to `node` passes, by removing each in turn. */
function dominators(edges: readonly (readonly number[])[], node: number): number[] {
  return edges.map((_, i) => i).filter((i) => i !== node && !reachable(edges, i).has(node));
}

describe("joins of a step", () => {
  it("are opened by the last node that all ways to them have in common", () => {
    fc.assert(
      fc.property(graphs, (edges) => {
        const joins = findJoins(0, waysOf(edges));
        const there = [...reachable(edges, -1)];
        const ins = (node: number): number =>
          there.filter((from) => (edges[from] ?? []).includes(node)).length;
        for (const node of there) {
          expect(joins.isJoin(node)).toBe(ins(node) > 1);
          if (ins(node) < 2) continue;
          const openers = there.filter((each) => joins.openedBy(each).includes(node));
          const all = dominators(edges, node).filter((each) => there.includes(each));
          const immediate = all.filter((each) =>
            all.every((other) => other === each || dominators(edges, each).includes(other)),
          );
          expect(openers).toEqual(immediate);
        }
      }),
    );
  });

  it("come in an order in which none is reached from a later one", () => {
    fc.assert(
      fc.property(graphs, (edges) => {
        const joins = findJoins(0, waysOf(edges));
        for (const node of reachable(edges, -1)) {
          const opened = joins.openedBy(node);
          opened.forEach((later, i) => {
            const from = edges.map((own, at) => (at === 0 ? [later] : own));
            for (const earlier of opened.slice(0, i)) {
              if (later !== 0) expect(reachable(from, -1).has(earlier)).toBe(false);
            }
          });
        }
      }),
    );
  });
});
