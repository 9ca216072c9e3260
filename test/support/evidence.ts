/**
 * Evidence as the instruments could have produced it: fixed, so that what is rendered from it can be a golden, and
 * shaped like the real thing (a trace of exiting threads on eight CPUs).
 */

import {
  type CheckResult,
  EVIDENCE_VERSION,
  type Evidence,
  type MmReplay,
  type MutationOutcome,
  type ReplayCounters,
  type ReplayResult,
  type Residency,
  type ScenarioInfo,
  type SchemeInfo,
  type SchemeReplay,
  type SearchFigures,
  type SwitchClass,
  type Timeline,
  type TimelineRow,
  type Verdict,
  type Violation,
} from "../../src/evidence/types.ts";

export const SCHEMES = ["refcount", "no-lazy", "shoot-lazies", "hazard-pointers"] as const;

export const SCENARIOS = [
  "exit-while-lazy-elsewhere",
  "exit-on-the-last-cpu",
  "user-kthread-user",
  "inherit-then-exit",
  "kthread-use-lazy-mm",
  "exec-by-user",
  "exec-by-kthread",
  "offline-while-lazy",
  "exit-without-vmas",
  "mmdrop-from-kthread",
] as const;

/** A small generator of its own, so that the fixture never changes. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function search(states: number): SearchFigures {
  return {
    states,
    transitions: Math.round(states * 2.4),
    depth: 40 + (states % 37),
    seconds: states / 410_000,
    peakBytes: states * 61,
    bytesPerState: 44,
    symmetries: 2,
    partialOrder: true,
  };
}

const NOT_CLAIMED = "the dying CPU is out of all masks while it is still lazy";

export function checkOf(scheme: string, scenario: string, states: number, verdict?: Verdict): CheckResult {
  const found = verdict ?? { kind: "proved" };
  return { scheme, scenario, arch: "x86", model: "sc", cpus: 2, verdict: found, search: search(states) };
}

type RowTuple = readonly [number, number, string, string, string, number, string];

function row([step, cpu, task, stack, file, line, text]: RowTuple, bad = false): TimelineRow {
  const context = stack.startsWith("do_shoot") ? "irq" : "task";
  return { step, cpu, context, task, stack: stack.split(" "), file, line, text, bad };
}

const ROWS: readonly RowTuple[] = [
  [1, 1, "thread", "schedule", "kernel/sched.ts", 61, "this_rq.curr: thread → idle/1"],
  [2, 1, "thread", "schedule context_switch", "kernel/sched.ts", 88, "idle/1.active_mm: NULL → mm#2"],
  [3, 1, "idle/1", "schedule finish_task_switch", "kernel/sched.ts", 131, "reads this_rq.prev_mm = NULL"],
  [4, 0, "main", "exit_mm", "kernel/exit.ts", 40, "main.mm: mm#2 → NULL"],
  [4, 0, "main", "exit_mm mmput", "kernel/mm.ts", 52, "mm#2.mm_users: 1 → 0"],
  [5, 0, "main", "exit_mm mmput exit_mmap", "kernel/mm.ts", 71, "frees page#1 of mm#2"],
  [6, 0, "main", "exit_mm mmput mmdrop", "kernel/mm.ts", 97, "mm#2.mm_count: 1 → 0"],
  [7, 0, "main", "exit_mm mmput mmdrop __mmdrop", "kernel/mm.ts", 104, "smp_mb"],
  [8, 1, "idle/1", "do_shoot_lazy_tlb", "schemes/shoot-lazies.ts", 33, "CPU 1's root: mm#2 → init_mm"],
  [9, 0, "main", "exit_mm mmput mmdrop __mmdrop", "kernel/mm.ts", 109, "frees mm#2"],
];

export const TIMELINE: Timeline = {
  cpus: 2,
  rows: ROWS.map((tuple, index) => row(tuple, index === ROWS.length - 1)),
  final: [
    { name: "mm#2", value: "freed" },
    { name: "CPU 1's root", value: "init_mm" },
    { name: "idle/1.active_mm", value: "mm#2 (freed)" },
  ],
};

export const VIOLATION: Violation = {
  property: "root",
  summary: "mm#2 is freed while idle/1.active_mm still points at it (CPU 1, lazy since step 2)",
  witness: "w1.shoot-lazies.4fa1c.1q0h3kz8",
  timeline: TIMELINE,
};

/** All proved but one, which is violated, and one whose search was cut short. */
export function checks(): CheckResult[] {
  const next = random(7);
  return SCHEMES.flatMap((scheme) =>
    SCENARIOS.map((scenario) => {
      const states = Math.round(2000 + next() * 90_000);
      if (scheme === "shoot-lazies" && scenario === "exit-while-lazy-elsewhere")
        return checkOf(scheme, scenario, 1822, { kind: "violated", violation: VIOLATION });
      if (scheme === "shoot-lazies" && scenario === "offline-while-lazy")
        return {
          ...checkOf(scheme, scenario, 402, { kind: "violated", violation: VIOLATION }),
          notClaimed: NOT_CLAIMED,
        };
      if (scheme === "hazard-pointers" && scenario === "offline-while-lazy")
        return checkOf(scheme, scenario, 4_000_000, BOUNDED);
      return checkOf(scheme, scenario, states);
    }),
  );
}

