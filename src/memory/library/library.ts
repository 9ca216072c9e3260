/**
 * Files that every model may include without bringing them: our own texts for the names that models expect.
 *
 * herd7 uses `cos.cat` and `lock.cat` to enumerate coherence orders and what locks read. Here the engine supplies
 * `rf` and `co`, locks included, so that these files only name what follows from them; a file of that name beside the
 * user's model is not read. The others are read from the model's folder where it has them.
 */

import { FENCES } from "./fences.ts";
import { HARDWARE } from "./hardware.ts";
import { COHERENCE, FILTERS, LOCKS, STANDARD } from "./standard.ts";

/** Evaluated before every model. */
export const STDLIB = "stdlib.cat";
/** Evaluated before a model that has no bell file. */
export const KERNEL_ON_HARDWARE = "hardware.cat";

/** Ours in any case: the engine does what these enumerate. */
const REPLACED: Readonly<Record<string, string>> = {
  "cos.cat": COHERENCE,
  "cos-opt.cat": COHERENCE,
  "cos-no-opt.cat": COHERENCE,
  "lock.cat": LOCKS,
  "cross.cat": "",
  [STDLIB]: STANDARD,
};

/** Ours unless the model's folder has one. */
const PROVIDED: Readonly<Record<string, string>> = {
  "filters.cat": FILTERS,
  [KERNEL_ON_HARDWARE]: HARDWARE,
  ...FENCES,
};

/** The text that replaces any file of this name. */
export function replacement(file: string): string | undefined {
  return own(REPLACED, baseName(file));
}

/** The text for a name that the model's folder does not have. */
export function provided(file: string): string | undefined {
  return own(PROVIDED, baseName(file));
}

function own(texts: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(texts, name) ? texts[name] : undefined;
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}
