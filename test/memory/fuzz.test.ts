/** Texts that are no models: one complaint or a model, never a crash, never a hang. */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadModel } from "../../src/memory/load.ts";
import { fromDisk, MODEL_FOLDER } from "./models.ts";

const WORDS = (
  "let rec and in when acyclic irreflexive empty as show include fun try with if then else end match procedure call " +
  "forall do from flag assert enum instructions not subset begin ( ) [ ] { } | ++ ; \\ & * + ? ~ ^-1 = , -> || && 0 _ " +
  'po rf co R W M F fencerel domain \'a "cos.cat" x y (* *) // # \n'
).split(" ");

/** Loads the text as `m.cat`; a complaint must have a place. */
function survives(text: string): void {
  const loaded = loadModel("m.cat", (name) => (name === "m.cat" ? text : undefined));
  if (loaded.ok) return;
  expect(loaded.error.message).not.toBe("");
  expect(loaded.error.line).toBeGreaterThan(0);
}

describe("anything as a model", () => {
  it("random characters", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), survives), { numRuns: 2000 });
  });

  it("random words", () => {
    const words = fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((all) => all.join(" "));
    fc.assert(fc.property(words, survives), { numRuns: 4000 });
  });

  it("our models, damaged", () => {
    const texts = ["sc", "aarch64", "power", "lkmm"].map((name) =>
      readFileSync(`${MODEL_FOLDER}${name}.cat`, "utf8"),
    );
    const damage = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(30),
      add: fc.constantFrom("", ...WORDS),
    });
    const property = fc.property(
      fc.constantFrom(...texts),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      (text, all) => {
        const damaged = all.reduce((before, { at, cut, add }) => {
          const start = Math.floor(at * before.length);
          return `${before.slice(0, start)}${add}${before.slice(start + cut)}`;
        }, text);
        const read = (name: string): string | undefined =>
          name === "m.cat" ? damaged : fromDisk(`${MODEL_FOLDER}${name}`);
        const loaded = loadModel("m.cat", read);
        if (!loaded.ok) expect(loaded.error.line).toBeGreaterThan(0);
      },
    );
    fc.assert(property, { numRuns: 400 });
  });

  it.each(["lkmm.bell", "lkmm.cfg"])("%s, damaged", (part) => {
    const text = readFileSync(`${MODEL_FOLDER}${part}`, "utf8");
    const damage = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(30),
      add: fc.constantFrom("", ...WORDS),
    });
    const property = fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (all) => {
      const damaged = all.reduce((before, { at, cut, add }) => {
        const start = Math.floor(at * before.length);
        return `${before.slice(0, start)}${add}${before.slice(start + cut)}`;
      }, text);
      const read = (name: string): string | undefined => (name.endsWith(part) ? damaged : fromDisk(name));
      const loaded = loadModel(`${MODEL_FOLDER}lkmm.cfg`, read);
      if (loaded.ok) return;
      expect(loaded.error.message).not.toBe("");
      expect(loaded.error.line).toBeGreaterThan(0);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it.each([
    [
      "a long sequence of definitions",
      Array.from({ length: 3000 }, (_, i) => `let a${i + 1} = a${i} ; po`)
        .join("\n")
        .replace("a0 ;", "po ;"),
    ],
    ["a wide union", `let a = ${"po | ".repeat(299)}po`],
    ["a file that includes itself", 'include "m.cat" acyclic po'],
    ["functions that double", `let f x = x | x ; x\n${"let f x = f (f x)\n".repeat(40)}acyclic f po`],
    ["a recursion that flickers", "let rec a = po \\ a\nacyclic a"],
  ])("%s", (_, text) => survives(text));
});
