/**
 * Random programs do what they say: the compiled program accesses memory exactly as the same text run as JavaScript
 * does, and the optimiser changes no visible step.
 */

import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { interpret } from "../../test/support/interpret.ts";
import { expectProgram } from "../../test/support/kts.ts";
import { FIELDS, randomProgram } from "../../test/support/random_program.ts";
import type { Func, Program } from "../ir/types.ts";

const names: readonly string[] = FIELDS;
const choices = fc.array(fc.nat({ max: 0xffff }), { maxLength: 800, size: "max" });
const start = fc.tuple(fc.integer(), fc.integer(), fc.integer());

function mainOf(program: Program): Func {
  const id = program.entries.get("main") ?? -1;
  const func = program.funcs[id];
  if (func === undefined) throw new Error("no main");
  return func;
}

/** What the JavaScript text does, in the interpreter's words. */
function runJavaScript(js: string, values: readonly number[]): string[] {
  const trace: string[] = [];
  const memory = new Map(FIELDS.map((field, index) => [field as string, values[index] ?? 0]));
  const get = (field: string) => {
    trace.push(`load 0.${names.indexOf(field)} place=1`);
    return memory.get(field) ?? 0;
  };
  const set = (field: string, value: number) => {
    trace.push(`store 0.${names.indexOf(field)} place=1 value=${value | 0}`);
    memory.set(field, value | 0);
  };
  runInNewContext(js, { get, set });
  return trace;
}

test("a compiled program makes the accesses that its text makes as JavaScript", () => {
  fc.assert(
    fc.property(choices, start, (list, values) => {
      const { kts, js } = randomProgram(list);
      const memory = new Map(FIELDS.map((_, field) => [`0.1.${field}`, values[field] ?? 0]));
      const run = interpret(mainOf(expectProgram(kts)), { memory, limit: 100_000 });
      expect(run.trace).toEqual(runJavaScript(js, values));
    }),
    { numRuns: 600 },
  );
});

test("optimising keeps every visible op, in order, with its values", () => {
  fc.assert(
    fc.property(choices, fc.nat(), (list, seed) => {
      const { kts } = randomProgram(list);
      const oracle = (step: number) => Math.imul(step + seed, 0x9e3779b1) >> 28;
      const [plain, optimised] = [true, false].map((unoptimised) => {
        return interpret(mainOf(expectProgram(kts, { unoptimised })), { oracle, limit: 500 });
      });
      expect(optimised).toEqual(plain);
    }),
    { numRuns: 300 },
  );
});
