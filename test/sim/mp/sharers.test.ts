/** Sets of cores against plain sets and the topology's own distances. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sharers } from "../../../src/sim/mp/sharers.ts";
import { Topology } from "../../../src/sim/mp/topology.ts";

const SHAPE = { nodes: 3, socketsPerNode: 2, l3PerSocket: 3, coresPerL3: 5, threadsPerCore: 1, source: "" };

describe("the sharers of a line", () => {
  it("are as near and as far as the nearest and the farthest of them", () => {
    const topology = new Topology(SHAPE, 90);
    const core = fc.nat(89);
    fc.assert(
      fc.property(fc.array(core, { minLength: 2, maxLength: 12 }), core, (members, from) => {
        const sharers = new Sharers(topology);
        const [a = 0, b = 0] = members;
        const slot = sharers.pair(a, b);
        for (const member of members) sharers.add(slot, member);
        const distances = members.map((member) => topology.distance(from, member));
        expect(sharers.farthest(slot, from)).toBe(Math.max(...distances));
        if (!members.includes(from)) expect(sharers.nearest(slot, from)).toBe(Math.min(...distances));
        for (let each = 0; each < 90; each++) expect(sharers.has(slot, each)).toBe(members.includes(each));
        sharers.release(slot);
        expect(sharers.has(sharers.pair(a, a), b)).toBe(a === b);
      }),
    );
  });
});
