/** docs/barriers-under-tso.md: which barriers are needed under TSO, and which cannot be missed. */

import { describe, expect, test } from "vitest";
import { findPoints, mutateAt } from "../../src/check/mutations/automatic.ts";
import { checkProgram, DEFAULT_LIMITS } from "../../src/check/states/check.ts";
import type { Patch } from "../../src/compile/patches.ts";
import type { Program } from "../../src/ir/types.ts";
import { type Case, linkCase } from "./programs.ts";

/** "proved", or the property that is violated. */
function verdictOf(program: Program, cpus: number): string {
  const names = { scheme: "s", scenario: "s", arch: "a" };
  const reduced = { partialOrder: true, symmetry: true, model: "tso" as const, now: () => 0 };
  const { verdict } = checkProgram(program, names, { cpus, limits: DEFAULT_LIMITS, ...reduced });
  return verdict.kind === "violated" ? verdict.violation.property : verdict.kind;
}

/** The barriers in the text of `func`, in the order of lines: the verdict of the case without each. */
function without(item: Case, func: string): string[] {
  const { program, cpus } = linkCase(item);
  const fences = findPoints(program, () => true).filter(
    (point) => point.kind === "fence" && point.func === func,
  );
  const byLine = [...fences].sort((a, b) => a.line - b.line);
  return byLine.map(({ id }) => verdictOf(mutateAt(program, id), cpus));
}

const SWITCH = "membarrier-switch";
const EXIT = "membarrier-exit";
const USE_MM = "membarrier-use-mm";

describe("schemes that claim it are proved", () => {
  const schemes = [
    "refcount",
    "shoot-lazies",
    "hazard-pointers",
    "lazy-handoff",
    "no-lazy",
    "loaded-mm",
    "cached-ref",
  ];
  const cases = schemes.flatMap((scheme) =>
    [SWITCH, EXIT, USE_MM].map((scenario) => [scheme, scenario] as const),
  );

  test.each(cases)("%s in %s", (scheme, scenario) => {
    const { program, cpus } = linkCase({ scheme, scenario });
    expect(verdictOf(program, cpus)).toBe("proved");
  });

  test("the mockup, which declares the fault, is not", () => {
    const { program, cpus } = linkCase({ scheme: "lightweight", scenario: SWITCH });
    expect(verdictOf(program, cpus)).toBe("membarrier");
  });
});

describe("membarrier's barriers, removed", () => {
  // Per function, its barriers from top to bottom.
  const rows: readonly (readonly [scheme: string, scenario: string, func: string, verdicts: string[]])[] = [
    ["refcount", SWITCH, "membarrier_private_expedited", ["membarrier", "proved"]],
    ["refcount", EXIT, "membarrier_private_expedited", ["proved", "proved"]],
    ["refcount", USE_MM, "membarrier_private_expedited", ["membarrier", "proved"]],
    ["refcount", SWITCH, "ipi_mb", ["proved"]],
    ["refcount", SWITCH, "__schedule", ["proved"]],
    ["refcount", EXIT, "exit_mm", ["proved"]],
    ["refcount", USE_MM, "kthread_unuse_mm", ["proved"]],
    ["shoot-lazies", SWITCH, "mmdrop_lazy_tlb_sched", ["membarrier"]],
    ["shoot-lazies", USE_MM, "mmdrop_lazy_tlb", ["membarrier"]],
    ["hazard-pointers", SWITCH, "mmdrop_lazy_tlb_sched", ["membarrier"]],
    ["hazard-pointers", USE_MM, "mmdrop_lazy_tlb", ["membarrier"]],
    ["lazy-handoff", SWITCH, "switch_to_user", ["membarrier"]],
    ["lazy-handoff", USE_MM, "leave_lazy_tlb", ["membarrier"]],
    ["loaded-mm", SWITCH, "switch_to_user", ["membarrier"]],
    ["cached-ref", SWITCH, "switch_to_user", ["membarrier"]],
  ];

  test.each(rows)("%s, %s: %s", (scheme, scenario, func, verdicts) => {
    expect(without({ scheme, scenario }, func)).toEqual(verdicts);
  });

  test("the barrier of switch_mm hides it on x86, unless the ASID is global", () => {
    const on = (arch: string): string[] =>
      without({ scheme: "shoot-lazies", scenario: SWITCH, arch }, "mmdrop_lazy_tlb_sched");
    expect(on("x86-6.14")).toEqual(["proved"]);
    expect(on("x86-invlpgb")).toEqual(["membarrier"]);
  });
});

describe("scenarios D and E(d) without the lock, which is a barrier, as well", () => {
  // A scheme that counts has another one there, in its mmgrab.
  const patched = (scenario: string, patches: readonly Patch[]): string => {
    const mutation = { id: "no-lock", patches, properties: {} };
    const { program, cpus } = linkCase({ scheme: "shoot-lazies", scenario, mutation });
    return verdictOf(program, cpus);
  };

  test("exit_mm", () => {
    const file = "kernel/exit.ts";
    const patches = ["  task_lock(tsk);", "  smp_mb__after_spinlock();", "  task_unlock(tsk);"].map(
      (line) => ({
        file,
        find: [line],
        replace: [],
      }),
    );
    expect(patched(EXIT, patches)).toBe("proved");
  });

  test("kthread_unuse_mm", () => {
    const file = "kernel/kthread.ts";
    const patches = [
      { file, find: ["  WARN_ON(tsk.mm === NULL);", "  task_lock(tsk);"], replace: [] },
      { file, find: ["  smp_mb__after_spinlock();"], replace: [] },
      {
        file,
        find: ["  unuse_mm_lazy(tsk, mm);", "  local_irq_enable();", "  task_unlock(tsk);"],
        replace: ["  unuse_mm_lazy(tsk, mm);", "  local_irq_enable();"],
      },
    ];
    expect(patched(USE_MM, patches)).toBe("proved");
  });
});

describe("the scan of hazard pointers without its barrier", () => {
  const scenarios = [
    "exit-remote-lazy",
    "mmdrop-elsewhere",
    "kthread-use-mm-lazy",
    "khugepaged-mmdrop",
    "remote-access",
  ];

  test.each(scenarios)("%s", (scenario) => {
    expect(without({ scheme: "hazard-pointers", scenario }, "cleanup_lazy_tlbs")).toEqual(["proved"]);
  });
});

test("an LDT that is replaced is still in the buffer when the mask is read (x86 up to 6.13)", () => {
  const { program, cpus } = linkCase({ scheme: "refcount", scenario: "ldt-lazy", arch: "x86-6.13" });
  expect(verdictOf(program, cpus)).toBe("regs");
});
