/**
 * Which order is missing, against the other way to know: put what is named into the program, and search again. Each of
 * the means that a violation names ends it; one that is not named, and any part of what is needed together, does not.
 */
import { describe, expect, it } from "vitest";
import { checkProgram, DEFAULT_LIMITS } from "../../../src/check/states/check.ts";
import { loadNamedModel } from "../../../src/cli/litmus/model.ts";
import type { Violation } from "../../../src/evidence/types.ts";
import { violation as readViolation } from "../../../src/evidence/violation_reader.ts";
import type { WitnessGraph, WitnessPair } from "../../../src/evidence/witness_graph.ts";
import { litmusDot } from "../../../src/report/litmus_drawing.ts";
import { missingSentences } from "../../../src/report/missing_order.ts";
import { witnessDrawing } from "../../../src/report/witness_drawing.ts";
import { expectGolden } from "../../support/golden.ts";
import { expectProgram } from "../../support/kts.ts";
import { litmus } from "../../support/kts_threads.ts";

const MODELS = ["aarch64", "power", "lkmm"].map((name) => ({ name, model: loadNamedModel(name).model }));

/** A shape: threads as lists of statements, and the outcome that is complained of. */
interface Shape {
  readonly threads: readonly (readonly string[])[];
  readonly outcome: string;
}

const W = (v: string, n = 1): string => `WRITE_ONCE(g.${v}, ${n});`;
const R = (v: string, r: string): string => `const ${r} = READ_ONCE(g.${v});`;
const S = (...rs: string[]): string => rs.map((r) => `WRITE_ONCE(g.${r}, ${r});`).join(" ");

const SHAPES: Readonly<Record<string, Shape>> = {
  SB: {
    threads: [
      [W("x"), R("y", "r0"), S("r0")],
      [W("y"), R("x", "r1"), S("r1")],
    ],
    outcome: "g.r0 === 0 && g.r1 === 0",
  },
  MP: {
    threads: [
      [W("x"), W("y")],
      [R("y", "r0"), R("x", "r1"), S("r0", "r1")],
    ],
    outcome: "g.r0 === 1 && g.r1 === 0",
  },
  "MP+wmb": {
    threads: [
      [W("x"), "smp_wmb();", W("y")],
      [R("y", "r0"), R("x", "r1"), S("r0", "r1")],
    ],
    outcome: "g.r0 === 1 && g.r1 === 0",
  },
  "MP+rmb": {
    threads: [
      [W("x"), W("y")],
      [R("y", "r0"), "smp_rmb();", R("x", "r1"), S("r0", "r1")],
    ],
    outcome: "g.r0 === 1 && g.r1 === 0",
  },
  "2+2W": {
    threads: [
      [W("x"), W("y", 2)],
      [W("y"), W("x", 2)],
    ],
    outcome: "g.x === 1 && g.y === 1",
  },
  R: {
    threads: [
      [W("x"), W("y")],
      [W("y", 2), R("x", "r0"), S("r0")],
    ],
    outcome: "g.y === 2 && g.r0 === 0",
  },
  WRC: {
    threads: [[W("x")], [R("x", "r0"), W("y"), S("r0")], [R("y", "r1"), R("x", "r2"), S("r1", "r2")]],
    outcome: "g.r0 === 1 && g.r1 === 1 && g.r2 === 0",
  },
  "RMWs that order nothing": {
    threads: [
      [W("x"), "atomic_inc(g.n);", R("y", "r0"), S("r0")],
      [W("y"), "atomic_inc(g.n);", R("x", "r1"), S("r1")],
    ],
    outcome: "g.r0 === 0 && g.r1 === 0",
  },
};

/** One statement a line, so that the lines of events name statements. */
const textOf = ({ threads, outcome }: Shape): string =>
  litmus(
    threads.map((lines) => `\n${lines.join("\n")}\n`),
    outcome,
  );

function violationOf(source: string, cpus: number, graphs: (typeof MODELS)[number]): Violation | undefined {
  const program = expectProgram(source, { entries: ["setup"] });
  const names = { scheme: "none", scenario: "litmus", arch: "none" };
  const { verdict } = checkProgram(program, names, {
    cpus,
    limits: DEFAULT_LIMITS,
    partialOrder: true,
    symmetry: true,
    graphs,
    now: () => 0,
  });
  return verdict.kind === "violated" ? verdict.violation : undefined;
}

const graphOf = (found: Violation | undefined): WitnessGraph => {
  if (found?.graph === undefined) throw new Error("no graph");
  return found.graph;
};

const FENCES: Readonly<Record<string, string>> = { rmb: "smp_rmb();", wmb: "smp_wmb();", mb: "smp_mb();" };

/** Fences whose promise is about both accesses; on powerpc smp_rmb() happens to order stores as well. */
function promised({ events }: WitnessGraph, { before, after }: WitnessPair): ("rmb" | "wmb")[] {
  const kinds = [before, after].map((e) => events[e]?.kind);
  if (kinds.every((kind) => kind === "read")) return ["rmb"];
  return kinds.every((kind) => kind === "write") ? ["wmb"] : [];
}

/** The text with one of the means put in for each pair. */
function mended(
  source: string,
  graph: WitnessGraph,
  pairs: readonly { readonly pair: WitnessPair; readonly by: string }[],
): string {
  const lines = source.split("\n");
  const lineOf = (e: number): number => (graph.events[e]?.line ?? 0) - 1;
  for (const { pair, by } of pairs) {
    const [before, after] = [lineOf(pair.before), lineOf(pair.after)];
    const edit = (at: number, change: (line: string) => string): void => {
      const old = lines[at] ?? "";
      lines[at] = change(old);
      expect(lines[at]).not.toBe(old);
    };
    if (by in FENCES) edit(before, (line) => `${line} ${FENCES[by]}`);
    else if (by === "acquire") edit(before, (line) => line.replace("READ_ONCE(", "smp_load_acquire("));
    else edit(after, (line) => line.replace("WRITE_ONCE(", "smp_store_release("));
  }
  return lines.join("\n");
}

