/**
 * Mutations that nobody has to write: every line of a specimen that orders something, without it.
 *
 *     fence    a barrier is gone
 *     atomic   a read-modify-write becomes a read and a write
 *     irq      an interrupt-off region is left open
 *     swap     two neighbouring accesses of a function change places
 *
 * A *point* is a place in the source and one of these kinds; the text may be inlined in many bodies, and all its copies
 * are changed alike. Points are found in a linked program and named by place, so the same point can be applied to the
 * programs of all scenarios. What the change breaks, in which scenario, says why the line is there; a line that no
 * scenario needs is a finding too: it is superfluous, or the scenarios are too few, or the memory model is too strong.
 */
import { FENCE_CALLS } from "../../evidence/barriers.ts";
import { effectOf } from "../../ir/effects.ts";
import { defOf, forEachUse, placeOf } from "../../ir/operands.ts";
import type { Func, Op, Pc, Program, Reg, RegInfo } from "../../ir/types.ts";
import { rewriteBody } from "./rewrite.ts";

export type PointKind = "fence" | "atomic" | "irq" | "swap";

/** A place where a line can be weakened. */
export interface Point {
  /** `auto:KIND:FILE:LINE:COLUMN`, and for a swap the second access's line and column too. */
  readonly id: string;
  readonly kind: PointKind;
  readonly file: string;
  readonly line: number;
  /** The function whose text it is. */
  readonly func: string;
  /** What is changed, in words: "smp_mb() removed". */
  readonly text: string;
}

const PREFIX = "auto";

export function isAutomatic(id: string): boolean {
  return id.startsWith(`${PREFIX}:`);
}

/** All points of `program` in files that `wanted` accepts, by place. `setup` is left alone: it runs alone. */
export function findPoints(program: Program, wanted: (file: string) => boolean): Point[] {
  const points = new Map<string, Point>();
  for (const { body } of bodiesOf(program)) {
    body.ops.forEach((op, pc) => {
      for (const point of pointsAt(program, body, op, pc))
        if (wanted(point.file)) points.set(point.id, point);
    });
  }
  return [...points.values()].sort(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.id.localeCompare(b.id),
  );
}

/** The program with the point changed wherever its text was inlined. */
export function mutateAt(program: Program, id: string): Program {
  const bodies = new Map(bodiesOf(program).map(({ body, func }) => [func, mutateBody(program, body, id)]));
  return { ...program, funcs: program.funcs.map((body, func) => bodies.get(func) ?? body) };
}

function bodiesOf(program: Program): { body: Func; func: number }[] {
  const setup = program.entries.get("setup");
  return program.funcs.map((body, func) => ({ body, func })).filter(({ func }) => func !== setup);
}

function pointsAt(program: Program, body: Func, op: Op, pc: Pc): Point[] {
  const points: Point[] = [];
  const add = (kind: PointKind, text: string, second?: Op): void => {
    const place = program.positions[op.at];
    if (place === undefined) return;
    const id = pointId(program, kind, op, second);
    points.push({ id, kind, file: place.file, line: place.line, func: place.func, text });
  };
  if (op.op === "fence" && op.kind !== "compiler") add("fence", `${FENCES[op.kind]} removed`);
  if (isAtomic(op)) add("atomic", `${describe(program, op)} as a read and a write`);
  if (op.op === "irq.off" || op.op === "irq.save") add("irq", "interrupts stay on");
  const after = swapPartner(program, body, pc);
  const other = after === undefined ? undefined : body.ops[after];
  if (other !== undefined) add("swap", `${describe(program, op)} after ${describe(program, other)}`, other);
  return points;
}

const FENCES = { ...FENCE_CALLS, compiler: "barrier()", tagged: "a fence" } as const;

function pointId(program: Program, kind: PointKind, op: Op, second?: Op): string {
  const at = (o: Op): string => {
    const place = program.positions[o.at];
    return `${place?.line}:${place?.column}`;
  };
  const file = program.positions[op.at]?.file;
  return `${PREFIX}:${kind}:${file}:${at(op)}${second === undefined ? "" : `:${at(second)}`}`;
}

type Atomic = Extract<Op, { op: "rmw" | "cmpxchg" | "add-unless" | "mask.set" | "mask.clear" }>;

function isAtomic(op: Op): op is Atomic {
  return (
    op.op === "rmw" ||
    op.op === "cmpxchg" ||
    op.op === "add-unless" ||
    op.op === "mask.set" ||
    op.op === "mask.clear"
  );
}

