import { describe, expect, it } from "vitest";
import { sourceLines } from "./statements.ts";

function linesOf(text: string): ReturnType<typeof sourceLines> {
  return sourceLines({ name: "x.ts", text });
}

describe("the lines of a specimen", () => {
  it("are those on which something happens, each with its function", () => {
    const { statements, funcs } = linesOf(`import { a } from "./a.ts";
export function f(x: int): int {
  const same = x;
  if (x === 0)
    a();
  else {
    for (;;) {
      a();
    }
  }
  return same;
}
function g(): void {}
`);
    expect(statements).toEqual([
      { line: 5, func: "f" },
      { line: 7, func: "f" },
      { line: 8, func: "f" },
    ]);
    expect(funcs.get(8)).toBe("f");
    expect(funcs.get(13)).toBe("g");
    expect(funcs.get(1)).toBeUndefined();
  });

  it("have the reason that stands above a statement, behind a line, or at the head of a function", () => {
    const { reasons } = linesOf(`/**
 * Never called.
 *
 * @unreached only the replay
 *   does this
 */
export function f(): void {
  a();
}

export function g(x: int): void {
  a(); // @unreached no such machine
  // Some remark. @unreached the other half
  // of an invariant
  if (x === 0) {
    a();
  }
  a();
}
`);
    expect([...reasons]).toEqual([
      [7, "only the replay does this"],
      [8, "only the replay does this"],
      [9, "only the replay does this"],
      [12, "no such machine"],
      [15, "the other half of an invariant"],
      [16, "the other half of an invariant"],
      [17, "the other half of an invariant"],
    ]);
  });
});
