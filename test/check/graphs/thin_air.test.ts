/**
 * Values that are computed from themselves, against two oracles. One solves equations as herd7 does (`equations.ts`). The
 * other is brute force that guesses what reads return, so that a value which goes round by copies is found with every
 * guess: as sets of reads-from and coherence its executions are the engine's, as long as threads do nothing with such a
 * value but copy it, or what gives the same for all.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { isVariable } from "../../../src/check/graphs/undetermined.ts";
import { imm, reg } from "../../../src/ir/builder.ts";
import type { Func, Order, Reg } from "../../../src/ir/types.ts";
import { MODEL_FOLDER, modelFile } from "../../memory/models.ts";
import { allExecutions, TooMany } from "./brute.ts";
import { at, cell, nameOf, run, type ThreadBuilder, thread } from "./cells.ts";
import { equationExecutions } from "./equations.ts";
import { judgeOf } from "./judge.ts";

const RUNS = Number(process.env.GRAPH_RUNS ?? 150);
/** Candidates of a program at most. */
const MOST = 3_000;
const CELLS = 2;
/** What memory holds, what threads store, and a value that nobody stores. */
const VALUES = [0, 1, 2, 77];

interface Step {
  readonly kind:
    | ("load" | "store" | "copy" | "fold" | "index" | "xchg" | "fence")
    | ("next" | "mask" | "same" | "cmpxchg" | "if" | "else");
  readonly at: number;
  readonly from: number;
  readonly order: Order;
}

const step = fc.record<Step>({
  kind: fc.constantFrom(
    ...(["load", "load", "load", "store", "copy", "copy", "copy", "fold", "index", "xchg", "fence"] as const),
  ),
  at: fc.nat(CELLS - 1),
  from: fc.constantFrom(0, 0, 0, 1),
  order: fc.constantFrom("plain", "plain", "once"),
});

/** A load and a store of it, with something before, between or behind. */
const passing = fc
  .tuple(
    step,
    fc.array(step, { maxLength: 2 }),
    step,
    fc.constantFrom("copy" as const, "copy" as const, "fold" as const),
  )
  .map(([load, rest, store, kind]): Step[] => [
    { ...load, kind: "load" },
    ...rest,
    { ...store, kind, from: 0 },
  ]);

const threads = fc.oneof(
  fc.tuple(passing, passing),
  fc.tuple(passing, passing, fc.array(step, { minLength: 1, maxLength: 2 })),
);

function compile(steps: readonly Step[]): Func {
  return thread((t) => {
    const loaded: Reg[] = [t.fresh()];
    t.emit({ op: "mov", dst: loaded[0] ?? 0, a: imm(0) });
    for (const each of steps) write(t, each, loaded);
  });
}

/** r ^ r, plus a number: depends on r, and is the number whatever r is. */
function folded(t: ThreadBuilder, r: Reg, plus: number): Reg {
  const [none, sum] = [t.fresh(), t.fresh()];
  t.emit({ op: "bin", fn: "xor", dst: none, a: reg(r), b: reg(r) });
  t.emit({ op: "bin", fn: "add", dst: sum, a: reg(none), b: imm(plus) });
  return sum;
}

function write(t: ThreadBuilder, { kind, at: n, from, order }: Step, loaded: Reg[]): void {
  const r = loaded[from % loaded.length] ?? 0;
  switch (kind) {
    case "load":
      loaded.unshift(t.load(n, order));
      break;
    case "store":
      t.store(n, 2, order);
      break;
    case "copy":
      t.store(n, { reg: r }, order);
      break;
    case "fold":
      t.store(n, { reg: folded(t, r, 1) }, order);
      break;
    case "index":
      t.emit({ op: "store", place: cell(reg(folded(t, r, n + 1))), value: imm(2), order });
      break;
    case "xchg": {
      const dst = t.fresh();
      const update = { fn: "xchg", order: "relaxed", result: "old" } as const;
      t.emit({ op: "rmw", place: at(n), value: reg(r), dst, ...update });
      loaded.unshift(dst);
      break;
    }
    case "next":
    case "mask":
    case "same": {
      const [dst, b] = [t.fresh(), kind === "same" ? reg(loaded[0] ?? 0) : imm(1)];
      const fn = kind === "next" ? "add" : kind === "mask" ? "and" : "eq";
      t.emit({ op: "bin", fn, dst, a: reg(r), b });
      t.store(n, { reg: dst }, order);
      break;
    }
    case "cmpxchg": {
      const dst = t.fresh();
      t.emit({ op: "cmpxchg", dst, place: at(n), old: imm(from), value: reg(r), order: "relaxed" });
      loaded.unshift(dst);
      break;
    }
    case "if":
    case "else": {
      // What the arms leave is what is stored next.
      const left = t.fresh();
      t.emit({ op: "mov", dst: left, a: imm(1) });
      const arm = (stores: boolean) => () => {
        if (stores) t.store(n, { reg: r }, order);
        else t.emit({ op: "mov", dst: left, a: reg(loaded[0] ?? 0) });
      };
      t.when(loaded[0] ?? 0, arm(kind === "if"), arm(kind === "else"));
      loaded.unshift(left);
      break;
    }
    case "fence":
      t.emit({ op: "fence", kind: n === 0 ? "wmb" : "rmb" });
  }
}

