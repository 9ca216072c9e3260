import { expect, test } from "vitest";
import { FuncBuilder, imm, ProgramBuilder, reg } from "./builder.ts";
import { ADDRESS_BASE } from "./litmus.ts";
import { printProgram } from "./printer.ts";
import { validate } from "./validator.ts";

test("a program as text", () => {
  const program = new ProgramBuilder();
  const node = program.struct("node", { next: { kind: "ptr", struct: 0 }, count: { kind: "atomic" } });
  const global = program.global("G", node);
  program.global("SLOTS", program.struct("slot", { mask: { kind: "mask" } }), true);
  const body = new FuncBuilder("main", { kind: "int" });
  const n = body.param("n", { kind: "ptr", struct: node });
  const [old, cpu] = [body.reg("old", { kind: "int" }), body.reg("cpu", { kind: "cpu" })];
  const [yes, no] = [body.label(), body.label()];
  body.emit({
    op: "rmw",
    fn: "sub",
    place: program.place(program.addressOf(global), node, "count"),
    value: imm(1),
    order: "full",
    result: "new",
    dst: old,
  });
  body.br(reg(old), yes, no);
  body.bind(yes);
  body.emit({ op: "cpuid", dst: cpu });
  body.emit({ op: "fence", kind: "mb" });
  body.emit({ op: "free", obj: reg(n), struct: node });
  body.bind(no);
  body.emit({ op: "ret", value: reg(old) });
  program.entry(body.finish());
  expect(printProgram(program.finish())).toBe(`struct node
  0 next: *node  4 bytes, line 0
  1 count: atomic  4 bytes, line 1

struct slot
  0 mask: mask  4 bytes, line 0

global G: node #1
global SLOTS: slot per CPU
entry main = main

func main(%0:n: *node): int
   0  %1:old = rmw node.count[&G], value 1, sub, full, new  ; by-hand.ts:1 by_hand
   1    br %1:old ? 2 : 5                                   ; by-hand.ts:1 by_hand
   2    %2:cpu = cpuid                                      ; by-hand.ts:1 by_hand
   3  fence mb                                              ; by-hand.ts:1 by_hand
   4  free node, obj %0:n                                   ; by-hand.ts:1 by_hand
   5    ret %1:old                                          ; by-hand.ts:1 by_hand
`);
});

test("a litmus program: words, tags, sections of SRCU", () => {
  const program = new ProgramBuilder();
  const cell = program.struct("cell", { value: { kind: "word" } });
  const place = program.place(program.addressOf(program.global("ss", cell)), cell, "value");
  const body = new FuncBuilder("P0");
  const [cookie, held] = [body.reg("r0", { kind: "word" }), body.reg("r1", { kind: "word" })];
  body.emit({ op: "srcu.lock", dst: cookie, place, tag: "srcu-lock" });
  body.emit({ op: "load", dst: held, place: { ...place, obj: reg(cookie) }, order: "once", tag: "once" });
  body.emit({ op: "rmw", fn: "andnot", place, value: imm(1), order: "full", tag: "mb", result: "none" });
  body.emit({ op: "lock.test", dst: held, place });
  body.emit({ op: "fence", kind: "tagged", tag: "after-srcu-read-unlock" });
  body.emit({ op: "srcu.unlock", place, value: reg(cookie), tag: "srcu-unlock" });
  body.emit({ op: "srcu.sync", place, tag: "sync-srcu" });
  body.emit({ op: "ret" });
  program.entry(body.finish());
  const finished = { ...program.finish(), addressBase: ADDRESS_BASE };
  expect(validate(finished)).toEqual([]);
  expect(printProgram(finished, { positions: "none", declarations: false })).toBe(`func P0()
   0  %0:r0 = srcu.lock cell.value[&ss], 'srcu-lock
   1  %1:r1 = load cell.value[%0:r0], once, 'once
   2  rmw cell.value[&ss], value 1, andnot, full, 'mb
   3  %1:r1 = lock.test cell.value[&ss]
   4  fence tagged, 'after-srcu-read-unlock
   5  srcu.unlock cell.value[&ss], value %0:r0, 'srcu-unlock
   6  srcu.sync cell.value[&ss], 'sync-srcu
   7    ret
`);
});
