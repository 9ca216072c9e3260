/** The properties that a specimen names itself: of an assertion, and of the use of a freed object. */

import { describe, expect, test } from "vitest";
import { checkProgram, DEFAULT_LIMITS } from "../../src/check/states/check.ts";
import { compare } from "./agree.ts";
import { bareMachine, compileKts } from "./programs.ts";

const NAMES = { scheme: "none", scenario: "machine", arch: "none" };

/** What the checker finds, in words, with all reductions. */
function found(source: string): string {
  const options = {
    cpus: 2,
    limits: DEFAULT_LIMITS,
    partialOrder: true,
    symmetry: true,
    now: () => 0,
  };
  const { verdict } = checkProgram(compileKts(source), NAMES, options);
  return verdict.kind === "violated"
    ? `${verdict.violation.property}: ${verdict.violation.summary}`
    : verdict.kind;
}

/** The naive engine finds `property`, and so does the checker under all reductions. */
function expectBoth(source: string, property: string): void {
  const { complaint, naive } = compare(compileKts(source), 2, 100_000);
  expect(complaint ?? "").toBe("");
  expect([...naive.broken]).toEqual([property]);
}

const GLOBAL = "export interface g extends struct { a: int; }\nexport const G = DEFINE<g>();\n";
const asserting = (assertion: string): string => bareMachine(GLOBAL, ["G.a = 1;", assertion]);

/** A page that one CPU frees while another looks at it. */
const freed = (base: string, access: string): string =>
  bareMachine(
    `export interface page extends ${base} { v: int; }
export interface g extends struct { p: page; a: int; }
export const G = DEFINE<g>();`,
    [access, "free(G.p);"],
  ).replace("setup(): void {", "setup(): void {\nG.p = alloc<page>();");

describe("an assertion", () => {
  test("is of the property that it names", () => {
    for (const property of ["tlb", "regs", "membarrier"]) {
      const source = asserting(`VIOLATION_ON("${property}", G.a === 1);`);
      expectBoth(source, property);
      expect(found(source)).toBe(`${property}: an assertion about \`${property}\` fires in main1 (t.ts:11)`);
    }
  });

  test("of the kernel is `bug`", () => {
    expectBoth(asserting("BUG_ON(G.a === 1);"), "bug");
  });
});

describe("the use of a freed object", () => {
  test("is of the property that its struct names", () => {
    const source = freed('struct<"tlb">', "G.a = G.p.v;");
    expectBoth(source, "tlb");
    expect(found(source)).toMatch(/^tlb: page#1 is used after it was freed in main0/);
    expectBoth(freed("struct", "G.a = G.p.v;"), "uaf");
  });

  test("freeing it twice is not", () => {
    expectBoth(freed('struct<"tlb">', "free(G.p);"), "double-free");
  });
});
