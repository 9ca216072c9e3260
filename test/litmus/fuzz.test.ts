/** Litmus tests are somebody else's text: whatever it is, it compiles to a valid program or to one message. */

import "../support/seed.ts";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runLitmus } from "../../src/check/litmus/run.ts";
import { loadLitmusModel } from "../../src/cli/litmus/model.ts";
import { parseDefinitions } from "../../src/compile/litmus/def.ts";
import { compileLitmus } from "../../src/compile/litmus/litmus.ts";
import { validate } from "../../src/ir/validator.ts";
import { OUR_DEFINITIONS, ourDefinitions } from "../support/litmus.ts";

const SAMPLE = `C sample
(* Result: Never *)
{ int x=1; int *p=&x; int a[2]={1,2}; atomic_t c = ATOMIC_INIT(2); 0:r5=x; }
P0(int *x, int **p, spinlock_t *l) {
  int r1; int *r2 = READ_ONCE(*p);
  spin_lock(l);
  if (r1 == 0 && *x > 2) { WRITE_ONCE(*x, r1 + 1); } else smp_mb();
  while (cmpxchg(x, 0, 1) != 0) barrier();
  *r2 = (int)*(int *)p ^ -3; spin_unlock(l);
}
P1(atomic_t *c, int *a) { r1 = atomic_fetch_add_acquire(1, c); a[1] = r1; smp_store_release(a, 3); }
locations [x; 1:r1;]
filter (x=1 \\/ true)
~exists (0:r1=1 /\\ (x=2 => not (a={1,2})) /\\ [x]!=0:r1)
`;

const WORDS = SAMPLE.match(/\w+|\s+|[^\w\s]/g) ?? [];

function expectCompilesOrComplains(text: string): void {
  const compiled = compileLitmus({ name: "f.litmus", text }, ourDefinitions);
  if (compiled.ok) expect(validate(compiled.value.test.program)).toEqual([]);
  else {
    expect(compiled.error.message).not.toBe("");
    expect(compiled.error.line).toBeGreaterThan(0);
  }
}

test("the sample compiles", () => {
  expect(compileLitmus({ name: "f.litmus", text: SAMPLE }, ourDefinitions).ok).toBe(true);
});

test("any text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), expectCompilesOrComplains));
});

test("a test with words taken out, doubled or moved", () => {
  const index = fc.nat(WORDS.length - 1);
  const edits = fc.array(fc.tuple(fc.constantFrom("drop", "double", "swap", "replace"), index, index), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(edits, (list) => {
      const words = [...WORDS];
      for (const [edit, at, other] of list) {
        if (edit === "drop") words.splice(at, 1);
        else if (edit === "double") words.splice(at, 0, words[at] ?? "");
        else
          [words[at], words[other]] = [
            words[other] ?? "",
            edit === "swap" ? (words[at] ?? "") : (words[other] ?? ""),
          ];
      }
      expectCompilesOrComplains(words.join(""));
    }),
    { numRuns: 2000 },
  );
});

/** The sample with some of its words taken out, doubled, swapped or replaced by others. */
const damagedTests = (() => {
  const index = fc.nat(WORDS.length - 1);
  const edit = fc.tuple(fc.constantFrom("drop", "double", "replace"), index, index);
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    const words = [...WORDS];
    for (const [kind, at, other] of edits) {
      if (kind === "drop") words.splice(at, 1);
      else if (kind === "double") words.splice(at, 0, words[at] ?? "");
      else words[at] = WORDS[other] ?? "";
    }
    return words.join("");
  });
})();

test("what compiles of damaged tests runs to an end", () => {
  const { model } = loadLitmusModel("lkmm", undefined);
  let ran = 0;
  fc.assert(
    fc.property(damagedTests, (text) => {
      const compiled = compileLitmus({ name: "f.litmus", text }, ourDefinitions);
      if (!compiled.ok) return;
      ran++;
      const options = { unroll: 2, steps: 3000, why: false, draw: false, now: () => 0 };
      const { limit, positive, negative } = runLitmus(compiled.value.test, model, options);
      expect(limit ?? 0).toBeLessThanOrEqual(3000);
      expect(positive + negative).toBeLessThanOrEqual(3000);
    }),
    { numRuns: 300 },
  );
  expect(ran).toBeGreaterThan(30);
});

