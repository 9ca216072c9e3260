/** Witnesses: what is printed replays to the same violation; everything else is refused in one clear message. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/base/input_error.ts";
import { type CheckOptions, checkProgram, replayWitness } from "../../src/check/states/check.ts";
import { parseWitness } from "../../src/check/states/witness.ts";
import type { CheckResult, Violation } from "../../src/evidence/types.ts";
import type { Program } from "../../src/ir/types.ts";
import type { MemoryModel } from "../../src/world/world.ts";
import { turnsOf } from "./agree.ts";
import { explore } from "./naive.ts";
import { type Case, caseName, compileKts, linkCase, MUTANTS } from "./programs.ts";
import { KINDS, randomMachine } from "./random_machine.ts";

const NAMES = { scheme: "s", scenario: "s", arch: "a" };
const options = (cpus: number, reductions = true, model: MemoryModel = "sc"): CheckOptions => ({
  cpus,
  limits: { states: 1_000_000, bytes: 1e9 },
  partialOrder: reductions,
  symmetry: reductions,
  model,
  now: () => 0,
});

function violationOf(result: CheckResult): Violation {
  if (result.verdict.kind !== "violated") throw new Error(`${result.verdict.kind}, not violated`);
  return result.verdict.violation;
}

function replay(program: Program, cpus: number, text: string): Violation {
  return violationOf(replayWitness(program, NAMES, options(cpus), text));
}

/** The message with which a text is refused. */
function refusal(program: Program, cpus: number, text: string): string {
  try {
    replay(program, cpus, text);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return "not refused";
}

/** One small machine for each kind of violation. */
const MACHINE = `export interface task extends struct { extra: int; }
export interface obj extends struct { v: int; }
export interface g extends struct { p: obj; a: int; n: atomic_t; }
export const G = DEFINE<g>();
export function main(): void {
local_irq_enable();
for (const cpu of for_each_possible_cpu()) {
if (cpu === smp_processor_id()) atomic_inc(G.n);
}
const o = xchg(G.p, NULL);
G.a = choose(3);
if (o !== NULL) free(o);
if (atomic_read(G.n) === 2 && G.a === 1) o.v = 1;
}
export function setup(): void {
G.p = alloc<obj>();
for (const cpu of for_each_possible_cpu()) task_start_on(task_create<task>(main, cpumask_of(cpu), 0), cpu);
}
`;

const byCost = (a: Case, b: Case): number =>
  Number(a.scenario.startsWith("user")) - Number(b.scenario.startsWith("user"));

describe("mutations", () => {
  test.each([...MUTANTS].sort(byCost).map((item) => [caseName(item), item] as const))(
    "%s: the witness replays, and the naive engine finds the same along it",
    (_, item) => {
      const { program, cpus } = linkCase(item);
      const found = violationOf(checkProgram(program, NAMES, options(cpus, true, item.model)));
      expect(found.witness).toMatch(/^lz1\.[0-9a-f]{6}\.[a-zA-Z][0-9a-zA-Z]*$/);
      expect(replay(program, cpus, found.witness)).toEqual(found);
      expect(found.timeline.rows.length).toBeGreaterThan(0);
      expect(refusal(program, cpus, `${found.witness}0`)).toMatch(/^witness: /);
      expect(refusal(program, cpus, found.witness.slice(0, -1))).toMatch(/^witness: /);
      // The naive engine is sequentially consistent.
      if (item.model !== "sc") return;
      const schedule = turnsOf(program, cpus, found.witness);
      const { anyOrder } = parseWitness(found.witness, program);
      const how = { cpus, anyOrder, everyOp: true, forgetDead: true, limit: 400_000 };
      const naive = explore(program, { ...how, schedule, until: found.property });
      expect([...naive.broken]).toContain(found.property);
    },
  );
});

describe("random machines", () => {
  test.each(KINDS)("%s: witnesses replay, with and without reductions", (kind) => {
    let violated = 0;
    const property = fc.property(
      fc.array(fc.nat(1 << 20), { minLength: 12, maxLength: 40, size: "max" }),
      (choices) => {
        const { source, cpus } = randomMachine(kind, choices);
        const program = compileKts(source);
        for (const reductions of [false, true]) {
          const result = checkProgram(program, NAMES, {
            ...options(cpus, reductions),
            limits: { states: 20_000, bytes: 1e9 },
          });
          if (result.verdict.kind !== "violated") continue;
          violated++;
          const found = result.verdict.violation;
          expect(replay(program, cpus, found.witness)).toEqual(found);
          const last = found.timeline.rows.at(-1)?.step ?? 0;
          for (const row of found.timeline.rows) expect(row.step).toBeLessThanOrEqual(last);
        }
      },
    );
    fc.assert(property, { seed: 11, numRuns: 40 });
    expect(violated).toBeGreaterThan(1);
  });
});

describe("what is no witness of this program", () => {
  const program = compileKts(MACHINE);
  const { witness } = violationOf(checkProgram(program, NAMES, options(2)));
  const [format = "", digest = "", body = ""] = witness.split(".");

  test("another version", () => {
    expect(refusal(program, 2, `lz2.${digest}.${body}`)).toBe(
      'witness: expected version 1 ("lz1.…"), found version 2',
    );
  });

  test("another program", () => {
    const other = compileKts(MACHINE.replace("G.a === 1", "G.a === 2"));
    const theirs = violationOf(checkProgram(other, NAMES, options(2))).witness;
    expect(refusal(program, 2, theirs)).toMatch(
      /^witness: it is of program [0-9a-f]{6}, but scheme, scenario and options give program [0-9a-f]{6}$/,
    );
  });

  test.each([
    "",
    " ",
    "hello",
    "lz1",
    `${format}.${digest}`,
    `${format}.${digest}.`,
    `${format}.${digest}.x`,
    `${format}.${digest}.${body}.0`,
    `${format}.${digest}.${body}-`,
    `${format}.${digest}.${body}é`,
    `${format}..${body}`,
    `${format}.${digest.toUpperCase()}x.${body}`,
    "lz1.000000.o",
    "🐢".repeat(50),
    "a".repeat(100_000),
  ])("garbage: %.30s", (text) => {
    const message = refusal(program, 2, text);
    expect(message).toMatch(/^witness: /);
    expect(message.split("\n")).toHaveLength(1);
    expect(message.length).toBeLessThan(200);
  });

  test("cut short anywhere, or with a choice too many", () => {
    for (let length = 1; length < body.length; length++) {
      expect(refusal(program, 2, `${format}.${digest}.${body.slice(0, length)}`)).toMatch(/^witness: /);
    }
    for (const more of ["0", "z", "00000"]) {
      expect(refusal(program, 2, `${witness}${more}`)).toMatch(/^witness: /);
    }
  });

  test("any text: a violation or a refusal, nothing else", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0011223459azZ"), maxLength: 40 });
    const mutated = fc
      .tuple(fc.nat(witness.length), fc.constantFrom("", "0", "1", "9", ".", "A", "o", "t"))
      .map(([at, put]) => witness.slice(0, at) + put + witness.slice(at + 1));
    const modes = fc
      .tuple(fc.constantFrom("o", "a", "O", "A", "t", "u"), digits)
      .map(([m, d]) => `${format}.${digest}.${m}${d}`);
    const texts = fc.oneof(fc.string(), mutated, modes);
    fc.assert(
      fc.property(texts, fc.constantFrom(2, 3), (text, cpus) => {
        const message = refusal(program, cpus, text);
        if (message !== "not refused") expect(message).toMatch(/^witness: /);
        else expect(replay(program, cpus, text).timeline.rows.length).toBeGreaterThan(0);
      }),
      { seed: 5, numRuns: 400 },
    );
  });
});
