/**
 * Reads evidence back from JSON. The shapes below repeat `types.ts` as values; the annotations make the compiler
 * compare the two, so a member that is added to one and not to the other does not build.
 */

import { barriers } from "./barriers_reader.ts";
import { type Coverage, type FileCoverage, GAP_KINDS } from "./coverage.ts";
import { litmus } from "./litmus.ts";
import {
  boolean,
  count,
  dictionary,
  list,
  measure,
  object,
  only,
  optional,
  type Read,
  string,
  variant,
  word,
} from "./schema.ts";
import { machine, published, simulation, workload } from "./simulation_reader.ts";
import {
  type CheckResult,
  EVIDENCE_VERSION,
  type Evidence,
  type LineOutcome,
  type MmReplay,
  type MutationInfo,
  type MutationOutcome,
  type ReplayCounters,
  type ReplayResult,
  type Residency,
  type ScenarioInfo,
  type SchemeInfo,
  type SchemeReplay,
  type SearchFigures,
  SWITCH_CLASSES,
  type SwitchClass,
  type Verdict,
} from "./types.ts";
import { property, violation } from "./violation_reader.ts";

/** Checks that `value` is evidence of this version. `name` is what the user calls the document. */
export function readEvidence(value: unknown, name: string): Evidence {
  return evidence(value, name);
}

// ---- checks --------------------------------------------------------------------------------------------------

const verdict: Read<Verdict> = variant({
  proved: object({ kind: only("proved") }),
  bounded: object({ kind: only("bounded"), limit: string, detail: string }),
  violated: object({ kind: only("violated"), violation }),
  error: object({ kind: only("error"), message: string }),
});

const search: Read<SearchFigures> = object({
  states: count,
  transitions: count,
  depth: count,
  seconds: measure,
  peakBytes: count,
  bytesPerState: count,
  symmetries: count,
  partialOrder: boolean,
});

const check: Read<CheckResult> = object({
  scheme: string,
  scenario: string,
  arch: string,
  model: string,
  cpus: count,
  mutation: optional(string),
  notClaimed: optional(string),
  notClaimedFor: optional(string),
  impliedBy: optional(string),
  verdict,
  search,
});

// ---- replays -------------------------------------------------------------------------------------------------

const switches: Read<Record<SwitchClass, number>> = (value, path) => {
  const shape = Object.fromEntries(SWITCH_CLASSES.map((name) => [name, count]));
  return object(shape)(value, path) as Record<SwitchClass, number>;
};

const counters: Read<ReplayCounters> = object({
  sharedRmw: count,
  mmCountTransfers: count,
  cpumaskTransfers: count,
  barriers: count,
  ipis: dictionary(count),
  scanLoads: count,
  rootLoads: count,
});

const mm: Read<MmReplay> = object({
  mm: string,
  comm: string,
  switches,
  counters,
  deadSeconds: optional(measure),
});

const residency: Read<Residency> = object({
  dead: count,
  keptAtEnd: count,
  totalSeconds: measure,
  longestSeconds: measure,
  intervals: list(object({ start: measure, seconds: measure, freed: boolean })),
});

const schemeReplay: Read<SchemeReplay> = object({
  scheme: string,
  total: counters,
  perMm: list(mm),
  residency,
  compared: list(object({ figure: string, predicted: measure, observed: measure })),
});

const replay: Read<ReplayResult> = object({
  trace: string,
  format: string,
  kernel: optional(string),
  cpus: count,
  seconds: measure,
  evidence: word(["kernel", "stock"]),
  events: count,
  lost: count,
  switches,
  unknown: count,
  exit_mm: count,
  final_mmput: count,
  lazy_cpus_at_final_mmput: dictionary(count),
  schemes: list(schemeReplay),
  notes: list(string),
});

// ---- lists ---------------------------------------------------------------------------------------------------

const scheme: Read<SchemeInfo> = object({
  name: string,
  title: string,
  summary: string,
  facts: dictionary(string),
  notClaimed: dictionary(string),
  architectures: optional(list(object({ arch: string, lacks: list(string) }))),
  file: string,
});

const scenario: Read<ScenarioInfo> = object({
  name: string,
  title: string,
  cpus: count,
  minCpus: count,
  notClaimed: optional(dictionary(string)),
  maxCpus: count,
  file: string,
});

const mutation: Read<MutationInfo> = object({
  id: string,
  title: string,
  source: string,
  story: list(string),
  scheme: string,
  arch: optional(string),
  models: optional(list(string)),
  scenarios: list(string),
  violates: list(property),
  file: string,
});

const outcome: Read<MutationOutcome> = object({
  mutation,
  mutated: check,
  unmutated: check,
  caught: boolean,
});

const line: Read<LineOutcome> = object({
  id: string,
  scheme: string,
  model: string,
  file: string,
  line: count,
  func: string,
  text: string,
  needed: optional(object({ scenario: string, property, steps: count, witness: string })),
  tried: count,
  bounded: count,
});

const fileCoverage: Read<FileCoverage> = object({
  file: string,
  lines: count,
  executed: count,
  gaps: list(
    object({
      line: count,
      column: optional(count),
      func: string,
      kind: word(GAP_KINDS),
      text: string,
      reason: optional(string),
    }),
  ),
});

const coverage: Read<Coverage> = object({
  parts: list(
    object({ scheme: string, arch: string, checks: count, bounded: count, files: list(fileCoverage) }),
  ),
  whole: list(fileCoverage),
});

const evidence: Read<Evidence> = object({
  schema: only("lazytlb-evidence"),
  version: only(EVIDENCE_VERSION),
  command: string,
  producer: string,
  checks: list(check),
  replays: list(replay),
  mutations: optional(list(outcome)),
  lines: optional(list(line)),
  coverage: optional(coverage),
  barriers: optional(barriers),
  litmus: optional(list(litmus)),
  schemes: optional(list(scheme)),
  scenarios: optional(list(scenario)),
  simulations: optional(list(simulation)),
  published: optional(list(published)),
  machines: optional(list(machine)),
  workloads: optional(list(workload)),
});
