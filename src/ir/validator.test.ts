import { describe, expect, test } from "vitest";
import { FuncBuilder, imm, ProgramBuilder, reg } from "./builder.ts";
import type { Func, Op, Program, ValueType } from "./types.ts";
import { validate } from "./validator.ts";

const INT: ValueType = { kind: "int" };
const CPU: ValueType = { kind: "cpu" };

/** A program of one struct, one global of it and the function that `write` fills. */
function programOf(write: (body: FuncBuilder, program: ProgramBuilder) => void): Program {
  const program = new ProgramBuilder();
  program.struct("node", { value: INT, owner: CPU, count: { kind: "atomic" } });
  program.global("G", 0);
  const body = new FuncBuilder("main");
  write(body, program);
  program.entry(body.finish());
  return program.finish();
}

function expectProblems(program: Program, ...expected: string[]): void {
  expect(validate(program)).toEqual(expected);
}

test("a valid program has no problems", () => {
  expectProblems(
    programOf((body, program) => {
      const value = body.reg("v", INT);
      const [yes, no] = [body.label(), body.label()];
      body.emit({ op: "load", dst: value, place: program.place(imm(1), 0, "value"), order: "once" });
      body.br(reg(value), yes, no);
      body.bind(yes);
      body.emit({ op: "store", place: program.place(imm(1), 0, "value"), value: imm(0), order: "plain" });
      body.bind(no);
      body.emit({ op: "ret" });
    }),
  );
});

describe("registers", () => {
  test("must be written before they are read on every path", () => {
    expectProblems(
      programOf((body) => {
        const [a, b] = [body.reg("a", INT), body.reg("b", INT)];
        const [yes, no] = [body.label(), body.label()];
        body.emit({ op: "mov", dst: a, a: imm(1) });
        body.br(reg(a), yes, no);
        body.bind(yes);
        body.emit({ op: "mov", dst: b, a: imm(1) });
        body.bind(no);
        body.emit({ op: "mov", dst: a, a: reg(b) });
        body.emit({ op: "ret" });
      }),
      "main op 3 (%0:a = %1:b): register 1 may be read before it is written",
    );
  });

  test("must exist", () => {
    expectProblems(
      programOf((body) => {
        body.emit({ op: "mov", dst: 7, a: imm(1) });
        body.emit({ op: "ret" });
      }),
      "main op 0 (%7:? = 1): no register 7",
    );
  });

  test("hold no cells", () => {
    expectProblems(
      programOf((body) => {
        body.reg("a", { kind: "atomic" });
        body.emit({ op: "ret" });
      }),
      "main: register a is a cell",
    );
  });
});

describe("types", () => {
  test("a CPU number is no integer", () => {
    expectProblems(
      programOf((body, program) => {
        const cpu = body.reg("cpu", CPU);
        body.emit({ op: "cpuid", dst: cpu });
        body.emit({ op: "store", place: program.place(imm(1), 0, "value"), value: reg(cpu), order: "plain" });
        body.emit({ op: "store", place: program.place(imm(1), 0, "owner"), value: reg(cpu), order: "plain" });
        body.emit({ op: "ret" });
      }),
      "main op 1 (store node.value[&G], value %0:cpu, plain): operand value has type cpu",
    );
  });

  test("a result fits its register", () => {
    expectProblems(
      programOf((body, program) => {
        const cpu = body.reg("cpu", CPU);
        body.emit({ op: "load", dst: cpu, place: program.place(imm(1), 0, "count"), order: "plain" });
        body.emit({ op: "ret" });
      }),
      "main op 0 (%0:cpu = load node.count[&G], plain): gives int, its register is cpu",
    );
  });

  test("a place's object points at its struct", () => {
    expectProblems(
      programOf((body, program) => {
        const value = body.reg("v", INT);
        body.emit({ op: "mov", dst: value, a: imm(1) });
        body.emit({ op: "load", dst: value, place: program.place(reg(value), 0, "value"), order: "plain" });
        body.emit({ op: "ret" });
      }),
      "main op 1 (%0:v = load node.value[%0:v], plain): operand place has type int",
    );
  });
});

describe("functions", () => {
  test("do not fall off their end", () => {
    expectProblems(
      programOf((body) => body.emit({ op: "cpu.relax" })),
      "main op 0 (cpu.relax): goes to 1, which is no op",
    );
  });

  test("a handler takes one argument, a main none", () => {
    const program = programOf((body, programs) => {
      const task = body.reg("t", { kind: "ptr", struct: 0 });
      const other = new FuncBuilder("other");
      other.emit({ op: "ret" });
      const id = programs.func(other.finish());
      programs.taskStruct = 0;
      body.emit({ op: "rcu.call", handler: id, arg: imm(0) });
      body.emit({ op: "task.create", dst: task, main: 9, affinity: imm(1), flags: imm(0) });
      body.emit({ op: "ret" });
    });
    expectProblems(
      program,
      "main op 0 (rcu.call other, arg 0): other takes 0 arguments",
      "main op 1 (%0:t = task.create func9, affinity 1, flags 0): no function 9",
    );
  });
});

test("the tables of a program refer to what exists", () => {
  const func: Func = {
    name: "main",
    params: 0,
    regs: [],
    ops: [{ op: "ret", at: 3 } as Op],
    result: undefined,
  };
  const program: Program = {
    structs: [{ name: "slot", fields: [] }],
    globals: [
      { name: "A", struct: 0, percpu: true, first: 1 },
      { name: "B", struct: 0, percpu: false, first: 1 },
      { name: "C", struct: 4, percpu: false, first: 1 },
    ],
    funcs: [func],
    entries: new Map([["setup", 5]]),
    positions: [{ file: "t.ts", line: 1, column: 1, func: "f", caller: 0 }],
    constants: new Map(),
    taskStruct: 8,
    mmStruct: undefined,
  };
  expectProblems(
    program,
    "global A: its struct has other objects",
    "global A: object 1 is another global, too",
    "global B: object 1 is another global, too",
    "global C: no struct 4",
    "entry setup: no function 5",
    "no struct 8",
    "position 0: called from 0, which is not before it",
    "main op 0 (ret): no position 3",
  );
});
