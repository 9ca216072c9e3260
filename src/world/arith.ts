/** Arithmetic of the IR: 32-bit integers, comparisons give 0 or 1. One meaning for every interpreter. */
import { assertNever } from "../base/assert.ts";
import type { BinaryOp } from "../ir/types.ts";

export function binary(fn: BinaryOp, a: number, b: number): number {
  switch (fn) {
    case "add":
      return (a + b) | 0;
    case "sub":
      return (a - b) | 0;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "andnot":
      return a & ~b;
    case "mul":
      return Math.imul(a, b);
    case "div":
      return b === 0 ? 0 : (a / b) | 0;
    case "shl":
      return a << b;
    case "shr":
      return a >> b;
    case "eq":
      return a === b ? 1 : 0;
    case "ne":
      return a !== b ? 1 : 0;
    case "lt":
      return a < b ? 1 : 0;
    case "le":
      return a <= b ? 1 : 0;
    case "gt":
      return a > b ? 1 : 0;
    case "ge":
      return a >= b ? 1 : 0;
    default:
      return assertNever(fn);
  }
}

const SYMBOLS: Readonly<Record<BinaryOp, string>> = {
  add: "+",
  sub: "-",
  and: "&",
  or: "|",
  xor: "^",
  andnot: "& ~",
  mul: "*",
  div: "/",
  shl: "<<",
  shr: ">>",
  eq: "===",
  ne: "!==",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

/** The same operation as JavaScript text over two operand texts. */
export function binaryText(fn: BinaryOp, a: string, b: string): string {
  if (fn === "mul") return `Math.imul(${a}, ${b})`;
  const infix = `(${a} ${SYMBOLS[fn]} ${b})`;
  return fn === "eq" || fn === "ne" || fn === "lt" || fn === "le" || fn === "gt" || fn === "ge"
    ? `(${infix} ? 1 : 0)`
    : `(${infix} | 0)`;
}
