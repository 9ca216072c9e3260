/** Choices out of a known set, and what to say when the user's is not in it. */

import { InputError } from "../base/input_error.ts";
import { suggestion } from "../compile/suggest.ts";

/** `name` if it is known; otherwise the message names the nearest and lists all. */
export function choose(kind: string, name: string, known: readonly string[]): string {
  if (known.includes(name)) return name;
  const near = suggestion(name, known);
  throw new InputError(`unknown ${kind} ${JSON.stringify(name)}${near}\nknown: ${known.join(", ")}`);
}
