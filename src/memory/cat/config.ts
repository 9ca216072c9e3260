/**
 * herd7's `.cfg` files: a word and its value on each line. Only what decides about the model is read; the rest is
 * about pictures.
 */

import type { SourceText } from "../../diag/source.ts";
import { fail } from "./failure.ts";

export interface Config {
  readonly model?: string;
  readonly bell?: string;
  readonly macros?: string;
  readonly variants: ReadonlySet<string>;
}

const FILES = ["model", "bell", "macros"] as const;

/** @throws CatFailure when a line that matters has no value. */
export function parseConfig(file: SourceText): Config {
  const files: { model?: string; bell?: string; macros?: string } = {};
  const variants = new Set<string>();
  for (const [i, text] of file.text.split("\n").entries()) {
    const [, key = "", value = ""] = /^\s*([A-Za-z]*)\s*(.*?)\s*(?:#.*)?\r?$/.exec(text) ?? [];
    const known = FILES.find((each) => each === key);
    if (known === undefined && key !== "variant") continue;
    if (value === "")
      fail(
        "cat-cfg",
        { file, line: i + 1, column: 1, length: Math.max(1, text.length) },
        {
          expected: `a value of \`${key}\``,
          found: "the end of the line",
        },
      );
    if (known !== undefined) files[known] = value;
    else for (const variant of value.split(",")) variants.add(variant.trim());
  }
  return { ...files, variants };
}