/** Loads one cell and stores the other, with something between. */
const handing = (
  from: number,
  step: fc.Arbitrary<Step>,
  last: readonly Step["kind"][],
): fc.Arbitrary<Step[]> =>
  fc
    .tuple(step, fc.array(step, { maxLength: 2 }), step, fc.constantFrom(...last))
    .map(([load, rest, store, kind]): Step[] => [
      { ...load, kind: "load", at: from, order: "plain" },
      ...rest,
      { ...store, kind, at: 1 - from, from: rest.length % 2 },
    ]);
/** Threads of such steps, that often hand values round. */
function handingRound(kinds: readonly Step["kind"][], last: readonly Step["kind"][]) {
  const step = fc.record<Step>({
    kind: fc.constantFrom(...kinds),
    at: fc.nat(CELLS - 1),
    from: fc.constantFrom(0, 0, 0, 1),
    order: fc.constantFrom("plain", "plain", "once"),
  });
  const [one, other] = [handing(0, step, last), handing(1, step, last)];
  return fc.oneof(fc.tuple(one, other), fc.tuple(one, other, fc.array(step, { minLength: 1, maxLength: 1 })));
}
// A comparison may say what goes round. That it may say what is computed from it is not looked for.
const anyThreads = fc.oneof(
  handingRound(
    [
      "load",
      "load",
      "store",
      "copy",
      "fold",
      "index",
      "xchg",
      "fence",
      "next",
      "mask",
      "same",
      "if",
      "if",
      "else",
    ],
    ["copy", "copy", "copy", "fold", "next", "same", "if", "else"],
  ),
  handingRound(
    [
      "load",
      "load",
      "store",
      "copy",
      "copy",
      "fold",
      "index",
      "xchg",
      "fence",
      "cmpxchg",
      "cmpxchg",
      "if",
      "else",
    ],
    ["copy", "copy", "copy", "fold", "if", "cmpxchg"],
  ),
);

test("executions of random threads, as equations have them", () => {
  const model = modelFile(`${MODEL_FOLDER}lkmm.cat`).compiled;
  const judge = judgeOf(model, "all");
  let [compared, open] = [0, 0];
  fc.assert(
    fc.property(anyThreads, (steps) => {
      const funcs = steps.map(compile);
      let expected: readonly string[];
      try {
        expected = equationExecutions(funcs, CELLS, judge, MOST);
      } catch (error) {
        if (error instanceof TooMany) return;
        throw error;
      }
      const found: string[] = [];
      run(funcs, CELLS, model, (execution) => found.push(withVariables(nameOf(execution, CELLS))), {
        guess: true,
        thinAir: true,
      });
      expect(found.toSorted()).toEqual(expected.toSorted());
      compared++;
      if (expected.some((name) => name.includes("=S"))) open++;
    }),
    { numRuns: 2 * RUNS },
  );
  expect(compared).toBeGreaterThan(RUNS);
  expect(open).toBeGreaterThan(RUNS / 20);
});

const withVariables = (name: string): string =>
  name.replace(/=(\d+)/g, (all, value) => (isVariable(Number(value)) ? "=S" : all));

const withoutValues = (name: string): string => name.replace(/=-?\d+/g, "");

test("executions of random threads that hand values round", () => {
  const model = modelFile(`${MODEL_FOLDER}lkmm.cat`).compiled;
  const judge = judgeOf(model, "all");
  let [compared, circular] = [0, 0];
  fc.assert(
    fc.property(threads, (steps) => {
      const funcs = steps.map(compile);
      let expected: Set<string>;
      try {
        expected = allExecutions(funcs, CELLS, judge, MOST, VALUES);
      } catch (error) {
        if (error instanceof TooMany) return;
        throw error;
      }
      const found: string[] = [];
      run(funcs, CELLS, model, (execution) => found.push(withoutValues(nameOf(execution, CELLS))), {
        guess: true,
        thinAir: true,
      });
      expect(found.toSorted()).toEqual([...new Set([...expected].map(withoutValues))].sort());
      compared++;
      if ([...expected].some((name) => name.includes("=77"))) circular++;
    }),
    { numRuns: RUNS },
  );
  expect(compared).toBeGreaterThan(RUNS / 2);
  expect(circular).toBeGreaterThan(RUNS / 20);
});
