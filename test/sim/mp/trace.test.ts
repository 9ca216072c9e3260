/** A recorded trace as a workload: what of it is played, in which order, when, and that nothing is made up. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openFileSource } from "../../../src/cli/file_source.ts";
import { modelFolder } from "../../../src/cli/specimen_host.ts";
import type { SimResult } from "../../../src/evidence/simulation.ts";
import { simulate } from "../../../src/sim/mp/simulate.ts";
import { TracePlayer } from "../../../src/sim/mp/trace/player.ts";
import { EXEC, EXIT, FORK, type Recording, record, SWITCH } from "../../../src/sim/mp/trace/recording.ts";
import { chooseWorkload } from "../../../src/sim/mp/workloads/registry.ts";
import { link, machine } from "./support.ts";

const TRACES = join(modelFolder(), "traces");

async function recorded(file: string): Promise<Recording> {
  const source = openFileSource(join(TRACES, file));
  try {
    return await record(source, file);
  } finally {
    source.close();
  }
}

function played(recording: Recording, scheme: string, speed = 1, arch = "x86-6.14"): TracePlayer {
  const player = new TracePlayer(link(scheme, arch), machine("epyc-9654-2s"), 16, recording, speed);
  player.run(recording.span / speed + 30e9);
  return player;
}

const ofKind = ({ kind }: Recording, wanted: number): number => kind.filter((each) => each === wanted).length;

let exits: Recording;
let dropped: Recording;
beforeAll(async () => {
  exits = await recorded("exit.dat");
  dropped = await recorded("ctxsw_thr_half_dropped.dat");
});

describe("a recording", () => {
  it("has every switch, fork, exec and exit that the kernel's own text output of the trace counts", () => {
    const truth = JSON.parse(readFileSync(join(TRACES, "exit.gt.json"), "utf8")) as {
      readonly events: Readonly<Record<string, number>>;
    };
    expect(ofKind(exits, SWITCH) - exits.inserted).toBe(truth.events.sched_switch);
    expect(ofKind(exits, EXIT)).toBe(truth.events.exit_mm_release);
    // But for the fork that the trace begins with, whose parent has no name yet: that child has been there all along.
    expect(ofKind(exits, FORK)).toBe((truth.events.sched_process_fork ?? 0) - 1);
    expect(ofKind(exits, EXEC)).toBe(truth.events.sched_process_exec);
    expect(exits.skipped).toBe(1);
  });

  it("has each task on one CPU at a time, and nothing wait for what comes later, also where events are missing", () => {
    for (const recording of [exits, dropped]) {
      const where = new Map<number, number>();
      const current = new Map<number, number>();
      recording.kind.forEach((kind, i) => {
        expect(recording.after[i]).toBeLessThan(i);
        const cpu = recording.cpu[i] ?? 0;
        const task = recording.task[i] ?? 0;
        if (kind !== SWITCH) return;
        where.delete(current.get(cpu) ?? -1);
        if (task >= 0) {
          expect(where.has(task)).toBe(false);
          where.set(task, cpu);
        }
        current.set(cpu, task);
      });
    }
    expect(dropped.skipped + dropped.inserted).toBeGreaterThan(0);
  });
});

describe("a trace that is played", () => {
  for (const scheme of [
    "refcount",
    "hazard-pointers",
    "no-lazy",
    "lazy-handoff",
    "cached-ref",
    "loaded-mm",
  ]) {
    it(`comes to its end, conserves, and frees what it should under ${scheme}`, () => {
      for (const recording of [exits, dropped]) {
        const player = played(recording, scheme);
        expect(player.machine.check()).toBeUndefined();
        expect([...player.machine.faults]).toEqual([]);
        expect(player.counts.operations).toBe(recording.kind.length);
        expect(player.counts.exits).toBe(ofKind(recording, EXIT));
        const { memory } = player.machine;
        const mm = player.machine.program.mmStruct ?? 0;
        const alive = memory.stores[mm]?.alive ?? new Uint8Array();
        // An mm with users is alive; a dead one may stay with a lazy CPU, one each.
        const users = memory.column("mm_struct", "mm_users");
        users.forEach((n, o) => {
          if (n > 0) expect(alive[o]).toBe(1);
        });
        expect(player.dead.until(1e12).now).toBeLessThanOrEqual(16);
      }
    });
  }

  it("begins its actions when the trace did, and late only where the machine is slower", () => {
    const { lag } = played(exits, "refcount");
    expect(lag.count).toBe(exits.kind.length);
    expect(lag.percentile(0.5)).toBeLessThan(1e6);
    // All of it within five microseconds: there is no slack left.
    expect(played(exits, "refcount", 100_000).lag.percentile(0.5)).toBeGreaterThan(1e6);
  });

  it("needs as many CPUs as the trace has", () => {
    const small = (): unknown =>
      new TracePlayer(link("refcount", "x86-6.14"), machine("epyc-9654-2s"), 4, exits, 1);
    expect(small).toThrow(/exit\.dat: the trace is of 8 CPUs, the machine has 4/);
  });

  it("is evidence like any other run: a function of its inputs, with how it was played", () => {
    const run = (): SimResult =>
      simulate({
        scheme: { name: "refcount", program: link("refcount", "x86-6.14") },
        profile: machine("epyc-9654-2s"),
        workload: chooseWorkload("trace:speed=10", exits),
        cpus: 8,
        seed: 1,
        memory: 2 ** 30,
      });
    const result = run();
    expect(run()).toEqual(result);
    expect(result.seconds).toBeCloseTo(0.8e-3 * Math.ceil(exits.span / 10 / 1e9), 9);
    expect(result.trace).toMatchObject({ cpus: 8, skipped: 1 });
    expect(result.dead.overTime).toHaveLength(100);
    const mean = result.dead.overTime.reduce((a, b) => a + b, 0) / 100;
    expect(mean).toBeCloseTo(result.dead.mean, 6);
    expect(result.dead.mean).toBeGreaterThan(0);
  });
});
