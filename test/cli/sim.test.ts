/** `sim` and `machines` as their users see them: what goes wrong, and with which status. */

import { describe, expect, it } from "vitest";
import { cpuList } from "../../src/cli/options.ts";
import { runFake } from "../support/fake_host.ts";

describe("lazytlb sim", () => {
  it("wants a machine and a workload", async () => {
    const { status, err, out } = await runFake(["sim", "--workload", "fork_exit"]);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toMatch(/expected --machine and --workload .*found no --machine/);
  });

  it("knows its schemes", async () => {
    const { status, err } = await runFake(["sim", "refcnt", "--machine", "m", "--workload", "w"]);
    expect(status).toBe(2);
    expect(err).toMatch(/unknown scheme "refcnt", did you mean|unknown scheme "refcnt"/);
  });

  it("says when nothing is published about a machine", async () => {
    const { status, err } = await runFake(["sim", "--published", "--machine", "m"]);
    expect(status).toBe(2);
    expect(err).toMatch(/--machine m: no published row is about it/);
  });
});

describe("--cpus", () => {
  it("takes numbers and doublings, in order and once each", () => {
    expect(cpuList("64,2..16,8")).toEqual([2, 4, 8, 16, 64]);
    expect(cpuList("3..20")).toEqual([3, 6, 12]);
  });

  it("says what it wants", () => {
    for (const bad of ["1", "5000", "", "8..4", "2..", "x", "2,,4"])
      expect(() => cpuList(bad)).toThrow(/^--cpus: expected numbers from 2 to 4096, .*found/);
  });
});
