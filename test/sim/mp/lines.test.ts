/** Coherence: who waits for whom, and for how long. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toPs } from "../../../src/sim/mp/figures.ts";
import { Lines } from "../../../src/sim/mp/lines.ts";
import type { Profile } from "../../../src/sim/mp/profile.ts";
import { Topology } from "../../../src/sim/mp/topology.ts";
import { machine } from "./support.ts";

const epyc = machine("epyc-9654-2s");
const ns = (name: keyof Profile["figures"]): number => toPs(epyc.figures[name].ns);

function linesOf(cpus: number, profile: Profile = epyc): { lines: Lines; clocks: Float64Array } {
  const clocks = new Float64Array(cpus);
  const limits = new Float64Array(2).fill(Infinity);
  const books = { clocks, time: new Float64Array(16), at: new Float64Array(2), limits };
  return { lines: new Lines(profile, new Topology(profile.shape, cpus), 4, 1, books), clocks };
}

/** Lines go where they are waited for, as long as that is due by `time`; the CPUs that have been served. */
function departUntil(lines: Lines, time: number): number[] {
  const next = (): number => lines.nextMove[0] ?? 0;
  while (next() <= time && next() < Infinity) lines.depart();
  return lines.served.splice(0);
}

/** A CPU of each distance from CPU 0, on 2 × 96 cores of 2 threads, 8 cores to an L3. */
const NEIGHBOUR = 2;
const OTHER_CHIPLET = 16;
const OTHER_SOCKET = 192;

