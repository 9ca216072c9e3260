/**
 * The types of operands and results, op by op.
 *
 * An operand's rule is a predicate on register types. `bool` is accepted where `int` is (it is 0 or 1); nothing else
 * converts: a CPU number in an integer would escape the symmetry reduction, which renames registers by type. A litmus
 * program knows one type, `word`, which does for an integer and for the address of any object.
 */

import type { BinaryOp, Func, Op, Operand, Program, ValueType } from "./types.ts";

type Accepts = (type: ValueType) => boolean;

const ofKind = (...kinds: readonly ValueType["kind"][]): Accepts => {
  return (type) => kinds.includes(type.kind);
};
const isInt = ofKind("int", "bool", "word");
const isBool = ofKind("bool");
const isCpu = ofKind("cpu");
const isMask = ofKind("mask");
const isScalar = ofKind("int", "bool", "cpu", "ptr", "word");

function pointerTo(struct: number | undefined): Accepts {
  return (type) => (type.kind === "ptr" ? type.struct === struct : type.kind === "word");
}

/** A value that may be stored in a location of type `type`. */
function storableIn(type: ValueType | undefined): Accepts {
  if (type === undefined) return () => false;
  switch (type.kind) {
    case "atomic":
    case "int":
    case "word":
      return isInt;
    case "ptr":
      return pointerTo(type.struct);
    default:
      return ofKind(type.kind);
  }
}

function fieldType(program: Program, place: { struct: number; field: number }): ValueType | undefined {
  return program.structs[place.struct]?.fields[place.field]?.type;
}

/** A rule per operand of an op, by the operand's name. */
export function wantedTypes(program: Program, func: Func, op: Op): Readonly<Record<string, Accepts>> {
  const place: Record<string, Accepts> = "place" in op ? { place: pointerTo(op.place.struct) } : {};
  switch (op.op) {
    case "mov":
      return { a: storableIn(func.regs[op.dst]?.type) };
    case "bin":
      return binaryOperands(func, op);
    case "not":
    case "br":
    case "bug":
      return { a: isScalar };
    case "irq.restore":
      return { a: isBool };
    case "ret":
      return { value: storableIn(func.result) };
    case "store":
    case "await":
    case "rmw":
    case "srcu.unlock":
    case "srcu.sync":
      return { ...place, value: storableIn(fieldType(program, op.place)) };
    case "cmpxchg":
    case "add-unless": {
      const value = storableIn(fieldType(program, op.place));
      return { ...place, value, old: value, unless: value };
    }
    case "free":
      return { obj: pointerTo(op.struct) };
    case "rcu.call":
    case "ipi.send":
      return { mask: isMask, arg: storableIn(program.funcs[op.handler]?.regs[0]?.type) };
    case "nmi.send":
      return { cpu: isCpu, arg: storableIn(program.funcs[op.handler]?.regs[0]?.type) };
    case "task.create":
      return { affinity: isMask, flags: isInt };
    default:
      return { ...place, ...namedOperands(program, op) };
  }
}

/** Operands whose name says their type wherever it occurs. */
function namedOperands(program: Program, op: Op): Readonly<Record<string, Accepts>> {
  const task = pointerTo(program.taskStruct);
  const mm = pointerTo("struct" in op ? op.struct : undefined);
  return {
    cpu: isCpu,
    mask: isMask,
    online: isBool,
    active: isBool,
    n: isInt,
    task,
    prev: task,
    next: task,
    mm,
  };
}

function binaryOperands(func: Func, op: Op & { op: "bin" }): Readonly<Record<string, Accepts>> {
  if (op.fn !== "eq" && op.fn !== "ne") return { a: isInt, b: isInt };
  const other = (operand: Operand): Accepts => {
    const type = "reg" in operand ? func.regs[operand.reg]?.type : undefined;
    return type === undefined ? isScalar : comparableWith(type);
  };
  return { a: other(op.b), b: other(op.a) };
}

function comparableWith(type: ValueType): Accepts {
  if (type.kind === "ptr") return pointerTo(type.struct);
  return isInt(type) ? isInt : ofKind(type.kind);
}

const INT: ValueType = { kind: "int" };
const BOOL: ValueType = { kind: "bool" };
const CPU: ValueType = { kind: "cpu" };
const MASK: ValueType = { kind: "mask" };

/** Results that are the same wherever the op stands. */
const results: Partial<Readonly<Record<Op["op"], ValueType>>> = {
  not: BOOL,
  "irqs-off?": BOOL,
  "mask.has": BOOL,
  "mask.empty": BOOL,
  "mask.test": BOOL,
  "mask.set": BOOL,
  "mask.clear": BOOL,
  "add-unless": BOOL,
  trylock: BOOL,
  "lock.test": BOOL,
  "irq.save": BOOL,
  "cpu.online?": BOOL,
  cpuid: CPU,
  "mask.pick": CPU,
  ncpus: INT,
  choose: INT,
  "mask.none": MASK,
  "mask.possible": MASK,
  "mask.of": MASK,
  "mask.with": MASK,
  "mask.without": MASK,
  "mask.load": MASK,
  "cpu.online-mask": MASK,
  "ipi.send": MASK,
};

const comparisons: readonly BinaryOp[] = ["eq", "ne", "lt", "le", "gt", "ge"];

/** The type of an op's result; undefined when it has none, or takes that of its register. */
export function resultTypeOf(program: Program, op: Op): ValueType | undefined {
  switch (op.op) {
    case "bin":
      return comparisons.includes(op.fn) ? BOOL : INT;
    case "load":
    case "rmw":
    case "cmpxchg":
    case "srcu.lock":
      return loadedAs(fieldType(program, op.place));
    case "alloc":
      return { kind: "ptr", struct: op.struct };
    case "percpu":
      return pointerType(program.globals[op.global]?.struct);
    case "root.read":
      return pointerType(program.mmStruct);
    case "current":
    case "task.create":
    case "task.pick":
    case "task.switch":
    case "task.fork-prev":
      return pointerType(program.taskStruct);
    default:
      return results[op.op];
  }
}

function loadedAs(type: ValueType | undefined): ValueType | undefined {
  return type?.kind === "atomic" ? INT : type;
}

function pointerType(struct: number | undefined): ValueType | undefined {
  return struct === undefined ? undefined : { kind: "ptr", struct };
}
