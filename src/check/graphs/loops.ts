/**
 * Natural loops of a body: which ops belong to which loop, and from where a loop can still be left.
 *
 * Bodies come from structured sources, so every loop has one header through which control enters it. A body where
 * that does not hold is a bug of the compiler that made it.
 */

import { assert, present } from "../../base/assert.ts";
import { successors } from "../../ir/operands.ts";
import type { Func, Pc } from "../../ir/types.ts";

/** One natural loop; loops with the same header are one. */
export interface Loop {
  readonly header: Pc;
  readonly body: ReadonlySet<Pc>;
  /** Ops of the loop from which an exit is reached without going through the header again. */
  readonly canExit: ReadonlySet<Pc>;
}

/** The loops of a body, outer ones before those inside them. */
export function loopsOf(func: Func): readonly Loop[] {
  const edges = func.ops.map((op, pc) => successors(op, pc));
  const bodies = new Map<Pc, Set<Pc>>();
  const predecessors = invert(edges);
  for (const [from, header] of backEdges(edges)) {
    const body = bodies.get(header) ?? new Set([header]);
    bodies.set(header, collect(from, body, predecessors));
  }
  for (const [header, body] of bodies) checkEntries(func, header, body, predecessors);
  return [...bodies]
    .map(([header, body]) => ({ header, body, canExit: exitsOf(header, body, edges, predecessors) }))
    .sort((a, b) => b.body.size - a.body.size || a.header - b.header);
}

type Edges = readonly (readonly Pc[])[];

function invert(edges: Edges): Edges {
  const result: Pc[][] = edges.map(() => []);
  for (const [pc, targets] of edges.entries()) for (const to of targets) result[to]?.push(pc);
  return result;
}

/** Edges to an op that the depth-first search is still inside of. */
function backEdges(edges: Edges): readonly (readonly [Pc, Pc])[] {
  const found: [Pc, Pc][] = [];
  const state = new Uint8Array(edges.length);
  const stack: { pc: Pc; next: number }[] = [{ pc: 0, next: 0 }];
  state[0] = 1;
  while (stack.length > 0) {
    const top = present(stack.at(-1), "top of the search");
    const to = edges[top.pc]?.[top.next++];
    if (to === undefined) {
      state[top.pc] = 2;
      stack.pop();
    } else if (state[to] === 1) {
      found.push([top.pc, to]);
    } else if (state[to] === 0) {
      state[to] = 1;
      stack.push({ pc: to, next: 0 });
    }
  }
  return found;
}

/** Adds what reaches `from` without passing through the header, which `body` holds already. */
function collect(from: Pc, body: Set<Pc>, predecessors: Edges): Set<Pc> {
  const todo = [from];
  for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
    if (body.has(pc)) continue;
    body.add(pc);
    todo.push(...(predecessors[pc] ?? []));
  }
  return body;
}

function checkEntries(func: Func, header: Pc, body: ReadonlySet<Pc>, predecessors: Edges): void {
  for (const pc of body) {
    const entered = pc === 0 || (predecessors[pc] ?? []).some((from) => !body.has(from));
    assert(pc === header || !entered, `${func.name}: the loop at ${header} is entered at ${pc}, too`);
  }
}

function exitsOf(header: Pc, body: ReadonlySet<Pc>, edges: Edges, predecessors: Edges): ReadonlySet<Pc> {
  const found = new Set<Pc>();
  const todo = [...body].filter((pc) => (edges[pc] ?? []).some((to) => !body.has(to)));
  for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
    if (found.has(pc)) continue;
    found.add(pc);
    if (pc !== header) todo.push(...(predecessors[pc] ?? []).filter((from) => body.has(from)));
  }
  return found;
}
