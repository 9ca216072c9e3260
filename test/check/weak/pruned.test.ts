/**
 * What a search leaves out where reads wait for later writes changes nothing: random machines, with tasks that switch and wake
 * each other, interrupts and locks, end alike with and without. PRUNED_RUNS=500 (and FC_SEED) for a soak.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { searchInRounds } from "../../../src/check/states/rounds.ts";
import { WeakMemory } from "../../../src/check/weak/memory.ts";
import { loadNamedModel } from "../../../src/cli/litmus/model.ts";
import type { Program } from "../../../src/ir/types.ts";
import type { Model } from "../../../src/memory/model.ts";
import type { MemoryShape } from "../../../src/world/graph_memory.ts";
import { World } from "../../../src/world/world.ts";
import { compileKts } from "../programs.ts";
import { KINDS, randomMachine } from "../random_machine.ts";
import "../../support/seed.ts";

const RUNS = Number(process.env.PRUNED_RUNS ?? 12);
const STATES = 6_000;

/**
 * Every CPU may go on whatever waits, a read may take any write that comes later, and every CPU may do, from wherever it
 * stands, all that is in the program.
 */
class Unpruned extends WeakMemory {
  protected override hasRoom(): boolean {
    return true;
  }

  protected override lookAhead(s: Int32Array): void {
    const { sites, layout } = this.shape;
    const everything = [sites.map((_, site) => site)];
    const visit = (_: Int32Array, to: (step: number, cpus: number) => void): void =>
      to(0, (1 << layout.cpus) - 1);
    this.accesses.lookAt(s, { own: everything, sent: everything, visit });
  }

  protected override mayGoOn(): boolean {
    return true;
  }

  protected override comesRound(): boolean {
    return true;
  }
}

/** How the program may end, each final state once, and whether anything breaks; undefined for a search that was cut short. */
function ends(
  program: Program,
  cpus: number,
  memory: (shape: MemoryShape) => WeakMemory,
): { readonly found: readonly string[]; readonly states: number } | undefined {
  const world = new World(program, { cpus, anyOrder: false, partialOrder: true, memory });
  const found = new Set<string>();
  const { end, states } = searchInRounds(world, {
    limits: { states: STATES, bytes: 1_000_000_000 },
    renamings: [],
    partialOrder: true,
    seeAll: true,
    onFinal: (s) => found.add(s.map((value, cell) => (cell === world.layout.graph ? 0 : value)).join(",")),
  });
  if (end.kind === "limit" || world.memory?.full === true || world.memory?.limited === true) return undefined;
  if (end.kind === "fault") found.add("broken");
  return { found: [...found].sort(), states };
}

const MODELS = ["lkmm", "power", "aarch64"].map((name): Model => loadNamedModel(name).model);

test.each(KINDS)("%s", (kind) => {
  let compared = 0;
  let pruned = 0;
  const choices = fc.array(fc.nat(1 << 20), { minLength: 6, maxLength: 40, size: "max" });
  const property = fc.property(choices, fc.constantFrom(...MODELS), (chosen, model) => {
    const { source, cpus } = randomMachine(kind, chosen);
    const program = compileKts(source);
    const all = ends(program, cpus, (shape) => new Unpruned(shape, model));
    const some = all && ends(program, cpus, (shape) => new WeakMemory(shape, model));
    if (all === undefined || some === undefined) return;
    compared++;
    if (some.states < all.states) pruned++;
    expect(some.found, source).toEqual(all.found);
  });
  fc.assert(property, { numRuns: RUNS });
  expect(compared).toBeGreaterThan(0);
  // Tasks that switch meet too many barriers for a read to wait often.
  if (RUNS >= 100 && (kind === "bare" || kind === "symmetric")) expect(pruned).toBeGreaterThan(0);
});
