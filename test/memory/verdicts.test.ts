/**
 * Our models give the verdicts of the literature and the numbers of executions that herd7 and GenMC count.
 * All executions are tried (`brute.ts`); no search engine is involved.
 */

import { describe, expect, it } from "vitest";
import { allowed, count, executions } from "./brute.ts";
import { ownModel } from "./models.ts";

const NAMES = ["sc", "tso", "aarch64", "power", "lkmm"] as const;
const models = Object.fromEntries(NAMES.map((name) => [name, ownModel(name).compiled]));
const model = (name: string) => models[name] ?? ownModel(name).compiled;

const SB = "W x ; R y || W y ; R x";
const IRIW = "W x || W y || R x ; R y || R y ; R x";

describe("executions of small programs", () => {
  it.each([
    ["SB", SB, 3, 4, 4, 4],
    ["LB", "R x ; W y || R y ; W x", 3, 3, 4, 4],
    ["MP", "W x ; W y || R y ; R x", 3, 3, 4, 4],
    ["S", "W x ; W y || R y ; W x", 3, 3, 4, 4],
    ["R", "W x ; W y || W y ; R x", 3, 4, 4, 4],
    ["2+2W", "W x ; W y || W y ; W x", 3, 3, 4, 4],
    ["SB+mbs", "W x ; F.mb ; R y || W y ; F.mb ; R x", 3, 3, 3, 3],
    ["LB+datas", "R x ; W y <data || R y ; W x <data", 3, 3, 3, 3],
    ["MP+rel+acq", "W x ; W.release y || R.acquire y ; R x", 3, 3, 3, 3],
    ["WRC", "W x || R x ; W y || R y ; R x", 7, 7, 8, 8],
    ["ISA2", "W x ; W y || R y ; W z || R z ; R x", 7, 7, 8, 8],
    ["IRIW", IRIW, 15, 15, 16, 16],
    ["IRIW+mbs", "W x || W y || R x ; F.mb ; R y || R y ; F.mb ; R x", 15, 15, 15, 15],
    ["CoRR", "W x || R x ; R x", 3, 3, 3, 3],
    ["CoRR of two writers", "W x || W x || R x ; R x", 12, 12, 12, 12],
    ["SB in a ring of three", "W x ; R y || W y ; R z || W z ; R x", 7, 8, 8, 8],
    ["two increments", "RMW x || RMW x", 2, 2, 2, 2],
    ["three increments", "RMW x || RMW x || RMW x", 6, 6, 6, 6],
    ["two of R ; W", "R x ; W x || R x ; W x", 4, 4, 4, 4],
    ["two sections", "lock l ; R x ; W x ; unlock l || lock l ; R x ; W x ; unlock l", 2, 2, 2, 2],
    [
      "two threads, two sections each",
      "lock l ; unlock l ; lock l ; unlock l || lock l ; unlock l ; lock l ; unlock l",
      6,
      6,
      6,
      6,
    ],
  ])("%s", (_, text, sc, tso, arm, lkmm) => {
    expect(count(text, model("sc"))).toBe(sc);
    expect(count(text, model("tso"))).toBe(tso);
    expect(count(text, model("aarch64"))).toBe(arm);
    expect(count(text, model("lkmm"))).toBe(lkmm);
  });
});

