/** The safety properties that a specimen names, in strings: `struct<"tlb">`, `VIOLATION_ON("tlb", …)`. */

import { NAMED_PROPERTIES, type NamedProperty } from "../ir/types.ts";

/** The property of that name, if a specimen may name it. */
export function namedProperty(name: string): NamedProperty | undefined {
  return NAMED_PROPERTIES.find((known) => known === name);
}
