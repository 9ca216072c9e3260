/**
 * Where the registers of a body are kept while it is stopped: the *frame* of an activation, as small as it can be.
 *
 * With thousands of CPUs it is the size of frames that decides whether an event finds its registers in a cache of the host.
 * So a register has a cell only if it must have one:
 *
 * - what is the same all through an activation (the CPU's number, the CPU's own per-CPU objects) is computed again;
 * - what the next op alone reads is computed there (most conditions of branches);
 * - what nobody reads has no cell;
 * - the others share cells where never two of them matter at a time: greedy colouring of the interference graph.
 *
 * Masks have a cell each: `MaskOps.drop` knows the owner of a mask by its cell.
 */

import { present } from "../../base/assert.ts";
import { livenessOf } from "../../ir/liveness.ts";
import { defOf, forEachUse, jumpTargets, successors } from "../../ir/operands.ts";
import type { Func, Op, Pc, Program, Reg } from "../../ir/types.ts";

/** What a register is. */
const CELL = 0;
/** Computed wherever it is read, from the number of the CPU. */
const FIXED = 1;
/** Computed by the op that reads it, which is the next one. */
const PASSED_ON = 2;
const UNUSED = 3;

export interface Frame {
  /** Cells of an activation, and mask cells. */
  readonly cells: number;
  readonly masks: number;
  /** Cells that are read before they are written: the activation begins with 0 there. */
  readonly zeroed: readonly number[];
  /** The cell of each parameter; −1 where nobody reads it. */
  readonly params: readonly number[];
  /** Ops that jumps lead to. */
  readonly targets: ReadonlySet<Pc>;
  /** The register's cell, among the masks' if it is one; −1 if it has none. */
  cellOf(reg: Reg): number;
  /** The register is an expression over `c`, the CPU; undefined if it is not. */
  fixed(reg: Reg): string | undefined;
  /** The register is computed by the op after the one that defines it. */
  isPassedOn(reg: Reg): boolean;
  isUnused(reg: Reg): boolean;
}

export function frameOf(program: Program, body: Func): Frame {
  const uses = usesOf(body);
  const targets = jumpTargets(body.ops).add(0);
  const fixed = fixedTexts(program, body, uses);
  const kinds = body.regs.map((_, reg) => kindOf(body, reg, uses, targets, fixed));
  const isMask = (reg: Reg): boolean => body.regs[reg]?.type.kind === "mask";
  const cell = new Int32Array(body.regs.length).fill(-1);
  const coloured = body.regs.map((_, reg) => reg).filter((reg) => kinds[reg] === CELL);
  const cells = colour(
    body,
    coloured.filter((reg) => !isMask(reg)),
    cell,
  );
  let masks = 0;
  for (const reg of coloured) if (isMask(reg)) cell[reg] = masks++;
  const live = livenessOf(body).at(0);
  const zeroed = live.filter((reg) => reg >= body.params && kinds[reg] === CELL && !isMask(reg));
  return {
    cells,
    masks,
    targets,
    zeroed: zeroed.map((reg) => cell[reg] as number),
    params: body.regs.slice(0, body.params).map((_, reg) => cell[reg] as number),
    cellOf: (reg) => cell[reg] as number,
    fixed: (reg) => fixed.get(reg),
    isPassedOn: (reg) => kinds[reg] === PASSED_ON,
    isUnused: (reg) => kinds[reg] === UNUSED,
  };
}

interface Uses {
  /** By register: where it is written and read. */
  readonly defs: readonly Pc[][];
  readonly reads: readonly Pc[][];
}

function usesOf(body: Func): Uses {
  const defs: Pc[][] = body.regs.map(() => []);
  const reads: Pc[][] = body.regs.map(() => []);
  body.ops.forEach((op, pc) => {
    const dst = defOf(op);
    if (dst !== undefined) defs[dst]?.push(pc);
    forEachUse(op, (reg) => reads[reg]?.push(pc));
  });
  return { defs, reads };
}

/** The one op that writes the register. */
function onlyDef(body: Func, reg: Reg, { defs }: Uses): Op | undefined {
  const [pc, ...more] = defs[reg] ?? [];
  return pc === undefined || more.length > 0 || reg < body.params ? undefined : body.ops[pc];
}

function fixedTexts(program: Program, body: Func, uses: Uses): ReadonlyMap<Reg, string> {
  const texts = new Map<Reg, string>();
  body.regs.forEach((_, reg) => {
    if (onlyDef(body, reg, uses)?.op === "cpuid") texts.set(reg, "c");
  });
  body.regs.forEach((_, reg) => {
    const op = onlyDef(body, reg, uses);
    if (op?.op !== "percpu") return;
    const cpu = "imm" in op.cpu ? `${op.cpu.imm}` : texts.get(op.cpu.reg);
    const { first } = present(program.globals[op.global], "global");
    if (cpu !== undefined) texts.set(reg, `(${first} + ${cpu})`);
  });
  return texts;
}

function kindOf(
  body: Func,
  reg: Reg,
  uses: Uses,
  targets: ReadonlySet<Pc>,
  fixed: ReadonlyMap<Reg, string>,
): number {
  if (fixed.has(reg)) return FIXED;
  const reads = uses.reads[reg] ?? [];
  if (reads.length === 0) return UNUSED;
  const op = onlyDef(body, reg, uses);
  const at = uses.defs[reg]?.[0] ?? -2;
  const pure = op?.op === "bin" || op?.op === "not" || op?.op === "percpu";
  const next = at + 1;
  return pure && reads.length === 1 && reads[0] === next && !targets.has(next) ? PASSED_ON : CELL;
}

/** Gives `regs` cells so that two that matter at the same time have different ones; how many there are. */
function colour(body: Func, regs: readonly Reg[], cell: Int32Array): number {
  const words = (body.regs.length >> 5) + 1;
  const bits = new Int32Array(body.regs.length * words);
  const meet = (a: Reg, b: Reg): void => {
    if (a === b) return;
    bits[a * words + (b >> 5)] = (bits[a * words + (b >> 5)] as number) | (1 << (b & 31));
    bits[b * words + (a >> 5)] = (bits[b * words + (a >> 5)] as number) | (1 << (a & 31));
  };
  const liveness = livenessOf(body);
  const begin = liveness.at(0);
  for (const a of begin) for (let b = 0; b < body.params; b++) meet(a, b);
  for (const a of begin) for (const b of begin) meet(a, b);
  for (let a = 0; a < body.params; a++) for (let b = 0; b < a; b++) meet(a, b);
  body.ops.forEach((op, pc) => {
    const dst = defOf(op);
    if (dst === undefined) return;
    for (const next of successors(op, pc)) for (const reg of liveness.at(next)) meet(dst, reg);
  });
  let used = 0;
  for (const reg of regs) {
    const taken = new Set<number>();
    for (const other of regs) {
      const met = ((bits[reg * words + (other >> 5)] as number) >>> (other & 31)) & 1;
      if (met === 1 && (cell[other] as number) >= 0) taken.add(cell[other] as number);
    }
    let free = 0;
    while (taken.has(free)) free++;
    cell[reg] = free;
    used = Math.max(used, free + 1);
  }
  return used;
}
