/** The 700 tests of model/litmus, and what herd7 7.58 says of each under the model of Linux 6.1. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const COLLECTION = fileURLToPath(new URL("../../model/litmus", import.meta.url));

export interface Expected {
  readonly name: string;
  readonly verdict: "Always" | "Sometimes" | "Never";
  /** Distinct final states over what the condition mentions. */
  readonly states: number;
  /** Consistent executions that satisfy the condition, and that do not. */
  readonly positive: number;
  readonly negative: number;
}

/** `expected.tsv`: test, verdict, states, positive, negative. */
export function readExpected(): Expected[] {
  const [, ...lines] = readFileSync(join(COLLECTION, "expected.tsv"), "utf8").trim().split("\n");
  return lines.map((line) => {
    const [name = "", verdict = "", ...counts] = line.split("\t");
    const [states = 0, positive = 0, negative = 0] = counts.map(Number);
    return { name, verdict: verdict as Expected["verdict"], states, positive, negative };
  });
}

export function readTest(name: string): string {
  return readFileSync(join(COLLECTION, `${name}.litmus`), "utf8");
}
