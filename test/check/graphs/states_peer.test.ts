/**
 * The two checkers of this project agree: random programs in Kernel TypeScript have the same final states (and the same
 * deadlocks) by exploring states, with and without store buffers, as by exploring execution graphs under SC and TSO.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Explorer } from "../../../src/check/graphs/explore.ts";
import { type GraphProgram, Instance } from "../../../src/check/graphs/instance.ts";
import { HALT } from "../../../src/check/graphs/threads.ts";
import type { Program } from "../../../src/ir/types.ts";
import type { Model } from "../../../src/memory/model.ts";
import { MODEL_FOLDER, modelFile } from "../../memory/models.ts";
import { check } from "../agree.ts";
import { bareMachine, compileKts } from "../programs.ts";

const RUNS = Number(process.env.GRAPH_RUNS ?? 150);
const REGISTERS = 6;

/** One statement as text; `r` numbers the registers that it may read and the one that it defines. */
type Writer = (r: { readonly defined: number; readonly from: number }) => {
  readonly text: string;
  readonly defines: boolean;
};

const cell = fc.constantFrom("G.x", "G.y");
const used = ({ defined, from }: { readonly defined: number; readonly from: number }): string =>
  defined === 0 ? "1" : `r${from % defined}`;

const statement: fc.Arbitrary<Writer> = fc.oneof(
  cell.map(
    (x): Writer =>
      ({ defined }) => ({ text: `const r${defined} = READ_ONCE(${x});`, defines: true }),
  ),
  fc.record({ x: cell, value: fc.constantFrom("1", "2", "r") }).map(
    ({ x, value }): Writer =>
      (r) => ({
        text: `WRITE_ONCE(${x}, ${value === "r" ? used(r) : value});`,
        defines: false,
      }),
  ),
  cell.map(
    (x): Writer =>
      ({ defined }) => ({ text: `const r${defined} = xchg(${x}, 3);`, defines: true }),
  ),
  cell.map(
    (x): Writer =>
      ({ defined }) => ({
        text: `const r${defined} = cmpxchg_relaxed(${x}, 0, 2);`,
        defines: true,
      }),
  ),
  fc.constant<Writer>(({ defined }) => ({
    text: `const r${defined} = atomic_inc_return(G.n);`,
    defines: true,
  })),
  fc.constant<Writer>(({ defined }) => ({ text: `const r${defined} = atomic_read(G.n);`, defines: true })),
  fc.constant<Writer>(() => ({ text: "smp_mb();", defines: false })),
  cell.map(
    (x): Writer =>
      (r) => ({ text: `if (${used(r)} === 1) ${x} = 2; else smp_mb();`, defines: false }),
  ),
  cell.map(
    (x): Writer =>
      () => ({
        text: `spin_lock(G.l); ${x} = 1 + ${x}; spin_unlock(G.l);`,
        defines: false,
      }),
  ),
  fc.constant<Writer>(() => ({ text: "smp_cond_load_acquire(G.flag, 1);", defines: false })),
  fc.constant<Writer>(() => ({ text: "WRITE_ONCE(G.flag, 1);", defines: false })),
);

const step = fc.record({ write: statement, from: fc.nat(3) });
const threads = fc.oneof(
  fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 2 }),
  fc.array(fc.array(step, { minLength: 1, maxLength: 2 }), { minLength: 3, maxLength: 3 }),
);
type Steps = readonly { readonly write: Writer; readonly from: number }[];

/** A thread's text; its registers end up in fields of its own. */
function bodyOf(steps: Steps, t: number): string {
  const lines: string[] = [];
  let defined = 0;
  for (const { write, from } of steps) {
    const { text, defines } = write({ defined, from });
    lines.push(text);
    if (defines) defined++;
  }
  for (let r = 0; r < defined; r++) lines.push(`G.o${t}${r} = r${r};`);
  return lines.join("\n");
}

function machineOf(all: readonly Steps[]): string {
  const outputs = all.flatMap((_, t) => Array.from({ length: REGISTERS }, (_, r) => `o${t}${r}: int;`));
  const fields = `x: int; y: int; flag: int; n: atomic_t; l: spinlock_t; ${outputs.join(" ")}`;
  const declarations = `export interface g extends struct { ${fields} }\nexport const G = DEFINE<g>();\n`;
  return bareMachine(declarations, all.map(bodyOf));
}

/** Final values of the fields by exploring graphs; "stuck" stands for all executions that never end. */
function byGraphs(program: Program, cpus: number, model: Model): readonly string[] {
  const struct = program.globals.find(({ name }) => name === "G")?.struct ?? -1;
  const fields = program.structs[struct]?.fields ?? [];
  const input: GraphProgram = {
    program,
    threads: Array.from({ length: cpus }, (_, t) => ({
      func: program.funcs.findIndex(({ name }) => name === `main${t}`),
    })),
    initial: [],
  };
  const instance = new Instance(input, model);
  const found = new Set<string>();
  const complete = (execution: Explorer): void => {
    for (let t = 0; t < cpus; t++) expect(execution.halt(t)).toBe(HALT.done);
    const values = fields.map((_, field) => execution.final(instance.locations.of(struct, 1, field)));
    found.add(values.join(","));
  };
  new Explorer(instance, { complete, stuck: () => found.add("stuck") }).run();
  return [...found].sort();
}

/** Final values by exploring states; "bounded" when there are too many of these. */
function byStates(
  program: Program,
  cpus: number,
  model: "sc" | "tso",
): readonly string[] | "hang" | "bounded" {
  const struct = program.globals.find(({ name }) => name === "G")?.struct ?? -1;
  const { verdict, finals } = check(program, cpus, { partialOrder: true, symmetry: false }, 40_000, model);
  if (verdict === "hang") return verdict;
  if (verdict.startsWith("bounded")) return "bounded";
  expect(verdict).toBe("proved");
  return [...finals.values()].map((final) => (final.objects[struct]?.[0] ?? []).join(",")).sort();
}

test.each(["sc", "tso"] as const)("random programs have the same final states under %s", (name) => {
  const model = modelFile(`${MODEL_FOLDER}${name}.cat`).compiled;
  let hangs = 0;
  let compared = 0;
  fc.assert(
    fc.property(threads, (all) => {
      const program = compileKts(machineOf(all));
      const graphs = byGraphs(program, all.length, model);
      const states = byStates(program, all.length, name);
      if (states === "bounded") return;
      compared++;
      if (states === "hang") {
        hangs++;
        expect(graphs).toContain("stuck");
      } else {
        expect(graphs).toEqual(states);
      }
    }),
    { numRuns: RUNS },
  );
  // Both kinds of program occur.
  expect(hangs).toBeGreaterThan(0);
  expect(hangs).toBeLessThan(compared);
  expect(compared).toBeGreaterThan(RUNS * 0.8);
});
