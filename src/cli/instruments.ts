/** The real instruments behind `Engines`. */

import { InputError } from "../base/input_error.ts";
import type { Engines } from "./engines.ts";

export function createEngines(): Engines {
  throw new InputError("the instruments are not part of this build yet");
}
