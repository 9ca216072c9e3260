/**
 * Ops of the IR as numbers (`opcodes.ts`).
 *
 * Threads run on a CPU each and nothing interrupts them, so what only interrupts or the scheduler could notice does
 * nothing here: `local_irq_disable`, `preempt_disable`, `cpu_relax`. What has no meaning without a machine around the
 * threads is refused.
 */

import { InputError } from "../../base/input_error.ts";
import { operandsOf } from "../../ir/operands.ts";
import type { Op, Operand, Place } from "../../ir/types.ts";
import type { BareSite, ConstantPool, ThreadOptions } from "./code.ts";
import type { Locations } from "./locations.ts";
import { COND, FN, OP, RESULT } from "./opcodes.ts";

export interface Encoded {
  readonly kind: number;
  readonly fn: number;
  readonly dst: number;
  readonly a: number;
  readonly b: number;
  readonly site: BareSite | undefined;
}

export interface Context {
  readonly pool: ConstantPool;
  readonly options: ThreadOptions;
  readonly locations: Locations;
  /** The object that an `alloc` gets. */
  readonly allocated: number;
}

/** One op; undefined is a cut. */
export function encode(op: Op | undefined, context: Context): Encoded {
  if (op === undefined) return local(OP.cut);
  return (
    encodeLocal(op, context) ??
    encodeMask(op, context) ??
    encodeMemory(op, context) ??
    encodeRest(op, context)
  );
}

function local(kind: number, dst = -1, a = -1, b = -1, fn = 0): Encoded {
  return { kind, fn, dst, a, b, site: undefined };
}

function encodeLocal(op: Op, { pool, options, locations, allocated }: Context): Encoded | undefined {
  const value = (operand: Operand): number => pool.operand(operand);
  switch (op.op) {
    case "mov":
      return local(OP.mov, op.dst, value(op.a));
    case "bin":
      return local(OP.bin, op.dst, value(op.a), value(op.b), FN[op.fn]);
    case "not":
      return local(OP.bin, op.dst, value(op.a), pool.of(0), FN.eq);
    case "br":
      // Both ways lead to the same op: nothing depends on the condition.
      return op.then === op.otherwise ? local(OP.nop) : local(OP.branch, -1, value(op.a));
    case "jmp":
      return local(OP.nop);
    case "ret":
      return local(OP.end, -1, op.value === undefined ? -1 : value(op.value));
    case "bug":
      return local(op.warn ? OP.warn : OP.bug, -1, value(op.a));
    case "cpuid":
      return local(OP.mov, op.dst, pool.of(options.cpu));
    case "ncpus":
      return local(OP.mov, op.dst, pool.of(options.cpus));
    case "percpu":
      return local(OP.bin, op.dst, value(op.cpu), pool.of(1), FN.add);
    case "alloc":
      return local(OP.mov, op.dst, pool.of(locations.pointerTo(allocated)));
    default:
      return undefined;
  }
}

function encodeMask(op: Op, { pool, options }: Context): Encoded | undefined {
  const value = (operand: Operand): number => pool.operand(operand);
  switch (op.op) {
    case "mask.none":
      return local(OP.mov, op.dst, pool.of(0));
    case "mask.possible":
      return local(OP.mov, op.dst, pool.of((1 << options.cpus) - 1));
    case "mask.of":
      return local(OP.bin, op.dst, pool.of(0), value(op.cpu), FN.with);
    case "mask.with":
      return local(OP.bin, op.dst, value(op.mask), value(op.cpu), FN.with);
    case "mask.without":
      return local(OP.bin, op.dst, value(op.mask), value(op.cpu), FN.without);
    case "mask.has":
      return local(OP.bin, op.dst, value(op.mask), value(op.cpu), FN.has);
    case "mask.empty":
      return local(OP.bin, op.dst, value(op.mask), pool.of(0), FN.eq);
    case "mask.pick":
      return local(OP.bin, op.dst, value(op.mask), pool.of(0), FN.pick);
    default:
      return undefined;
  }
}

/** What the ops of memory differ in. */
interface Shape {
  readonly kind: number;
  readonly cond?: number;
  readonly fn?: number;
  readonly result?: number;
  readonly value?: Operand;
  readonly extra?: Operand;
}

