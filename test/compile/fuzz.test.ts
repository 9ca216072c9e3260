/** Damaged specimens: the compiler says what is wrong or compiles something valid; it never throws. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { specimenHost } from "../../src/cli/specimen_host.ts";
import { compile } from "../../src/compile/compile.ts";
import type { SpecimenHost } from "../../src/compile/host.ts";
import { validate } from "../../src/ir/validator.ts";

const base = specimenHost();
const files = [
  "schemes/hazard-pointers.ts",
  "schemes/shoot-lazies.ts",
  "kernel/switch.ts",
  "kernel/mm.ts",
  "kernel/tlb.ts",
  "scenarios/exit-remote-lazy.ts",
];
const snippets = [
  "}",
  "{",
  "(",
  ";",
  " = ",
  "NULL",
  "=> 1",
  "[0]",
  "?.x",
  "await ",
  "const x = ",
  "return;",
  "for (;;) ",
  "0",
  '"s"',
];

/** Replaces a stretch of a text by a snippet, or by another stretch of it. */
const edit = fc.record({
  at: fc.nat({ max: 9999 }),
  length: fc.nat({ max: 60 }),
  by: fc.oneof(fc.constantFrom(...snippets), fc.nat({ max: 9999 })),
});

function apply(
  text: string,
  { at, length, by }: { at: number; length: number; by: string | number },
): string {
  const start = Math.floor((at / 10_000) * text.length);
  const from = typeof by === "number" ? Math.floor((by / 10_000) * text.length) : 0;
  const middle = typeof by === "number" ? text.slice(from, from + 30) : by;
  return text.slice(0, start) + middle + text.slice(start + length);
}

test("damaged text is reported or compiles, and nothing is thrown", () => {
  const damage = fc.tuple(fc.constantFrom(...files), fc.array(edit, { minLength: 1, maxLength: 3 }));
  fc.assert(
    fc.property(damage, ([file, edits]) => {
      const text = edits.reduce(apply, base.read(file) ?? "");
      const host: SpecimenHost = { ...base, read: (name) => (name === file ? text : base.read(name)), base };
      const result = compile({
        host,
        root: "scenarios/exit-remote-lazy.ts",
        scheme: file.startsWith("schemes/") ? file : "schemes/hazard-pointers.ts",
        arch: "arch/generic.ts",
        entries: ["setup"],
        config: new Map(),
      });
      if (result.ok) expect(validate(result.value)).toEqual([]);
      else expect(result.error.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});