describe("a cache line", () => {
  it("comes from memory first, then from the core that has written it, at the price of the distance", () => {
    for (const [cpu, figure] of [
      [NEIGHBOUR, "xferL3"],
      [OTHER_CHIPLET, "xferSocket"],
      [OTHER_SOCKET, "xferRemote"],
    ] as const) {
      const { lines, clocks } = linesOf(384);
      lines.atomic(0, 0, 0, 0, ns("rmw"), false);
      expect(clocks[0]).toBe(ns("memory") + ns("rmw"));
      clocks[cpu] = 1e9;
      lines.atomic(0, 0, cpu, 0, ns("rmw"), false);
      expect((clocks[cpu] ?? 0) - 1e9).toBe(ns(figure) + ns("rmw"));
    }
  });

  it("costs the other thread of the core nothing to get", () => {
    const { lines, clocks } = linesOf(384);
    lines.atomic(0, 0, 0, 0, ns("rmw"), false);
    clocks[1] = 1e9;
    lines.atomic(0, 0, 1, 0, ns("rmw"), false);
    expect((clocks[1] ?? 0) - 1e9).toBe(ns("rmw"));
  });

  it("saturates at one transfer and one operation per atomic where nobody hands it on", () => {
    const cpus = 384;
    const { stay: _, ...plain } = epyc;
    const { lines, clocks } = linesOf(cpus, plain);
    for (let cpu = 0; cpu < cpus; cpu += OTHER_CHIPLET) lines.atomic(0, 0, cpu, 0, ns("rmw"), false);
    const users = cpus / OTHER_CHIPLET;
    const across = 1;
    const expected =
      ns("memory") + (users - 1 - across) * ns("xferSocket") + across * ns("xferRemote") + users * ns("rmw");
    expect(Math.max(...clocks)).toBe(expected);
  });

  it("is read by many side by side, and the next writer waits for all of them", () => {
    const { lines, clocks } = linesOf(384);
    lines.atomic(0, 0, 0, 0, ns("rmw"), false);
    const start = clocks[0] ?? 0;
    const readers = [16, 32, 48];
    for (const cpu of readers) {
      clocks[cpu] = start;
      lines.read(0, 0, cpu, 0);
    }
    // The first makes it shared; the others queue behind that once, then read at the same time.
    expect(clocks[16]).toBe(start + ns("xferSocket"));
    expect(clocks[32]).toBe(start + 2 * ns("xferSocket"));
    expect(clocks[48]).toBe(start + 2 * ns("xferSocket"));
    clocks[64] = start;
    lines.atomic(0, 0, 64, 0, ns("rmw"), false);
    expect(clocks[64]).toBe(start + 3 * ns("xferSocket") + ns("rmw"));
  });

  it("does not stall a core that stores, but the barrier after it", () => {
    const { lines, clocks } = linesOf(384);
    lines.atomic(0, 0, OTHER_CHIPLET, 0, ns("rmw"), false);
    clocks[0] = 1e9;
    lines.store(0, 0, 0);
    expect((clocks[0] ?? 0) - 1e9).toBe(ns("hit"));
    lines.fence(0, 0, ns("fence"));
    expect((clocks[0] ?? 0) - 1e9).toBe(ns("xferSocket") + ns("fence"));
  });

  it("needs two trips per contended atomic where load-reserved brings no ownership", () => {
    const power = machine("power8-e880");
    const { lines, clocks } = linesOf(1536, power);
    const rmw = toPs(power.figures.rmw.ns);
    lines.atomic(0, 0, 0, 0, rmw, false);
    clocks[96] = 1e9;
    lines.atomic(0, 0, 96, 0, rmw, false);
    expect((clocks[96] ?? 0) - 1e9).toBe(2 * toPs(power.figures.xferRemote.ns) + rmw);
  });

  it("lets a posted far atomic go on at once, and one with a result wait for the trip home and back", () => {
    const far: Profile = { ...epyc, atomics: "far" };
    const { lines, clocks } = linesOf(384, far);
    lines.atomic(0, 0, 0, 0, ns("rmw"), false);
    clocks[16] = 1e9;
    lines.atomic(0, 0, 16, 0, ns("rmw"), true);
    expect((clocks[16] ?? 0) - 1e9).toBe(ns("hit"));
    clocks[32] = 2e9;
    lines.atomic(0, 0, 32, 0, ns("rmw"), false);
    expect((clocks[32] ?? 0) - 2e9).toBe(ns("xferSocket") + ns("rmw"));
  });

  it("takes its home along: a transfer crosses sockets when the memory is on the other one", () => {
    for (const [home, from, to, figure] of [
      [0, 0, OTHER_CHIPLET, "xferSocket"],
      [OTHER_SOCKET, 0, OTHER_CHIPLET, "xferRemote"],
      [OTHER_SOCKET, OTHER_SOCKET, OTHER_SOCKET + OTHER_CHIPLET, "xferSocket"],
      [OTHER_SOCKET, 0, OTHER_SOCKET, "xferRemote"],
      [OTHER_SOCKET, 0, NEIGHBOUR, "xferL3"],
    ] as const) {
      const { lines, clocks } = linesOf(384);
      lines.settleAt(0, 1, home);
      lines.atomic(0, 0, from, 0, ns("rmw"), false);
      clocks[to] = 1e9;
      lines.atomic(0, 0, to, 0, ns("rmw"), false);
      expect((clocks[to] ?? 0) - 1e9).toBe(ns(figure) + ns("rmw"));
    }
  });

  it("never serves two at the same time, never a request before it was made, and everybody in the end", () => {
    const request = fc.record({
      cpu: fc.nat(383),
      kind: fc.constantFrom("read", "store", "atomic"),
      gap: fc.nat(200),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 80 }), (requests) => {
        const { lines, clocks } = linesOf(384);
        const asked = new Map<number, { kind: string; at: number }>();
        const held: number[] = [];
        let now = 0;
        const done = (cpu: number): void => {
          const { kind, at } = asked.get(cpu) ?? { kind: "", at: Infinity };
          expect(clocks[cpu]).toBeGreaterThanOrEqual(at);
          if (kind === "atomic") held.push((clocks[cpu] ?? 0) - ns("rmw"));
          asked.delete(cpu);
        };
        for (const { cpu, kind, gap } of requests) {
          now += gap * 1000;
          while (lines.waits[cpu] !== 0 && (lines.nextMove[0] ?? 0) < Infinity) {
            now = Math.max(now, lines.nextMove[0] ?? 0);
            departUntil(lines, now).forEach(done);
          }
          expect(lines.waits[cpu]).toBe(0);
          clocks[cpu] = Math.max(clocks[cpu] ?? 0, now);
          now = clocks[cpu] ?? 0;
          departUntil(lines, now).forEach(done);
          asked.set(cpu, { kind, at: now });
          if (kind === "read") lines.read(0, 0, cpu, 0);
          else if (kind === "store") lines.store(0, 0, cpu);
          else lines.atomic(0, 0, cpu, 0, ns("rmw"), false);
          if (lines.waits[cpu] === 0) done(cpu);
          expect(lines.check()).toBeUndefined();
        }
        departUntil(lines, Infinity).forEach(done);
        expect(asked.size).toBe(0);
        for (let cpu = 0; cpu < 384; cpu++) expect(lines.fence(cpu, 0, 0)).toBe(true);
        // Neighbours may be served before strangers who have asked earlier; but one at a time.
        held.sort((a, b) => a - b);
        held.forEach((from, i) => {
          if (i > 0) expect(from).toBeGreaterThanOrEqual((held[i - 1] ?? 0) + ns("rmw"));
        });
      }),
    );
  });
});

