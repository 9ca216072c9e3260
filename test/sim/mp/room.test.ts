/** How much room there is for mms that are dead and not yet freed. */
import { describe, expect, it } from "vitest";
import { toPs } from "../../../src/sim/mp/figures.ts";
import { bytesOf } from "../../../src/sim/mp/memory.ts";
import { roomFor } from "../../../src/sim/mp/room.ts";
import { chooseWorkload } from "../../../src/sim/mp/workloads/registry.ts";
import { link, machine, run } from "./support.ts";

const profile = machine("epyc-9654-2s");
const program = link("rcu-teardown", profile.arch);
const CPUS = 128;

function roomOf(spec: string, memory: number) {
  const work = chooseWorkload(spec).make({ profile, cpus: CPUS });
  if ("recording" in work) throw new Error("a trace knows its mms");
  return roomFor(program, profile, CPUS, work, { grace: toPs(12e6), memory });
}

const mms = (room: { readonly capacity: ReadonlyMap<string, number> }): number =>
  room.capacity.get("mm_struct") ?? 0;

describe("room for dead mms", () => {
  it("is enough for a storm of exits whose mms wait for RCU, and no more than could die", () => {
    const result = run({ scheme: "rcu-teardown", workload: "fork_exit:ms=20", cpus: CPUS });
    // More than the workload's live ones and one per CPU and family: it would not do without.
    expect(result.dead.most).toBeGreaterThan(mms(roomOf("fork_exit", 0)));
    expect(result.dead.most).toBeLessThan(mms(roomOf("fork_exit", 2 ** 30)));
  });

  it("stays within the memory that may be used", () => {
    const { least } = roomOf("fork_exit", 0);
    const memory = least + 2 ** 20;
    const { capacity } = roomOf("fork_exit", memory);
    expect(mms({ capacity })).toBeGreaterThan(mms(roomOf("fork_exit", 0)));
    expect(bytesOf(program, CPUS, capacity)).toBeLessThanOrEqual(memory);
  });

  it("is not asked for where nobody dies", () => {
    expect(mms(roomOf("context_switch1", 2 ** 30))).toBe(mms(roomOf("context_switch1", 0)));
  });
});
