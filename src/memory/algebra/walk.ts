/** Questions about everything below a node. */

import type { Node } from "./node.ts";

/** Every node below the roots, operands before results, bodies of fixpoints before the fixpoints. Each once. */
export function reachable(roots: readonly Node[]): readonly Node[] {
  const seen = new Set<Node>();
  const ordered: Node[] = [];
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const each of operandsOf(node)) visit(each);
    ordered.push(node);
  };
  for (const root of roots) visit(root);
  return ordered;
}

/** Operands; for the result of a fixpoint its bodies. */
export function operandsOf(node: Node): readonly Node[] {
  return node.fix === undefined ? node.args : node.fix.bodies;
}

/** Names of the primitives of a sort below the roots, sorted. */
export function primitives(roots: readonly Node[], sort: Node["sort"]): readonly string[] {
  const found = reachable(roots).filter((node) => node.op === "prim" && node.sort === sort);
  return found.map(({ name }) => name).sort();
}
