/**
 * `let rec`: names that are defined by themselves, as the result of starting with nothing and evaluating the
 * definitions over and over until they stand still. Each definition sees the values of this round that come before
 * it in the text: the kernel's matching of RCU sections is not monotone and depends on that order.
 *
 * Whether a name is a set or a relation is found by trying: all are taken for relations, a definition that turns out a
 * set corrects its name, and what does not fit yet is looked at again.
 */

import type { Node, Sort } from "../algebra/node.ts";
import { reachable } from "../algebra/walk.ts";
import { CatFailure, fail } from "../cat/failure.ts";
import type { Binding } from "../cat/tree.ts";
import type { Unfolder } from "./unfold.ts";
import { asNode } from "./unfold.ts";
import { Scope } from "./value.ts";

interface Named {
  readonly name: string;
  readonly binding: Binding;
}

/** The scope after `let rec` of these bindings. */
export function recursion(
  unfolder: Unfolder,
  bindings: readonly Binding[],
  outer: Scope | undefined,
): Scope | undefined {
  const named = bindings.map(check);
  const sorts = inferSorts(unfolder, named, outer);
  const vars = named.map(({ name }, i) => unfolder.nodes.variable(sorts[i] ?? "rel", name));
  const inner = named.reduce<Scope | undefined>((scope, { name }, i) => {
    const node = vars[i];
    return node === undefined ? scope : new Scope(name, asNode(node), scope);
  }, outer);
  const bodies = named.map(({ binding }, i) =>
    unfolder.coerce(unfolder.evaluate(binding.value, inner), sorts[i], binding.value.at),
  );
  refuseOuterVariables(named, vars, bodies);
  const results = unfolder.nodes.fixpoint({ vars, bodies });
  return named.reduce<Scope | undefined>((scope, { name }, i) => {
    const node = results[i];
    return node === undefined ? scope : new Scope(name, asNode(node), scope);
  }, outer);
}

/** A recursion inside another that uses the outer one's names would have to run anew in each of its rounds. */
function refuseOuterVariables(named: readonly Named[], vars: readonly Node[], bodies: readonly Node[]): void {
  const [first] = named;
  const below = reachable(bodies);
  const own = new Set([...vars, ...below.flatMap(({ fix }) => fix?.vars ?? [])]);
  const outer = below.find((node) => node.op === "var" && !own.has(node));
  if (first === undefined || outer === undefined) return;
  const problem = `depends on \`${outer.name}\`, which is still being defined`;
  fail("cat-recursion", first.binding.at, { name: first.name, problem });
}

function check(binding: Binding): Named {
  const { pattern, value, at } = binding;
  if (pattern.kind !== "one" || pattern.name === undefined)
    return fail("cat-recursion", at, { name: "let rec", problem: "defines a tuple" });
  if (value.kind === "function")
    return fail("cat-recursion", at, { name: pattern.name, problem: "is a function that may call itself" });
  return { name: pattern.name, binding };
}

function inferSorts(unfolder: Unfolder, named: readonly Named[], outer: Scope | undefined): readonly Sort[] {
  const sorts = named.map((): Sort => "rel");
  for (let changed = true; changed; ) {
    changed = false;
    const scope = named.reduce<Scope | undefined>(
      (inner, { name }, i) =>
        new Scope(name, asNode(unfolder.nodes.variable(sorts[i] ?? "rel", name)), inner),
      outer,
    );
    for (const [i, { binding }] of named.entries()) {
      if (sorts[i] === "set" || sortOf(unfolder, binding, scope) !== "set") continue;
      sorts[i] = "set";
      changed = true;
    }
  }
  return sorts;
}

/** The sort of a definition, if it can be told yet. */
function sortOf(unfolder: Unfolder, { value }: Binding, scope: Scope | undefined): Sort | undefined {
  try {
    const found = unfolder.evaluate(value, scope);
    return found.kind === "node" ? found.node.sort : undefined;
  } catch (failure) {
    if (failure instanceof CatFailure && failure.diagnostic.id === "cat-kind") return undefined;
    throw failure;
  }
}
