/** What the generated bodies rest on: cells that are not overwritten while they matter, and parts that make up the whole. */
import { describe, expect, it } from "vitest";
import { livenessOf } from "../../../src/ir/liveness.ts";
import { defOf } from "../../../src/ir/operands.ts";
import { frameOf } from "../../../src/sim/mp/frames.ts";
import { cutsOf } from "../../../src/sim/mp/parts.ts";
import { link } from "./support.ts";

const PROGRAMS = [
  ["refcount", "x86-6.13"],
  ["hazard-pointers", "x86-6.13"],
  ["shoot-lazies", "powerpc-hash"],
] as const;

for (const [scheme, arch] of PROGRAMS) {
  describe(`the bodies of ${scheme} on ${arch}`, () => {
    const program = link(scheme, arch);

    it("keep what is read later in cells of their own", () => {
      for (const body of program.funcs) {
        const frame = frameOf(program, body);
        const liveness = livenessOf(body);
        body.ops.forEach((op, pc) => {
          const dst = defOf(op);
          // What an op writes must not be where something is that the next one, or a later one, reads.
          const after = liveness.at(pc + 1).filter((reg) => reg !== dst);
          const kept = [...after, ...(dst === undefined ? [] : [dst])].filter(
            (reg) => frame.cellOf(reg) >= 0,
          );
          const cells = kept.map((reg) => `${body.regs[reg]?.type.kind === "mask"} ${frame.cellOf(reg)}`);
          if (op.op !== "jmp" && op.op !== "br" && op.op !== "ret")
            expect(new Set(cells).size).toBe(cells.length);
          for (const reg of after) {
            const somewhere =
              frame.cellOf(reg) >= 0 || frame.fixed(reg) !== undefined || frame.isPassedOn(reg);
            expect(somewhere).toBe(true);
          }
        });
        expect(frame.cells).toBeLessThanOrEqual(body.regs.length);
      }
    });

    it("are cut into parts that follow one another and are not too long", () => {
      for (const body of program.funcs) {
        const { targets } = frameOf(program, body);
        const cuts = cutsOf(body.ops, targets);
        expect(cuts[0]).toBe(0);
        expect(cuts.at(-1)).toBe(body.ops.length);
        const lengths = cuts.slice(1).map((cut, i) => cut - (cuts[i] ?? 0));
        expect(Math.min(...lengths)).toBeGreaterThan(0);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(cuts.length === 2 ? 240 : 120);
      }
    });
  });
}