/** Name, program, sources of the reads, orders, and the models that allow it: s(c) t(so) a(arch64) p(ower) l(kmm). */
const CLASSICS: readonly (readonly [string, string, string, readonly string[], string])[] = [
  ["MP", "W x ; W y || R y ; R x", "0i", [], "apl"],
  ["MP+wmb+rmb", "W x ; F.wmb ; W y || R y ; F.rmb ; R x", "0i", [], ""],
  ["MP+wmb+addr", "W x ; F.wmb ; W y || R y ; R x <addr", "0i", [], ""],
  ["MP+wmb+ctrl", "W x ; F.wmb ; W y || R y ; R x <ctrl", "0i", [], "apl"],
  ["MP+wmb+po", "W x ; F.wmb ; W y || R y ; R x", "0i", [], "apl"],
  ["MP+wmb+acq", "W x ; F.wmb ; W y || R.acquire y ; R x", "0i", [], ""],
  ["MP+rel+addr", "W x ; W.release y || R y ; R x <addr", "0i", [], ""],
  ["MP+mb+rmb", "W x ; F.mb ; W y || R y ; F.rmb ; R x", "0i", [], ""],
  ["MP+wmb+acquiring increment", "W x ; F.wmb ; W y || RMW.acquire y ; R x", "0i", [], ""],
  ["MP+wmb+increment", "W x ; F.wmb ; W y || RMW y ; R x", "0i", [], "apl"],
  ["MP+wmb+void increment+rmb", "W x ; F.wmb ; W y || RMW.noreturn y ; F.rmb ; R x", "0i", [], "al"],
  ["MP+xchg+rmb", "W x ; RMW.mb y || R y ; F.rmb ; R x", "i0i", [], ""],
  ["LB+ctrl+data", "R x ; W y <ctrl || R y ; W x <data", "10", [], ""],
  ["LB+rel+acq", "R x ; W.release y || R.acquire y ; W x", "10", [], ""],
  ["SB+rmb+wmb", "W x ; F.wmb ; R y || W y ; F.rmb ; R x", "ii", [], "tapl"],
  ["SB+rel+acq", "W.release x ; R.acquire y || W.release y ; R.acquire x", "ii", [], "tpl"],
  ["SB+mbs", "W x ; F.mb ; R y || W y ; F.mb ; R x", "ii", [], ""],
  ["SB of full increments", "RMW.mb x ; R y || RMW.mb y ; R x", "iiii", [], ""],
  ["SB of relaxed increments", "RMW x ; R y || RMW y ; R x", "iiii", [], "apl"],
  [
    "SB of void increments+after_atomic",
    "RMW.noreturn x ; F.after-atomic ; R y || RMW.noreturn y ; F.after-atomic ; R x",
    "iiii",
    [],
    "",
  ],
  ["before_atomic", "W x ; F.before-atomic ; RMW.noreturn y || W y ; F.mb ; R x", "ii", ["y01"], ""],
  ["after_spinlock", "W x ; lock l ; F.after-spinlock ; R y || W y ; F.mb ; R x", "iii", [], ""],
  ["a lock is no full barrier", "W x ; lock l ; R y || W y ; F.mb ; R x", "iii", [], "apl"],
  ["S+wmb+data", "W x ; F.wmb ; W y || R y ; W x <data", "0", ["x10"], ""],
  ["R+wmb+mb", "W x ; F.wmb ; W y || W y ; F.mb ; R x", "i", ["y01"], "pl"],
  ["R+mbs", "W x ; F.mb ; W y || W y ; F.mb ; R x", "i", ["y01"], ""],
  ["2+2W+wmbs", "W x ; F.wmb ; W y || W y ; F.wmb ; W x", "", ["x10", "y01"], "l"],
  ["2+2W+rels", "W x ; W.release y || W y ; W.release x", "", ["x10", "y01"], "l"],
  ["WRC+data+addr", "W x || R x ; W y <data || R y ; R x <addr", "01i", [], "pl"],
  ["WRC+rel+acq", "W x || R x ; W.release y || R.acquire y ; R x", "01i", [], ""],
  ["WRC+mb+addr", "W x || R x ; F.mb ; W y || R y ; R x <addr", "01i", [], ""],
  ["WRC+wmb+addr", "W x || R x ; F.wmb ; W y || R y ; R x <addr", "01i", [], "al"],
  ["ISA2+wmb+data+addr", "W x ; F.wmb ; W y || R y ; W z <data || R z ; R x <addr", "01i", [], "l"],
  ["ISA2+rel+acq+acq", "W x ; W.release y || R.acquire y ; W.release z || R.acquire z ; R x", "01i", [], ""],
  ["IRIW+addrs", "W x || W y || R x ; R y <addr || R y ; R x <addr", "0i1i", [], "pl"],
  ["IRIW+rmbs", "W x || W y || R x ; F.rmb ; R y || R y ; F.rmb ; R x", "0i1i", [], "pl"],
  ["IRIW+acqs", "W x || W y || R.acquire x ; R y || R.acquire y ; R x", "0i1i", [], "pl"],
  ["IRIW+mbs", "W x || W y || R x ; F.mb ; R y || R y ; F.mb ; R x", "0i1i", [], ""],
  ["RWC+mbs", "W x || R x ; F.mb ; R y || W y ; F.mb ; R x", "0ii", [], ""],
  [
    "unlock-lock on one CPU, stores",
    "lock l ; W x ; unlock l ; lock m ; W y ; unlock m || R y ; F.rmb ; R x",
    "ii0i",
    [],
    "",
  ],
  ["lock handover", "lock l ; W x ; unlock l || lock l ; R x ; unlock l", "i0i", [], ""],
  ["PPOCA", "W x ; F.mb ; W y || R y ; W z <ctrl ; R z ; R x <addr", "01i", [], "apl"],
  ["PPOAA", "W x ; F.mb ; W y || R y ; W z <addr ; R z ; R x <addr", "01i", [], ""],
  ["LB+addr;po+data", "R x ; W y <addr ; W z || R z ; W x <data", "10", [], "l"],
  ["2+2W+mbs", "W x ; F.mb ; W y || W y ; F.mb ; W x", "", ["x10", "y01"], ""],
  [
    "after_unlock_lock",
    "W x ; lock l ; unlock l ; lock m ; F.after-unlock-lock ; R y ; unlock m || W y ; F.mb ; R x",
    "iiii",
    [],
    "",
  ],
  ["RCU, deferred free", "F.rcu-lock ; R x ; R y ; F.rcu-unlock || W y ; F.sync-rcu ; W x", "1i", [], ""],
  [
    "RCU, either order of the reads",
    "F.rcu-lock ; R y ; R x ; F.rcu-unlock || W y ; F.sync-rcu ; W x",
    "i1",
    [],
    "",
  ],
  ["RCU without a section", "R x ; R y || W y ; F.sync-rcu ; W x", "1i", [], "apl"],
  [
    "two sections, one grace period",
    "F.rcu-lock ; W x ; R y ; F.rcu-unlock || F.rcu-lock ; W y ; R z ; F.rcu-unlock || W z ; F.sync-rcu ; R x",
    "iii",
    [],
    "tapl",
  ],
  [
    "two sections, two grace periods",
    "F.rcu-lock ; W x ; R y ; F.rcu-unlock || W y ; F.sync-rcu ; R z || F.rcu-lock ; W z ; R u ; F.rcu-unlock || W u ; F.sync-rcu ; R x",
    "iiii",
    [],
    "",
  ],
];

describe("verdicts of the classics", () => {
  for (const [name, text, reads, orders, by] of CLASSICS)
    it(name, () => {
      const found = NAMES.filter((each) => allowed(text, model(each), reads, ...orders));
      expect(found.map((each) => each.charAt(0)).join("")).toBe(by);
    });
});

describe("plain accesses", () => {
  const races = (text: string): boolean =>
    executions(text, model("lkmm")).some(({ flags }) => flags.includes("data-race"));

  it("race when nothing orders them", () => {
    expect(races("W.plain x || R.plain x")).toBe(true);
    expect(races("W x || R.plain x")).toBe(true);
    expect(races("W x || R x")).toBe(false);
    expect(races("W.plain x ; W y || R.acquire y ; R.plain x")).toBe(true);
  });

  it("do not race inside sections of one lock, nor when one CPU alone has them", () => {
    expect(races("lock l ; W.plain x ; unlock l || lock l ; R.plain x ; unlock l")).toBe(false);
    expect(races("W.plain x ; R.plain x || R y")).toBe(false);
  });
});
