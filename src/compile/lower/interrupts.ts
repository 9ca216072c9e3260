/**
 * Inter-processor interrupts.
 *
 * The IR sends to *other* CPUs; what the kernel does on the sending CPU is lowered around it, after
 * kernel/smp.c:on_each_cpu_cond_mask() and smp_call_function_single():
 *
 *     preempt.off                     the sender stays on its CPU
 *     ipi.send mask, handler(arg)     the others start
 *     if this CPU is in the mask:     irq.save; handler(arg) inlined; irq.restore
 *     ipi.wait                        if `wait`
 *     preempt.on
 */

import type { Span } from "../../diag/source.ts";
import { imm, reg } from "../../ir/builder.ts";
import type { Operand } from "../../ir/types.ts";
import type { PrimExpr } from "../tree.ts";
import type { FuncDecl } from "../types.ts";
import { argument, argumentOf, type Lowering } from "./arguments.ts";
import type { Body } from "./body.ts";
import { functionOf, inlineFunction } from "./inline.ts";
import { known } from "./known.ts";
import { readMask } from "./masks.ts";

/** What is sent: the arguments of a call from the handler on. */
interface Message {
  readonly handler: FuncDecl;
  readonly arg: Operand;
  readonly wait: boolean;
  readonly at: Span;
}

function message(body: Body, call: PrimExpr, first: number): Message {
  const handler = functionOf(body, argumentOf(call, first));
  const arg = argument(body, call, first + 1);
  return { handler, arg, wait: waits(body, call, first + 2), at: call.at };
}

/** `wait` must be known: whether there is a wait is part of the program. */
function waits(body: Body, call: PrimExpr, index: number): boolean {
  const expr = argumentOf(call, index);
  const value = known(body, expr);
  if (value === undefined) body.report("kts-wait-constant", expr.at, { name: call.name });
  return value !== 0;
}

/** Sends to the CPUs of a mask but this one; the operand is the CPUs that got it. */
function send(body: Body, { handler, arg, wait, at }: Message, mask: Operand): Operand {
  const id = body.link.funcId(handler, "handler");
  return body.compute(at, { kind: "mask" }, (dst) => ({ op: "ipi.send", mask, handler: id, arg, wait, dst }));
}

/** The handler on this CPU, as an interrupt would run it. */
function runHere(body: Body, { handler, arg, at }: Message): void {
  const flags = body.compute(at, { kind: "bool" }, (dst) => ({ op: "irq.save", dst }));
  inlineFunction(body, handler, [arg], at);
  body.emit(at, { op: "irq.restore", a: flags });
}

function runHereIfIn(body: Body, sent: Message, mask: Operand): void {
  const { at } = sent;
  const cpu = body.compute(at, { kind: "cpu" }, (dst) => ({ op: "cpuid", dst }));
  const own = body.compute(at, { kind: "bool" }, (dst) => ({ op: "mask.has", dst, mask, cpu }));
  const [yes, no] = [body.out.label(), body.out.label()];
  body.br(at, own, yes, no);
  body.out.bind(yes);
  runHere(body, sent);
  body.out.bind(no);
}

function waitIfAsked(body: Body, { wait, at }: Message): void {
  if (wait) body.emit(at, { op: "ipi.wait" });
}

/** To a mask, this CPU included. */
function onEach(body: Body, sent: Message, mask: Operand): undefined {
  body.emit(sent.at, { op: "preempt.off" });
  send(body, sent, mask);
  runHereIfIn(body, sent, mask);
  waitIfAsked(body, sent);
  body.emit(sent.at, { op: "preempt.on" });
}

const toAll: Lowering = (body, call) => {
  const sent = message(body, call, 0);
  // Every online CPU, which the send itself decides; this one is online.
  const mask = body.compute(call.at, { kind: "mask" }, (dst) => ({ op: "mask.possible", dst }));
  body.emit(call.at, { op: "preempt.off" });
  send(body, sent, mask);
  runHere(body, sent);
  waitIfAsked(body, sent);
  body.emit(call.at, { op: "preempt.on" });
  return undefined;
};

const toOthers: Lowering = (body, call) => {
  const mask = readMask(body, call, 0);
  const sent = message(body, call, 1);
  body.emit(call.at, { op: "preempt.off" });
  send(body, sent, mask);
  waitIfAsked(body, sent);
  body.emit(call.at, { op: "preempt.on" });
  return undefined;
};

const toOne: Lowering = (body, call) => {
  const { at } = call;
  const target = argument(body, call, 0);
  const sent = message(body, call, 1);
  const reached = body.temporary({ kind: "bool" });
  const [here, there, end] = [body.out.label(), body.out.label(), body.out.label()];
  body.emit(at, { op: "preempt.off" });
  const cpu = body.compute(at, { kind: "cpu" }, (dst) => ({ op: "cpuid", dst }));
  const own = body.compute(at, { kind: "bool" }, (dst) => ({ op: "bin", fn: "eq", dst, a: target, b: cpu }));
  body.br(at, own, here, there);
  body.out.bind(here);
  runHere(body, sent);
  body.emit(at, { op: "mov", dst: reached, a: imm(1) });
  body.jmp(at, end);
  body.out.bind(there);
  const mask = body.compute(at, { kind: "mask" }, (dst) => ({ op: "mask.of", dst, cpu: target }));
  const got = send(body, sent, mask);
  const none = body.compute(at, { kind: "bool" }, (dst) => ({ op: "mask.empty", dst, mask: got }));
  body.emit(at, { op: "not", dst: reached, a: none });
  waitIfAsked(body, sent);
  body.out.bind(end);
  body.emit(at, { op: "preempt.on" });
  return reg(reached);
};

export const interrupts: Readonly<Record<string, Lowering>> = {
  on_each_cpu_mask: (body, call) => {
    const mask = readMask(body, call, 0);
    return onEach(body, message(body, call, 1), mask);
  },
  on_each_cpu_in: (body, call) => {
    const mask = argument(body, call, 0);
    return onEach(body, message(body, call, 1), mask);
  },
  on_each_cpu: toAll,
  smp_call_function_many: toOthers,
  smp_call_function_single: toOne,
  send_nmi: (body, call) => {
    const cpu = argument(body, call, 0);
    const handler = body.link.funcId(functionOf(body, argumentOf(call, 1)), "handler");
    body.emit(call.at, { op: "nmi.send", cpu, handler, arg: argument(body, call, 2) });
    return undefined;
  },
  call_rcu: (body, call) => {
    const handler = body.link.funcId(functionOf(body, argumentOf(call, 0)), "handler");
    body.emit(call.at, { op: "rcu.call", handler, arg: argument(body, call, 1) });
    return undefined;
  },
};
