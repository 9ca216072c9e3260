/**
 * Whether what a model says about an execution's future depends only on a part of it: the condition of `docs/merging.md`.
 *
 * Split the events of an execution into a *past* and the rest such that no edge of `po rf co fr addr data ctrl rmw` ever
 * leads from the rest into the past. Of a relation of the model, in any such split, three things can be known by its form:
 *
 *     STABLE     between two events of the rest, and between two of the past, it is what it is without the other part
 *     FORWARD    it does not lead from the rest into the past
 *     BACKWARD   it does not lead from the past into the rest
 *
 * If the relations of all axioms are STABLE, a cycle lies in one part, and whether more events make a consistent execution
 * inconsistent can be told without its past. `rf^-1 ; co` counts as an edge of its own (`fr`), since the write that a read
 * of the rest took may be past.
 *
 * Some relations must not cross the split either way. Those of an update's halves cannot where the engine keeps them
 * together; nor can what lies within `[A] ; po ; [B]` if the engine keeps the A of a thread with the B behind them: sections
 * of RCU. Nor can what leads from an A to a B if the engine keeps all A as long as there is some B: sections of SRCU.
 * `localityOf` finds a smallest choice of such demands that suffices.
 */

import type { Axiom } from "../build/build.ts";
import type { Locality, Section } from "../locality.ts";
import type { Fixpoint, Node } from "./node.ts";
import { nameOf, Sections } from "./sections.ts";

const STABLE = 1;
const FORWARD = 2;
const BACKWARD = 4;
const ALL = STABLE | FORWARD | BACKWARD;

/** Edges that a past is closed under. */
const BASE: ReadonlySet<string> = new Set([..."po rf co addr data ctrl ctrl-all rmw lk-rmw".split(" ")]);
/** Known of a pair by looking at its two events. */
const PAIRWISE: ReadonlySet<string> = new Set(["loc", "int", "ext"]);
/** Halves of updates, which an engine makes in one step. */
const HALVES: readonly string[] = ["rmw", "lk-rmw"];

/** Judges the rejecting axioms; flags are another matter (`docs/merging.md`). */
export function localityOf(axioms: readonly Axiom[]): Locality {
  const rejecting = axioms.filter(({ role, node }) => role === "reject" && node.op !== "none");
  const sections = new Sections(rejecting.map(({ node }) => node));
  // The ones that keep most are given up first.
  const candidates: readonly Demand[] = [...sections.anywhere, ...HALVES, ...sections.all];
  const judge = (demands: readonly Demand[]): Judge => new Judge(sections, demands);
  const holds = (demands: readonly Demand[]): boolean => {
    const judged = judge(demands);
    return rejecting.every((axiom) => passes(axiom, judged));
  };
  if (!holds(candidates)) return { local: false, why: complaint(rejecting, judge(candidates)) };
  let needed: readonly Demand[] = holds([]) ? [] : candidates;
  for (const each of needed) {
    const without = needed.filter((other) => other !== each);
    if (holds(without)) needed = without;
  }
  return {
    local: true,
    halves: HALVES.filter((name) => needed.includes(name)),
    sections: needed.filter((demand) => typeof demand !== "string"),
  };
}

/** A relation of halves by its name, or a kind of section. */
type Demand = string | Section;

function passes({ kind, node }: Axiom, judge: Judge): boolean {
  const known = judge.of(node);
  if (kind === "empty" && node.sort === "rel") return known === ALL;
  // A cycle is a pair of the closure with itself.
  return (known & STABLE) !== 0 && (kind !== "acyclic" || (known & (FORWARD | BACKWARD)) !== 0);
}

class Judge {
  readonly #sections: Sections;
  readonly #demands: readonly Demand[];
  /** The demands' names. */
  readonly #kept: ReadonlySet<string>;
  readonly #known: Map<Node, number>;

  constructor(sections: Sections, demands: readonly Demand[], known: ReadonlyMap<Node, number> = new Map()) {
    this.#sections = sections;
    this.#demands = demands;
    this.#kept = new Set(demands.map((demand) => (typeof demand === "string" ? demand : nameOf(demand))));
    this.#known = new Map(known);
  }

  /** What is known of a node; a set is STABLE, which is written ALL, or not. */
  of(node: Node): number {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const found = node.fix === undefined ? this.#judge(node) : this.#recursion(node.fix, node.index ?? 0);
    const relation = node.sort === "rel" && this.#isBetween(node, found) ? ALL : found;
    const judged = node.sort === "rel" ? relation : (found & STABLE) !== 0 ? ALL : 0;
    this.#known.set(node, judged);
    return judged;
  }

