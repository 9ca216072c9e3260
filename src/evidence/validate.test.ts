import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyEvidence } from "../../test/support/any_evidence.ts";
import { evidence } from "../../test/support/evidence.ts";
import { InputError } from "../base/input_error.ts";
import { toJson } from "./json.ts";
import { SWITCH_CLASSES } from "./types.ts";
import { readEvidence } from "./validate.ts";

/** The fixture as JSON, with one value replaced. */
function broken(path: readonly (string | number)[], value: unknown): unknown {
  const document: unknown = JSON.parse(toJson(evidence()));
  let node = document as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) node = node[key] as Record<string | number, unknown>;
  node[path.at(-1) ?? ""] = value;
  return document;
}

describe("evidence as JSON", () => {
  it("reads back what was written", () => {
    fc.assert(
      fc.property(anyEvidence(), (written) => {
        expect(readEvidence(JSON.parse(toJson(written)), "x.json")).toEqual(
          JSON.parse(JSON.stringify(written)),
        );
      }),
      { numRuns: 100 },
    );
  });

  it("carries the switches of a replay at its top level, for scripts", () => {
    const { replays } = JSON.parse(toJson(evidence())) as { replays: Record<string, unknown>[] };
    const [replay] = replays;
    for (const kind of SWITCH_CLASSES) expect(replay?.[kind]).toBe(evidence().replays[0]?.switches[kind]);
    expect(replay).toMatchObject({ exit_mm: 569, final_mmput: 73, lazy_cpus_at_final_mmput: { "7": 71 } });
  });

  it.each([
    [["version"], 2, "x.json.version: expected 1, found 2"],
    [["schema"], undefined, 'x.json.schema: expected "lazytlb-evidence", found nothing'],
    [["checks"], {}, "x.json.checks: expected a list, found an object"],
    [["checks", 3, "cpus"], "4", 'x.json.checks[3].cpus: expected a number ≥ 0, found "4"'],
    [
      ["checks", 0, "search", "states"],
      1.5,
      "x.json.checks[0].search.states: expected a whole number, found 1.5",
    ],
    [
      ["checks", 0, "verdict", "kind"],
      "ok",
      'x.json.checks[0].verdict.kind: expected one of proved, bounded, violated, error, found "ok"',
    ],
    [["replays", 0, "seconds"], -1, "x.json.replays[0].seconds: expected a number ≥ 0, found -1"],
    [
      ["replays", 0, "schemes", 0, "total", "ipis"],
      [],
      "x.json.replays[0].schemes[0].total.ipis: expected an object, found a list",
    ],
  ])("names the path of what is wrong: %j", (path, value, message) => {
    const read = (): unknown => readEvidence(broken(path, value), "x.json");
    expect(read).toThrow(new InputError(message));
  });

  it("passes over members that a newer version may have added", () => {
    const newer = { ...(JSON.parse(toJson(evidence())) as object), colour: "red" };
    expect(readEvidence(newer, "x.json")).not.toHaveProperty("colour");
  });
});
