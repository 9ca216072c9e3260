/**
 * Models compared with each other: what a stronger one allows, a weaker one allows. The kernel's model must be weaker
 * than every machine that Linux runs on (soundness, ASPLOS 2018, section 5); sequential consistency is the strongest.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { executions } from "./brute.ts";
import { modelFile, ownModel } from "./models.ts";

const model = Object.fromEntries(
  ["sc", "tso", "aarch64", "power", "lkmm"].map((name) => [name, ownModel(name).compiled]),
);

/**
 * Stronger, weaker. TSO is not stronger than ARMv8: a load-acquire waits for an earlier store-release there. Nor than
 * POWER where smp_mb__after_atomic() and its like stand alone: only POWER makes fences of them.
 */
const PAIRS = [
  ["sc", "tso"],
  ["sc", "aarch64"],
  ["sc", "power"],
  ["tso", "power"],
  ["tso", "lkmm"],
  ["aarch64", "lkmm"],
  ["power", "lkmm"],
] as const;

const kind = fc.constantFrom("R", "W", "R", "W", "R.acquire", "W.release", "RMW", "RMW.mb", "RMW.noreturn");
const between = fc.constantFrom(
  "",
  "",
  "",
  "F.mb ; ",
  "F.wmb ; ",
  "F.rmb ; ",
  "F.after-atomic ; ",
  "F.sync-rcu ; ",
);

/** An access to each of two locations, perhaps with a fence or a dependency, in a section or under a lock. */
const crossing = fc
  .tuple(
    kind,
    between,
    kind,
    fc.boolean(),
    fc.constantFrom("", "", " <addr", " <data"),
    fc.constantFrom("", "", "", "rcu", "lock"),
  )
  .map(([first, fence, second, swap, dependency, around]) => {
    const [one, other] = swap ? ["y", "x"] : ["x", "y"];
    const depends = first.startsWith("R") && !second.startsWith("RMW") ? dependency : "";
    const body = `${first} ${one} ; ${fence}${second} ${other}${depends}`;
    if (around === "rcu") return `F.rcu-lock ; ${body} ; F.rcu-unlock`;
    return around === "lock" ? `lock l ; ${body} ; unlock l` : body;
  });
const program = fc.array(crossing, { minLength: 2, maxLength: 3 }).map((threads) => threads.join(" || "));

const key = ({ reads, orders }: { reads: string; orders: readonly string[] }): string =>
  `${reads} ${orders.join(" ")}`;

describe("a weaker model allows what a stronger one allows", () => {
  it("on random programs", () => {
    let strict = 0;
    const property = fc.property(program, (text) => {
      fc.pre((text.match(/\b(R|RMW|lock)\b/g) ?? []).length < 6);
      const found = Object.fromEntries(
        Object.entries(model).map(([name, each]) => [name, new Set(executions(text, each).map(key))]),
      );
      for (const [strong, weak] of PAIRS) {
        if (strong === "tso" && weak === "power" && text.includes("-atomic")) continue;
        const [few, many] = [found[strong] ?? new Set(), found[weak] ?? new Set()];
        expect([strong, weak, [...few].filter((each) => !many.has(each))]).toEqual([strong, weak, []]);
        if (many.size > few.size) strict++;
      }
    });
    fc.assert(property, { numRuns: 200 });
    // The comparison says something only where the models differ.
    expect(strict).toBeGreaterThan(20);
  });
});

/** The usual form of x86-TSO over fences and filters, as users bring it. */
const X86 = `X86 "TSO of the literature"
include "x86fences.cat"
include "filters.cat"
include "cos.cat"
let com = rf | fr | co
acyclic po-loc | com
empty rmw & (fre ; coe)
let ghb = mfence | MA(WR(po)) | AM(WR(po)) | WW(po) | RM(po) | rfe | fr | co
acyclic ghb`;

describe("models that bring no tags of the kernel", () => {
  it("understand its primitives: TSO over herd's names is our TSO, but for RCU", () => {
    const theirs = modelFile("x86.cat", (name) => (name === "x86.cat" ? X86 : undefined)).compiled;
    expect(theirs.order).toBe("program");
    const property = fc.property(program, (text) => {
      fc.pre((text.match(/\b(R|RMW|lock)\b/g) ?? []).length < 6 && !text.includes("rcu-lock"));
      const [ours, other] = [model.tso, theirs].map((each) => each && executions(text, each).map(key).sort());
      expect(other).toEqual(ours);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it("know a tag by one name, however a bell file spells it", () => {
    const bell = "enum A = 'ONCE || 'MB || 'rcu-lock";
    const text = "let Once = ONCE \\ W\nempty [Once] ; po ; [Rcu-lock] | [MB] ; po as x";
    const { compiled } = modelFile("m.cat", (name) => ({ "m.cat": text, "m.bell": bell })[name]);
    expect(compiled.sets).toEqual(["Mb", "Once", "Rcu-lock", "W"]);
  });
});

describe("program order", () => {
  it("is kept together with rf by sc and tso alone", () => {
    const kept = Object.entries(model).filter(([, { order }]) => order === "program");
    expect(kept.map(([name]) => name)).toEqual(["sc", "tso"]);
  });

  it("is what the order of a model says, on all executions of random programs", () => {
    const property = fc.property(program, (text) => {
      fc.pre((text.match(/\b(R|RMW|lock)\b/g) ?? []).length < 6);
      const strict = modelFile("s.cat", (name) =>
        name === "s.cat" ? 'include "cos.cat"\nacyclic po | rf as porf' : undefined,
      ).compiled;
      const allowed = new Set(executions(text, strict).map(key));
      for (const name of ["sc", "tso"]) {
        const each = model[name];
        if (each !== undefined)
          expect(executions(text, each).filter((one) => !allowed.has(key(one)))).toEqual([]);
      }
    });
    fc.assert(property, { numRuns: 60 });
  });
});