  #judge(node: Node): number {
    const { op, args } = node;
    const of = args.map((arg) => this.of(arg));
    const [a = 0, b = 0] = of;
    const stable = of.reduce((all, each) => all & each, STABLE);
    switch (op) {
      case "prim":
        return this.#primitive(node);
      case "union":
        return of.reduce((all, each) => all & each, ALL);
      case "inter":
        return stable | of.reduce((any, each) => any | (each & ~STABLE), 0);
      case "diff":
        return stable | (a & ~STABLE);
      case "seq":
        return isFromRead(node) ? STABLE | FORWARD : sequence(a, b);
      case "plus":
        return (a & (FORWARD | BACKWARD)) === 0 ? 0 : a;
      case "inverse":
        return (a & STABLE) | ((a & FORWARD) << 1) | ((a & BACKWARD) >> 1);
      case "cross":
        return stable;
      case "identity":
        return stable === 0 ? 0 : ALL;
      case "filter":
        return stable | (a & ~STABLE) | (this.#isSection(node) ? FORWARD | BACKWARD : 0);
      case "domain":
      case "range":
        return a === ALL ? ALL : 0;
      default:
        return op === "var" || op === "fix" ? 0 : ALL;
    }
  }

  #primitive({ name, sort }: Node): number {
    // Which write is last changes with the next write.
    if (sort === "set") return name === "FW" ? 0 : ALL;
    if (this.#kept.has(name)) return ALL;
    return BASE.has(name) ? STABLE | FORWARD : PAIRWISE.has(name) ? STABLE : 0;
  }

  #isSection(node: Node): boolean {
    return this.#sections.around(node)?.every((section) => this.#kept.has(nameOf(section))) ?? false;
  }

  /**
   * Whether the engine keeps beginnings live as long as there is an end. An end is live where a beginning is, since edges
   * lead there: such a relation does not cross the split.
   */
  #isBetween(node: Node, known: number): boolean {
    if ((known & STABLE) === 0 || (known & (FORWARD | BACKWARD)) === 0) return false;
    const section = this.#sections.between(node, (known & FORWARD) === 0);
    return section !== undefined && this.#kept.has(nameOf(section));
  }

  /**
   * A recursion starts from nothing, of which everything is true, and each round keeps what its definitions keep. That
   * the two parts of an execution may take different numbers of rounds does no harm: what stands still stays so.
   */
  #recursion(fix: Fixpoint, index: number): number {
    const results = fix.vars.map(() => ALL);
    for (let changed = true; changed; ) {
      changed = false;
      const inner = new Judge(this.#sections, this.#demands, this.#known);
      for (const [i, variable] of fix.vars.entries()) inner.#known.set(variable, results[i] ?? 0);
      for (const [i, body] of fix.bodies.entries()) {
        const judged = inner.of(body) & (results[i] ?? 0);
        if (judged === results[i]) continue;
        results[i] = judged;
        changed = true;
      }
    }
    return results[index] ?? 0;
  }

  /** The innermost node that loses what its operands have. */
  culprit(node: Node): Node {
    const below = (node.fix?.bodies ?? node.args).find(
      (arg) => arg.op !== "var" && (this.of(arg) & STABLE) === 0,
    );
    return below === undefined ? node : this.culprit(below);
  }
}

/** An event in the middle must be in the part of the ends, whichever way that is ensured. */
function sequence(a: number, b: number): number {
  const rest = (a & FORWARD) !== 0 || (b & BACKWARD) !== 0;
  const past = (a & BACKWARD) !== 0 || (b & FORWARD) !== 0;
  return (rest && past ? a & b & STABLE : 0) | (a & b & ~STABLE);
}

/** `rf^-1 ; co`. */
function isFromRead({ args: [a, b] }: Node): boolean {
  return a?.op === "inverse" && a.args[0]?.name === "rf" && b?.op === "prim" && b.name === "co";
}

function complaint(axioms: readonly Axiom[], judge: Judge): string {
  const failed = axioms.find((axiom) => !passes(axiom, judge));
  if (failed === undefined) return "no axiom fails";
  const culprit = (judge.of(failed.node) & STABLE) === 0 ? judge.culprit(failed.node) : failed.node;
  return `axiom ${failed.name}: ${REASONS[culprit.op] ?? "it"} ${text(culprit, 3)} ${
    culprit === failed.node && (judge.of(culprit) & STABLE) !== 0
      ? "may relate an event to one that comes to be much later"
      : "depends on more than what is reached along the edges of the execution"
  }`;
}

const REASONS: Partial<Record<Node["op"], string>> = {
  prim: "the primitive",
  seq: "the sequence",
  plus: "the closure",
  domain: "the set",
  range: "the set",
};

/** A node as cat text, down to a depth. */
function text(node: Node, depth: number): string {
  const { op, name, args } = node;
  if (op === "prim" || op === "var" || op === "fix") return `\`${name}\``;
  if (op === "all") return "`_`";
  if (depth === 0) return "…";
  const [a = "", ...more] = args.map((arg) => text(arg, depth - 1).replaceAll("`", ""));
  const infix: Partial<Record<Node["op"], string>> = {
    union: " | ",
    inter: " & ",
    diff: " \\ ",
    seq: " ; ",
    cross: " * ",
  };
  const between = infix[op];
  if (between !== undefined) return `\`(${[a, ...more].join(between)})\``;
  if (op === "filter") return `\`[${more[0]}] ; ${a} ; [${more[1]}]\``;
  if (op === "identity") return `\`[${a}]\``;
  if (op === "plus" || op === "inverse") return `\`${a}${op === "plus" ? "+" : "^-1"}\``;
  return `\`${op}${a === "" ? "" : `(${a})`}\``;
}
