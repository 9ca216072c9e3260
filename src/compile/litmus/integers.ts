/** Integers as they are written in a test: 32-bit words, as herd7 has them in C (`Int32`). */

import { ADDRESS_BASE, NOTHING_BELOW, NOTHING_FROM } from "../../ir/litmus.ts";
import type { Lexer, Token } from "./lexer.ts";

const LEAST = -(2 ** 31);
const MOST = 2 ** 31 - 1;
/** Hexadecimal digits are bits. */
const MOST_BITS = 2 ** 32 - 1;

/** The word that a number means. @param negative Behind a minus that is a token of its own. */
export function wordOf(lexer: Lexer, token: Token, negative = false): number {
  const [, sign = "", digits = ""] = /^(-?)(0[xX][0-9a-fA-F]+|[0-9]+)/.exec(token.text) ?? [];
  const hexadecimal = /^0x/i.test(digits);
  const magnitude = Number.parseInt(digits, hexadecimal ? 16 : 10);
  const value = negative !== (sign === "-") ? -magnitude : magnitude;
  if (value < LEAST || value > (hexadecimal ? MOST_BITS : MOST)) {
    lexer.fail("litmus-number", token, { number: `${negative ? "-" : ""}${token.text}` });
  }
  const word = value | 0;
  const [from, to] = word < ADDRESS_BASE ? [NOTHING_FROM, NOTHING_BELOW - 1] : [ADDRESS_BASE, LAST_ADDRESS];
  if (word >= from && word <= to) lexer.fail("litmus-reserved", token, { number: token.text, from, to });
  return word;
}

/** Variables have addresses up to here. */
const LAST_ADDRESS = ADDRESS_BASE + 0xffff;
