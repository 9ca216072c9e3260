/**
 * Whether `acyclic(po | rf)` holds in every consistent execution, as far as the axioms tell by their form.
 *
 * It does when `po | rf` lies within a relation that must be acyclic, or when what any cycle of `po | rf` comes down
 * to does: external `rf` edges joined by `po` from a read to a write, once coherence keeps internal `rf` in program
 * order. Containment is judged by form and errs towards "no", which costs an engine time and nothing else.
 */

import type { Node } from "./node.ts";

/** @param acyclic The relations that the model's rejecting axioms keep acyclic. */
export function keepsProgramOrder(acyclic: readonly Node[]): boolean {
  if (acyclic.some((node) => contains(node, isPo) && contains(node, isRf))) return true;
  const coherent = acyclic.some(
    (node) => contains(node, isPoLoc) && contains(node, (each) => isRf(each) || isRfi(each)),
  );
  return coherent && acyclic.some((node) => contains(node, isRfe) && contains(node, coversReadToWrite));
}

type Covers = (part: Node) => boolean;

/** Whether some part of a union covers what is asked for. */
function contains(node: Node, covers: Covers): boolean {
  if (covers(node)) return true;
  if (node.op === "union") return node.args.some((arg) => contains(arg, covers));
  return node.op === "plus" && node.args.some((arg) => contains(arg, covers));
}

const isPrim = (node: Node | undefined, name: string): boolean => node?.op === "prim" && node.name === name;
const isPo: Covers = (node) => isPrim(node, "po");
const isRf: Covers = (node) => isPrim(node, "rf");
const isRfe: Covers = (node) => isRf(node) || isMeet(node, "rf", "ext");
const isRfi: Covers = (node) => isMeet(node, "rf", "int");
const isPoLoc: Covers = (node) => isPo(node) || isMeet(node, "po", "loc");

function isMeet({ op, args }: Node, a: string, b: string): boolean {
  return op === "inter" && args.length === 2 && [a, b].every((name) => args.some((arg) => isPrim(arg, name)));
}

/** `[R] ; po ; [W]` or more. */
function coversReadToWrite(node: Node): boolean {
  const [relation, rows, columns] = node.args;
  if (isPo(node)) return true;
  if (node.op !== "filter" || relation === undefined || !isPo(relation)) return false;
  return rows !== undefined && columns !== undefined && coversSet(rows, "R") && coversSet(columns, "W");
}

function coversSet(set: Node, name: string): boolean {
  if (set.op === "all" || isPrim(set, name) || isPrim(set, "M")) return true;
  return set.op === "union" && set.args.some((arg) => coversSet(arg, name));
}
