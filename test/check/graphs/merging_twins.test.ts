/** Threads with things of their own: they are matched, and exchanging them loses no outcome. */

import fc from "fast-check";
import { expect, it, test } from "vitest";
import { mcsLock, seqlock, treiberStack } from "../../../bench/graph_programs.ts";
import { type GraphProgram, Instance } from "../../../src/check/graphs/instance.ts";
import { Merger } from "../../../src/check/graphs/merge/merger.ts";
import { twinsOf } from "../../../src/check/graphs/merge/twins.ts";
import { FuncBuilder, imm, ProgramBuilder, reg } from "../../../src/ir/builder.ts";
import { ownModel } from "../../memory/models.ts";
import { enumerated, merged, TooMany } from "./outcomes.ts";
import { anyDeeds, programOfDeeds } from "./own_things.ts";

const RUNS = Number(process.env.MERGE_RUNS ?? 100);
const BLIND = { registers: 0, memory: false };

/** An outcome with its threads in alphabetical order. */
const withoutOrder = (outcome: string): string =>
  outcome
    .split(/ \| | /)
    .sort()
    .join(" ");
const distinct = (outcomes: ReadonlySet<string>): readonly string[] =>
  [...new Set([...outcomes].map(withoutOrder))].sort();

test.each(["sc", "tso", "aarch64", "power", "lkmm"])("random threads under %s", (name) => {
  const model = ownModel(name).compiled;
  const seen = { compared: 0, renamed: 0 };
  const property = fc.property(anyDeeds, (deeds) => {
    const program = programOfDeeds(deeds);
    let expected: ReadonlySet<string>;
    try {
      expected = enumerated(program, model, BLIND);
    } catch (error) {
      if (error instanceof TooMany) return;
      throw error;
    }
    const found = merged(program, model, BLIND, true);
    expect(distinct(found.seen)).toEqual(distinct(expected));
    seen.compared++;
    const { merging } = found.search;
    const same = new Set(twinsOf(new Instance(program, model).codes)).size;
    if (merging.kind === "merged" && merging.twins.length > 0 && same === program.threads.length)
      seen.renamed++;
  });
  fc.assert(property, { numRuns: RUNS });
  expect(seen.compared).toBeGreaterThan(RUNS / 2);
  expect(seen.renamed).toBeGreaterThan(RUNS / 4);
});

const LOCAL = { local: true, halves: [], sections: [] } as const;

function twinsIn(program: GraphProgram): readonly number[] {
  const instance = new Instance(program, ownModel("sc").compiled);
  const observe = { registers: [], locations: [] };
  return [...new Merger(instance, LOCAL, { observe, symmetry: true, bytes: 1 << 20 }).twins];
}

it("matches CPUs by their queue nodes, and readers, not the writer", () => {
  expect(twinsIn(mcsLock(3))).toEqual([0, 0, 0]);
  expect(twinsIn(treiberStack(3))).toEqual([0, 0, 0]);
  expect(twinsIn(seqlock(3))).toEqual([0, 1, 1]);
});

/** Each CPU publishes its per-CPU object, and looks into the one that it finds. */
function perCpu(cpus: number, cpuAsNumber: boolean): GraphProgram {
  const program = new ProgramBuilder();
  const int = { kind: "int" } as const;
  const shared = program.struct("shared", { pointer: int });
  const own = program.struct("own", { value: int });
  program.global("s", shared);
  const global = program.global("percpu", own, true);
  const at = program.place(imm(1), shared, "pointer");
  const funcs = Array.from({ length: cpus }, () => {
    const b = new FuncBuilder("thread");
    const fresh = (name: string): number => b.reg(name, int);
    const [cpu, mine, old, seen, failed] = [fresh("c"), fresh("m"), fresh("o"), fresh("s"), fresh("f")];
    b.emit({ op: "cpuid", dst: cpu });
    b.emit({ op: "percpu", dst: mine, global, cpu: reg(cpu) });
    if (cpuAsNumber) b.emit({ op: "bin", fn: "add", dst: cpu, a: reg(cpu), b: imm(1) });
    const value = cpuAsNumber ? reg(cpu) : imm(1);
    b.emit({ op: "store", place: program.place(reg(mine), own, "value"), value, order: "once" });
    b.emit({ op: "rmw", fn: "xchg", place: at, value: reg(mine), order: "release", result: "old", dst: old });
    const [then, end] = [b.label(), b.label()];
    b.br(reg(old), then, end);
    b.bind(then);
    b.emit({ op: "load", dst: seen, place: program.place(reg(old), own, "value"), order: "once" });
    b.emit({ op: "bin", fn: "eq", dst: failed, a: reg(seen), b: imm(0) });
    b.emit({ op: "bug", a: reg(failed), warn: false });
    b.bind(end);
    b.emit({ op: "ret" });
    return program.func(b.finish());
  });
  return { program: program.finish(), threads: funcs.map((func) => ({ func })), initial: [] };
}

it("matches CPUs by their numbers and per-CPU objects, unless they compute with them", () => {
  expect(twinsIn(perCpu(3, false))).toEqual([0, 0, 0]);
  expect(twinsIn(perCpu(3, true))).toEqual([0, 1, 2]);
  const model = ownModel("lkmm").compiled;
  for (const cpus of [2, 3]) {
    const program = perCpu(cpus, false);
    const found = merged(program, model, BLIND, true);
    expect(distinct(found.seen)).toEqual(distinct(enumerated(program, model, BLIND)));
    expect(found.search.merging).toMatchObject({ kind: "merged", twins: [[...Array(cpus).keys()]] });
  }
});

it("exchanges nobody whose node is looked at", () => {
  const { search } = merged(mcsLock(2), ownModel("sc").compiled, { registers: 0, memory: true }, true);
  expect(search.merging).toMatchObject({ kind: "merged", twins: [] });
});
