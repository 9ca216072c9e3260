/** CPU masks: atomic bits of a mask field, snapshots of one, and local masks. */

import { reg } from "../../ir/builder.ts";
import type { Operand } from "../../ir/types.ts";
import { argument, type Lowering, placeArgument } from "./arguments.ts";
import type { Body } from "./body.ts";

function changing(op: "mask.set" | "mask.clear"): Lowering {
  return (body, call) => {
    const cpu = argument(body, call, 0);
    body.emit(call.at, { op, place: placeArgument(body, call, 1), cpu });
    return undefined;
  };
}

function testingAndChanging(op: "mask.set" | "mask.clear"): Lowering {
  return (body, call) => {
    const cpu = argument(body, call, 0);
    const place = placeArgument(body, call, 1);
    const dst = body.temporary({ kind: "bool" });
    body.emit(call.at, { op, place, cpu, dst });
    return reg(dst);
  };
}

/** Reads a mask field whole. */
export function readMask(body: Body, call: Parameters<Lowering>[1], index: number): Operand {
  const place = placeArgument(body, call, index);
  return body.compute(call.at, { kind: "mask" }, (dst) => ({ op: "mask.load", dst, place }));
}

function local(op: "mask.with" | "mask.without"): Lowering {
  return (body, call) => {
    const mask = argument(body, call, 0);
    const cpu = argument(body, call, 1);
    return body.compute(call.at, { kind: "mask" }, (dst) => ({ op, dst, mask, cpu }));
  };
}

export const masks: Readonly<Record<string, Lowering>> = {
  cpumask_set_cpu: changing("mask.set"),
  cpumask_clear_cpu: changing("mask.clear"),
  cpumask_test_and_set_cpu: testingAndChanging("mask.set"),
  cpumask_test_and_clear_cpu: testingAndChanging("mask.clear"),
  cpumask_test_cpu: (body, call) => {
    const cpu = argument(body, call, 0);
    const place = placeArgument(body, call, 1);
    return body.compute(call.at, { kind: "bool" }, (dst) => ({ op: "mask.test", dst, place, cpu }));
  },
  cpumask_empty: (body, call) => {
    const mask = readMask(body, call, 0);
    return body.compute(call.at, { kind: "bool" }, (dst) => ({ op: "mask.empty", dst, mask }));
  },
  cpumask_read: (body, call) => readMask(body, call, 0),
  cpumask_none: (body, call) => body.compute(call.at, { kind: "mask" }, (dst) => ({ op: "mask.none", dst })),
  cpumask_possible: (body, call) =>
    body.compute(call.at, { kind: "mask" }, (dst) => ({ op: "mask.possible", dst })),
  cpumask_online: (body, call) =>
    body.compute(call.at, { kind: "mask" }, (dst) => ({ op: "cpu.online-mask", dst })),
  cpumask_of: (body, call) => {
    const cpu = argument(body, call, 0);
    return body.compute(call.at, { kind: "mask" }, (dst) => ({ op: "mask.of", dst, cpu }));
  },
  cpumask_with: local("mask.with"),
  cpumask_without: local("mask.without"),
  cpumask_has: (body, call) => {
    const mask = argument(body, call, 0);
    const cpu = argument(body, call, 1);
    return body.compute(call.at, { kind: "bool" }, (dst) => ({ op: "mask.has", dst, mask, cpu }));
  },
};
