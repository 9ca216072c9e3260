/**
 * A use that nothing orders before the store that lets another CPU free the object: load buffering and its like through
 * the death of an object. What orders them is what orders a load, or a store, before a store in each model.
 */
import { describe, expect, it } from "vitest";
import { checkProgram, DEFAULT_LIMITS } from "../../../src/check/states/check.ts";
import { loadNamedModel } from "../../../src/cli/litmus/model.ts";
import { expectProgram } from "../../support/kts.ts";

const MODELS = ["sc", "tso", "aarch64", "power", "lkmm"].map((name) => ({
  name,
  model: loadNamedModel(name).model,
}));

/** Models under which a use by CPU 0 may come after the `free` on CPU 1, joined. */
function late(user: string, freer: string): string {
  const program = expectProgram(
    `
export interface obj extends struct { x: int; n: atomic_t; }
export interface vars extends struct { o: obj; y: int; n: atomic_t; }
export interface task_struct extends struct { id: int; }
export const g = DEFINE<vars>();
export function t0(): void { local_irq_enable(); const o = g.o; ${user} }
export function t1(): void { local_irq_enable(); const o = g.o; ${freer} }
export function setup(): void {
  g.o = alloc<obj>();
  atomic_set(g.o.n, 2);
  task_start_on(task_create<task_struct>(t0, cpumask_of(0), 0), 0);
  task_start_on(task_create<task_struct>(t1, cpumask_of(1), 0), 1);
}`,
    { entries: ["setup"] },
  );
  const found = MODELS.filter((graphs) => {
    const { verdict } = checkProgram(
      program,
      { scheme: "none", scenario: "late", arch: "none" },
      {
        cpus: 2,
        limits: DEFAULT_LIMITS,
        partialOrder: true,
        symmetry: true,
        graphs,
        accept: ["uaf"],
        now: () => 0,
      },
    );
    return verdict.kind === "violated" && verdict.violation.property === "uaf";
  });
  return found.map(({ name }) => name).join(" ");
}

const WAIT = "smp_cond_load_acquire(g.y, 1); free(o);";

describe("a load", () => {
  it.each([
    ["before a store", "const r = READ_ONCE(o.x); WRITE_ONCE(g.y, 1);", "aarch64 power lkmm"],
    // The fence belongs to the step of the store: CPU 1 sees the store, and may free, before CPU 0 comes to the fence.
    [
      "before a store with a barrier behind it",
      "const r = READ_ONCE(o.x); WRITE_ONCE(g.y, 1); smp_mb();",
      "aarch64 power lkmm",
    ],
    ["before a release", "const r = READ_ONCE(o.x); smp_store_release(g.y, 1);", ""],
    ["before a full barrier", "const r = READ_ONCE(o.x); smp_mb(); WRITE_ONCE(g.y, 1);", ""],
    ["that acquires", "const r = smp_load_acquire(o.x); WRITE_ONCE(g.y, 1);", ""],
    ["whose value is stored", "const r = READ_ONCE(o.x); WRITE_ONCE(g.y, r + 1);", ""],
    ["that decides about the store", "const r = READ_ONCE(o.x); if (r === 0) WRITE_ONCE(g.y, 1);", ""],
  ])("%s", (_, user, models) => {
    expect(late(user, WAIT)).toBe(models);
  });
});

describe("a store", () => {
  it.each([
    ["before a store", "WRITE_ONCE(o.x, 1); WRITE_ONCE(g.y, 1);", "aarch64 power lkmm"],
    ["before smp_wmb()", "WRITE_ONCE(o.x, 1); smp_wmb(); WRITE_ONCE(g.y, 1);", ""],
    ["before a release", "WRITE_ONCE(o.x, 1); smp_store_release(g.y, 1);", ""],
  ])("%s", (_, user, models) => {
    expect(late(user, WAIT)).toBe(models);
  });
});

describe("a reference count", () => {
  const put = (dec: string): string => `const r = READ_ONCE(o.x); if (${dec} === 0) free(o);`;

  it("is safe with full updates", () => {
    expect(late(put("atomic_dec_return(o.n)"), put("atomic_dec_return(o.n)"))).toBe("");
  });

  it("is not with relaxed ones", () => {
    expect(late(put("atomic_dec_return_relaxed(o.n)"), put("atomic_dec_return_relaxed(o.n)"))).toBe(
      "aarch64 power lkmm",
    );
  });
});
