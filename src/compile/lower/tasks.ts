/** Tasks: the world's half of the scheduler. */

import type { NewOp } from "../../ir/builder.ts";
import type { Operand, Reg } from "../../ir/types.ts";
import type { PrimExpr } from "../tree.ts";
import { argument, argumentOf, type Lowering } from "./arguments.ts";
import type { Body } from "./body.ts";
import { functionOf } from "./inline.ts";

function plain(op: NewOp): Lowering {
  return (body, call) => {
    body.emit(call.at, op);
    return undefined;
  };
}

/** A task as the result. */
function task(body: Body, call: PrimExpr, op: (dst: Reg) => NewOp): Operand {
  return body.compute(call.at, body.link.valueType(call.type), op);
}

export const tasks: Readonly<Record<string, Lowering>> = {
  get_current: (body, call) => task(body, call, (dst) => ({ op: "current", dst })),
  task_create: (body, call) => {
    const main = body.link.funcId(functionOf(body, argumentOf(call, 0)), "main");
    const affinity = argument(body, call, 1);
    const flags = argument(body, call, 2);
    return task(body, call, (dst) => ({ op: "task.create", dst, main, affinity, flags }));
  },
  task_start_on: (body, call) => {
    const started = argument(body, call, 0);
    body.emit(call.at, { op: "task.start-on", task: started, cpu: argument(body, call, 1) });
    return undefined;
  },
  pick_next_task: (body, call) => task(body, call, (dst) => ({ op: "task.pick", dst })),
  fork_prev: (body, call) => task(body, call, (dst) => ({ op: "task.fork-prev", dst })),
  switch_to: (body, call) => {
    const prev = argument(body, call, 0);
    const next = argument(body, call, 1);
    return task(body, call, (dst) => ({ op: "task.switch", dst, prev, next }));
  },
  finish_task: (body, call) => {
    body.emit(call.at, { op: "task.finish", task: argument(body, call, 0) });
    return undefined;
  },
  wake_up_process: (body, call) => {
    body.emit(call.at, { op: "task.wake", task: argument(body, call, 0) });
    return undefined;
  },
  set_current_blocked: plain({ op: "task.block" }),
  set_current_dead: plain({ op: "task.die" }),
  park: plain({ op: "task.park" }),
  idle_wait: plain({ op: "task.idle-wait" }),
  wait_all_others: plain({ op: "task.wait-others" }),
  choose: (body, call) => {
    const n = argument(body, call, 0);
    return body.compute(call.at, { kind: "int" }, (dst) => ({ op: "choose", dst, n }));
  },
};