describe("definitions are somebody else's text, too", () => {
  function survives(text: string): void {
    const parsed = parseDefinitions({ name: "d.def", text });
    if (!parsed.ok) {
      expect(parsed.error.message).not.toBe("");
      expect(parsed.error.line).toBeGreaterThan(0);
      return;
    }
    const compiled = compileLitmus({ name: "f.litmus", text: SAMPLE }, parsed.value);
    if (compiled.ok) expect(validate(compiled.value.test.program)).toEqual([]);
    else expect(compiled.error.message).not.toBe("");
  }

  test("any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), survives));
  });

  test("ours, damaged", () => {
    const text = readFileSync(OUR_DEFINITIONS, "utf8").replace(/^\/\/.*\n/gm, "");
    const words = text.match(/\w+|\s+|[^\w\s]/g) ?? [];
    const index = fc.nat(words.length - 1);
    const edits = fc.array(fc.tuple(fc.constantFrom("drop", "double", "replace"), index, index), {
      minLength: 1,
      maxLength: 6,
    });
    const property = fc.property(edits, (list) => {
      const now = [...words];
      for (const [kind, at, other] of list) {
        if (kind === "drop") now.splice(at, 1);
        else if (kind === "double") now.splice(at, 0, now[at] ?? "");
        else now[at] = words[other] ?? "";
      }
      survives(now.join(""));
    });
    fc.assert(property, { numRuns: 400 });
  });

  test("a macro that is itself", () => {
    for (const text of [
      "READ_ONCE(X) READ_ONCE(X)",
      "smp_mb() { smp_mb(); smp_mb(); }",
      "a(X) b(X)\nb(X) a(X)\nREAD_ONCE(X) a(X)",
      `READ_ONCE(X) ${"(".repeat(20_000)}X`,
      `smp_mb() ${"{ ".repeat(20_000)}`,
    ])
      survives(text);
  });
});

test("a test that is cut short anywhere", () => {
  for (let end = 0; end < SAMPLE.length; end++) expectCompilesOrComplains(SAMPLE.slice(0, end));
});

test("nesting without end", () => {
  for (const unit of ["(", "*", "{", "if (1) ", "-", "f(", "a[", "while (1) ", "((int)"]) {
    expectCompilesOrComplains(`C t\n{}\nP0(int *x) { r0 = ${unit.repeat(20_000)}`);
    expectCompilesOrComplains(`C t\n{}\nP0(int *x) { ${unit.repeat(20_000)}`);
  }
  for (const unit of ["(", "~", "not (", "x=1 => ", "x=1 /\\ ("]) {
    expectCompilesOrComplains(`C t\n{}\nP0(int *x) { }\nexists ${unit.repeat(20_000)}`);
  }
});

test("definitions that grow without end", () => {
  const doubling = Array.from({ length: 40 }, (_, i) => `f${i + 1}(X) f${i}(X) + f${i}(X)`).join("\n");
  const parsed = parseDefinitions({ name: "d.def", text: `f0(X) __load{once}(X)\n${doubling}\n` });
  if (!parsed.ok) throw new Error("does not parse");
  const compiled = compileLitmus(
    { name: "f.litmus", text: "C t\n{}\nP0(int *x) { r0 = f40(*x); }\n" },
    parsed.value,
  );
  expect(compiled.ok ? "" : compiled.error.message).toBe("more than 10000 steps in one thread");
});

test("texts that a careless scanner would take for ever on", () => {
  const many = 50_000;
  for (const text of [
    `${"(**)".repeat(many)}`,
    `${"(* *) ".repeat(many)}X`,
    `C t ${"/* ".repeat(many)}`,
    `C t ${'"'.repeat(2 * many + 1)}`,
    `C t\nKey=x${" ".repeat(4 * many)}y\n`,
    `C t\n${"(* ".repeat(many)}`,
    `C t\n{ ${"x=1; ".repeat(3000)} }\nP0(void) { }`,
    `C t\n{}\nP0(void) { ${"/* */".repeat(many)}`,
    `C t\n{}\nP0(void) { ${"int r; ".repeat(many)} }`,
    `C t\n{}\nP0(${"int *x, ".repeat(many)}int *y) { }`,
    `C t\n{}\nP0(void) { }\nexists (${"x=1 /\\ ".repeat(1999)}x=1)`,
    `C t\n{}\nP0(void) { }\nexists (${"x=1 /\\ ".repeat(many)}x=1)`,
    `C t\n{}\nP0(void) { }\nexists (${"x=1 \\/ ".repeat(many)}x=1)`,
    `C t\n{}\nP0(int *x) { r0 = ${"*x + ".repeat(999)}*x; }`,
    `C t\n{}\nP0(int *x) { r0 = ${"*x + ".repeat(many)}*x; }`,
    `C t\n{}\nP0(int *x) { r0 = x${"[0]".repeat(many)}; }`,
    `C t\n{}\nP0(int *x) { ${"if (1) r0 = 1; else ".repeat(many)} r0 = 2; }`,
  ]) {
    expectCompilesOrComplains(text);
  }
});