const chosen = (pairs: readonly WitnessPair[]): { pair: WitnessPair; by: string }[] =>
  pairs.map((pair) => ({ pair, by: pair.means[0] ?? "mb" }));

describe.each(Object.entries(SHAPES))("%s", (name, shape) => {
  const source = textOf(shape);
  const cpus = shape.threads.length + 1;

  it.each(MODELS)("$name: what is named ends it, what is not does not", (graphs) => {
    const found = violationOf(source, cpus, graphs);
    const graph = graphOf(found);
    expect(graph.sequential).toBe(false);
    expect(graph.missing.length).toBeGreaterThan(0);
    for (const { pairs } of graph.missing) {
      const all = chosen(pairs);
      for (const [i, pair] of pairs.entries()) {
        const others = all.filter((_, j) => j !== i);
        for (const by of pair.means)
          expect(
            violationOf(mended(source, graph, [...others, { pair, by }]), cpus, graphs),
            by,
          ).toBeUndefined();
        const weaker = promised(graph, pair).filter((fence) => !pair.means.includes(fence));
        for (const by of weaker)
          expect(
            violationOf(mended(source, graph, [...others, { pair, by }]), cpus, graphs),
            by,
          ).toBeDefined();
        expect(violationOf(mended(source, graph, others), cpus, graphs), "one left out").toBeDefined();
      }
    }
  });

  it("in words and as a drawing", () => {
    const texts = MODELS.map((graphs) => {
      const graph = graphOf(violationOf(source, cpus, graphs));
      const drawing = witnessDrawing(graph, name);
      return [
        graphs.name,
        ...missingSentences(graph),
        litmusDot(drawing ?? { title: "", threads: 0, events: [], edges: [] }),
      ].join("\n");
    });
    expectGolden(
      import.meta.url,
      `goldens/missing-${name.replaceAll(" ", "-")}.golden.txt`,
      texts.join("\n"),
    );
  });
});

describe("other violations", () => {
  const lkmm = MODELS.filter(({ name }) => name === "lkmm");

  it.each(lkmm)("what sequential consistency shows as well needs no barrier", (graphs) => {
    const shape: Shape = { threads: [[W("x")], [R("x", "r0"), S("r0")]], outcome: "g.r0 === 0" };
    const graph = graphOf(violationOf(textOf(shape), 3, graphs));
    expect(graph.sequential).toBe(true);
    expect(graph.missing).toEqual([]);
    expect(witnessDrawing(graph, "")).toBeUndefined();
  });

  it.each(lkmm)("no read is staler than the violation needs", (graphs) => {
    // That the watcher's thread polls z in between invites stale reads that do no harm.
    const shape: Shape = {
      threads: [
        [W("x"), W("y"), W("r3")],
        [R("r3", "a"), R("r3", "b"), R("y", "r0"), R("x", "r1"), S("r0", "r1")],
      ],
      outcome: "g.r0 === 1 && g.r1 === 0",
    };
    const { events } = graphOf(violationOf(textOf(shape), 3, graphs));
    const stale = events.filter(({ overtaken, kind }) => kind === "read" && overtaken !== undefined);
    expect(stale.map(({ place }) => place)).toEqual(["g.x"]);
  });

  it.each(lkmm)("the timeline says what is stale, and since when", (graphs) => {
    const found = violationOf(textOf(SHAPES.MP ?? { threads: [], outcome: "" }), 3, graphs);
    const rows = found?.timeline.rows ?? [];
    const stale = rows.filter(({ text }) => text.includes("stale"));
    expect(stale.map(({ text }) => text)).toEqual(["g.x is 0; stale: CPU 0 has made it 1 at step 2"]);
    expect(rows.find(({ step }) => step === 2)?.text).toBe("g.x: 0 → 1");
  });

  it.each(lkmm)("a late use stands behind the death, and what orders it is named", (graphs) => {
    const source = `
export interface obj extends struct { x: int; }
export interface vars extends struct { o: obj; y: int; }
export interface task_struct extends struct { id: int; }
export const g = DEFINE<vars>();
export function t0(): void { local_irq_enable(); const o = g.o; const r = READ_ONCE(o.x); WRITE_ONCE(g.y, 1); }
export function t1(): void { local_irq_enable(); const o = g.o; smp_cond_load_acquire(g.y, 1); free(o); }
export function setup(): void {
  g.o = alloc<obj>();
  task_start_on(task_create<task_struct>(t0, cpumask_of(0), 0), 0);
  task_start_on(task_create<task_struct>(t1, cpumask_of(1), 0), 1);
}`;
    const graph = graphOf(violationOf(source, 2, graphs));
    const [order] = graph.missing;
    const [pair] = order?.pairs ?? [];
    expect(graph.events[pair?.before ?? -1]).toMatchObject({
      kind: "read",
      place: "obj#1.x",
      value: "freed",
    });
    expect(graph.events[pair?.after ?? -1]).toMatchObject({ kind: "write", place: "g.y" });
    expect(pair?.means).toEqual(["acquire", "release", "mb"]);
  });

  it.each(lkmm)("the graph of a witness survives JSON, and a replay draws the same", (graphs) => {
    const found = violationOf(textOf(SHAPES.SB ?? { threads: [], outcome: "" }), 3, graphs);
    expect(readViolation(JSON.parse(JSON.stringify(found)), "violation")).toEqual(found);
  });
});
