/** What a diagnostic shows of a source that is long, or that holds what a terminal takes for commands. */

import { expect, test } from "vitest";
import { renderDiagnostic } from "./render.ts";

const at = (source: string, column: number, length = 1): string[] =>
  renderDiagnostic({
    id: "kts-syntax",
    file: "t.ts",
    line: 7,
    column,
    length,
    message: "unexpected token",
    source,
  }).split("\n");

test("carets stand under the place, behind tabs, too", () => {
  expect(at("\tlet x = 1;", 2, 3)).toEqual([
    "t.ts:7:2: error[kts-syntax]: unexpected token",
    "    7 | \tlet x = 1;",
    "      | \t^^^",
  ]);
});

test("control characters are shown, not sent", () => {
  const [, line = "", carets = ""] = at("a \x1b[31m \x00 b", 3);
  expect(line).toBe("    7 | a \ufffd[31m \ufffd b");
  expect(carets.indexOf("^")).toBe(line.indexOf("\ufffd"));
});

test.each([1, 60, 5000, 9990, 10_000])("of a long line the part around column %i is shown", (column) => {
  const source = `${"(".repeat(column - 1)}x${")".repeat(10_000 - column)}`;
  const [, line = "", carets = ""] = at(source, column);
  expect(line.length).toBeLessThan(121);
  expect(carets.length).toBeLessThan(121);
  expect(line[carets.indexOf("^")]).toBe("x");
  expect(line.includes("…")).toBe(true);
});
