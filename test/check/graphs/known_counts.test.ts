/** Numbers of executions that theory gives (the checker guide's table C.5), in every order of the threads. */

import { describe, expect, test } from "vitest";
import { Explorer } from "../../../src/check/graphs/explore.ts";
import { Instance } from "../../../src/check/graphs/instance.ts";
import { reg } from "../../../src/ir/builder.ts";
import type { Func } from "../../../src/ir/types.ts";
import { MODEL_FOLDER, modelFile } from "../../memory/models.ts";
import { permutations } from "./brute.ts";
import { at, explore, programOf, type ThreadBuilder, thread } from "./cells.ts";
import { SC, TSO, WEAK } from "./native_models.ts";

const MODELS = { SC, TSO, WEAK };
type Counts = { readonly [K in keyof typeof MODELS]?: number };

/** Explores the threads in every order (up to 24 of them) under each model that a count is given for. */
function expectCounts(name: string, funcs: readonly Func[], cells: number, counts: Counts): void {
  for (const [model, count] of Object.entries(counts)) {
    test(`${name} under ${model}: ${count}`, () => {
      for (const order of funcs.length > 4 ? [funcs] : permutations(funcs)) {
        expect(explore(order, cells, MODELS[model as keyof typeof MODELS]).executions).toBe(count);
      }
    });
  }
}

const times = (n: number, write: (t: ThreadBuilder) => void): Func[] =>
  Array.from({ length: n }, () => thread(write));
const all = (count: number): Counts => ({ SC: count, TSO: count, WEAK: count });
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

describe("counters", () => {
  for (const n of [1, 2, 3, 4, 5]) {
    expectCounts(
      `${n} fetch-adds`,
      times(n, (t) => t.add(0)),
      1,
      all(factorial(n)),
    );
  }
  for (const n of [2, 3, 4]) {
    expectCounts(
      `${n} fetch-adds, each with a load behind it`,
      times(n, (t) => {
        t.add(0);
        t.load(0);
      }),
      1,
      { SC: factorial(n) ** 2 },
    );
  }
  for (const [n, count] of [
    [2, 4],
    [3, 36],
    [4, 576],
  ] as const) {
    expectCounts(
      `${n} times load and store`,
      times(n, (t) => {
        t.load(0);
        t.store(0, 1);
      }),
      1,
      n === 4 ? { SC: count } : all(count),
    );
  }
});

describe("readers and writers", () => {
  for (const n of [1, 2, 3, 4]) {
    const readers = times(n, (t) => t.load(0));
    expectCounts(`1 writer and ${n} readers`, [thread((t) => t.store(0, 1)), ...readers], 1, all(2 ** n));
  }
  for (const [n, count] of [
    [2, 12],
    [3, 60],
    [4, 360],
  ] as const) {
    const twice = thread((t) => {
      t.load(0);
      t.load(0);
    });
    const writers = Array.from({ length: n }, (_, i) => thread((t) => t.store(0, i + 1)));
    expectCounts(`${n} writers and a reader that reads twice`, [...writers, twice], 1, {
      SC: count,
      WEAK: count,
    });
  }
});

const store = (x: number) => (t: ThreadBuilder) => t.store(x, 1);
const load = (x: number) => (t: ThreadBuilder) => t.load(x);
const seq = (...steps: readonly ((t: ThreadBuilder) => unknown)[]): Func =>
  thread((t) => {
    for (const step of steps) step(t);
  });
const mb = (t: ThreadBuilder) => t.fence();

describe("litmus shapes", () => {
  const [x, y, z] = [0, 1, 2];
  const four = { SC: 3, TSO: 3, WEAK: 4 };
  expectCounts("SB", [seq(store(x), load(y)), seq(store(y), load(x))], 2, { ...four, TSO: 4 });
  expectCounts("SB+mbs", [seq(store(x), mb, load(y)), seq(store(y), mb, load(x))], 2, all(3));
  expectCounts("LB", [seq(load(x), store(y)), seq(load(y), store(x))], 2, four);
  expectCounts("MP", [seq(store(x), store(y)), seq(load(y), load(x))], 2, four);
  expectCounts("S", [seq(store(x), store(y)), seq(load(y), store(x))], 2, four);
  expectCounts("R", [seq(store(x), store(y)), seq(store(y), load(x))], 2, { ...four, TSO: 4 });
  expectCounts("2+2W", [seq(store(x), store(y)), seq(store(y), store(x))], 2, four);
  expectCounts("WRC", [seq(store(x)), seq(load(x), store(y)), seq(load(y), load(x))], 2, {
    SC: 7,
    TSO: 7,
    WEAK: 8,
  });
  expectCounts("ISA2", [seq(store(x), store(y)), seq(load(y), store(z)), seq(load(z), load(x))], 3, {
    SC: 7,
    TSO: 7,
    WEAK: 8,
  });
  const readers = [seq(load(x), load(y)), seq(load(y), load(x))];
  expectCounts("IRIW", [seq(store(x)), seq(store(y)), ...readers], 2, { SC: 15, TSO: 15, WEAK: 16 });
  expectCounts("CoRR", [seq(store(x)), seq(load(x), load(x))], 1, all(3));
  expectCounts("CoRR, two writers", [seq(store(x)), seq(store(x)), seq(load(x), load(x))], 1, all(12));
  expectCounts("SB3", [seq(store(x), load(y)), seq(store(y), load(z)), seq(store(z), load(x))], 3, {
    SC: 7,
    TSO: 8,
    WEAK: 8,
  });
  const data = (from: number, to: number): Func => thread((t) => t.store(to, reg1(t, from)));
  const reg1 = (t: ThreadBuilder, from: number) => {
    const one = t.fresh();
    const r = t.load(from);
    t.emit({ op: "bin", fn: "or", dst: one, a: reg(r), b: { imm: 1 } });
    return { reg: one };
  };
  expectCounts("LB+datas", [data(x, y), data(y, x)], 2, all(3));
});