function encodeMemory(op: Op, context: Context): Encoded | undefined {
  const shape = shapeOf(op);
  if (shape === undefined) return undefined;
  const { pool } = context;
  const place = "place" in op ? op.place : undefined;
  const obj = place === undefined ? pool.of(0) : objectOf(place, context);
  const imm = place !== undefined && "imm" in place.obj;
  const dst = "dst" in op && op.dst !== undefined ? op.dst : -1;
  const site: BareSite = {
    kind: shape.kind,
    cond: shape.cond ?? COND.never,
    fn: shape.fn ?? FN.second,
    result: dst < 0 ? RESULT.none : (shape.result ?? RESULT.old),
    dst,
    obj,
    value: pool.operand(shape.value ?? { imm: 0 }),
    extra: pool.operand(shape.extra ?? { imm: 0 }),
    struct: place?.struct ?? -1,
    field: place?.field ?? -1,
    location: imm ? staticLocation(place, context) : -1,
    plain: "order" in op && op.order === "plain" && !("tag" in op && op.tag !== undefined),
    section: op.op === "rcu.lock" || op.op === "rcu.unlock",
  };
  return { ...local(shape.kind), site };
}

function objectOf({ obj }: Place, { pool, locations }: Context): number {
  return "imm" in obj ? pool.of(obj.imm === 0 ? 0 : locations.pointerTo(obj.imm)) : obj.reg;
}

function staticLocation({ obj, struct, field }: Place, { locations }: Context): number {
  return "imm" in obj ? locations.of(struct, locations.pointerTo(obj.imm), field) : -1;
}

/** What an access does, apart from its operands: kind, condition and function by their numbers (`opcodes.ts`). */
export interface EncodedAccess {
  readonly kind: number;
  readonly cond: number;
  readonly fn: number;
  /** An update whose new value is made from the old one. */
  readonly computes: boolean;
}

/** The access of a visible op; undefined for what is none. */
export function encodedAccess(op: Op): EncodedAccess | undefined {
  const shape = shapeOf(op);
  if (shape === undefined || !("place" in op)) return undefined;
  const fn = shape.fn ?? FN.second;
  return { kind: shape.kind, cond: shape.cond ?? COND.never, fn, computes: fn !== FN.second };
}

function shapeOf(op: Op): Shape | undefined {
  switch (op.op) {
    case "load":
    case "mask.load":
    case "srcu.lock":
      return { kind: OP.read };
    case "mask.test":
      return { kind: OP.read, result: RESULT.bit, extra: op.cpu };
    case "lock.test":
      return { kind: OP.read, result: RESULT.nonzero };
    case "store":
    case "srcu.unlock":
      return { kind: OP.store, value: op.value };
    case "srcu.sync":
      return { kind: OP.placed, ...(op.value === undefined ? {} : { value: op.value }) };
    case "lock":
      return { kind: OP.lock, cond: COND.zero, value: { imm: 1 } };
    case "unlock":
      return { kind: OP.unlock, value: { imm: 0 } };
    case "trylock":
      return { kind: OP.read, cond: COND.zero, value: { imm: 1 }, result: RESULT.wrote };
    case "await":
      return { kind: OP.await, cond: op.cmp === "eq" ? COND.equal : COND.differs, extra: op.value };
    case "fence":
    case "rcu.lock":
    case "rcu.unlock":
    case "rcu.sync":
      return { kind: OP.fence };
    default:
      return updateShape(op);
  }
}

function updateShape(op: Op): Shape | undefined {
  const kind = OP.read;
  switch (op.op) {
    case "rmw": {
      const result = op.result === "new" ? RESULT.new : RESULT.old;
      const fn = op.fn === "xchg" ? FN.second : FN[op.fn];
      return { kind, cond: COND.always, fn, value: op.value, result };
    }
    case "cmpxchg":
      return { kind, cond: COND.equal, value: op.value, extra: op.old };
    case "add-unless":
      return {
        kind,
        cond: COND.differs,
        fn: FN.add,
        value: op.value,
        extra: op.unless,
        result: RESULT.wrote,
      };
    case "mask.set":
    case "mask.clear": {
      const fn = op.op === "mask.set" ? FN.with : FN.without;
      return { kind, cond: COND.always, fn, value: op.cpu, extra: op.cpu, result: RESULT.bit };
    }
    default:
      return undefined;
  }
}

function encodeRest(op: Op, { pool }: Context): Encoded {
  switch (op.op) {
    case "irq.off":
    case "irq.on":
    case "irq.restore":
    case "preempt.off":
    case "preempt.on":
    case "cpu.relax":
      return local(OP.nop);
    case "irq.save":
    case "irqs-off?":
      return local(OP.mov, op.dst, pool.of(0));
    default:
      throw new InputError(
        `${op.op} (${operandsOf(op).length} operands) needs a machine with interrupts and tasks; the graph checker runs threads only`,
      );
  }
}
