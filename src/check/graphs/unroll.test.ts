/** Unrolling: acyclic, in program order, cut where herd7 cuts; joins and regions of branches. */

import { expect, test } from "vitest";
import { InputError } from "../../base/input_error.ts";
import { FuncBuilder, imm, reg } from "../../ir/builder.ts";
import type { Func } from "../../ir/types.ts";
import { flowOf } from "./flow.ts";
import { unroll } from "./unroll.ts";

const place = { obj: imm(1), struct: 0, field: 0 };

/** `while (READ_ONCE(x)) x = 1;`, in another such loop if `nested`. */
function spin(nested: boolean): Func {
  const b = new FuncBuilder("spin");
  const r = b.reg("r", { kind: "int" });
  const [outer, again, body, inside, end] = [b.label(), b.label(), b.label(), b.label(), b.label()];
  b.bind(outer);
  b.bind(again);
  b.emit({ op: "load", dst: r, place, order: "once" });
  b.br(reg(r), body, nested ? inside : end);
  b.bind(body);
  b.emit({ op: "store", place, value: imm(1), order: "once" });
  b.jmp(again);
  b.bind(inside);
  if (nested) {
    b.emit({ op: "load", dst: r, place, order: "once" });
    b.br(reg(r), outer, end);
  }
  b.bind(end);
  b.emit({ op: "ret" });
  return b.finish();
}

test("a loop goes round as often as the bound says and is tested once more", () => {
  for (const bound of [0, 1, 2, 5]) {
    const code = unroll(spin(false), bound);
    const count = (op: string | undefined): number => code.filter((each) => each.op?.op === op).length;
    expect([count("load"), count("store"), count(undefined)]).toEqual([bound + 1, bound, 1]);
    expect(count("ret")).toBe(1);
  }
});

test("targets have greater indices, whatever is nested", () => {
  for (const func of [spin(false), spin(true)]) {
    const code = unroll(func, 3);
    for (const [pc, { next }] of code.entries()) for (const to of next) expect(to).toBeGreaterThan(pc);
  }
});

test("a branch of a loop joins behind the loop, and cuts have no say", () => {
  const code = unroll(spin(false), 2);
  const end = code.findIndex(({ op }) => op?.op === "ret");
  const { join, controls } = flowOf(code);
  const branches = [...code.keys()].filter((pc) => (code[pc]?.next.length ?? 0) > 1);
  expect(branches.map((pc) => join[pc])).toEqual(branches.map(() => end));
  expect(controls[end]).toEqual([]);
  // The last load is inside all branches before it.
  const last = code.findLastIndex(({ op }) => op?.op === "load");
  expect(controls[last]).toEqual(branches.filter((pc) => pc < last));
});

test("code that grows beyond all bounds is refused", () => {
  expect(() => unroll(spin(true), 10_000)).toThrow(InputError);
});
