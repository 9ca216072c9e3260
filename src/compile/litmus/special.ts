/**
 * Primitives that no `.def` macro can express: they write a register of the caller, evaluate an argument again and
 * again, or are known to herd7 by name. A definition file that has a macro of the name goes first.
 */

import { imm, reg } from "../../ir/builder.ts";
import type { Operand, Reg } from "../../ir/types.ts";
import type { Expr } from "./syntax.ts";
import type { Env, ValueLowerer } from "./values.ts";

type Call = Expr & { readonly kind: "call" };
type Special = (
  to: ValueLowerer,
  call: Call,
  env: Env,
  wanted: Reg | undefined,
  as: "statement" | "value",
) => Operand;

const TRY_CMPXCHG = /^(atomic_)?try_cmpxchg(_relaxed|_acquire|_release)?$/;
const COND_LOAD = /^(?:smp|atomic)_cond_(?:load|read)_(relaxed|acquire)$/;

/** How to lower a call of this name, and its number of arguments; undefined for an ordinary name. */
export function specialOf(name: string): { readonly args: number; readonly lower: Special } | undefined {
  if (name === "atomic_add_unless") return { args: 3, lower: addUnless };
  if (TRY_CMPXCHG.test(name)) return { args: 3, lower: tryCmpxchg };
  return COND_LOAD.test(name) ? { args: 2, lower: condLoad } : undefined;
}

/** Definitions before Linux 6.15 leave it to herd7. */
function addUnless(to: ValueLowerer, { at, args }: Call, env: Env, wanted: Reg | undefined): Operand {
  return to.value(
    { kind: "builtin", at, name: "__atomic_add_unless", tags: ["mb"], args, fn: undefined },
    env,
    wanted,
  );
}

/** `try_cmpxchg(p, &old, new)`: old := what was there; the value is whether that equalled old. */
function tryCmpxchg(to: ValueLowerer, { at, name, args }: Call, env: Env, wanted: Reg | undefined): Operand {
  const [place, old, next] = args;
  if (place === undefined || old?.kind !== "address" || next === undefined) {
    return to.fail("litmus-syntax", old?.at ?? at, {
      expected: "`&` and a register",
      found: "another expression",
    });
  }
  const before: Expr = { kind: "name", at: old.at, name: old.name };
  const exchange: Expr = { kind: "call", at, name: name.replace("try_", ""), args: [place, before, next] };
  const found = to.value(exchange, env);
  const register = to.register(old.name);
  const done = to.result(undefined);
  to.compute("eq", found, reg(register), done);
  to.emit({ op: "mov", dst: register, a: found });
  return wanted === undefined ? reg(done) : moved(to, done, wanted);
}

/**
 * `smp_cond_load_acquire(p, VAL > 0)`: reads until the condition holds of what was read. Waiting for one value, or for
 * any other than one, is an op of its own, which no bound on loops cuts short.
 */
function condLoad(
  to: ValueLowerer,
  call: Call,
  env: Env,
  wanted: Reg | undefined,
  as: "statement" | "value",
): Operand {
  const { at, name, args } = call;
  const [place, condition] = args;
  if (place === undefined || condition === undefined) return imm(0);
  const acquires = COND_LOAD.exec(name)?.[1] === "acquire";
  const awaited = acquires ? awaitedValue(condition) : undefined;
  if (awaited !== undefined && (awaited.cmp === "eq" || as === "statement")) {
    const value = to.value(awaited.value, env);
    to.emit({ op: "await", place: to.pointedAt(place, env), cmp: awaited.cmp, value });
    return value;
  }
  const found = to.register("VAL");
  const load: Expr = acquires
    ? { kind: "call", at, name: "smp_load_acquire", args: [place] }
    : { kind: "call", at, name: "READ_ONCE", args: [{ kind: "deref", at, place }] };
  const { body } = to;
  const [again, end] = [body.label(), body.label()];
  body.bind(again);
  to.value(load, env, found);
  body.br(to.value(condition, env), end, again);
  body.bind(end);
  return wanted === undefined ? reg(found) : moved(to, found, wanted);
}

function moved(to: ValueLowerer, from: Reg, wanted: Reg): Operand {
  to.emit({ op: "mov", dst: wanted, a: reg(from) });
  return reg(wanted);
}

/** `VAL == e`, `VAL != e`, `VAL`, `!VAL`, where e does not read VAL again. */
function awaitedValue(condition: Expr): { readonly cmp: "eq" | "ne"; readonly value: Expr } | undefined {
  const zero: Expr = { kind: "number", at: condition.at, value: 0 };
  if (isVal(condition)) return { cmp: "ne", value: zero };
  if (condition.kind === "unary" && condition.fn === "not" && isVal(condition.of))
    return { cmp: "eq", value: zero };
  if (condition.kind !== "binary" || !isVal(condition.left)) return undefined;
  const { fn, right } = condition;
  const simple = right.kind === "number" || (right.kind === "name" && !isVal(right));
  return simple && (fn === "eq" || fn === "ne") ? { cmp: fn, value: right } : undefined;
}

const isVal = (expr: Expr): boolean => expr.kind === "name" && expr.name === "VAL";
