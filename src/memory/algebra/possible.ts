/**
 * Which sets of a model stay empty in a program, judging each kind of its events by the primitive sets that it is in: a
 * program of marked accesses has nothing in `M \ (Once | Acquire | Release | IW | …)`, though it has events in `M`.
 */

import type { Node } from "./node.ts";
import type { Nodes } from "./nodes.ts";
import { reachable } from "./walk.ts";

/** The names of the primitive sets that events of one kind are in. */
export type EventKind = ReadonlySet<string>;

/** Sets below these nodes that no event of these kinds is in, each with the empty set in its place. */
export function emptySets(
  nodes: Nodes,
  roots: readonly Node[],
  kinds: readonly EventKind[],
): ReadonlyMap<Node, Node> {
  const sets = reachable(roots).filter(({ sort }) => sort === "set");
  const empty = sets.filter((set) => kinds.every((kind) => membership(set, kind) === false));
  return new Map(empty.map((set) => [set, nodes.none("set")]));
}

/** Whether events of a kind are in a set; undefined where that hangs on the execution. */
function membership(node: Node, kind: EventKind): boolean | undefined {
  const { op, name, args } = node;
  const of = (): (boolean | undefined)[] => args.map((arg) => membership(arg, kind));
  switch (op) {
    case "prim":
      return name === "FW" ? undefined : kind.has(name);
    case "all":
      return true;
    case "none":
      return false;
    case "union":
      return not(every(of().map(not)));
    case "inter":
      return every(of());
    case "diff": {
      const [a, b] = of();
      return every([a, not(b)]);
    }
    default:
      return undefined;
  }
}

const not = (known: boolean | undefined): boolean | undefined => (known === undefined ? undefined : !known);

function every(known: readonly (boolean | undefined)[]): boolean | undefined {
  if (known.includes(false)) return false;
  return known.includes(undefined) ? undefined : true;
}