describe("a line that many cores below several last-level caches want", () => {
  /** Atomics of these CPUs, all asked for at the same moment, in this order; when each is done. */
  function storm(cpus: readonly number[], profile: Profile = epyc): number[] {
    const { lines, clocks } = linesOf(384, profile);
    for (const cpu of cpus) lines.atomic(0, 0, cpu, 0, ns("rmw"), false);
    departUntil(lines, Infinity);
    return cpus.map((cpu) => clocks[cpu] ?? 0);
  }
  const { stay: _, ...plain } = epyc;
  const LOCAL = ns("xferL3") + ns("rmw");

  it("is handed on among neighbours while the home fetches it for strangers", () => {
    // CPU 0 has it, 16 (another chiplet) asks, then 2, a neighbour of 0.
    const [first = 0, stranger = 0, neighbour = 0] = storm([0, OTHER_CHIPLET, NEIGHBOUR]);
    expect(neighbour).toBe(first + LOCAL);
    const arrival = first - ns("rmw");
    expect(stranger).toBe(arrival + ns("xferSocket") + ns("rmw"));
  });

  it("serves who has asked before the probe, and whoever asks later with the next visit", () => {
    const { lines, clocks } = linesOf(384);
    const ask = (cpu: number, at: number): void => {
      departUntil(lines, at);
      clocks[cpu] = at;
      lines.atomic(0, 0, cpu, 0, ns("rmw"), false);
    };
    const arrival = ns("memory");
    const probe = arrival + Math.round(ns("xferSocket") * (epyc.stay?.part ?? 0));
    ask(0, 0);
    ask(OTHER_CHIPLET, 0);
    const early = [2, 4, 6, 8];
    for (const cpu of early) ask(cpu, probe - 1);
    ask(10, probe + 1);
    departUntil(lines, Infinity);
    const stranger = clocks[OTHER_CHIPLET] ?? 0;
    early.forEach((cpu, i) => {
      expect(clocks[cpu]).toBe(probe - 1 + (i + 1) * LOCAL);
      expect(clocks[cpu]).toBeLessThan(stranger);
    });
    expect(clocks[10]).toBeGreaterThanOrEqual(stranger + ns("xferSocket"));
  });

  it("comes for both threads of a core at once", () => {
    const [, first = 0, second = 0, sibling = 0] = storm([
      0,
      OTHER_CHIPLET,
      OTHER_CHIPLET + 2,
      OTHER_CHIPLET + 1,
    ]);
    expect(sibling).toBe(first + ns("rmw"));
    expect(second).toBe(sibling + LOCAL);
  });

  it("waits, before it leaves, for neighbours who have asked before the strangers", () => {
    const [, , , , , last = 0, stranger = 0] = storm([0, 2, 4, 6, 8, 10, OTHER_CHIPLET]);
    expect(stranger).toBe(
      last + ns("xferSocket") - Math.round(ns("xferSocket") * (epyc.stay?.part ?? 0)) + ns("rmw"),
    );
  });

  it("serves a storm sooner than one transfer per operation would, and no later for anybody alone", () => {
    const all = Array.from({ length: 192 }, (_, core) => 2 * ((core * 37) % 192));
    expect(Math.max(...storm(all))).toBeLessThan(0.6 * Math.max(...storm(all, plain)));
    expect(storm([0])).toEqual(storm([0], plain));
  });
});