/** An op as people say it: "store of mm.mm_count". */
function describe(program: Program, op: Op): string {
  const place = placeOf(op);
  const name = place === undefined ? "" : (program.structs[place.struct]?.fields[place.field]?.name ?? "");
  switch (op.op) {
    case "load":
    case "mask.load":
    case "mask.test":
      return `the read of ${name}`;
    case "store":
      return `the write of ${name}`;
    case "rmw":
    case "cmpxchg":
    case "add-unless":
      return `the atomic on ${name}`;
    case "mask.set":
      return `setting the bit in ${name}`;
    case "mask.clear":
      return `clearing the bit in ${name}`;
    case "fence":
      return FENCES[op.kind];
    case "root.load":
      return "loading the root";
    default:
      return op.op;
  }
}

// ---- swaps -----------------------------------------------------------------------------------------------------

/** Accesses and fences: what may change places. */
function maySwap(op: Op): boolean {
  return (placeOf(op) !== undefined && !effectOf(op).blocks) || op.op === "fence" || op.op === "root.load";
}

/**
 * The access that follows the one at `pc` in the same text without a branch or label in between, if the two do not
 * depend on each other.
 */
function swapPartner(program: Program, body: Func, pc: Pc): Pc | undefined {
  const first = body.ops[pc];
  if (first === undefined || !maySwap(first)) return undefined;
  const targets = targetsOf(body);
  const moved = new Set<Reg>();
  const def = defOf(first);
  if (def !== undefined) moved.add(def);
  for (let at = pc + 1; at < body.ops.length; at++) {
    const op = body.ops[at];
    if (
      op === undefined ||
      targets.has(at) ||
      (!effectOf(op).visible && (op.op === "br" || op.op === "jmp" || op.op === "ret" || op.op === "bug"))
    )
      return undefined;
    if (reads(op, moved) || writesOperandOf(op, first)) return undefined;
    if (!effectOf(op).visible) continue;
    return maySwap(op) && sameText(program, first, op) && !sameLocation(first, op) ? at : undefined;
  }
  return undefined;
}

function targetsOf(body: Func): Set<Pc> {
  const targets = new Set<Pc>();
  for (const op of body.ops) {
    if (op.op === "jmp") targets.add(op.to);
    if (op.op === "br") targets.add(op.then).add(op.otherwise);
  }
  return targets;
}

function reads(op: Op, regs: ReadonlySet<Reg>): boolean {
  let found = false;
  forEachUse(op, (r) => {
    if (regs.has(r)) found = true;
  });
  const def = defOf(op);
  return found || (def !== undefined && regs.has(def));
}

function writesOperandOf(op: Op, first: Op): boolean {
  const def = defOf(op);
  let found = false;
  forEachUse(first, (r) => {
    if (r === def) found = true;
  });
  return found;
}

function sameText(program: Program, a: Op, b: Op): boolean {
  const [p, q] = [program.positions[a.at], program.positions[b.at]];
  return (
    p !== undefined && q !== undefined && p.file === q.file && p.func === q.func && p.caller === q.caller
  );
}

function sameLocation(a: Op, b: Op): boolean {
  const [p, q] = [placeOf(a), placeOf(b)];
  return p !== undefined && q !== undefined && p.struct === q.struct && p.field === q.field;
}

// ---- changes ---------------------------------------------------------------------------------------------------

function mutateBody(program: Program, body: Func, id: string): Func {
  const kind = id.split(":")[1];
  if (kind === "swap") return swapIn(program, body, id);
  const regs: RegInfo[] = [];
  const fresh = (info: RegInfo): Reg => body.regs.length + regs.push(info) - 1;
  const rewrite = (op: Op): readonly Op[] | undefined => {
    if (kind === "fence" && op.op === "fence" && pointId(program, "fence", op) === id) {
      return [{ ...op, kind: "compiler" }];
    }
    if (kind === "irq" && pointId(program, "irq", op) === id) return openRegion(op);
    if (kind === "atomic" && isAtomic(op) && pointId(program, "atomic", op) === id)
      return tear(program, op, fresh);
    return undefined;
  };
  return rewriteBody(body, rewrite, regs);
}

/** Interrupts are as they were; the end of the region turns them on, which they are. */
function openRegion(op: Op): readonly Op[] | undefined {
  if (op.op === "irq.off") return [{ op: "fence", kind: "compiler", at: op.at }];
  if (op.op === "irq.save") return [{ op: "mov", dst: op.dst, a: { imm: 0 }, at: op.at }];
  return undefined;
}

