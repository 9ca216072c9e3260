/**
 * Small programs that need one clause of the definition of equal nodes each: without it merging loses an outcome.
 * `docs/merging.md` lists which. In all of them two pasts differ in a value that nobody looks at any more.
 */

import { describe, expect, it } from "vitest";
import { imm, reg } from "../../../src/ir/builder.ts";
import type { Func, Reg } from "../../../src/ir/types.ts";
import { ownModel } from "../../memory/models.ts";
import { at, cell, programOf, type ThreadBuilder, thread } from "./cells.ts";
import { enumerated, merged } from "./outcomes.ts";

const [X, Y, Z, A, S] = [0, 1, 2, 3, 4];

interface Case {
  readonly name: string;
  readonly model: string;
  readonly threads: readonly ((t: ThreadBuilder) => unknown)[];
  /** Whose registers are looked at. */
  readonly eyes: number;
  /** Outcomes that enumeration finds, so that a change of the program shows. */
  readonly outcomes: number;
}

const CASES: readonly Case[] = [
  {
    // Whether X ends as 1 or as 2 is past; where it is 1, the section began before the grace period.
    name: "a section that has begun stays live",
    model: "sc",
    threads: [
      (t) => {
        t.emit({ op: "rcu.lock" }).store(X, 2);
        t.load(Y);
        t.emit({ op: "rcu.unlock" });
      },
      (t) => t.store(X, 1).emit({ op: "rcu.sync" }).store(Y, 1),
    ],
    eyes: 1,
    outcomes: 2,
  },
  {
    name: "the end of a section keeps its beginning live",
    model: "lkmm",
    threads: [
      (t) => {
        t.emit({ op: "rcu.lock" }).store(X, 2);
        t.load(Y);
        t.emit({ op: "rcu.unlock" });
      },
      (t) => t.store(X, 1).emit({ op: "rcu.sync" }).store(A, 1),
      (t) => t.store(Y, 1),
      (t) => {
        t.load(A);
        t.emit({ op: "fence", kind: "rmb" });
        t.load(Y);
      },
    ],
    eyes: 9,
    outcomes: 8,
  },
  {
    // No clause is known to need it; the section's end has been handed to another thread, with the cookie.
    name: "a section of SRCU that another thread ends",
    model: "sc",
    threads: [
      (t) => {
        const cookie = beginSrcu(t);
        t.store(X, 2).store(Z, { reg: plusOne(t, cookie) });
      },
      (t) =>
        t
          .store(X, 1)
          .emit({ op: "srcu.sync", place: at(S), tag: "sync-srcu" })
          .store(Y, 1),
      (t) => {
        const cookie = t.load(Z);
        t.load(Y);
        t.emit({ op: "srcu.unlock", place: at(S), value: reg(cookie), tag: "srcu-unlock" });
      },
    ],
    eyes: 4,
    outcomes: 4,
  },
  {
    name: "the end of a section of SRCU keeps its beginning live",
    model: "lkmm",
    threads: [
      (t) => {
        const cookie = beginSrcu(t);
        t.store(X, 2);
        t.load(Y);
        t.emit({ op: "srcu.unlock", place: at(S), value: reg(cookie), tag: "srcu-unlock" });
      },
      (t) =>
        t
          .store(X, 1)
          .emit({ op: "srcu.sync", place: at(S), tag: "sync-srcu" })
          .store(A, 1),
      (t) => t.store(Y, 1),
      (t) => {
        t.load(A);
        t.emit({ op: "fence", kind: "rmb" });
        t.load(Y);
      },
    ],
    eyes: 9,
    outcomes: 8,
  },
  {
    name: "what a register depends on, and what a store depended on",
    model: "lkmm",
    threads: [
      dependsOrNot,
      (t) => {
        t.load(Y);
        t.fence().store(X, 1);
      },
      (t) => t.store(Z, 1, "plain"),
    ],
    eyes: 2,
    outcomes: 3,
  },
  {
    name: "the value of a live write",
    model: "sc",
    threads: [
      (t) => t.store(X, { reg: plusOne(t, t.load(Z)) }),
      (t) => t.store(Z, 1),
      (t) => {
        t.load(X);
      },
    ],
    eyes: 4,
    outcomes: 3,
  },
  {
    name: "what was read ahead of the frontier",
    model: "lkmm",
    threads: [
      (t) => {
        t.load(Y);
        t.load(X);
        t.fence();
      },
      (t) => t.store(X, { reg: plusOne(t, t.load(Z)) }),
      (t) => t.store(Y, { reg: plusOne(t, t.load(A)) }),
      (t) => t.store(Z, 1),
    ],
    eyes: 1,
    outcomes: 6,
  },
  {
    // Which store to Y is last is past; where it is the first thread's, the exchange comes behind the store to X.
    name: "an update may take any write that is not taken",
    model: "lkmm",
    threads: [
      (t) => t.store(X, 1).fence().store(Y, 2),
      (t) => {
        t.store(Y, 1).fence();
        exchange(t);
      },
    ],
    eyes: 2,
    outcomes: 2,
  },
  {
    name: "whether a lock was left taken",
    model: "lkmm",
    threads: [
      (t) => {
        t.emit({ op: "lock", place: at(A) });
        t.when(t.load(Z), () => t.emit({ op: "unlock", place: at(A) }));
      },
      (t) => t.store(Z, 1),
      (t) => {
        t.load(Y);
        t.emit({ op: "lock", place: at(A) });
      },
    ],
    eyes: 0,
    outcomes: 3,
  },
  {
    name: "who holds a lock",
    model: "sc",
    threads: [
      (t) => tryAndRelease(t, () => t.emit({ op: "await", place: at(Z), cmp: "eq", value: imm(1) })),
      (t) =>
        tryAndRelease(t, () => {
          t.load(Y);
          t.store(Z, 1);
        }),
    ],
    eyes: 0,
    outcomes: 3,
  },
  {
    name: "where a live store went",
    model: "sc",
    threads: [
      (t) => {
        const place = cell(reg(plusOne(t, t.load(Z))));
        t.emit({ op: "store", place, value: imm(1), order: "once" });
      },
      (t) => t.store(Z, 1),
      (t) => {
        t.load(X);
        t.load(Y);
      },
    ],
    eyes: 4,
    outcomes: 3,
  },
  {
    name: "what an update compares with",
    model: "sc",
    threads: [
      (t) => {
        const old = reg(t.load(Z));
        t.emit({ op: "cmpxchg", dst: t.fresh(), place: at(X), old, value: imm(5), order: "relaxed" });
      },
      (t) => t.store(Z, 1),
      (t) => {
        t.load(X);
      },
    ],
    eyes: 4,
    outcomes: 2,
  },
  {
    name: "what a condition depends on",
    model: "lkmm",
    threads: [
      (t) => {
        const one = oneOrOther(t);
        t.when(one, () => t.store(Y, 1));
      },
      (t) => {
        t.load(Y);
        t.fence().store(X, 1);
      },
      (t) => t.store(Z, 1, "plain"),
    ],
    eyes: 2,
    outcomes: 3,
  },
];

