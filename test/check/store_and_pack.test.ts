/** The visited set and the packing of states, as properties over random walks and random sequences. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Packer } from "../../src/check/states/pack.ts";
import { StateStore } from "../../src/check/states/store.ts";
import { findRenamings, loopsOverCpus, type Renaming } from "../../src/check/states/symmetry.ts";
import type { Program, ValueType } from "../../src/ir/types.ts";
import type { CellKind } from "../../src/world/layout.ts";
import { World } from "../../src/world/world.ts";
import { compileKts, linkCase } from "./programs.ts";
import { randomMachine } from "./random_machine.ts";

describe("StateStore", () => {
  /** Adds states of `words` words and compares with a Map; `hashOf` may be as bad as it likes. */
  function compareWithMap(
    words: number,
    states: readonly (readonly number[])[],
    hashOf: (s: readonly number[]) => number,
  ): void {
    const store = new StateStore(words);
    const known = new Map<string, number>();
    const order: (readonly number[])[] = [];
    for (const [i, state] of states.entries()) {
      state.forEach((value, w) => {
        store.tail[store.tailBase + w] = value;
      });
      const key = state.join();
      const index = known.get(key);
      const added = store.addTail(hashOf(state), i - 1, i & 0xffff);
      if (index !== undefined) expect(added).toBe(-1 - index);
      else {
        expect(added).toBe(known.size);
        known.set(key, known.size);
        order.push(state);
        expect(store.parentOf(added)).toBe(i - 1);
        expect(store.moveTo(added)).toBe(i & 0xffff);
      }
    }
    expect(store.count).toBe(known.size);
    const out = new Uint32Array(words);
    for (const [index, state] of order.entries()) {
      store.read(index, out);
      if (out.some((value, w) => value !== state[w])) expect([...out]).toEqual(state);
    }
  }

  const mix = (state: readonly number[]): number =>
    state.reduce((h, value) => Math.imul(h ^ value, 0x9e3779b1) >>> 0, 7);

  test("against a Map, with hashes that collide", () => {
    const words = fc.integer({ min: 1, max: 4 });
    const run = words.chain((n) =>
      fc.record({
        n: fc.constant(n),
        states: fc.array(
          fc.array(fc.constantFrom(0, 1, 2, 0xffffffff, 0x80000000), { minLength: n, maxLength: n }),
          { maxLength: 200 },
        ),
        mask: fc.constantFrom(0, 3, 0xffffffff),
      }),
    );
    fc.assert(
      fc.property(run, ({ n, states, mask }) => {
        compareWithMap(n, states, (state) => (mix(state) & mask) >>> 0);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test("beyond chunks and beyond the first table", () => {
    // Twice as many additions as states; 16 384 states to a chunk.
    const states = Array.from({ length: 100_000 }, (_, i) => [
      Math.imul(i % 50_000, 0x9e3779b1) >>> 0,
      i % 50_000,
    ]);
    compareWithMap(2, states, mix);
  });

  test("bytes grow with what is held", () => {
    const store = new StateStore(3);
    const before = store.bytes;
    for (let i = 0; i < 20_000; i++) {
      store.tail[store.tailBase] = i;
      store.addTail(i, -1, 0);
    }
    expect(store.bytes).toBeGreaterThanOrEqual(before + 16_384 * 3 * 4);
  });
});

/** A state's image under a renaming, by the names of its cells: nothing of the checker's tables. */
class Images {
  private readonly world: World;
  private readonly place = new Map<string, number>();

  constructor(world: World) {
    this.world = world;
    world.layout.names.forEach((name, cell) => {
      this.place.set(name, cell);
    });
  }

  of(s: Int32Array, { cpus, tasks }: Renaming): Int32Array {
    const image = Int32Array.from(s);
    this.world.layout.names.forEach((name, cell) => {
      const to = this.place.get(this.renameName(name, cpus, tasks));
      if (to !== undefined && !name.endsWith(" life")) image[to] = this.value(s, cell, cpus, tasks);
    });
    return image;
  }

  private renameName(name: string, cpus: readonly number[], tasks: readonly number[]): string {
    const { program } = this.world;
    const [, head = "", number = "", rest = ""] = /^(.*?)#?(\d+)(.*)$/.exec(name) ?? [];
    const n = Number(number);
    if (head === "cpu" && !name.includes("#")) return `cpu${cpus[n] ?? n}${rest}`;
    if (head === "task" && rest.startsWith(" ")) return `task#${tasks[n] ?? n}${rest}`;
    const struct = program.structs.findIndex((each) => name.startsWith(`${each.name}#`));
    if (struct < 0) return name;
    return `${head}#${this.object(struct, n, cpus, tasks)}${rest}`;
  }

  private object(struct: number, o: number, cpus: readonly number[], tasks: readonly number[]): number {
    if (o === 0) return 0;
    if (struct === this.world.program.taskStruct) return tasks[o] ?? o;
    const perCpu = this.world.program.globals.some((g) => g.percpu && g.struct === struct);
    return perCpu ? (cpus[o - 1] ?? o - 1) + 1 : o;
  }

  private value(s: Int32Array, cell: number, cpus: readonly number[], tasks: readonly number[]): number {
    const v = s[cell] ?? 0;
    const type = this.typeOf(s, this.world.layout.cells[cell]);
    switch (type?.kind) {
      case "cpu":
        return v < 0 ? v : (cpus[v] ?? v);
      case "cpu+1":
        return v === 0 ? 0 : (cpus[v - 1] ?? v - 1) + 1;
      case "mask":
        return cpus.reduce((mask, to, from) => mask | (((v >> from) & 1) << to), 0);
      case "ptr":
        return this.object(type.struct, v, cpus, tasks);
      default:
        return v;
    }
  }

  private typeOf(s: Int32Array, kind: CellKind | undefined): CellKind | ValueType | undefined {
    const { machine, program, handlers } = this.world;
    if (kind?.kind === "reg") return machine.info[s[kind.pc] ?? 0]?.slotTypes[kind.slot];
    if (kind?.kind !== "arg") return kind;
    return program.funcs[handlers[s[kind.fn] ?? 0] ?? -1]?.regs[0]?.type;
  }
}

/** States met on a walk that takes the choices modulo what is possible; it begins anew where it ends. */
function walk(world: World, choices: readonly number[]): Int32Array[] {
  const moves = new Int32Array(512);
  let state = world.initial();
  return choices.map((choice) => {
    const n = world.transitions(state, moves);
    const next = Int32Array.from(state);
    if (n > 0) world.apply(next, moves[choice % n] ?? 0);
    state = n === 0 || world.fault !== undefined || world.outOf !== undefined ? world.initial() : next;
    return state;
  });
}

function worldOf(program: Program, cpus: number): { world: World; renamings: readonly Renaming[] } {
  const ordered = new World(program, { cpus, anyOrder: false, partialOrder: true });
  const world = loopsOverCpus(ordered)
    ? new World(program, { cpus, anyOrder: true, partialOrder: true })
    : ordered;
  return { world, renamings: findRenamings(world) };
}

describe("Packer", () => {
  const scenarios = [
    { scheme: "refcount", scenario: "exit-remote-lazy", cpus: 3, renamings: 5 },
    { scheme: "shoot-lazies", scenario: "exit-remote-lazy", cpus: 4, renamings: 23 },
    { scheme: "hazard-pointers", scenario: "mm-no-vmas", cpus: 2, renamings: undefined },
    { scheme: "hazard-pointers", scenario: "cpu-offline-6.12", cpus: 2, renamings: undefined },
    { scheme: "no-lazy", scenario: "exec-kthread", cpus: 2, renamings: undefined },
    { scheme: "shoot-lazies", scenario: "user-kthread-user-other", cpus: 2, renamings: undefined },
  ];
  const choices = fc.array(fc.nat(1 << 16), { minLength: 20, maxLength: 150, size: "max" });

  /** Packing forgets nothing; renamings of a state pack to the same words. */
  function hold(world: World, renamings: readonly Renaming[], states: readonly Int32Array[]): void {
    const plain = new Packer(world, []);
    const canonical = new Packer(world, renamings);
    const images = new Images(world);
    const pack = (packer: Packer, s: Int32Array): number[] => {
      const out = new Uint32Array(packer.words + 2).fill(0xabcdef);
      const hash = packer.pack(s, out, 1);
      expect([out[0], out[packer.words + 1]]).toEqual([0xabcdef, 0xabcdef]);
      return [hash, ...out.subarray(1, packer.words + 1)];
    };
    const unpack = (packer: Packer, [, ...words]: readonly number[]): Int32Array => {
      const state = new Int32Array(world.layout.size).fill(-99);
      packer.unpack(Uint32Array.from([7, ...words]), 1, state);
      return state;
    };
    for (const state of states) {
      expect(unpack(plain, pack(plain, state))).toEqual(state);
      const least = pack(canonical, state);
      expect(pack(canonical, unpack(canonical, least))).toEqual(least);
      for (const renaming of renamings) {
        const image = images.of(state, renaming);
        expect(unpack(plain, pack(plain, image))).toEqual(image);
        expect(pack(canonical, image)).toEqual(least);
      }
      expect([plain.overflow, canonical.overflow]).toEqual([false, false]);
    }
  }

  test.each(scenarios)(
    "$scheme in $scenario, $cpus CPUs",
    ({ scheme, scenario, cpus, renamings: expected }) => {
      const { program } = linkCase({ scheme, scenario });
      const { world, renamings } = worldOf(program, cpus);
      if (expected !== undefined) expect(renamings).toHaveLength(expected);
      fc.assert(
        fc.property(choices, (list) => hold(world, renamings, walk(world, list))),
        { seed: 2, numRuns: expected === 23 ? 2 : 6 },
      );
    },
  );

  test("random machines", () => {
    let symmetric = 0;
    const machines = fc.tuple(
      fc.array(fc.nat(1 << 20), { minLength: 8, maxLength: 30, size: "max" }),
      choices,
    );
    fc.assert(
      fc.property(machines, ([machine, list]) => {
        const { source, cpus } = randomMachine("symmetric", machine);
        const { world, renamings } = worldOf(compileKts(source), cpus);
        if (renamings.length > 0) symmetric++;
        hold(world, renamings, walk(world, list.slice(0, 60)));
      }),
      { seed: 4, numRuns: 60 },
    );
    expect(symmetric).toBeGreaterThan(15);
  });

  test("renamings form a group: with each its inverse, with two their product", () => {
    const { world, renamings } = worldOf(
      linkCase({ scheme: "refcount", scenario: "exit-remote-lazy" }).program,
      4,
    );
    const text = (cpus: readonly number[], tasks: readonly number[]): string =>
      `${cpus.join()};${tasks.join()}`;
    const identity = text(
      Array.from({ length: world.layout.cpus }, (_, c) => c),
      Array.from({ length: world.layout.tasks + 1 }, (_, t) => t),
    );
    const all = new Set([identity, ...renamings.map(({ cpus, tasks }) => text(cpus, tasks))]);
    expect(all.size).toBe(24);
    for (const a of renamings) {
      for (const b of renamings) {
        const product = text(
          a.cpus.map((c) => b.cpus[c] ?? -1),
          a.tasks.map((t) => b.tasks[t] ?? -1),
        );
        expect(all.has(product)).toBe(true);
      }
    }
  });
});
