import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectProgram } from "../../../test/support/kts.ts";
import { InputError } from "../../base/input_error.ts";
import { validate } from "../../ir/validator.ts";
import { isSameStep } from "../../world/same_step.ts";
import { type MemoryModel, World } from "../../world/world.ts";
import { atLevel, findSites, levelsBelow, weakenSites } from "./orders.ts";
import { formatWeakening, parseWeakening } from "./weakening.ts";

const TEXT = `
export interface vars extends struct { x: int; y: int; n: atomic_t; mask: cpumask_t; }
export interface task_struct extends struct { id: int; }
export const g = DEFINE<vars>();
function fence(): void { smp_mb(); }
export function t0(): void {
  local_irq_enable();
  fence(); WRITE_ONCE(g.x, 1); fence();
  smp_rmb(); smp_wmb(); barrier();
  smp_mb__before_atomic();
  atomic_inc(g.n);
  smp_store_release(g.x, 2);
  if (smp_load_acquire(g.y) === 1 && READ_ONCE(g.x) === 1) atomic_inc_return(g.n);
  atomic_inc_return_relaxed(g.n);
  cmpxchg_release(g.x, 1, 2);
  if (cpumask_test_and_set_cpu(0, g.mask)) cpumask_set_cpu(1, g.mask);
}
export function t1(): void { local_irq_enable(); smp_cond_load_acquire(g.x, 1); xchg_acquire(g.y, 2); }
export function setup(): void {
  smp_mb();
  task_start_on(task_create<task_struct>(t0, cpumask_of(0), 0), 0);
  task_start_on(task_create<task_struct>(t1, cpumask_of(1), 0), 1);
}`;

const program = expectProgram(TEXT, { entries: ["setup"] });
const sites = findSites(program, () => true);

function siteAt(line: number): (typeof sites)[number] {
  const [site, other] = sites.filter((each) => each.line === line);
  if (site === undefined || other !== undefined) throw new Error(`line ${line}: not one site`);
  return site;
}

describe("ordering sites", () => {
  it("are what orders, once for all places it is inlined at", () => {
    const found = sites.map(({ line, kind, level }) => `${line} ${kind} ${level}`);
    expect(found).toEqual([
      "5 fence mb",
      "9 fence rmb",
      "9 fence wmb",
      "10 fence before-atomic",
      "12 store release",
      "13 load acquire",
      "13 update full",
      "15 update release",
      "16 update full",
      "18 await acquire",
      "18 update acquire",
    ]);
  });

  it("have the kernel's own weaker forms below them", () => {
    expect(levelsBelow("fence", "mb")).toEqual(["rmb", "wmb", "none"]);
    expect(levelsBelow("fence", "after-atomic")).toEqual(["none"]);
    expect(levelsBelow("update", "full")).toEqual(["acquire", "release", "relaxed"]);
    expect(levelsBelow("update", "acquire")).toEqual(["relaxed"]);
    expect(levelsBelow("load", "acquire")).toEqual(["once"]);
    expect(levelsBelow("store", "once")).toEqual([]);
  });

  it("leave a valid program with the same ops, changed nowhere else", () => {
    for (const site of sites) {
      for (const level of levelsBelow(site.kind, site.level)) {
        const weak = weakenSites(program, new Map([[site.id, level]]));
        expect(validate(weak)).toEqual([]);
        const changed = weak.funcs.flatMap((body, f) =>
          body.ops.filter((op, pc) => JSON.stringify(op) !== JSON.stringify(program.funcs[f]?.ops[pc])),
        );
        expect(new Set(changed.map(({ at }) => program.positions[at]?.line))).toEqual(new Set([site.line]));
        expect(findSites(weak, (file) => file === site.file).length).toBeLessThanOrEqual(sites.length);
      }
    }
  });

  it("change wherever they are inlined, but not in setup", () => {
    const weak = weakenSites(program, new Map([[siteAt(5).id, "none"]]));
    const fences = (p: typeof program): string[] =>
      p.funcs.flatMap((body) =>
        body.ops.flatMap((op) => (op.op === "fence" ? [`${body.name} ${op.kind}`] : [])),
      );
    expect(fences(program).filter((fence) => fence.endsWith(" mb"))).toEqual(["setup mb", "t0 mb", "t0 mb"]);
    expect(fences(weak).filter((fence) => fence.endsWith(" mb"))).toEqual(["setup mb"]);
  });
});

