/**
 * The C dialect of litmus tests (herd7's, as the kernel's `tools/memory-model` uses it) to a program and a question.
 *
 * What primitives mean is not built in: macros of a `.def` file (ours is `model/memory/lkmm.def`) reduce them to tagged
 * accesses and fences. The text is somebody else's: any input ends in a test or in one diagnostic.
 */

import { err, ok, type Result } from "../../base/result.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { SourceText } from "../../diag/source.ts";
import {
  ADDRESS_BASE,
  type LitmusRegister,
  type LitmusTest,
  type Observed,
  type Prop,
} from "../../ir/litmus.ts";
import type { Func, Position, Program } from "../../ir/types.ts";
import { Cells } from "./cells.ts";
import type { Definitions } from "./def.ts";
import { Lexer, SyntaxFailure } from "./lexer.ts";
import { lowerThread } from "./lower.ts";
import { type ParsedTest, parseTest } from "./parse.ts";
import { type Formula, type Place, printCondition, type Value } from "./question.ts";
import type { Shared } from "./values.ts";

/** A test that compiled, and what its file says besides. */
export interface CompiledLitmus {
  readonly test: LitmusTest;
  /** `Key=value` lines of the header (`Hash`, `Orig`, …). */
  readonly info: ReadonlyMap<string, string>;
}

/** Compiles one test. */
export function compileLitmus(
  file: SourceText,
  definitions: Definitions,
): Result<CompiledLitmus, Diagnostic> {
  try {
    const parsed = parseTest(file);
    const test = new TestCompiler(new Lexer(file), parsed, definitions).compile();
    return ok({ test, info: parsed.info });
  } catch (failure) {
    if (failure instanceof SyntaxFailure) return err(failure.diagnostic);
    throw failure;
  }
}

class TestCompiler {
  readonly #lexer: Lexer;
  readonly #parsed: ParsedTest;
  readonly #definitions: Definitions;
  readonly #cells: Cells;
  readonly #positions: Position[] = [];
  /** Per thread, the initial values of the registers that the text names outside the thread. */
  readonly #initial: Map<string, number>[];
  readonly #funcs: Func[] = [];
  readonly #registers: LitmusRegister[] = [];
  /** Index into `#registers` by `thread:name`. */
  readonly #index = new Map<string, number>();

  constructor(lexer: Lexer, parsed: ParsedTest, definitions: Definitions) {
    this.#lexer = lexer;
    this.#parsed = parsed;
    this.#definitions = definitions;
    this.#cells = new Cells(lexer);
    this.#initial = parsed.threads.map(() => new Map<string, number>());
  }

  compile(): LitmusTest {
    const { name, question } = this.#parsed;
    this.#makeCells();
    this.#makeInitialRegisters();
    this.#lowerThreads();
    const filter = question.filter === undefined ? {} : { filter: this.#prop(question.filter) };
    return {
      name,
      program: this.#program(),
      threads: this.#funcs.map((_, id) => id),
      locations: this.#cells.locations(),
      registers: this.#registers,
      observed: this.#observed(),
      ...filter,
      quantifier: question.quantifier,
      condition: this.#prop(question.condition),
      conditionText: printCondition(question),
    };
  }

  // ---- variables and registers ----

  #makeCells(): void {
    const { initial, threads, question } = this.#parsed;
    this.#cells.initialise(initial);
    for (const { params } of threads) for (const at of params) this.#cells.variable(at, at.text);
    for (const place of question.locations) this.#cells.mentionPlace(place);
    if (question.filter !== undefined) this.#cells.mention(question.filter);
    this.#cells.mention(question.condition);
  }

  #makeInitialRegisters(): void {
    const { initial, question } = this.#parsed;
    for (const { place, value } of initial) {
      if (place.kind !== "register") continue;
      this.#initialOf(place).set(place.name, value === undefined ? 0 : this.#cells.valueOf(value));
    }
    for (const place of this.#placesAsked()) {
      if (place.kind !== "register") continue;
      const known = this.#initialOf(place);
      // A parameter that a condition names keeps its address.
      const isParam = question !== undefined && this.#isParam(place);
      if (!known.has(place.name)) {
        known.set(place.name, isParam ? ADDRESS_BASE + this.#cells.variable(place.at, place.name).first : 0);
      }
    }
  }