/** The same over two architectures and two models: one of them breaks a scheme in a way that it does not claim. */
export function matrixChecks(): CheckResult[] {
  const generic = checks().map((check) => ({ ...check, arch: "generic" }));
  const arm64 = checks().map((check): CheckResult => {
    const at = {
      ...check,
      arch: "arm64",
      notClaimed: "no mask says who is lazy",
      notClaimedFor: "* on arm64",
    };
    return check.scheme === "shoot-lazies"
      ? { ...at, verdict: { kind: "violated", violation: VIOLATION } }
      : at;
  });
  const tso = [...generic, ...arm64].map((check) => ({ ...check, model: "tso" }));
  const sc = tso.map((check): CheckResult => {
    const proved = check.verdict.kind === "proved";
    return proved
      ? { ...check, model: "sc", impliedBy: "tso", search: search(0) }
      : { ...check, model: "sc" };
  });
  return [...sc, ...tso];
}

const BOUNDED: Verdict = {
  kind: "bounded",
  limit: "memory",
  detail: "4,000,000 states in 1.0 GiB, depth 61 complete",
};

const SWITCHES: Record<SwitchClass, number> = {
  user_kern: 1698,
  kern_kern: 1904,
  kern_user_same: 1625,
  kern_user_other: 642,
  user_user_same: 153,
  user_user_other: 0,
};

function counters(part: Partial<ReplayCounters>): ReplayCounters {
  const none = { sharedRmw: 0, mmCountTransfers: 0, cpumaskTransfers: 1279, barriers: 0, scanLoads: 0 };
  return { ...none, rootLoads: 1290, ipis: { "exit flush": 523 }, ...part };
}

const COUNTERS: Readonly<Record<string, ReplayCounters>> = {
  refcount: counters({ sharedRmw: 3396, mmCountTransfers: 2812 }),
  "no-lazy": counters({ rootLoads: 5241, cpumaskTransfers: 4022, ipis: { "exit flush": 12 } }),
  "shoot-lazies": counters({ barriers: 2267, ipis: { "exit flush": 523, cleanup_lazy_tlbs: 497 } }),
  "hazard-pointers": counters({ barriers: 3965, scanLoads: 584, ipis: { "exit flush": 523, hp_scan: 466 } }),
};

/** Spreads `total` mm·seconds over the mms: long under refcount, short elsewhere. */
function residency(scale: number, keptAtEnd: number): Residency {
  const next = random(11);
  const intervals = Array.from({ length: 73 }, (_, index) => {
    const start = 0.06 + index * 0.04;
    const wanted = scale * (0.2 + next() ** 3 * 12);
    const freed = index < 73 - keptAtEnd && start + wanted < 3.036;
    return { start, seconds: freed ? wanted : 3.036 - start, freed };
  });
  return {
    dead: intervals.length,
    keptAtEnd: intervals.filter((interval) => !interval.freed).length,
    totalSeconds: intervals.reduce((sum, interval) => sum + interval.seconds, 0),
    longestSeconds: Math.max(...intervals.map((interval) => interval.seconds)),
    intervals,
  };
}

const RESIDENCIES: Readonly<Record<string, Residency>> = {
  refcount: residency(0.06, 2),
  "no-lazy": residency(0.00003, 0),
  "shoot-lazies": residency(0.00021, 0),
  "hazard-pointers": residency(0.0002, 0),
};

