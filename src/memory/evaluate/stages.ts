/** The order of axioms: next is always the one that adds the least work to what the ones before it computed. */

import { DYNAMIC, type Node, type Op } from "../algebra/node.ts";
import { reachable } from "../algebra/walk.ts";
import type { Axiom } from "../build/build.ts";

/** Rough costs of an operation on a graph of some twenty events; what is not listed is fused into its user. */
const COST: Partial<Record<Op, number>> = {
  seq: 6,
  plus: 10,
  inverse: 4,
  fix: 60,
  union: 1,
  inter: 1,
  diff: 1,
};
/** What is static is computed once per shape of the graph, and is sparser. */
const STATIC_SHARE = 0.3;

export function byCost(axioms: readonly Axiom[]): readonly Axiom[] {
  const isStatic = staticNodes(axioms.map(({ node }) => node));
  const paid = new Set<Node>();
  const left = [...axioms];
  const ordered: Axiom[] = [];
  const costOf = ({ node }: Axiom): number =>
    reachable([node])
      .filter((each) => !paid.has(each))
      .reduce((sum, each) => sum + (COST[each.op] ?? 0) * (isStatic.has(each) ? STATIC_SHARE : 1), 0);
  while (left.length > 0) {
    const costs = left.map(costOf);
    const [next] = left.splice(costs.indexOf(Math.min(...costs)), 1);
    if (next === undefined) break;
    ordered.push(next);
    for (const node of reachable([next.node])) paid.add(node);
  }
  return ordered;
}

function staticNodes(roots: readonly Node[]): ReadonlySet<Node> {
  const found = new Set<Node>();
  for (const node of reachable(roots)) {
    const below = node.fix?.bodies ?? node.args;
    const changes = node.op === "prim" && DYNAMIC.has(node.name);
    if (!changes && below.every((each) => found.has(each) || each.op === "var")) found.add(node);
  }
  return found;
}
