/** Random cat texts and random graphs to evaluate them on. */

import fc from "fast-check";
import type { Pair, TestGraph } from "./test_graph.ts";

const SETS = ["R", "W", "M", "IW", "F", "RMW", "LKR"];
const RELATIONS = ["po", "loc", "int", "ext", "rf", "co", "addr", "data", "rmw"];

type Expressions = ReturnType<typeof expressions>;

/** An expression of each sort. */
function expressions(complements: boolean) {
  const whole = complements ? ["_"] : [];
  return fc.letrec<{ set: string; rel: string }>((tie) => {
    const set = tie("set");
    const rel = tie("rel");
    const two = (op: string, a: fc.Arbitrary<string>) => fc.tuple(a, a).map(([x, y]) => `(${x} ${op} ${y})`);
    return {
      set: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.constantFrom(...SETS, ...whole, "emptyset"),
        two("|", set),
        two("&", set),
        two("\\", set),
        set.map((s) => (complements ? `~${s}` : s)),
        rel.map((r) => `domain(${r})`),
        rel.map((r) => `range(${r})`),
      ),
      rel: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.constantFrom(...RELATIONS, "id", "0"),
        two("|", rel),
        two("&", rel),
        two("\\", rel),
        two(";", rel),
        two(";", rel),
        rel.map((r) => `(${r})^-1`),
        rel.map((r) => `(${r})+`),
        rel.map((r) => `(${r})*`),
        rel.map((r) => `(${r})?`),
        rel.map((r) => (complements ? `(~${r})` : r)),
        set.map((s) => `[${s}]`),
        fc.tuple(set, rel, set).map(([a, r, b]) => `([${a}] ; ${r} ; [${b}])`),
        fc.tuple(set, set).map(([a, b]) => `(${a} * ${b})`),
        fc.tuple(rel, set, set).map(([r, a, b]) => `(${r} & (${a} * ${b}))`),
        fc.tuple(rel, rel).map(([a, b]) => `nodetour(${a}, ${b}, ${a})`),
        set.map((s) => `fencerel(${s})`),
      ),
    };
  });
}

/** Definitions that grow with the names that they define, so that they settle. */
function recursions({ rel, set }: Expressions): fc.Arbitrary<string> {
  return fc
    .tuple(rel, rel, rel, set, fc.boolean())
    .map(([a, b, c, s, two]) =>
      two
        ? `let rec x = ${a} | (x ; ${b}) | ([p] ; y) and y = (${c} & x^-1) | (y ; x) and p = (${s}) | domain(y)`
        : `let rec x = (${a}) | (x ; ${b} ; x) and p = ${s} | range(x & ${c}) and y = x+`,
    );
}

/**
 * A model: some definitions, perhaps a recursion, and tests.
 * @param complements Whether it may take complements and all events, which are costly in the reference.
 */
export function randomModel(complements = true): fc.Arbitrary<string> {
  const base = expressions(complements);
  const kinds = ["acyclic", "irreflexive", "empty", "flag empty", "flag ~acyclic"];
  const test = fc
    .tuple(fc.constantFrom(...kinds), base.rel, base.rel)
    .map(([kind, a, b]) => `${kind} ${a} | ${b}`);
  const tests = fc.array(test, { minLength: 1, maxLength: 4 });
  return fc
    .tuple(base.rel, base.set, fc.option(recursions(base)), tests, base.rel)
    .map(([d, s, recursion, written, last]) => {
      const named = written.map((text, i) => `${text} as t${i}`);
      const uses = ["acyclic d ; d as usesd", "flag ~empty [s] ; d as usess"];
      const more = ["empty x & d as usesx", "irreflexive [p] ; y ; d* as usesy"];
      const recursive = recursion === null ? [] : [recursion, ...more];
      const ends = `flag ~empty ${last} as last`;
      return [`let d = ${d}`, `let s = ${s}`, ...recursive, ...named, ...uses, ends].join("\n");
    });
}

/** One test of one relation. */
export const randomAxiom: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom("acyclic", "irreflexive", "empty"), expressions(false).rel)
  .map(([kind, relation]) => `${kind} ${relation}`);

/** How to make a graph, reproducibly. */
export interface GraphRecipe {
  readonly seed: number;
  readonly events: number;
  readonly density: number;
  /** Chance of an event to be in a set; 0.4 if absent. */
  readonly members?: number;
}

export const randomRecipe: fc.Arbitrary<GraphRecipe> = fc.record({
  seed: fc.nat(),
  events: fc.integer({ min: 0, max: 9 }),
  density: fc.double({ min: 0.02, max: 0.5, noNaN: true }),
});

/**
 * Fills a graph with sets and relations that need not be those of an execution, but keep what the compiler relies on:
 * `po` and `co` are transitive, `po`, dependencies and `rmw` stay within threads, `loc`, `int` and `ext` are symmetric.
 * @param padding Events without anything that come first, so that the others straddle words.
 */
export function fillGraph(
  graph: TestGraph,
  { seed, events, density, members = 0.4 }: GraphRecipe,
  padding = 0,
): void {
  const random = mulberry(seed);
  const happens = (share: number): boolean => random() < share;
  const pick = (count: number): number => Math.floor(random() * count);
  for (let i = 0; i < padding; i++) graph.add({ thread: -1, sets: [] });
  for (let i = 0; i < events; i++)
    graph.add({ thread: pick(4) - 1, loc: "xyz".charAt(pick(3)), sets: SETS.filter(() => happens(members)) });
  const ids = graph.ids().slice(padding);
  const within = graph.pairs("int");
  for (const name of ["addr", "data", "rmw"])
    graph.assign(
      name,
      within.filter(() => happens(density)),
    );
  for (const name of ["rf", "co"])
    graph.assign(
      name,
      ids.flatMap((a) => ids.filter(() => happens(density / 2)).map((b): Pair => [a, b])),
    );
  for (let grown = true; grown; ) {
    const before = graph.pairs("co");
    for (const [a, b] of before) for (const [c, d] of before) if (b === c) graph.relate("co", a, d);
    grown = graph.pairs("co").length > before.length;
  }
}

function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
