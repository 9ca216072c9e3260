/**
 * How the ops of one step become nested blocks of JavaScript without being written twice.
 *
 * Between two cuts the ops of a body form a graph without cycles. Where ways join, the code behind must be emitted once
 * and be reached from several places; JavaScript has no goto, but it can leave a labelled block. So a join is written
 * behind a block that is opened by its immediate dominator, the last op that all ways to it have in common:
 *
 *     J7: { if (r1 !== 0) { …; break J7; } else { …; break J7; } }
 *     … what follows the join …
 *
 * (Ramsey, "Beyond Relooper", ICFP 2022, for graphs without cycles. Dominators: Cooper, Harvey and Kennedy, "A Simple,
 * Fast Dominance Algorithm".) Writing a join once per way there instead is exponential in the number of branches that
 * follow each other: a switch of page tables with store buffers came to 16 KB a step.
 */
import { present } from "../base/assert.ts";

/** A graph without cycles whose nodes are named by strings. */
export interface Ways<Node> {
  readonly key: (node: Node) => string;
  readonly successors: (node: Node) => readonly Node[];
}

/** Where the joins of a graph are, and which node opens the block of each. */
export interface Joins<Node> {
  /** The node is reached in more than one way. */
  readonly isJoin: (node: Node) => boolean;
  /** The joins whose immediate dominator `node` is, in an order in which none is reached from a later one. */
  readonly openedBy: (node: Node) => readonly Node[];
}

export function findJoins<Node>(start: Node, ways: Ways<Node>): Joins<Node> {
  const order = topological(start, ways);
  const position = new Map(order.map((node, i) => [ways.key(node), i]));
  const at = (node: Node): number => present(position.get(ways.key(node)), "position of a node");
  const ins = new Uint32Array(order.length);
  const dominator = new Int32Array(order.length).fill(-1);
  dominator[0] = 0;
  const opened = new Map<number, Node[]>();
  order.forEach((node, i) => {
    if ((ins[i] ?? 0) > 1) append(opened, dominator[i] ?? 0, node);
    for (const next of ways.successors(node)) {
      const n = at(next);
      ins[n] = (ins[n] ?? 0) + 1;
      dominator[n] = dominator[n] === -1 ? i : common(dominator, dominator[n] ?? 0, i);
    }
  });
  return {
    isJoin: (node) => (ins[at(node)] ?? 0) > 1,
    openedBy: (node) => opened.get(at(node)) ?? [],
  };
}

/** The last node that dominates both. Dominators have lower numbers than what they dominate. */
function common(dominator: Int32Array, one: number, other: number): number {
  let a = one;
  let b = other;
  while (a !== b) {
    if (a > b) a = dominator[a] ?? 0;
    else b = dominator[b] ?? 0;
  }
  return a;
}

/** All nodes that can be reached, each behind all its predecessors. */
function topological<Node>(start: Node, ways: Ways<Node>): Node[] {
  const seen = new Set([ways.key(start)]);
  const ended: Node[] = [];
  const stack = [{ node: start, rest: [...ways.successors(start)] }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.rest.pop();
    if (next === undefined) {
      ended.push(top.node);
      stack.pop();
    } else if (!seen.has(ways.key(next))) {
      seen.add(ways.key(next));
      stack.push({ node: next, rest: [...ways.successors(next)] });
    }
  }
  return ended.reverse();
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
