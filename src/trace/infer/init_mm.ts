/**
 * Which address is `&init_mm`. The file's kallsyms tell it, or the user; a trace recorded with hidden kallsyms
 * does not. Then the address itself does on x86-64: init_mm is a variable of the kernel image, which is mapped at
 * the top 2 GiB, and every other mm_struct is a slab object in the direct map below.
 */

import type { AddressId, TraceInfo } from "../events.ts";

/** `__START_KERNEL_map` (arch/x86/include/asm/page_64_types.h). */
const KERNEL_IMAGE = 0xffff_ffff_8000_0000n;

export function isInitMm(info: TraceInfo, address: AddressId, bits: bigint): boolean {
  if (info.initMm !== undefined) return address === info.initMm;
  return bits >= KERNEL_IMAGE;
}
