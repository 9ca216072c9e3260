/** A search that hit a limit never reads like a finished one. */

import { describe, expect, test } from "vitest";
import { type CheckOptions, checkProgram, DEFAULT_LIMITS } from "../../src/check/states/check.ts";
import type { Verdict } from "../../src/evidence/types.ts";
import { bareMachine, compileKts, linkCase } from "./programs.ts";

const NAMES = { scheme: "s", scenario: "s", arch: "a" };

function verdict(
  program: ReturnType<typeof compileKts>,
  cpus: number,
  more: Partial<CheckOptions> = {},
): Verdict {
  const options = { cpus, limits: DEFAULT_LIMITS, partialOrder: true, symmetry: true, now: () => 0 };
  return checkProgram(program, NAMES, { ...options, ...more }).verdict;
}

const OBJECTS = `export interface obj extends struct { v: int; }
export interface g extends struct { n: int; a: atomic_t; c: cpu_t; }
export const G = DEFINE<g>();
`;
const machine = (body: string, more = ""): ReturnType<typeof compileKts> =>
  compileKts(bareMachine(OBJECTS + more, [body]));

describe("limits of the search", () => {
  const { program, cpus } = linkCase({ scheme: "refcount", scenario: "exit-last-cpu" });

  test.each([1, 2, 10, 100, 500])("%i states", (states) => {
    const found = verdict(program, cpus, { limits: { states, bytes: 1e9 } });
    expect(found).toMatchObject({ kind: "bounded", limit: "states", detail: `more than ${states} states` });
  });

  test("bytes", () => {
    const found = verdict(program, cpus, { limits: { states: 1e6, bytes: 1000 } });
    expect(found).toMatchObject({
      kind: "bounded",
      limit: "memory",
      detail: "more than 1000 bytes of states",
    });
  });

  test("as many states as there are is no limit, one less is", () => {
    const limits = (states: number) => ({ limits: { states, bytes: 1e9 } });
    const options = { cpus, ...limits(1e6), partialOrder: true, symmetry: true, now: () => 0 };
    const { states } = checkProgram(program, NAMES, options).search;
    expect(verdict(program, cpus, limits(states)).kind).toBe("proved");
    expect(verdict(program, cpus, limits(states - 1)).kind).toBe("bounded");
  });

  test("stopped by request, from the first call on", () => {
    const calls: number[] = [];
    const found = verdict(program, cpus, {
      onProgress: (states) => {
        calls.push(states);
        return true;
      },
    });
    expect(found).toMatchObject({ kind: "bounded", limit: "stopped" });
    expect(calls).toHaveLength(1);
  });

  test("not stopped when nobody asks", () => {
    expect(verdict(program, cpus, { onProgress: () => false }).kind).toBe("proved");
  });
});

describe("limits of the model", () => {
  test("objects: two more than setup made, where the scenario does not say", () => {
    const body = (n: number): string =>
      Array.from({ length: n }, (_, i) => `const o${i} = alloc<obj>(); free(o${i});`).join(" ");
    expect(verdict(machine(body(2)), 1).kind).toBe("proved");
    expect(verdict(machine(body(3)), 1)).toMatchObject({ kind: "bounded", limit: "objects" });
    expect(verdict(machine(body(3)), 1)).toMatchObject({ detail: expect.stringContaining("obj") as string });
  });

  test("objects: as many as MAX_… says", () => {
    const body = "const o = alloc<obj>(); free(o); const p = alloc<obj>(); free(p);";
    expect(verdict(machine(body, "export const MAX_obj = 2;\n"), 1).kind).toBe("proved");
    expect(verdict(machine(body, "export const MAX_obj = 1;\n"), 1)).toMatchObject({
      kind: "bounded",
      limit: "objects",
    });
    const more = `${body} const q = alloc<obj>(); free(q);`;
    expect(verdict(machine(more, "export const MAX_obj = 3;\n"), 1).kind).toBe("proved");
  });

  test("a violation behind the bound is not found, and not denied", () => {
    const body = "const o = alloc<obj>(); free(o); const p = alloc<obj>(); free(p); free(p);";
    expect(verdict(machine(body, "export const MAX_obj = 1;\n"), 1).kind).toBe("bounded");
    expect(verdict(machine(body, "export const MAX_obj = 2;\n"), 1).kind).toBe("violated");
  });

  test("a violation elsewhere is found though some paths are out of bounds", () => {
    const body = "if (choose(2) === 0) { for (;;) { const o = alloc<obj>(); free(o); } } BUG_ON(true);";
    expect(verdict(machine(body), 1).kind).toBe("violated");
  });

  test.each([
    ["an integer above", "G.n = 127; G.n = 128;"],
    ["an integer below", "G.n = 0 - 128; G.n = 0 - 129;"],
    ["a counter", "for (let i = 0; i < 70; i++) atomic_inc(G.a);"],
    ["a register", "let i = 0; for (;;) { i = i + 1; G.n = 1; if (i === 1000) break; }"],
    ["an integer that wraps", "G.n = 1 << 31;"],
  ])("values: %s", (_, body) => {
    expect(verdict(machine(body), 1)).toMatchObject({ kind: "bounded", limit: "values" });
  });

  test.each([
    ["the largest integer", "G.n = 127;"],
    ["the smallest integer", "G.n = 0 - 128;"],
    ["the largest counter", "atomic_set(G.a, 63);"],
  ])("values: %s still fits", (_, body) => {
    expect(verdict(machine(body), 1).kind).toBe("proved");
  });

  test("preemption disabled too deeply", () => {
    const body = "for (;;) { preempt_disable(); G.n = 0; }";
    expect(verdict(machine(body), 1).kind).toBe("bounded");
  });
});
