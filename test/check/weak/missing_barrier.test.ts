/** The barrier that a mutation takes away is named, with the function that it was taken from. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkProgram, DEFAULT_LIMITS } from "../../../src/check/states/check.ts";
import { loadNamedModel } from "../../../src/cli/litmus/model.ts";
import { modelFolder } from "../../../src/cli/specimen_host.ts";
import { caseName, linkCase, MUTANTS, WEAK_MUTANTS } from "../programs.ts";

/** Mutations that take a full barrier away, each in a scenario that shows it soon. */
const CASES = MUTANTS.filter((item) =>
  [
    "refcount-use-mm-no-barrier in membarrier-use-mm",
    "membarrier-no-entry-barrier in membarrier-switch",
    "shoot-lazies-no-barrier in membarrier-use-mm",
    "hazard-pointers-no-barrier in membarrier-switch",
  ].includes(caseName(item)),
).map((item) => ({ ...item, graphs: "lkmm" }));
/** And those that only weak memory shows. */
const ALL = [...CASES, ...WEAK_MUTANTS];
type Mutated = (typeof ALL)[number];

/** The barrier was all that a function did: its caller, into which it is inlined, is where one can see that it is gone. */
const CALLERS: Readonly<Record<string, string>> = {
  mmdrop_lazy_tlb: "kthread_use_mm",
  return_to_user_mode: "membarrier_private_expedited",
};

/** Names of the functions whose text a mutation changes. */
function changedFunctions({ mutation }: Mutated): string[] {
  return mutation.patches.map(({ file, find }) => {
    const lines = readFileSync(join(modelFolder(), file), "utf8").split("\n");
    const at = lines.findIndex((_, i) => find.every((line, j) => lines[i + j] === line));
    const head = lines.slice(0, at + 1).findLast((line) => line.includes("function "));
    return /function (\w+)/.exec(head ?? "")?.[1] ?? "?";
  });
}

describe("a barrier that was taken away", () => {
  it("is looked for in every mutation that is listed", () => expect(CASES).toHaveLength(4));

  it.each(ALL.map((item) => [caseName(item), item] as const))("%s", (_, item) => {
    const { program, cpus } = linkCase(item);
    const { verdict } = checkProgram(
      program,
      { scheme: item.scheme, scenario: item.scenario, arch: item.arch },
      {
        cpus,
        limits: DEFAULT_LIMITS,
        partialOrder: true,
        symmetry: true,
        graphs: { name: item.graphs, model: loadNamedModel(item.graphs).model },
        accept: item.mutation.properties.violates as never,
        expectsViolation: true,
        now: () => 0,
      },
    );
    if (verdict.kind !== "violated") throw new Error(`${verdict.kind}, not violated`);
    const { graph } = verdict.violation;
    expect(graph?.sequential).toBe(false);
    const places = graph?.missing.map(({ pairs }) => pairs.flatMap(({ functions }) => functions)) ?? [];
    const changed = changedFunctions(item).flatMap((name) => [name, CALLERS[name] ?? name]);
    expect(places.some((functions) => functions.some((name) => changed.includes(name)))).toBe(true);
  });
});
