/** A witness replays on the kind of memory that it was found on; on another its choices mean something else. */

import { InputError } from "../base/input_error.ts";
import { parseWitness } from "../check/states/witness.ts";
import type { Program } from "../ir/types.ts";

/**
 * @param graphs Whether `model` is one over execution graphs.
 * @throws InputError where the witness was found under a model of the other kind, or is none of `program`.
 */
export function requireMemory(witness: string, program: Program, model: string, graphs: boolean): void {
  const found = parseWitness(witness, program).graphs;
  if (found === graphs) return;
  const expected = found
    ? "the --model that it was found under (lkmm, aarch64, power or a .cat file)"
    : "no --model, or sc or tso";
  throw new InputError(`witness: expected ${expected}, found ${model}`);
}
