/**
 * Relations that lie within `[A] ; po ; [B]` for primitive sets A and B, as far as their form tells; and those that lie
 * within `[A] ; r ; [B]` for sets of tags, whatever r is: sections whose ends find each other through memory.
 */

import type { Section } from "../locality.ts";
import type { Node } from "./node.ts";
import { reachable } from "./walk.ts";

/** More combinations of sets than this are no kind of section. */
const MOST = 9;

/** Sets that ends of sections are not told by. */
const GENERAL: ReadonlySet<string> = new Set(
  "R W M F B IW FW RMW X LKR LKW UL LF RL RU Once Acquire Release Mb Noreturn".split(" "),
);

interface Ends {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export class Sections {
  /** Each kind of section that some relation below the roots lies within, once. */
  readonly all: readonly Section[];
  /** Those between any threads. */
  readonly anywhere: readonly Section[];
  /** What a recursion's variables stand for. */
  readonly #bodies = new Map<Node, Node>();
  readonly #known = new Map<Node, Ends>();

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
    const far = nodes
      .filter(({ sort }) => sort === "rel")
      .flatMap((node) => [this.between(node, false) ?? [], this.between(node, true) ?? []].flat());
    this.anywhere = [...new Map(far.map((section) => [nameOf(section), section])).values()];
  }

  /** The sections that a filter of program order lies within; undefined for any other node. */
  around({ op, args: [relation, rows, columns] }: Node): readonly Section[] | undefined {
    if (op !== "filter" || !relation || !rows || !columns || !isWithinPo(relation)) return undefined;
    return this.#pairs(rows, columns);
  }

  /**
   * The sections between any threads that a relation lies within, as far as its form tells: from beginnings to ends, or
   * backwards from ends to beginnings.
   */
  between(node: Node, backwards: boolean): Section | undefined {
    const { from, to } = this.#ends(node);
    const [opens, closes] = backwards ? [to, from] : [from, to];
    if (opens === undefined || closes === undefined || opens === closes) return undefined;
    return GENERAL.has(opens) || GENERAL.has(closes) ? undefined : { opens, closes, anywhere: true };
  }

  /** The one primitive set that all pairs of a relation begin in, and the one that they end in. */
  #ends(node: Node): Ends {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const found = this.#endsOf(node);
    this.#known.set(node, found);
    return found;
  }

  #endsOf({ op, args }: Node): Ends {
    const [first, ...rest] = args;
    if (first === undefined) return {};
    const of = (arg: Node): Ends => (arg.sort === "rel" ? this.#ends(arg) : {});
    switch (op) {
      case "identity": {
        const set = this.#single(first);
        return { from: set, to: set };
      }
      case "filter":
        return { from: this.#single(rest[0]) ?? of(first).from, to: this.#single(rest[1]) ?? of(first).to };
      case "seq":
        return { from: of(first).from, to: of(args.at(-1) ?? first).to };
      case "inverse":
        return { from: of(first).to, to: of(first).from };
      case "plus":
      case "diff":
        return of(first);
      case "inter":
        return {
          from: args.map((arg) => of(arg).from).find((set) => set !== undefined),
          to: args.map((arg) => of(arg).to).find((set) => set !== undefined),
        };
      case "union": {
        const ends = args.map(of);
        const same = (side: "from" | "to"): string | undefined =>
          ends.every((each) => each[side] === ends[0]?.[side]) ? ends[0]?.[side] : undefined;
        return { from: same("from"), to: same("to") };
      }
      default:
        return {};
    }
  }

  #single(set: Node | undefined): string | undefined {
    const cover = set === undefined ? undefined : this.#cover(set, new Set());
    return cover?.length === 1 ? cover[0] : undefined;
  }

  #pairs(rows: Node, columns: Node): readonly Section[] | undefined {
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

export const nameOf = ({ opens, closes, anywhere }: Section): string =>
  `${opens} ${closes}${anywhere === true ? " anywhere" : ""}`;

function isWithinPo({ op, name, args }: Node): boolean {
  if (op === "prim") return name === "po";
  if (op === "inter") return args.some(isWithinPo);
  if (op === "union" || op === "seq" || op === "plus") return args.every(isWithinPo);
  return (op === "diff" || op === "filter") && args[0] !== undefined && isWithinPo(args[0]);
}
