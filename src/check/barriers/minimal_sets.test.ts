/** The search for minimal sets against all points of small lattices, one by one. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Axis, Lattice, type Point, pointKey, TOP, withLevel } from "./lattice.ts";
import { type Answer, minimalSets, type Oracle } from "./minimal_sets.ts";

/** Levels as sites have them: a chain of one, of two, a fence, an update. */
const SHAPES: readonly (readonly (readonly [string, readonly string[]])[])[] = [
  [
    [TOP, ["none"]],
    ["none", []],
  ],
  [
    [TOP, ["half"]],
    ["half", ["none"]],
    ["none", []],
  ],
  [
    [TOP, ["rmb", "wmb"]],
    ["rmb", ["none"]],
    ["wmb", ["none"]],
    ["none", []],
  ],
  [
    [TOP, ["acquire", "release"]],
    ["acquire", ["relaxed"]],
    ["release", ["relaxed"]],
    ["relaxed", []],
  ],
];

const lattices = fc
  .array(fc.constantFrom(...SHAPES), { maxLength: 4 })
  .map((shapes) => new Lattice(shapes.map((shape, i): Axis => ({ id: `s${i}`, down: new Map(shape) }))));

function allPoints(lattice: Lattice): Point[] {
  let points: Point[] = [new Map()];
  for (const { id } of lattice.axes)
    points = points.flatMap((point) => lattice.levels(id).map((level) => withLevel(point, id, level)));
  return points;
}

/** A lattice and points at which things begin to break, or to be unknown; never the specimen itself. */
const cases = lattices.chain((lattice) => {
  const point = fc
    .constantFrom(...allPoints(lattice))
    .filter((each) => each.size > 0 || lattice.axes.length === 0);
  const some = fc.array(point, { maxLength: 4 }).map((list) => list.filter(({ size }) => size > 0));
  return fc.record({ lattice: fc.constant(lattice), breaks: some, limits: some });
});

/** Answers from those points, and counts. `like` is the place where something was found: one of the points. */
class Scripted implements Oracle<Point, Point> {
  asked = 0;
  readonly lattice: Lattice;
  readonly breaks: readonly Point[];
  readonly limits: readonly Point[];

  constructor(lattice: Lattice, breaks: readonly Point[], limits: readonly Point[]) {
    this.lattice = lattice;
    this.breaks = breaks;
    this.limits = limits;
  }

  answer(point: Point, breaks: readonly Point[], limits: readonly Point[]): Answer<Point, Point> {
    const broken = breaks.find((each) => this.lattice.includes(point, each));
    if (broken !== undefined) return { kind: "violated", by: broken };
    const limit = limits.find((each) => this.lattice.includes(point, each));
    return limit === undefined ? { kind: "proved" } : { kind: "unknown", by: limit };
  }

  async ask(point: Point): Promise<Answer<Point, Point>> {
    this.asked++;
    return this.answer(point, this.breaks, this.limits);
  }

  async askLike(point: Point, like: Point): Promise<Answer<Point, Point>> {
    const here = (each: Point): boolean => each === like;
    return this.answer(point, this.breaks.filter(here), this.limits.filter(here));
  }
}

const keys = (points: readonly Point[]): string[] => points.map(pointKey).sort();

/** The weakest points at which nothing breaks. */
function weakestSound({ lattice, breaks }: { lattice: Lattice; breaks: readonly Point[] }): Point[] {
  const sound = allPoints(lattice).filter((point) => !breaks.some((each) => lattice.includes(point, each)));
  return sound.filter((a) => !sound.some((b) => pointKey(a) !== pointKey(b) && lattice.includes(b, a)));
}

describe("minimal sets", () => {
  it("are all the weakest points that break nothing", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ lattice, breaks }) => {
        const found = await minimalSets(lattice, new Scripted(lattice, breaks, []), { most: 10_000 });
        expect(found.complete).toBe(true);
        expect(keys(found.minimal)).toEqual(keys(weakestSound({ lattice, breaks })));
      }),
      { numRuns: 400 },
    );
  });

  it("take as many questions as there are sets and conflicts", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ lattice, breaks }) => {
        const oracle = new Scripted(lattice, breaks, []);
        const { minimal, conflicts, asked } = await minimalSets(lattice, oracle, { most: 10_000 });
        expect([asked, oracle.asked]).toEqual([minimal.length + conflicts.length, asked]);
      }),
    );
  });

  it("have conflicts that hold nothing superfluous", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ lattice, breaks }) => {
        const { conflicts } = await minimalSets(lattice, new Scripted(lattice, breaks, []), { most: 10_000 });
        for (const { point, answer } of conflicts) {
          // As it was shrunk in the one place where it was found, it is what begins to break there.
          expect(answer.kind === "violated" ? pointKey(answer.by) : "").toBe(pointKey(point));
        }
      }),
    );
  });

  it("never count what is unknown as proved, nor as violated", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ lattice, breaks, limits }) => {
        const oracle = new Scripted(lattice, breaks, limits);
        const { minimal, conflicts, complete } = await minimalSets(lattice, oracle, { most: 10_000 });
        for (const point of minimal) {
          expect(oracle.answer(point, breaks, limits).kind).toBe("proved");
          for (const step of lattice.further(point))
            expect(conflicts.some((conflict) => lattice.includes(step.point, conflict.point))).toBe(true);
        }
        for (const { point, answer } of conflicts)
          expect(oracle.answer(point, breaks, limits).kind === "violated").toBe(answer.kind === "violated");
        if (complete) expect(keys(minimal)).toEqual(keys(weakestSound({ lattice, breaks })));
      }),
      { numRuns: 400 },
    );
  });

  it("say so when the search was cut short", async () => {
    const [shape = []] = SHAPES;
    const lattice = new Lattice(["a", "b", "c"].map((id) => ({ id, down: new Map(shape) })));
    const pair = (a: string, b: string): Point => new Map([a, b].map((id) => [id, "none"]));
    const breaks = [pair("a", "b"), pair("b", "c"), pair("a", "c")];
    const whole = await minimalSets(lattice, new Scripted(lattice, breaks, []), { most: 100 });
    expect([whole.minimal.length, whole.conflicts.length, whole.complete]).toEqual([3, 3, true]);
    const { asked, complete } = await minimalSets(lattice, new Scripted(lattice, breaks, []), { most: 2 });
    expect([asked, complete]).toEqual([2, false]);
  });
});
