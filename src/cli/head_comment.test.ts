import { describe, expect, it } from "vitest";
import { readHeadComment } from "./head_comment.ts";

describe("head comments", () => {
  it("have a first sentence and tags, whose text may go on", () => {
    const text = `/**
 * Loans are counted, up to
 * 7.2. And more.
 *
 * @title   counted
 * @cost    one RMW
 *          per switch
 * @not-claimed a: why
 * @not-claimed b: why not
 *
 * A paragraph with an @ sign.
 */
import { x } from "y";
/** Another comment. @title wrong */`;
    expect(readHeadComment(text)).toEqual({
      summary: "Loans are counted, up to 7.2",
      tags: [
        ["title", "counted"],
        ["cost", "one RMW per switch"],
        ["not-claimed", "a: why"],
        ["not-claimed", "b: why not"],
      ],
    });
  });

  it.each([["export function f(): void {}\n/** Late. */"], [""], ["/** */"], ["// Not this.\n"]])(
    "are empty where there is none: %j",
    (text) => expect(readHeadComment(text)).toEqual({ summary: "", tags: [] }),
  );
});