  #isParam({ thread, name }: Place & { kind: "register" }): boolean {
    return this.#parsed.threads[thread]?.params.some((at) => at.text === name) ?? false;
  }

  #initialOf({ at, thread }: Place & { kind: "register" }): Map<string, number> {
    const known = this.#initial[thread];
    if (known !== undefined) return known;
    const last = this.#parsed.threads.length - 1;
    return this.#lexer.fail("litmus-no-thread", at, { thread, last });
  }

  /** Every place that the question names. */
  #placesAsked(): Place[] {
    const { locations, filter, condition } = this.#parsed.question;
    return [...locations, ...(filter === undefined ? [] : placesIn(filter)), ...placesIn(condition)];
  }

  #lowerThreads(): void {
    const shared: Shared = {
      lexer: this.#lexer,
      cells: this.#cells,
      definitions: this.#definitions,
      positions: this.#positions,
      cookies: 0,
    };
    for (const [thread, parsed] of this.#parsed.threads.entries()) {
      const initial = this.#initial[thread] ?? new Map<string, number>();
      const { func, registers } = lowerThread(shared, parsed, initial);
      this.#funcs.push(func);
      for (const [name, reg] of registers) {
        this.#index.set(`${thread}:${name}`, this.#registers.length);
        this.#registers.push({ thread, name, reg, initial: initial.get(name) ?? 0 });
      }
    }
  }

  #program(): Program {
    return {
      structs: [{ name: "cell", fields: [{ name: "value", type: { kind: "word" }, bytes: 4, line: 0 }] }],
      globals: this.#cells.locations().map(({ name, object }) => {
        return { name, struct: 0, percpu: false, first: object };
      }),
      funcs: this.#funcs,
      entries: new Map(this.#funcs.map(({ name }, id) => [name, id])),
      positions: this.#positions,
      constants: new Map(),
      taskStruct: undefined,
      mmStruct: undefined,
      addressBase: ADDRESS_BASE,
    };
  }

  // ---- the question ----

  #observedPart(place: Place): Observed {
    if (place.kind === "register") {
      return { kind: "register", index: this.#index.get(`${place.thread}:${place.name}`) ?? 0 };
    }
    const { name, first, count, array } = this.#cells.variable(place.at, place.name);
    if (array && place.index === undefined) return { kind: "array", name, first: first - 1, count };
    return { kind: "location", index: this.#cells.cellOf(place) - 1 };
  }

  /** Registers by thread and name, then variables by name: the order in which herd7 keeps and prints a state. */
  #observed(): Observed[] {
    const { locations, condition } = this.#parsed.question;
    const found = new Map<string, Observed>();
    for (const place of [...locations, ...placesIn(condition)]) {
      const observed = this.#observedPart(place);
      found.set(this.#sortKey(observed).join("\0"), observed);
    }
    const all = [...found.values()].map((observed) => ({ observed, key: this.#sortKey(observed) }));
    return all.sort((a, b) => compareKeys(a.key, b.key)).map(({ observed }) => observed);
  }

  #sortKey(observed: Observed): readonly (number | string)[] {
    if (observed.kind === "register") {
      const register = this.#registers[observed.index];
      return [0, register?.thread ?? 0, register?.name ?? ""];
    }
    if (observed.kind === "array") return [1, observed.name, 0];
    const name = this.#cells.locations()[observed.index]?.name ?? "";
    const bracket = name.indexOf("[");
    if (bracket < 0) return [1, name, 0];
    return [2, name.slice(0, bracket), Number.parseInt(name.slice(bracket + 1), 10)];
  }

  #prop(formula: Formula): Prop {
    switch (formula.kind) {
      case "true":
      case "false":
        return { kind: formula.kind };
      case "not":
        return { kind: "not", of: this.#prop(formula.of) };
      case "atom":
        return this.#atom(formula.left, formula.right);
      default:
        return { kind: formula.kind, left: this.#prop(formula.left), right: this.#prop(formula.right) };
    }
  }

  #atom(place: Place, right: Value): Prop {
    const left = this.#observedPart(place);
    if (right.kind === "content") return { kind: "equals", left, right: this.#observedPart(right.of) };
    if (right.kind !== "list") return { kind: "equals", left, right: this.#cells.valueOf(right) };
    const values = right.values.map((value) => this.#cells.valueOf(value));
    if (left.kind !== "array" || left.count !== values.length) {
      const count = left.kind === "array" ? left.count : 1;
      const name = place.kind === "variable" ? place.name : `${place.thread}:${place.name}`;
      return this.#lexer.fail("litmus-array", place.at, { name, count, found: values.length });
    }
    return values
      .map((value, i): Prop => {
        return { kind: "equals", left: { kind: "location", index: left.first + i }, right: value };
      })
      .reduce((all, one) => ({ kind: "and", left: all, right: one }), { kind: "true" });
  }
}

function placesIn(formula: Formula): Place[] {
  switch (formula.kind) {
    case "atom":
      return formula.right.kind === "content" ? [formula.left, formula.right.of] : [formula.left];
    case "not":
      return placesIn(formula.of);
    case "true":
    case "false":
      return [];
    default:
      return [...placesIn(formula.left), ...placesIn(formula.right)];
  }
}

function compareKeys(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [i, x] of a.entries()) {
    const y = b[i];
    if (y !== undefined && x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