function mms(total: ReplayCounters): MmReplay[] {
  return Array.from({ length: 20 }, (_, index) => {
    const part = (n: number): number => Math.floor(n / (index + 3));
    const ipis = Object.fromEntries(Object.entries(total.ipis).map(([cause, n]) => [cause, part(n)]));
    const figures = Object.entries(total).map(([key, n]) => [key, typeof n === "number" ? part(n) : ipis]);
    const switches = Object.fromEntries(Object.entries(SWITCHES).map(([kind, n]) => [kind, part(n)]));
    return {
      mm: `ffff8881${(0x2a4c0 + index * 0x1380).toString(16).padStart(8, "0")}`,
      comm: index === 0 ? "systemd" : "exit",
      switches: switches as Record<SwitchClass, number>,
      counters: Object.fromEntries(figures) as unknown as ReplayCounters,
      ...(index === 0 ? {} : { deadSeconds: 0.004 * index }),
    };
  });
}

function schemeReplay(scheme: string): SchemeReplay {
  const total = COUNTERS[scheme] ?? counters({});
  const observed = [
    { figure: "references taken at user→kernel", predicted: 1698, observed: 1698 },
    { figure: "mms freed on a switch", predicted: 77, observed: 76 },
  ];
  return {
    scheme,
    total,
    perMm: mms(total),
    residency: RESIDENCIES[scheme] ?? residency(0.01, 0),
    compared: scheme === "refcount" ? observed : [],
  };
}

export const REPLAY: ReplayResult = {
  trace: "model/traces/exit.dat",
  format: "trace.dat version 7 (zstd)",
  kernel: "6.12.107",
  cpus: 8,
  seconds: 3.036,
  evidence: "kernel",
  events: 38244,
  lost: 0,
  switches: SWITCHES,
  unknown: 14,
  exit_mm: 569,
  final_mmput: 73,
  lazy_cpus_at_final_mmput: { "0": 1, "1": 1, "7": 71 },
  schemes: SCHEMES.map(schemeReplay),
  notes: ["14 switches before the first probe of their CPU could not be attributed"],
};

export function evidence(part: Partial<Evidence> = {}): Evidence {
  const header = {
    schema: "lazytlb-evidence",
    version: EVIDENCE_VERSION,
    producer: "lazytlb 0.1.0",
  } as const;
  return { ...header, command: "compare", checks: checks(), replays: [REPLAY], ...part };
}

export function mutationOutcomes(): MutationOutcome[] {
  const outcome = (id: string, title: string, mutated: CheckResult): MutationOutcome => ({
    mutation: {
      id,
      title,
      source: "the discussion of December 2020",
      story: ["CPU 1 is lazy on A.", "CPU 0 frees A."],
      scheme: mutated.scheme,
      scenarios: [mutated.scenario],
      violates: ["uaf", "root"],
      file: `mutations/${id}.json`,
    },
    mutated: { ...mutated, mutation: id },
    unmutated: checkOf(mutated.scheme, mutated.scenario, 31_002),
    caught: mutated.verdict.kind === "violated",
  });
  const violated = checkOf("shoot-lazies", "exit-while-lazy-elsewhere", 1822, {
    kind: "violated",
    violation: VIOLATION,
  });
  return [
    outcome("shoot-clears-root-only", "the IPI handler switches the root but leaves active_mm", violated),
    outcome(
      "scan-online-cpus-only",
      "hp_scan looks at online CPUs only",
      checkOf("hazard-pointers", "offline-while-lazy", 8112),
    ),
  ];
}

export function schemeInfos(): SchemeInfo[] {
  const facts = {
    origin: "Nicholas Piggin, RFC 2020-07-10, v7 2023-02-03",
    status: "merged in v6.4, selected by powerpc Book3S 64 only",
    "exit-cost":
      "one round of IPIs to mm_cpumask, waiting for the slowest CPU; twice to all CPUs with the debug option that checks it",
  };
  return [
    {
      name: "shoot-lazies",
      title: "lazy TLB shootdown",
      summary:
        "Loans are not counted: the last reference sends an IPI to every CPU that may be lazy on the mm",
      facts,
      notClaimed: { "offline-while-lazy": NOT_CLAIMED },
      file: "schemes/shoot-lazies.ts",
    },
    { name: "mine", title: "mine", summary: "", facts: {}, notClaimed: {}, file: "./mine.ts" },
  ];
}

export function scenarioInfos(): ScenarioInfo[] {
  const title = "A process exits while other CPUs are lazy on its mm";
  return [
    { name: "exit-while-lazy-elsewhere", title, cpus: 2, minCpus: 2, maxCpus: 4, file: "scenarios/x.ts" },
    {
      name: "offline-while-lazy",
      title: "A CPU goes offline",
      cpus: 2,
      minCpus: 2,
      maxCpus: 2,
      file: "scenarios/y.ts",
    },
  ];
}
