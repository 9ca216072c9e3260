/**
 * Bytes to text. `TextDecoder` is in Node, browsers and workers alike, but not in the ECMAScript library that the
 * core is checked against, so what is used of it is declared here.
 */

declare const TextDecoder: new (label?: string) => { decode(bytes: Uint8Array): string };

const ONE_TO_ONE = new TextDecoder("latin1");
const UTF8 = new TextDecoder();

/** Text up to the first NUL, one character per byte: for text that is parsed. */
export function latin1(bytes: Uint8Array): string {
  return ONE_TO_ONE.decode(untilNul(bytes));
}

/** Text up to the first NUL, for people; bytes that are no UTF-8 become U+FFFD. */
export function utf8(bytes: Uint8Array): string {
  return UTF8.decode(untilNul(bytes));
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
