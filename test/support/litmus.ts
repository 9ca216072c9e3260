/** Litmus tests from text, with our own definitions unless others are given. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Definitions, parseDefinitions } from "../../src/compile/litmus/def.ts";
import { compileLitmus } from "../../src/compile/litmus/litmus.ts";
import { renderDiagnostic } from "../../src/diag/render.ts";
import type { LitmusTest } from "../../src/ir/litmus.ts";
import { printProgram } from "../../src/ir/printer.ts";

export const OUR_DEFINITIONS = fileURLToPath(new URL("../../model/memory/lkmm.def", import.meta.url));

/** Parses a definition file's text; throws on errors. */
export function definitionsOf(text: string): Definitions {
  const parsed = parseDefinitions({ name: "test.def", text });
  if (!parsed.ok) throw new Error(renderDiagnostic(parsed.error));
  return parsed.value;
}

export const ourDefinitions: Definitions = definitionsOf(readFileSync(OUR_DEFINITIONS, "utf8"));

/** Compiles a test; throws what a user would read when it does not compile. */
export function litmusOf(text: string, definitions: Definitions = ourDefinitions): LitmusTest {
  const compiled = compileLitmus({ name: "t.litmus", text }, definitions);
  if (!compiled.ok) throw new Error(renderDiagnostic(compiled.error));
  return compiled.value.test;
}

/** What a user reads about a test that does not compile; empty when it does. */
export function complaintOf(text: string, definitions: Definitions = ourDefinitions): string {
  const compiled = compileLitmus({ name: "t.litmus", text }, definitions);
  return compiled.ok ? "" : renderDiagnostic(compiled.error);
}

/** The ops of one thread with this body, over some variables, without the registers' initial values. */
export function opsOf(body: string, definitions: Definitions = ourDefinitions): string {
  const text = `C t\n{}\nP0(int *x, int *y, spinlock_t *l, atomic_t *c, struct srcu_struct *s) {\n${body}\n}\n`;
  const printed = printProgram(litmusOf(text, definitions).program, {
    positions: "none",
    declarations: false,
  });
  const ops = printed
    .split("\n")
    .slice(1)
    .map((line) => line.replace(/^ *\d+ +/, ""));
  const first = ops.findIndex((op) => !/^%\d+:\w+ = 0$/.test(op));
  return ops
    .slice(first)
    .filter((op) => op !== "" && op !== "ret")
    .join("\n")
    .replaceAll("cell.value", "");
}
