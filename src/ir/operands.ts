/**
 * The shape of each op: which of its properties are operands, in the order in which they are printed.
 *
 * Passes that do not care what an op means (the printer, liveness, copy propagation, renumbering) go through this
 * table instead of a switch each, so that a new op is added here once. The type of the table makes a missing op or a
 * property that is no operand a type error. A place's `obj` is an operand too; it comes first.
 */

import type { Op, Operand, Place, Reg } from "./types.ts";

export type OpName = Op["op"];

/** The variants of `Op` that carry name `K` (some variants share a body between names). */
export type OpNamed<K extends OpName, O = Op> = O extends { readonly op: infer N }
  ? K extends N
    ? O
    : never
  : never;

/** The properties of an op that hold an operand (optional ones too). */
type OperandKey<O> = Exclude<
  { [K in keyof O]-?: Exclude<O[K], undefined> extends Operand ? K : never }[keyof O],
  undefined
>;

type Shapes = { readonly [K in OpName]: readonly OperandKey<OpNamed<K>>[] };

const operandKeys: Shapes = {
  mov: ["a"],
  bin: ["a", "b"],
  not: ["a"],
  cpuid: [],
  current: [],
  percpu: ["cpu"],
  "irqs-off?": [],
  ncpus: [],
  "mask.none": [],
  "mask.possible": [],
  "mask.of": ["cpu"],
  "mask.with": ["mask", "cpu"],
  "mask.without": ["mask", "cpu"],
  "mask.has": ["mask", "cpu"],
  "mask.empty": ["mask"],
  "mask.pick": ["mask"],
  jmp: [],
  br: ["a"],
  ret: ["value"],
  bug: ["a"],
  load: [],
  store: ["value"],
  rmw: ["value"],
  cmpxchg: ["old", "value"],
  "add-unless": ["value", "unless"],
  "mask.set": ["cpu"],
  "mask.clear": ["cpu"],
  "mask.test": ["cpu"],
  "mask.load": [],
  await: ["value"],
  fence: [],
  lock: [],
  unlock: [],
  trylock: [],
  "lock.test": [],
  alloc: [],
  free: ["obj"],
  "rcu.lock": [],
  "rcu.unlock": [],
  "rcu.sync": [],
  "rcu.call": ["arg"],
  "srcu.lock": [],
  "srcu.unlock": ["value"],
  "srcu.sync": ["value"],
  "irq.off": [],
  "irq.on": [],
  "irq.save": [],
  "irq.restore": ["a"],
  "preempt.off": [],
  "preempt.on": [],
  "ipi.send": ["mask", "arg"],
  "ipi.wait": [],
  "nmi.send": ["cpu", "arg"],
  "root.load": ["mm"],
  "root.read": [],
  "tlb.flush-local": ["mm"],
  "user.access": ["mm"],
  "cpu.set-active": ["cpu", "active"],
  "cpu.set-online": ["cpu", "online"],
  "cpu.online?": ["cpu"],
  "cpu.online-mask": [],
  "cpu.die": [],
  "cpu.wait-dead": ["cpu"],
  "cpu.relax": [],
  "task.create": ["affinity", "flags"],
  "task.start-on": ["task", "cpu"],
  "cpu.start-root": ["cpu", "mm"],
  "task.pick": [],
  "task.switch": ["prev", "next"],
  "task.fork-prev": [],
  "task.finish": ["task"],
  "task.block": [],
  "task.die": [],
  "task.park": [],
  "task.wait-others": [],
  "task.idle-wait": [],
  "task.wake": ["task"],
  choose: ["n"],
};

/** The one loosening of types here: reading an op's properties by the names of the table above. */
function propertiesOf(op: Op): { readonly [key: string]: unknown } {
  return op as unknown as { readonly [key: string]: unknown };
}

function keysOf(op: Op): readonly string[] {
  return operandKeys[op.op];
}

/** An operand and the property that holds it; a place's object has the name "place". */
export interface NamedOperand {
  readonly name: string;
  readonly operand: Operand;
}

/** Where the op goes in memory, if it does. */
export function placeOf(op: Op): Place | undefined {
  return "place" in op ? op.place : undefined;
}

/** All operands, the place's object first. */
export function operandsOf(op: Op): readonly NamedOperand[] {
  const properties = propertiesOf(op);
  const found: NamedOperand[] = [];
  const place = placeOf(op);
  if (place !== undefined) found.push({ name: "place", operand: place.obj });
  for (const name of keysOf(op)) {
    const operand = properties[name] as Operand | undefined;
    if (operand !== undefined) found.push({ name, operand });
  }
  return found;
}

/** Calls `visit` for each register that an op reads. */
export function forEachUse(op: Op, visit: (reg: Reg) => void): void {
  const place = placeOf(op);
  if (place !== undefined && "reg" in place.obj) visit(place.obj.reg);
  const properties = propertiesOf(op);
  for (const name of keysOf(op)) {
    const operand = properties[name] as Operand | undefined;
    if (operand !== undefined && "reg" in operand) visit(operand.reg);
  }
}

/** The register an op writes, if any. */
export function defOf(op: Op): Reg | undefined {
  return "dst" in op ? op.dst : undefined;
}

/** The op with every operand replaced by `replace(operand)`; the op itself when nothing changed. */
export function mapOperands(op: Op, replace: (operand: Operand) => Operand): Op {
  const properties = propertiesOf(op);
  const changed: { [key: string]: unknown } = {};
  const place = placeOf(op);
  if (place !== undefined) {
    const obj = replace(place.obj);
    if (obj !== place.obj) changed.place = { ...place, obj };
  }
  for (const name of keysOf(op)) {
    const operand = properties[name] as Operand | undefined;
    if (operand === undefined) continue;
    const replaced = replace(operand);
    if (replaced !== operand) changed[name] = replaced;
  }
  return Object.keys(changed).length === 0 ? op : ({ ...op, ...changed } as Op);
}

/** The op with its result in another register. */
export function withDst(op: Op, dst: Reg): Op {
  return { ...op, dst } as Op;
}

/** Where control goes from the op at `pc`: nowhere after `ret`. */
export function successors(op: Op, pc: number): readonly number[] {
  if (op.op === "jmp") return [op.to];
  if (op.op === "br") return op.then === op.otherwise ? [op.then] : [op.then, op.otherwise];
  return op.op === "ret" ? [] : [pc + 1];
}

/** Ops that control comes to otherwise than from the op before them. */
export function jumpTargets(ops: readonly Op[]): Set<number> {
  return new Set(ops.flatMap((op, pc) => successors(op, pc).filter((to) => to !== pc + 1)));
}

/** The op with its branch targets replaced. */
export function mapTargets(op: Op, replace: (pc: number) => number): Op {
  if (op.op === "jmp") return { ...op, to: replace(op.to) };
  if (op.op !== "br") return op;
  const then = replace(op.then);
  const otherwise = replace(op.otherwise);
  return { ...op, then, otherwise };
}
