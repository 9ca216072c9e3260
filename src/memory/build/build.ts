/** A model's files to what is to be evaluated: the tests of the model, as nodes. */

import type { Span } from "../../diag/source.ts";
import type { Node } from "../algebra/node.ts";
import { fail } from "../cat/failure.ts";
import type { Instruction, Test, TestKind } from "../cat/tree.ts";
import { asNode, NO_SINGLE_EVENTS, ONLY_ENUMERATION, Unfolder } from "./unfold.ts";
import { describe, Scope, type Value } from "./value.ts";

/** One test of a model. */
export interface Axiom {
  readonly name: string;
  readonly kind: TestKind;
  readonly node: Node;
  /** Rejecting axioms hold in every execution; a flag is raised when its test comes out as `raisedWhen`. */
  readonly role: "reject" | "flag";
  readonly raisedWhen: boolean;
}

/** Reads a file that a model includes. */
export type Include = (file: string, at: Span) => readonly Instruction[];

export interface Built {
  readonly unfolder: Unfolder;
  readonly axioms: readonly Axiom[];
}

/**
 * Unfolds a model.
 * @param parts Instructions in order: library, bell file, cat file.
 * @param variants The variants of herd7 that hold, `lkmmv2` say.
 */
export function build(
  parts: readonly (readonly Instruction[])[],
  include: Include,
  variants: ReadonlySet<string>,
): Built {
  const builder = new Builder(include, variants);
  let scope: Scope | undefined;
  for (const part of parts) scope = builder.run(part, scope);
  return { unfolder: builder.unfolder, axioms: builder.axioms };
}

class Builder {
  readonly unfolder: Unfolder;
  readonly axioms: Axiom[] = [];
  readonly #include: Include;
  readonly #included = new Set<string>();

  constructor(include: Include, variants: ReadonlySet<string>) {
    this.#include = include;
    this.unfolder = new Unfolder(variants);
  }

  /** The scope after the instructions. */
  run(instructions: readonly Instruction[], start: Scope | undefined): Scope | undefined {
    return instructions.reduce((scope, each) => this.#step(each, scope), start);
  }

  #step(instruction: Instruction, scope: Scope | undefined): Scope | undefined {
    const { unfolder } = this;
    unfolder.countStep(instruction.at);
    switch (instruction.kind) {
      case "let":
        if (instruction.when !== undefined) refuse("`let … when`", instruction.at);
        return unfolder.bind(instruction.bindings, instruction.rec, scope);
      case "test":
        this.#test(instruction, scope);
        return scope;
      case "include":
        return this.#includeFile(instruction.file, instruction.at, scope);
      case "procedure":
        return new Scope(instruction.name, { ...instruction, scope: scope ?? NOTHING }, scope);
      case "call":
        this.#call(instruction, scope);
        return scope;
      case "with":
        return this.#with(instruction, scope);
      case "if":
        return this.run(
          unfolder.decide(instruction.condition, scope) ? instruction.yes : instruction.no,
          scope,
        );
      case "enum":
        for (const tag of instruction.tags) unfolder.declareTag(tag);
        return new Scope(instruction.name, { kind: "tags", tags: instruction.tags }, scope);
      case "forall":
        return fail("cat-unsupported", instruction.at, { what: "`forall`", why: NO_SINGLE_EVENTS });
      case "instructions":
      case "show":
        return scope;
    }
  }

  #includeFile(file: string, at: Span, scope: Scope | undefined): Scope | undefined {
    if (this.#included.has(file)) return scope;
    this.#included.add(file);
    return this.run(this.#include(file, at), scope);
  }

  #call({ name, argument, at }: Instruction & { readonly kind: "call" }, scope: Scope | undefined): void {
    const called = Scope.find(scope, name);
    if (called?.kind !== "procedure")
      fail("cat-kind", at, {
        what: `\`${name}\``,
        found: called === undefined ? "no name of one" : describe(called),
        expected: "a procedure",
      });
    const value = this.unfolder.evaluate(argument, scope);
    this.run(called.body, this.unfolder.bindPattern(called.parameters, value, at, called.scope));
  }

  /** `with co from …` enumerates coherence orders, and so does the engine. */
  #with({ name, at }: Instruction & { readonly kind: "with" }, scope: Scope | undefined): Scope {
    if (name !== "co") refuse(`\`with ${name} from …\``, at);
    return new Scope(name, asNode(this.unfolder.nodes.prim("rel", name)), scope);
  }

  #test(test: Test, scope: Scope | undefined): void {
    const { at, test: kind, negated, role } = test;
    const value = this.unfolder.evaluate(test.of, scope);
    const name = test.name ?? `${kind} at ${at.file.name}:${at.line}`;
    if (role !== "require") {
      const raisedWhen = (role === "flag") !== negated;
      this.axioms.push({ name, kind, node: this.#subject(kind, value, test), role: "flag", raisedWhen });
      return;
    }
    if (negated)
      fail("cat-unsupported", at, {
        what: `\`~${kind}\` without \`flag\``,
        why: "it rejects executions for what they do not have yet, so that no prefix could be checked",
      });
    this.axioms.push({
      name,
      kind,
      node: this.#subject(kind, value, test),
      role: "reject",
      raisedWhen: false,
    });
  }

  #subject(kind: TestKind, value: Value, { of }: Test): Node {
    return this.unfolder.coerce(value, kind === "empty" ? undefined : "rel", of.at);
  }
}

const NOTHING = new Scope("", { kind: "empty" }, undefined);

function refuse(what: string, at: Span): never {
  return fail("cat-unsupported", at, { what, why: ONLY_ENUMERATION });
}