/** Releases the lock whether it got it or not. */
function tryAndRelease(t: ThreadBuilder, between: () => unknown): void {
  t.emit({ op: "trylock", dst: t.fresh(), place: at(A) });
  between();
  t.emit({ op: "unlock", place: at(A) });
}

function exchange(t: ThreadBuilder): void {
  t.emit({
    op: "rmw",
    fn: "xchg",
    place: at(X),
    value: imm(3),
    order: "relaxed",
    result: "old",
    dst: t.fresh(),
  });
}

function plusOne(t: ThreadBuilder, a: Reg): Reg {
  const dst = t.fresh();
  t.emit({ op: "bin", fn: "add", dst, a: reg(a), b: imm(1) });
  return dst;
}

/** Fails unless it reads 1 from X, and stores 1 to Y, which may depend on what it read from X or not. */
function beginSrcu(t: ThreadBuilder): Reg {
  const dst = t.fresh();
  t.emit({ op: "srcu.lock", dst, place: at(S), tag: "srcu-lock" });
  return dst;
}

function dependsOrNot(t: ThreadBuilder): void {
  t.store(Y, { reg: oneOrOther(t) });
}

/** 1, which depends on what was read from X or not. */
function oneOrOther(t: ThreadBuilder): Reg {
  const condition = t.load(Z, "plain");
  const read = t.load(X);
  const [zero, also, sum, failed] = [t.fresh(), t.fresh(), t.fresh(), t.fresh()];
  t.emit({ op: "bin", fn: "eq", dst: failed, a: reg(read), b: imm(0) });
  t.emit({ op: "bug", a: reg(failed), warn: false });
  t.emit({ op: "bin", fn: "and", dst: zero, a: reg(t.load(A)), b: imm(0) });
  t.when(
    condition,
    () => t.emit({ op: "bin", fn: "and", dst: also, a: reg(read), b: imm(0) }),
    () => t.emit({ op: "mov", dst: also, a: imm(0) }),
  );
  t.emit({ op: "bin", fn: "or", dst: sum, a: reg(zero), b: reg(also) });
  return plusOne(t, sum);
}

describe("merging finds what enumeration finds", () => {
  it.each(CASES)("$name", ({ model, threads, eyes, outcomes }) => {
    const funcs: readonly Func[] = threads.map((write) => thread((t) => void write(t)));
    const program = programOf(funcs, 5);
    const { compiled } = ownModel(model);
    const look = { registers: eyes, memory: false };
    const expected = [...enumerated(program, compiled, look)].sort();
    expect(expected.length).toBe(outcomes);
    expect([...merged(program, compiled, look, true).seen].sort()).toEqual(expected);
  });
});
