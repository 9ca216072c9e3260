/** Bad profiles and workloads: the message names the key, the value, what is allowed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { modelFolder } from "../../../src/cli/specimen_host.ts";
import { readProfile } from "../../../src/sim/mp/profile.ts";
import { chooseWorkload } from "../../../src/sim/mp/workloads/registry.ts";
import { run } from "./support.ts";

const TEXT = readFileSync(join(modelFolder(), "machines/epyc-9654-2s.json"), "utf8");

type Json = Record<string, unknown>;

/** The message about the profile with one member changed; `path` is dotted. */
function complaint(path: string, value: unknown): string {
  const profile = JSON.parse(TEXT) as Json;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const at = keys.reduce((object, key) => object[key] as Json, profile);
  if (value === undefined) delete at[last];
  else at[last] = value;
  try {
    readProfile("mine.json", JSON.stringify(profile));
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("a bad profile", () => {
  it("is reported with the key, what is allowed, and what was found", () => {
    expect(complaint("figures.hit.ns", -1)).toBe("mine.json.figures.hit.ns: expected a number ≥ 0, found -1");
    expect(complaint("figures.hit", undefined)).toBe(
      "mine.json.figures.hit: expected an object, found nothing",
    );
    expect(complaint("figures.hit.kind", "guess")).toBe(
      'mine.json.figures.hit.kind: expected one of public, assumed, fitted, measured, read, found "guess"',
    );
    expect(complaint("figures.hitt", { ns: 1 })).toMatch(
      /figures: expected figures among hit, .*found "hitt"/,
    );
    expect(complaint("atomics", "magic")).toBe(
      'mine.json.atomics: expected one of near, llsc, far, found "magic"',
    );
    expect(complaint("shape.nodes", 0)).toBe("mine.json.shape.nodes: expected a whole number ≥ 1, found 0");
    expect(complaint("smtSpeed.speeds", [1])).toMatch(/expected 2 speeds/);
  });

  it("may not fit two constants", () => {
    expect(complaint("figures.hit.kind", "fitted")).toBe(
      "mine.json: at most one figure may be fitted, found hit, switch",
    );
  });

  it("that is not JSON says so", () => {
    expect(() => readProfile("mine.json", "{")).toThrow(/^mine\.json: not JSON: /);
  });
});

describe("a bad workload", () => {
  it("is reported with the key, the value, and what is allowed", () => {
    const complain = (spec: string): string => {
      try {
        chooseWorkload(spec);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(complain("context_switch")).toMatch(
      /^--workload context_switch: no such workload; there are context_switch1/,
    );
    expect(complain("context_switch1:tasks=0")).toBe(
      '--workload context_switch1: tasks: expected a whole number from 1 to 65536, found "0"',
    );
    expect(complain("context_switch1:mode=fibres")).toBe(
      '--workload context_switch1: mode: expected threads or processes, found "fibres"',
    );
    expect(complain("context_switch1:task=1")).toBe(
      '--workload context_switch1: no option "task"; there are tasks, mode, placement, begun, ms',
    );
    expect(complain("context_switch1:tasks")).toBe(
      '--workload context_switch1:tasks: expected key=value, found "tasks"',
    );
  });
});

describe("a run that is too large", () => {
  it("says so before it starts", () => {
    const huge = (): unknown =>
      run({ scheme: "refcount", workload: "context_switch1:tasks=65536,mode=processes", cpus: 65536 });
    expect(huge).toThrow(
      /^65536 CPUs and context_switch1.*: the machine's state takes \d+ MiB, of which 1024 MiB may be used/,
    );
  });
});
