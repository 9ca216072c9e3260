/** Relations that lie within `[A] ; po ; [B]` for primitive sets A and B, as far as their form tells. */

import type { Section } from "../locality.ts";
import type { Node } from "./node.ts";
import { reachable } from "./walk.ts";

/** More combinations of sets than this are no kind of section. */
const MOST = 9;

export class Sections {
  /** Each kind of section that some relation below the roots lies within, once. */
  readonly all: readonly Section[];
  /** What a recursion's variables stand for. */
  readonly #bodies = new Map<Node, Node>();

  constructor(roots: readonly Node[]) {
    const nodes = reachable(roots);
    for (const { fix } of nodes) {
      for (const [i, variable] of (fix?.vars ?? []).entries()) {
        const body = fix?.bodies[i];
        if (body !== undefined) this.#bodies.set(variable, body);
      }
    }
    const found = new Map<string, Section>();
    for (const section of nodes.flatMap((node) => this.around(node) ?? []))
      found.set(nameOf(section), section);
    this.all = [...found.values()];
  }

  /** The sections that a filter of program order lies within; undefined for any other node. */
  around({ op, args: [relation, rows, columns] }: Node): readonly Section[] | undefined {
    if (op !== "filter" || !relation || !rows || !columns || !isWithinPo(relation)) return undefined;
    const opens = this.#cover(rows, new Set());
    const closes = this.#cover(columns, new Set());
    if (opens === undefined || closes === undefined || opens.length * closes.length > MOST) return undefined;
    return opens.flatMap((a) => closes.map((b) => ({ opens: a, closes: b })));
  }

  /** Primitive sets whose union covers the set, in every round of a recursion. */
  #cover(node: Node, inside: ReadonlySet<Node>): readonly string[] | undefined {
    const { op, name, args } = node;
    if (op === "prim") return [name];
    if (op === "var") {
      const body = this.#bodies.get(node);
      return body === undefined || inside.has(node)
        ? undefined
        : this.#cover(body, new Set([...inside, node]));
    }
    if (op === "diff" && args[0] !== undefined) return this.#cover(args[0], inside);
    const parts = args.map((arg) => this.#cover(arg, inside));
    if (op === "inter") return parts.find((part) => part !== undefined);
    if (op !== "union" || parts.includes(undefined)) return undefined;
    return [...new Set(parts.flatMap((part) => part ?? []))];
  }
}

export const nameOf = ({ opens, closes }: Section): string => `${opens} ${closes}`;

function isWithinPo({ op, name, args }: Node): boolean {
  if (op === "prim") return name === "po";
  if (op === "inter") return args.some(isWithinPo);
  if (op === "union" || op === "seq" || op === "plus") return args.every(isWithinPo);
  return (op === "diff" || op === "filter") && args[0] !== undefined && isWithinPo(args[0]);
}
