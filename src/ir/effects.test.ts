import { expect, test } from "vitest";
import { effectOf, isPure, isVisible, movesWithTask } from "./effects.ts";
import { livenessOf } from "./liveness.ts";
import { mapOperands, mapTargets, operandsOf, successors } from "./operands.ts";
import type { Op, RegInfo } from "./types.ts";

const place = { obj: { reg: 0 }, struct: 0, field: 0 };
const load: Op = { op: "load", dst: 1, place, order: "once", at: 0 };
const cmpxchg: Op = {
  op: "cmpxchg",
  dst: 1,
  place,
  old: { reg: 2 },
  value: { imm: 3 },
  order: "full",
  at: 0,
};

test("a memory access is visible, depends on its object being alive, and says what it does to its place", () => {
  expect(effectOf(load)).toMatchObject({ visible: true, place: "read", reads: ["objects"], writes: [] });
  expect(effectOf(cmpxchg).place).toBe("update");
  expect(effectOf({ op: "await", place, cmp: "eq", value: { imm: 0 }, at: 0 })).toMatchObject({
    place: "wait",
    blocks: true,
  });
  expect(effectOf({ op: "fence", kind: "mb", at: 0 }).fence).toBe(true);
});

test("a free does not commute with loading a root", () => {
  const free = effectOf({ op: "free", obj: { reg: 0 }, struct: 0, at: 0 });
  const root = effectOf({ op: "root.load", mm: { reg: 0 }, struct: 0, at: 0 });
  expect(root.writes.some((part) => free.reads.includes(part))).toBe(true);
});

test("local ops: only the pure ones may go; cpuid changes with migration", () => {
  const bug: Op = { op: "bug", a: { reg: 0 }, warn: false, at: 0 };
  const cpuid: Op = { op: "cpuid", dst: 0, at: 0 };
  expect([isVisible(bug), isPure(bug)]).toEqual([false, false]);
  expect([isVisible(cpuid), isPure(cpuid), movesWithTask(cpuid)]).toEqual([false, true, true]);
  expect(isPure(load)).toBe(false);
});

test("operands come in a fixed order, the place's object first", () => {
  expect(operandsOf(cmpxchg).map(({ name }) => name)).toEqual(["place", "old", "value"]);
  const moved = mapOperands(cmpxchg, (operand) => ("reg" in operand ? { reg: operand.reg + 10 } : operand));
  expect(operandsOf(moved).map(({ operand }) => operand)).toEqual([{ reg: 10 }, { reg: 12 }, { imm: 3 }]);
  expect(mapOperands(cmpxchg, (operand) => operand)).toBe(cmpxchg);
});

test("a branch has two targets, or one", () => {
  const [then, otherwise] = [4, 9];
  const branch: Op = { op: "br", a: { reg: 0 }, then, otherwise, at: 0 };
  expect(successors(branch, 0)).toEqual([4, 9]);
  expect(
    successors(
      mapTargets(branch, () => 7),
      0,
    ),
  ).toEqual([7]);
  expect(successors({ op: "ret", at: 0 }, 3)).toEqual([]);
});

test("a register is live from its write to its last read, around a loop too", () => {
  const regs: RegInfo[] = ["a", "b"].map((name) => ({ name, type: { kind: "int" } }));
  const [then, otherwise] = [2, 4];
  const ops: Op[] = [
    { op: "mov", dst: 0, a: { imm: 3 }, at: 0 },
    { op: "mov", dst: 1, a: { imm: 0 }, at: 0 },
    { op: "bin", fn: "sub", dst: 0, a: { reg: 0 }, b: { imm: 1 }, at: 0 },
    { op: "br", a: { reg: 0 }, then, otherwise, at: 0 },
    { op: "ret", value: { reg: 1 }, at: 0 },
  ];
  const live = livenessOf({ ops, regs });
  expect(ops.map((_, pc) => live.at(pc))).toEqual([[], [0], [0, 1], [0, 1], [1]]);
});
