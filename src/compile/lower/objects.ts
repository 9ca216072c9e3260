/** Objects and plain locations: per-CPU instances, alloc and free, READ_ONCE and its kin, exchanges. */

import { present } from "../../base/assert.ts";
import { reg } from "../../ir/builder.ts";
import type { Operand, Order } from "../../ir/types.ts";
import type { PrimExpr } from "../tree.ts";
import { argument, argumentOf, type Lowering, placeArgument } from "./arguments.ts";
import type { Body } from "./body.ts";

function loading(order: Order): Lowering {
  return (body, call) => {
    const place = placeArgument(body, call, 0);
    return body.compute(call.at, resultType(body, call), (dst) => ({ op: "load", dst, place, order }));
  };
}

function storing(order: Order): Lowering {
  return (body, call) => {
    const place = placeArgument(body, call, 0);
    body.emit(call.at, { op: "store", place, value: argument(body, call, 1), order });
    return undefined;
  };
}

function exchanging(order: Order): Lowering {
  return (body, call) => {
    const place = placeArgument(body, call, 0);
    const value = argument(body, call, 1);
    const dst = body.temporary(resultType(body, call));
    body.emit(call.at, { op: "rmw", fn: "xchg", place, value, order, result: "old", dst });
    return reg(dst);
  };
}

/** Also `atomic_cmpxchg`. */
export function comparing(order: Order): Lowering {
  return (body, call) => {
    const place = placeArgument(body, call, 0);
    const old = argument(body, call, 1);
    const value = argument(body, call, 2);
    const type = resultType(body, call);
    return body.compute(call.at, type, (dst) => ({ op: "cmpxchg", dst, place, old, value, order }));
  };
}

function awaiting(cmp: "eq" | "ne"): Lowering {
  return (body, call) => {
    const place = placeArgument(body, call, 0);
    body.emit(call.at, { op: "await", place, cmp, value: argument(body, call, 1) });
    return undefined;
  };
}

function resultType(body: Body, call: PrimExpr) {
  return body.link.valueType(call.type);
}

/** The instance of the per-CPU variable that argument 0 names. */
function instance(body: Body, call: PrimExpr, cpu: Operand): Operand {
  const variable = argumentOf(call, 0);
  const decl = present(variable.kind === "global" ? variable.global : undefined, "per-CPU variable");
  const global = body.link.globalId(decl);
  return body.compute(call.at, resultType(body, call), (dst) => ({ op: "percpu", dst, global, cpu }));
}

export const objects: Readonly<Record<string, Lowering>> = {
  this_cpu: (body, call) => {
    const cpu = body.compute(call.at, { kind: "cpu" }, (dst) => ({ op: "cpuid", dst }));
    return instance(body, call, cpu);
  },
  per_cpu: (body, call) => instance(body, call, argument(body, call, 1)),
  alloc: (body, call) => {
    const struct = body.link.structId(present(call.struct, "struct of alloc"));
    return body.compute(call.at, resultType(body, call), (dst) => ({ op: "alloc", dst, struct }));
  },
  free: (body, call) => {
    const obj = argument(body, call, 0);
    const struct = body.link.structId(present(call.struct, "struct of free"));
    body.emit(call.at, { op: "free", obj, struct });
    return undefined;
  },

  READ_ONCE: loading("once"),
  // A plain READ_ONCE on every CPU of today: the dependency through its value orders what follows.
  rcu_dereference: loading("once"),
  smp_load_acquire: loading("acquire"),
  WRITE_ONCE: storing("once"),
  smp_store_release: storing("release"),
  rcu_assign_pointer: storing("release"),
  smp_cond_load_acquire: awaiting("eq"),
  smp_cond_load_acquire_not: awaiting("ne"),

  xchg: exchanging("full"),
  xchg_relaxed: exchanging("relaxed"),
  xchg_acquire: exchanging("acquire"),
  xchg_release: exchanging("release"),
  cmpxchg: comparing("full"),
  cmpxchg_relaxed: comparing("relaxed"),
  cmpxchg_acquire: comparing("acquire"),
  cmpxchg_release: comparing("release"),
};
