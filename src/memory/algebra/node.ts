/**
 * Sets and relations of events as a graph of operations, each distinct one built once.
 *
 * A model is unfolded into such nodes: functions are gone, names are gone, what is written twice is one node. The
 * builder (`Nodes`) simplifies as it goes: `[S] ; r ; [T]` is a filter, `S * T & r` too, complements become
 * differences, an operation on nothing is nothing. Nodes are never changed; ids ascend from operands to results.
 */

/** What a node denotes. */
export type Sort = "set" | "rel";

/**
 * The operations. Sets: `prim all none union inter diff domain range`. Relations: `prim none id union inter diff seq
 * inverse plus cross identity filter`. Either: `var` (of a fixpoint) and `fix` (one of its results).
 *
 * `filter(r, S, T)` is `[S] ; r ; [T]`, `identity(S)` is `[S]`. `e*` and `e?` are unions with `id`.
 */
export type Op =
  | "prim"
  | "all"
  | "none"
  | "id"
  | "union"
  | "inter"
  | "diff"
  | "domain"
  | "range"
  | "seq"
  | "inverse"
  | "plus"
  | "cross"
  | "identity"
  | "filter"
  | "var"
  | "fix";

export interface Node {
  /** Greater than the ids of its operands. */
  readonly id: number;
  readonly sort: Sort;
  readonly op: Op;
  readonly args: readonly Node[];
  /** Of a primitive; of a variable, for people. */
  readonly name: string;
  /** Operations one inside the other. */
  readonly depth: number;
  /** Of a `fix`: the recursion, and which of its names this node is. */
  readonly fix?: Fixpoint;
  readonly index?: number;
}

/** A `let rec`: `vars[i]` is defined by `bodies[i]`, which mention the variables. */
export interface Fixpoint {
  readonly vars: readonly Node[];
  readonly bodies: readonly Node[];
}

/** Primitives that change when `rf` or `co` change; all others follow from the events that are present. */
export const DYNAMIC: ReadonlySet<string> = new Set(["rf", "co", "FW", "different-values"]);

/** Primitive relations between events of one thread. */
const INTERNAL: ReadonlySet<string> = new Set([..."po int addr data ctrl rmw lk-rmw".split(" ")]);

/** Primitive relations that are their own transitive closures. */
const TRANSITIVE: ReadonlySet<string> = new Set(["po", "co", "loc", "int"]);

/** Whether the relation relates events of one thread only, as far as its operations tell. */
export function isInternal(node: Node): boolean {
  const known = internal.get(node);
  if (known !== undefined) return known;
  const found = staysInside(node);
  internal.set(node, found);
  return found;
}

const internal = new WeakMap<Node, boolean>();

function staysInside({ op, args, name }: Node): boolean {
  switch (op) {
    case "prim":
      return INTERNAL.has(name);
    case "none":
    case "id":
    case "identity":
      return true;
    case "union":
    case "seq":
    case "plus":
    case "inverse":
      return args.every(isInternal);
    case "inter":
      return args.some(isInternal);
    case "diff":
    case "filter":
      return args[0] !== undefined && isInternal(args[0]);
    default:
      return false;
  }
}

/** Whether `plus` of the relation is the relation. */
export function isTransitive({ op, name }: Node): boolean {
  return (
    op === "plus" ||
    op === "id" ||
    op === "identity" ||
    op === "none" ||
    (op === "prim" && TRANSITIVE.has(name))
  );
}

/** Part of the diagonal: `id` or `[S]`. */
export function isDiagonal({ op }: Node): boolean {
  return op === "id" || op === "identity";
}
