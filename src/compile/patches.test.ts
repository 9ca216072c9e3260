import { expect, test } from "vitest";
import { dedent } from "../../test/support/kts.ts";
import { renderDiagnostics } from "../diag/render.ts";
import { memoryHost } from "./host.ts";
import { parseMutation } from "./mutation.ts";
import { type Patch, withPatches } from "./patches.ts";

const host = memoryHost({ "a.ts": "one  \n  two\nthree\none\n", "b.ts": "other" });

function patched(...patches: Patch[]): string {
  const result = withPatches(host, patches);
  return result.ok ? `${result.value.read("a.ts")}` : renderDiagnostics(result.error);
}

test("consecutive lines are replaced; white space at line ends does not matter", () => {
  expect(patched({ file: "a.ts", find: ["one", "  two  "], replace: ["1", "2", "+"] })).toBe(
    "1\n2\n+\nthree\none\n",
  );
});

test("lines are deleted by an empty replacement; patches apply in order", () => {
  const first = { file: "a.ts", find: ["three"], replace: [] };
  expect(patched(first, { file: "a.ts", find: ["  two", "one"], replace: ["x"] })).toBe("one  \nx\n");
});

test("other files are the base's", () => {
  const result = withPatches(host, [{ file: "a.ts", find: ["three"], replace: [] }]);
  expect(result.ok && result.value.read("b.ts")).toBe("other");
  expect(host.read("a.ts")).toContain("three");
});

test("text that is not there, or there twice, is an error that says what was found", () => {
  const missing = { file: "a.ts", find: ["  two", "four"], replace: [] };
  const twice = { file: "a.ts", find: ["one"], replace: [] };
  const why =
    "  why: a mutation names one place of a specimen; if the text has changed, it must be revisited";
  expect(patched(missing, twice, { file: "c.ts", find: ["x"], replace: [] })).toBe(
    [
      'a.ts:1:1: error[kts-patch]: the patch of a.ts applies 0 times, not once: line 3: expected "four", found "three"',
      "    1 | one  ",
      "      | ^",
      why,
      "a.ts:1:1: error[kts-patch]: the patch of a.ts applies 2 times, not once: its text is at lines 1, 4",
      "    1 | one  ",
      "      | ^",
      why,
      "c.ts:1:1: error[kts-patch]: the patch of c.ts applies 0 times, not once: there is no such file",
      why,
    ].join("\n"),
  );
});

test("a mutation file: the id, the patches, and the rest as it is", () => {
  const text = '{"id": "no-mb", "fact": 7, "patches": [{"file": "a.ts", "find": ["one"], "replace": []}]}';
  expect(parseMutation("m.json", text)).toEqual({
    ok: true,
    value: { id: "no-mb", patches: [{ file: "a.ts", find: ["one"], replace: [] }], properties: { fact: 7 } },
  });
});

test.each([
  ["{", "m.json: not JSON: "],
  ["[]", "m.json: expected an object, found []"],
  ['{"id": "No MB"}', 'm.json: "id": expected lower-case words joined by dashes, found "No MB"'],
  ['{"id": "x"}', 'm.json: "patches": expected a list of at least one patch, found nothing'],
  ['{"id": "x", "patches": [1]}', 'm.json: "patches"[0]: expected an object, found 1'],
  [
    '{"id": "x", "patches": [{"file": ""}]}',
    'm.json: "patches"[0].file: expected the name of a specimen, found ""',
  ],
  [
    '{"id": "x", "patches": [{"file": "a", "find": []}]}',
    'm.json: "patches"[0].find: expected lines, found []',
  ],
  [
    '{"id": "x", "patches": [{"file": "a", "find": ["b"], "replace": "c"}]}',
    'm.json: "patches"[0].replace: expected lines, found "c"',
  ],
  [
    '{"id": "x", "patches": [{"file": "a", "find": ["b"], "replace": [], "line": 3}]}',
    'm.json: "patches"[0]: unknown property "line"',
  ],
])("a bad mutation file: %s", (text, message) => {
  const result = parseMutation("m.json", text);
  expect(result.ok ? "" : result.error).toContain(message);
});

test("the helper of these tests removes common indentation", () => {
  expect(dedent("\n    a\n      b\n    ")).toBe("a\n  b");
});