/** What every torn atomic has: its read, its write, and the registers between them. */
interface Torn {
  readonly old: Reg;
  readonly now: Reg;
  readonly read: Op;
  readonly write: Op;
}

/** A read, the operation on registers, a write. A compare that fails writes back what it read: nobody can tell. */
function tear(program: Program, op: Atomic, fresh: (info: RegInfo) => Reg): readonly Op[] {
  const { at, place } = op;
  const field = program.structs[place.struct]?.fields[place.field]?.type;
  const type = field?.kind === "atomic" || field === undefined ? ({ kind: "int" } as const) : field;
  const old = fresh({ name: "torn", type });
  const now = fresh({ name: "torn", type });
  const read: Op =
    op.op === "mask.set" || op.op === "mask.clear"
      ? { op: "mask.load", dst: old, place, at }
      : { op: "load", dst: old, place, order: "once", at };
  const torn: Torn = {
    old,
    now,
    read,
    write: { op: "store", place, value: { reg: now }, order: "once", at },
  };
  if (op.op === "rmw") return tearRmw(op, torn);
  if (op.op === "cmpxchg" || op.op === "add-unless") return tearConditional(op, torn, fresh);
  return tearMask(op, torn);
}

function tearRmw(op: Extract<Op, { op: "rmw" }>, { old, now, read, write }: Torn): readonly Op[] {
  const { at } = op;
  const change: Op =
    op.fn === "xchg"
      ? { op: "mov", dst: now, a: op.value, at }
      : { op: "bin", fn: op.fn, dst: now, a: { reg: old }, b: op.value, at };
  if (op.dst === undefined) return [read, change, write];
  return [read, change, write, { op: "mov", dst: op.dst, a: { reg: op.result === "old" ? old : now }, at }];
}

function tearMask(
  op: Extract<Op, { op: "mask.set" | "mask.clear" }>,
  { old, now, read, write }: Torn,
): readonly Op[] {
  const { at, cpu } = op;
  const change: Op = {
    op: op.op === "mask.set" ? "mask.with" : "mask.without",
    dst: now,
    mask: { reg: old },
    cpu,
    at,
  };
  if (op.dst === undefined) return [read, change, write];
  return [read, change, { op: "mask.has", dst: op.dst, mask: { reg: old }, cpu, at }, write];
}

/** now := old + hit · (new − old), so that no branch is needed. */
function tearConditional(
  op: Extract<Op, { op: "cmpxchg" | "add-unless" }>,
  { old, now, read, write }: Torn,
  fresh: (info: RegInfo) => Reg,
): readonly Op[] {
  const { at } = op;
  const hit = fresh({ name: "torn", type: { kind: "int" } });
  const mask = fresh({ name: "torn", type: { kind: "int" } });
  const target = fresh({ name: "torn", type: { kind: "int" } });
  const compare: Op =
    op.op === "cmpxchg"
      ? { op: "bin", fn: "eq", dst: hit, a: { reg: old }, b: op.old, at }
      : { op: "bin", fn: "ne", dst: hit, a: { reg: old }, b: op.unless, at };
  const wanted: Op =
    op.op === "cmpxchg"
      ? { op: "mov", dst: target, a: op.value, at }
      : { op: "bin", fn: "add", dst: target, a: { reg: old }, b: op.value, at };
  return [
    read,
    compare,
    wanted,
    { op: "bin", fn: "sub", dst: mask, a: { imm: 0 }, b: { reg: hit }, at },
    { op: "bin", fn: "xor", dst: target, a: { reg: target }, b: { reg: old }, at },
    { op: "bin", fn: "and", dst: target, a: { reg: target }, b: { reg: mask }, at },
    { op: "bin", fn: "xor", dst: now, a: { reg: old }, b: { reg: target }, at },
    write,
    { op: "mov", dst: op.dst, a: { reg: op.op === "cmpxchg" ? old : hit }, at },
  ];
}

function swapIn(program: Program, body: Func, id: string): Func {
  const ops = [...body.ops];
  for (let pc = 0; pc < ops.length; pc++) {
    const after = swapPartner(program, { ...body, ops }, pc);
    const [first, second] = [ops[pc], after === undefined ? undefined : ops[after]];
    if (after === undefined || first === undefined || second === undefined) continue;
    if (pointId(program, "swap", first, second) !== id) continue;
    // What lies between is local and independent of the first: it moves up, with the second behind it.
    ops.splice(pc, after - pc + 1, ...ops.slice(pc + 1, after + 1), first);
    pc = after;
  }
  return { ...body, ops };
}
