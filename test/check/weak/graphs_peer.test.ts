/**
 * Random programs end alike by two engines that were written apart: on a machine whose memory is an execution graph, with
 * its past forgotten, and by enumerating whole execution graphs.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { searchInRounds } from "../../../src/check/states/rounds.ts";
import { WeakMemory } from "../../../src/check/weak/memory.ts";
import type { Program } from "../../../src/ir/types.ts";
import type { Model } from "../../../src/memory/model.ts";
import { World } from "../../../src/world/world.ts";
import { MODEL_FOLDER, modelFile } from "../../memory/models.ts";
import { byGraphs, goesForward } from "../graphs/final_values.ts";
import { bufferingThreads, machineOf, orderedThreads } from "../graphs/random_kts.ts";
import { compileKts } from "../programs.ts";

const RUNS = Number(process.env.GRAPH_RUNS ?? 60);

/** Final values on the machine; "stuck" stands for states in which somebody waits for ever. */
function byMachine(program: Program, cpus: number, model: Model): readonly string[] | undefined {
  const struct = program.globals.find(({ name }) => name === "G")?.struct ?? -1;
  const memory = (shape: ConstructorParameters<typeof WeakMemory>[0]): WeakMemory =>
    new WeakMemory(shape, model);
  const world = new World(program, { cpus, anyOrder: false, partialOrder: true, memory });
  const { layout } = world;
  const found = new Set<string>();
  const first = layout.objectBase[struct] ?? 0;
  const { end } = searchInRounds(world, {
    limits: { states: 60_000, bytes: 1_000_000_000 },
    renamings: [],
    partialOrder: true,
    seeAll: true,
    onFinal: (s) => found.add(s.slice(first, first + (layout.stride[struct] ?? 0)).join(",")),
  });
  if (
    end.kind === "limit" ||
    world.memory?.full === true ||
    world.memory?.limited === true ||
    world.memory?.leftOut !== undefined
  )
    return undefined;
  if (end.kind === "fault") {
    expect(end.fault.property).toBe("hang");
    found.add("stuck");
  }
  return [...found].sort();
}

test.each(["tso", "aarch64", "power", "lkmm"])("loads that later stores may pass, under %s", (name) => {
  const model = modelFile(`${MODEL_FOLDER}${name}.cat`).compiled;
  let compared = 0;
  let buffering = 0;
  fc.assert(
    fc.property(bufferingThreads, (all) => {
      const program = compileKts(machineOf(all));
      const machine = byMachine(program, all.length, model);
      if (machine === undefined) return;
      compared++;
      const everything = byGraphs(program, all.length, model);
      if (byGraphs(program, all.length, model, goesForward).length < everything.length) buffering++;
      expect(machine, machineOf(all)).toEqual(everything);
    }),
    { numRuns: RUNS / 3 },
  );
  expect(buffering > 0).toBe(name !== "tso");
  expect(compared).toBeGreaterThan((RUNS / 3) * 0.7);
});

test.each(["sc", "tso", "aarch64", "power", "lkmm"])("random programs end alike under %s", (name) => {
  const model = modelFile(`${MODEL_FOLDER}${name}.cat`).compiled;
  let compared = 0;
  let stuck = 0;
  fc.assert(
    fc.property(orderedThreads, (all) => {
      const program = compileKts(machineOf(all));
      const machine = byMachine(program, all.length, model);
      if (machine === undefined) return;
      compared++;
      if (machine.includes("stuck")) stuck++;
      expect(machine, machineOf(all)).toEqual(byGraphs(program, all.length, model));
    }),
    { numRuns: RUNS },
  );
  expect(stuck).toBeGreaterThan(0);
  expect(compared).toBeGreaterThan(RUNS * 0.7);
});
