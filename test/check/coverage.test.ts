/**
 * What the instrumented search says has run, against the naive engine, which executes every op by itself: the same ops
 * and the same ways of branches where nothing is broken, none besides where something is (a path that breaks ends, and
 * the reductions decide how much of the others it has seen by then).
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { executedFiles } from "../../src/check/executed.ts";
import { search } from "../../src/check/states/search.ts";
import { findRenamings, loopsOverCpus } from "../../src/check/states/symmetry.ts";
import type { Program } from "../../src/ir/types.ts";
import { Cover } from "../../src/world/cover.ts";
import { World } from "../../src/world/world.ts";
import { REDUCTIONS, type Reductions } from "./agree.ts";
import { explore, type NaiveResult } from "./naive.ts";
import { compileKts, linkCase } from "./programs.ts";
import { KINDS, randomMachine } from "./random_machine.ts";

const SMALL = 8_000;

/** Ops by body and place, with the way of a branch. */
function coverOf(program: Program, cpus: number, { partialOrder, symmetry }: Reductions): Cover {
  const cover = new Cover(program);
  const ordered = new World(program, { cpus, anyOrder: false, partialOrder, cover });
  const anyOrder = symmetry && loopsOverCpus(ordered);
  const world = anyOrder ? new World(program, { cpus, anyOrder, partialOrder, cover }) : ordered;
  const renamings = symmetry ? findRenamings(world) : [];
  search(world, { limits: { states: 1e6, bytes: 1e9 }, renamings, partialOrder, seeAll: true });
  return cover;
}

function ranIn(program: Program, ran: (func: number, pc: number, otherwise: boolean) => boolean): string[] {
  const setup = program.entries.get("setup");
  return program.funcs.flatMap(({ ops }, func) =>
    func === setup
      ? []
      : ops.flatMap((op, pc) =>
          [false, true]
            .filter((otherwise) => ran(func, pc, otherwise))
            .map((otherwise) => `${func}:${pc} ${op.op}${otherwise ? " not taken" : ""}`),
        ),
  );
}

function naively(program: Program, cpus: number, anyOrder: boolean): { ran: string[]; result: NaiveResult } {
  const seen = new Set<string>();
  const onOp = (func: number, pc: number, then: boolean): void => void seen.add(`${func}:${pc}:${!then}`);
  const options = { cpus, anyOrder, everyOp: true, forgetDead: true, limit: SMALL, onOp };
  const result = explore(program, options);
  return { ran: ranIn(program, (func, pc, otherwise) => seen.has(`${func}:${pc}:${otherwise}`)), result };
}

function covered(program: Program, cpus: number, reductions: Reductions): string[] {
  const cover = coverOf(program, cpus, reductions);
  return ranIn(program, (func, pc, otherwise) => cover.ran(func, pc, otherwise));
}

describe("executed ops", () => {
  test.each(KINDS)("are those of the naive engine in random machines: %s", (kind) => {
    let exact = 0;
    let partial = 0;
    const property = fc.property(
      fc.array(fc.nat(1 << 20), { minLength: 6, maxLength: 30, size: "max" }),
      (choices) => {
        const { source, cpus } = randomMachine(kind, choices);
        const program = compileKts(source);
        const ordered = naively(program, cpus, false);
        if (!ordered.result.complete) return;
        const whole = ordered.result.broken.size === 0 && !ordered.result.outOfObjects;
        for (const reductions of REDUCTIONS.filter(({ symmetry }) => !symmetry)) {
          const ran = covered(program, cpus, reductions);
          expect(ran.filter((op) => !ordered.ran.includes(op)).join(), source).toBe("");
          if (whole) expect(ran.join(), source).toBe(ordered.ran.join());
        }
        if (whole) exact++;
        else partial++;
        if (ordered.ran.length < ranIn(program, () => true).length / 2) partial++;
      },
    );
    fc.assert(property, { seed: 11, numRuns: 60 });
    expect(exact).toBeGreaterThan(5);
    expect(partial).toBeGreaterThan(2);
  });

  test("are the same with and without symmetry", () => {
    for (const scenario of ["exit-remote-lazy", "exit-last-cpu"]) {
      const { program, cpus } = linkCase({ scheme: "hazard-pointers", scenario });
      const [first, ...others] = REDUCTIONS.map((reductions) => covered(program, cpus, reductions));
      for (const other of others) expect(other).toEqual(first);
    }
  });
});

describe("lines", () => {
  const TEXT = `export interface task extends struct { extra: int; }
export interface g extends struct { a: int; b: int; }
export const G = DEFINE<g>();
function never(x: int): void {
  WRITE_ONCE(G.b, x);
}
export function main(): void {
  local_irq_enable();
  const a = READ_ONCE(G.a);
  if (a === 1) never(a);
  if (a < 2) WRITE_ONCE(G.b, 2);
  else if (a > 7 && G.b === 0) WRITE_ONCE(G.b, 3);
  if (choose(2) === 0) WRITE_ONCE(G.b, 4);
}
export function setup(): void {
  task_start_on(task_create<task>(main, cpumask_of(0), 0), 0);
}
`;

  test("that nothing reaches are told from those that run, in functions and their callers", () => {
    const program = compileKts(TEXT);
    const cover = coverOf(program, 1, { partialOrder: true, symmetry: true });
    const [file] = executedFiles(program, cover);
    expect(file?.lines).toEqual([5, 8, 9, 10, 11, 12, 13]);
    expect(file?.ran).toEqual([8, 9, 10, 11, 13]);
    const ways = file?.branches.map(({ line, wasTrue, wasFalse }) => [line, wasTrue, wasFalse]);
    expect(ways).toEqual([
      [10, false, true],
      [11, true, false],
      [12, false, false],
      [12, false, false],
      [13, true, true],
    ]);
  });
});
