/**
 * The `atomic_*` family, with the kernel's orders: a form that returns a value is a full barrier unless its suffix says
 * otherwise; one that returns none orders nothing.
 */

import { imm, reg } from "../../ir/builder.ts";
import type { Operand, Order } from "../../ir/types.ts";
import { argument, type Lowering, placeArgument } from "./arguments.ts";
import type { Body } from "./body.ts";
import { comparing } from "./objects.ts";

type Sign = "add" | "sub";

/** The amount and the location: `atomic_inc(v)` has no amount, `atomic_add(i, v)` has it first. */
function operands(body: Body, call: Parameters<Lowering>[1], byOne: boolean) {
  const value = byOne ? imm(1) : argument(body, call, 0);
  return { value, place: placeArgument(body, call, byOne ? 0 : 1) };
}

function withoutResult(fn: Sign, byOne: boolean): Lowering {
  return (body, call) => {
    const { value, place } = operands(body, call, byOne);
    body.emit(call.at, { op: "rmw", fn, place, value, order: "relaxed", result: "none" });
    return undefined;
  };
}

function newValue(fn: Sign, byOne: boolean, order: Order): Lowering {
  return (body, call) => {
    const { value, place } = operands(body, call, byOne);
    const dst = body.temporary({ kind: "int" });
    body.emit(call.at, { op: "rmw", fn, place, value, order, result: "new", dst });
    return reg(dst);
  };
}

function andTest(fn: Sign, byOne: boolean): Lowering {
  const computeNew = newValue(fn, byOne, "full");
  return (body, call) => {
    const a = computeNew(body, call) ?? imm(0);
    return body.compute(call.at, { kind: "bool" }, (dst) => ({ op: "bin", fn: "eq", dst, a, b: imm(0) }));
  };
}

function reading(order: Order): Lowering {
  return (body, call) => {
    const place = placeArgument(body, call, 0);
    return body.compute(call.at, { kind: "int" }, (dst) => ({ op: "load", dst, place, order }));
  };
}

function setting(order: Order): Lowering {
  return (body, call) => {
    const place = placeArgument(body, call, 0);
    body.emit(call.at, { op: "store", place, value: argument(body, call, 1), order });
    return undefined;
  };
}

const exchange: Lowering = (body, call): Operand => {
  const place = placeArgument(body, call, 0);
  const value = argument(body, call, 1);
  const dst = body.temporary({ kind: "int" });
  body.emit(call.at, { op: "rmw", fn: "xchg", place, value, order: "full", result: "old", dst });
  return reg(dst);
};

const incrementUnlessZero: Lowering = (body, call) => {
  const place = placeArgument(body, call, 0);
  const [value, unless] = [imm(1), imm(0)];
  return body.compute(call.at, { kind: "bool" }, (dst) => {
    return { op: "add-unless", dst, place, value, unless, order: "full" };
  });
};

export const atomics: Readonly<Record<string, Lowering>> = {
  atomic_read: reading("once"),
  atomic_read_acquire: reading("acquire"),
  atomic_set: setting("once"),
  atomic_set_release: setting("release"),
  atomic_inc: withoutResult("add", true),
  atomic_dec: withoutResult("sub", true),
  atomic_add: withoutResult("add", false),
  atomic_sub: withoutResult("sub", false),
  atomic_inc_return: newValue("add", true, "full"),
  atomic_dec_return: newValue("sub", true, "full"),
  atomic_add_return: newValue("add", false, "full"),
  atomic_sub_return: newValue("sub", false, "full"),
  atomic_inc_return_relaxed: newValue("add", true, "relaxed"),
  atomic_dec_return_relaxed: newValue("sub", true, "relaxed"),
  atomic_dec_return_release: newValue("sub", true, "release"),
  atomic_dec_and_test: andTest("sub", true),
  atomic_sub_and_test: andTest("sub", false),
  atomic_inc_not_zero: incrementUnlessZero,
  atomic_cmpxchg: comparing("full"),
  atomic_cmpxchg_relaxed: comparing("relaxed"),
  atomic_xchg: exchange,
};
