/**
 * The simulator runs what was searched: every state that a small simulation passes through is, in projection, one that the
 * exhaustive checker reaches with the same scheme and the same program.
 */
import { describe, expect, it } from "vitest";
import { specimenHost } from "../../../src/cli/specimen_host.ts";
import type { Kernel } from "../../../src/sim/mp/kernel.ts";
import { beyond, type Mistakes, reachedBy, simulated } from "./reached.ts";

const SEEDS = 60;

const CASES = [
  ["refcount", "generic"],
  ["loaded-mm", "x86-6.13"],
  ["exit-flush", "x86-6.14"],
  ["no-lazy", "x86-6.14"],
  ["shoot-lazies", "powerpc-hash"],
  ["hazard-pointers", "x86-6.13"],
  ["lazy-handoff", "arm64"],
  ["cached-ref", "powerpc-radix"],
] as const;

describe("a small simulation", () => {
  for (const [scheme, arch] of CASES) {
    it(`stays within what the checker reaches: ${scheme} on ${arch}`, () => {
      const reached = reachedBy(scheme, arch);
      const run = simulated(scheme, arch, SEEDS);
      expect(run.faults).toBe(0);
      expect(beyond(run, reached)).toEqual([]);
      // It is no idle walk: a good part of all that can be is seen, to the end of the process.
      expect(run.projections.size).toBeGreaterThan(0.1 * reached.projections.size);
      expect([...run.projections.keys()].some((text) => /^mm\{(gone|.*mm_users=0)/m.test(text))).toBe(true);
    }, 60_000);
  }
});

/** The text of a specimen with one part replaced. */
function changed(file: string, part: string, by: string): Readonly<Record<string, string>> {
  const text = specimenHost().read(file) ?? "";
  expect(text).toContain(part);
  return { [file]: text.replace(part, by) };
}

/** Replaces a method of the simulator. */
function override(
  of: object,
  method: string,
  by: (original: (...args: number[]) => unknown) => unknown,
): void {
  const original = Reflect.get(of, method) as (...args: number[]) => unknown;
  Reflect.set(of, method, by(original.bind(of)));
}

const part = (kernel: Kernel, name: string): object => Reflect.get(kernel, name) as object;

/** What would be wrong with the simulator, or with the text it runs, and must show. */
const MISTAKES: Readonly<Record<string, Mistakes>> = {
  "a root that is not loaded": {
    spoil: ({ machine }) => override(machine, "loadRoot", () => () => undefined),
  },
  "a queue that gives a task to the other CPU as well": {
    spoil: (kernel) =>
      override(part(kernel, "queues"), "append", (append) => (cpu = 0, task = 0) => {
        append(cpu, task);
        if (task > 1) append(1 - cpu, task);
      }),
  },
  "a switch that tells the kernel of another task": {
    spoil: ({ machine }) =>
      override(
        machine,
        "start",
        (start) =>
          (cpu = 0, func = 0, next = 0, ...more: number[]) =>
            start(cpu, func, next === 3 ? 4 : next, ...more),
      ),
  },
  "a reference that is counted twice": {
    specimens: changed(
      "kernel/mm.ts",
      "atomic_inc(mm.mm_count);",
      "atomic_inc(mm.mm_count); atomic_inc(mm.mm_count);",
    ),
  },
  "a loan that is given back before it is taken out of the queue": {
    specimens: changed("kernel/switch.ts", "rq.prev_mm = NULL;", "rq.prev_mm = mm;"),
  },
};

describe("a mistake", () => {
  const reached = reachedBy("refcount", "generic");
  for (const [what, mistakes] of Object.entries(MISTAKES)) {
    it(`leads beyond what the checker reaches: ${what}`, () => {
      expect(beyond(simulated("refcount", "generic", 20, mistakes), reached)).not.toEqual([]);
    });
  }
});