describe("locks and awaits", () => {
  for (const n of [1, 2, 3, 4]) {
    const section = times(n, (t) => {
      t.emit({ op: "lock", place: at(1) });
      t.load(0);
      t.store(0, 1);
      t.emit({ op: "unlock", place: at(1) });
    });
    expectCounts(`${n} critical sections`, section, 2, { SC: factorial(n), TSO: factorial(n) });
  }
  const twice = times(2, (t) => {
    for (let i = 0; i < 2; i++) {
      t.emit({ op: "lock", place: at(0) });
      t.emit({ op: "unlock", place: at(0) });
    }
  });
  expectCounts("2 threads with 2 critical sections each", twice, 1, all(6));

  const nested = (first: number, second: number): Func =>
    thread((t) => {
      t.emit({ op: "lock", place: at(first) });
      t.emit({ op: "lock", place: at(second) });
      t.emit({ op: "unlock", place: at(second) });
      t.emit({ op: "unlock", place: at(first) });
    });
  test("locks in opposite orders: one deadlock", () => {
    for (const model of Object.values(MODELS)) {
      const { executions, stuck } = explore([nested(0, 1), nested(1, 0)], 2, model);
      expect({ executions, stuck }).toEqual({ executions: 2, stuck: 1 });
      expect(explore([nested(0, 1), nested(0, 1)], 2, model)).toMatchObject({ executions: 2, stuck: 0 });
    }
  });
  test("a flag that nobody raises is awaited for ever; one that is raised and lowered may be missed", () => {
    const waiter = thread((t) => t.emit({ op: "await", place: at(0), cmp: "ne", value: { imm: 0 } }));
    const raise = thread((t) => t.store(0, 1));
    const pulse = thread((t) => t.store(0, 1).store(0, 0));
    for (const model of Object.values(MODELS)) {
      expect(explore([waiter], 1, model)).toMatchObject({ executions: 0, stuck: 1 });
      expect(explore([waiter, raise], 1, model)).toMatchObject({ executions: 1, stuck: 0 });
      expect(explore([waiter, pulse], 1, model)).toMatchObject({ executions: 1, stuck: 1 });
    }
  });
});

describe("bigger graphs", () => {
  // More events than a word has bits: private stores before store buffering.
  const padded = (pad: number, x: number, y: number): Func =>
    thread((t) => {
      for (let i = 0; i < 20; i++) t.store(pad, 1);
      t.store(x, 1);
      t.load(y);
    });
  test("store buffering behind many stores", () => {
    const funcs = [padded(2, 0, 1), padded(3, 1, 0)];
    expect(explore(funcs, 4, SC).executions).toBe(3);
    expect(explore(funcs, 4, TSO).executions).toBe(4);
    expect(explore(funcs, 4, WEAK).executions).toBe(4);
  });

  // A reference count of CPUs + 1; numbers of executions by GenMC 0.11.
  const put = (t: ThreadBuilder): void => {
    const left = t.fresh();
    const last = t.fresh();
    const value = { imm: -1 };
    t.emit({ op: "rmw", fn: "add", place: at(0), value, order: "full", result: "new", dst: left });
    t.emit({ op: "bin", fn: "eq", dst: last, a: reg(left), b: { imm: -1 } });
    t.when(last, () => t.store(1, 1));
  };
  test.each([
    [2, 140],
    [3, 16_800],
  ])("a reference count with %d CPUs: %d", (cpus, count) => {
    const user = times(cpus, (t) => {
      t.add(0);
      t.load(1);
      put(t);
      put(t);
    });
    // Counted from CPUs, so that the last reference leaves -1, which no earlier one does.
    const funcs = [...user, thread(put)];
    const model = modelFile(`${MODEL_FOLDER}sc.cat`).compiled;
    const input = programOf(funcs, 2);
    const initial = input.initial.map((cell) => (cell.object === 1 ? { ...cell, value: cpus } : cell));
    const instance = new Instance({ ...input, initial }, model);
    const { executions } = new Explorer(instance, {
      complete: () => undefined,
      stuck: () => undefined,
    }).run();
    expect(executions).toBe(count);
  });
});
