/**
 * Finds `init_mm` in the kernel's symbol table. The table has some 200 000 lines of `address type name [module]` and
 * only one of them is wanted, so the bytes are searched for the name (Horspool: mostly 8 bytes a step) instead of
 * parsed.
 */

const NEEDLE = [..." init_mm\n"].map((char) => char.charCodeAt(0));
const LAST = NEEDLE.length - 1;

/** How far the needle may move when the byte under its last position is this one. */
const SHIFT = new Uint8Array(256).fill(NEEDLE.length);
for (let i = 0; i < LAST; i++) SHIFT[NEEDLE[i] ?? 0] = LAST - i;

/** The address of `init_mm`; undefined where the table hides addresses, or does not have it. */
export function findInitMm(kallsyms: Uint8Array): bigint | undefined {
  let at = 0;
  while (at + LAST < kallsyms.length) {
    if (matches(kallsyms, at)) return addressBefore(kallsyms, at);
    at += SHIFT[kallsyms[at + LAST] ?? 0] ?? 1;
  }
  return undefined;
}

function matches(bytes: Uint8Array, at: number): boolean {
  for (let i = LAST; i >= 0; i--) if (bytes[at + i] !== NEEDLE[i]) return false;
  return true;
}

/** The address on the line whose name starts at `at`. kptr_restrict shows zeros, which tell nothing. */
function addressBefore(bytes: Uint8Array, at: number): bigint | undefined {
  const line = String.fromCharCode(...bytes.subarray(Math.max(0, at - 19), at));
  const match = /([0-9a-fA-F]{8,16}) [A-Za-z]$/.exec(line);
  const address = match === null ? 0n : BigInt(`0x${match[1]}`);
  return address === 0n ? undefined : address;
}