describe("the name of weakened sites", () => {
  it("reads back, whatever the order", () => {
    const weakening = new Map([
      [siteAt(12).id, "once"],
      [siteAt(5).id, "none"],
    ] as const);
    const name = formatWeakening(weakening);
    expect(name).toBe(`order:${siteAt(12).id}=once+${siteAt(5).id}=none`);
    expect(parseWeakening(name, sites)).toEqual(weakening);
  });

  it("may leave the column out where the line has one site", () => {
    expect([...parseWeakening("order:t.ts:5=rmb", sites)]).toEqual([[siteAt(5).id, "rmb"]]);
    expect(() => parseWeakening("order:t.ts:9=none", sites)).toThrow(/expected a column as well/);
  });

  it("holds any file name", () => {
    const odd = sites.map((site) => ({ ...site, id: `./a+b=c:1.ts:${site.line}:1` }));
    const name = "order:./a+b=c:1.ts:5:1=none+./a+b=c:1.ts:12:1=once";
    expect([...parseWeakening(name, odd).values()]).toEqual(["none", "once"]);
  });

  it.each(["order:", "order:t.ts", "order:t.ts:5", "order:t.ts:5=none+"])("is refused as %j", (name) =>
    expect(() => parseWeakening(name, sites)).toThrow(/expected order:FILE:LINE=LEVEL/),
  );

  it("is read or refused, whatever it is", () => {
    const part = fc.constantFrom(
      "t.ts:5",
      "t.ts:9:3",
      "=none",
      "=once",
      "+",
      ":",
      "order:",
      "=",
      "t.ts",
      "99",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 8 }).map((all) => all.join("")),
    );
    const property = fc.property(text, (body) => {
      try {
        for (const [id] of parseWeakening(`order:${body}`, sites))
          expect(sites.some((site) => site.id === id)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    });
    fc.assert(property, { numRuns: 500 });
    expect(() => parseWeakening(`order:${"a:1".repeat(5000)}`, sites)).toThrow(InputError);
  });

  it("is refused where it would strengthen", () => {
    expect(() => parseWeakening("order:t.ts:15=full", sites)).toThrow(/weaker than release \(relaxed\)/);
    expect(() => parseWeakening("order:t.ts:5=acquire", sites)).toThrow(/weaker than mb \(rmb, wmb, none\)/);
  });

  it("passes over what the program does not have", () => {
    expect(parseWeakening("order:other.ts:5=none", sites).size).toBe(0);
  });
});

describe("ops that a world executes alike", () => {
  /** Every generated step and guard, as text. */
  function machineText(p: typeof program, model: MemoryModel): string {
    const world = new World(p, { cpus: 2, anyOrder: false, partialOrder: true, model });
    world.machine.compile();
    return [...world.machine.steps, ...world.machine.guards].map(String).join("\n");
  }

  const cases = sites.flatMap((site) =>
    levelsBelow(site.kind, site.level).flatMap((level) =>
      (["sc", "tso"] as const).map(
        (model) => [`${site.kind} ${site.level} → ${level}`, model, site, level] as const,
      ),
    ),
  );

  it.each(cases)("%s under %s", (_, model, site, level) => {
    const same = isSameStep(site.op, atLevel(site.op, level), model);
    const weak = weakenSites(program, new Map([[site.id, level]]));
    expect(machineText(weak, model) === machineText(program, model)).toBe(same);
  });

  it("differ under TSO in nothing but a full barrier", () => {
    const apart = cases.filter(
      ([, model, site, level]) => !isSameStep(site.op, atLevel(site.op, level), model),
    );
    expect(apart.map(([name, model]) => `${name}, ${model}`)).toEqual([
      "fence mb → rmb, tso",
      "fence mb → wmb, tso",
      "fence mb → none, tso",
    ]);
  });
});
