/** Arbitrary evidence: any shape that the schema allows, with hostile names and extreme figures. */

import fc from "fast-check";
import {
  type BarrierStudy,
  type Barriers,
  type BarrierWitness,
  type MinimalSet,
  SCOPES,
  SITE_OUTCOMES,
  type SiteOutcome,
} from "../../src/evidence/barriers.ts";
import {
  type Coverage,
  type CoverageGap,
  type FileCoverage,
  GAP_KINDS,
} from "../../src/evidence/coverage.ts";
import {
  type LitmusDrawing,
  type LitmusReason,
  type LitmusResult,
  QUANTIFIERS,
} from "../../src/evidence/litmus.ts";
import type { PublishedPoint, PublishedResult, SimResult } from "../../src/evidence/simulation.ts";
import {
  type CheckResult,
  EVIDENCE_VERSION,
  type Evidence,
  type MmReplay,
  type MutationInfo,
  type MutationOutcome,
  PROPERTIES,
  type Property,
  type ReplayCounters,
  type ReplayResult,
  type Residency,
  type ScenarioInfo,
  type SchemeInfo,
  type SchemeReplay,
  type SearchFigures,
  SWITCH_CLASSES,
  type SwitchClass,
  type Timeline,
  type TimelineRow,
  type Verdict,
  type Violation,
} from "../../src/evidence/types.ts";
import { WITNESS_MEANS, type WitnessGraph } from "../../src/evidence/witness_graph.ts";

const count = fc.oneof(fc.nat(), fc.maxSafeNat());
const measure = fc.double({ min: 0, max: 1e15, noNaN: true, noDefaultInfinity: true });
/** Names and remarks, among them long ones, control characters and scripts that are not Latin. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ maxLength: 300 }),
  fc.lorem({ maxCount: 30 }),
  fc.constantFrom("", "refcount", "kernel/sched.ts", "\u001b[2J", "漢字".repeat(60)),
);
const property = fc.constantFrom(...(Object.keys(PROPERTIES) as Property[]));
const few = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { maxLength: 5 });
const maybe = <T, K extends string>(key: K, item: fc.Arbitrary<T>): fc.Arbitrary<{ [P in K]?: T }> =>
  fc.oneof(
    fc.constant({}),
    item.map((value) => ({ [key]: value }) as { [P in K]?: T }),
  );

const row: fc.Arbitrary<TimelineRow> = fc.record({
  step: count,
  cpu: fc.nat(12),
  context: fc.constantFrom("task" as const, "irq" as const, "preempt" as const),
  task: text,
  stack: few(text),
  file: text,
  line: count,
  text,
  bad: fc.boolean(),
});

const timeline: fc.Arbitrary<Timeline> = fc.record({
  cpus: fc.nat(12),
  rows: fc.array(row, { maxLength: 12 }),
  final: few(fc.record({ name: text, value: text })),
});

const witnessEdges = few(fc.record({ from: fc.nat(8), to: fc.nat(8), relation: text }));

const witnessPair = fc.record({
  before: fc.nat(8),
  after: fc.nat(8),
  means: fc.subarray([...WITNESS_MEANS]),
  functions: few(text),
});

/** Its numbers of events may be of none. */
const witnessGraph: fc.Arbitrary<WitnessGraph> = fc
  .tuple(
    fc.record({
      events: fc.array(
        fc
          .tuple(
            fc.record({
              cpu: fc.integer({ min: -1, max: 12 }),
              step: count,
              kind: fc.constantFrom("read" as const, "write" as const, "fence" as const),
              tags: few(text),
              place: text,
              value: text,
              stack: few(text),
              file: text,
              line: count,
            }),
            maybe("what", text),
            maybe("overtaken", fc.nat(8)),
            maybe("update", fc.boolean()),
          )
          .map((parts) => Object.assign({}, ...parts)),
        { maxLength: 8 },
      ),
      edges: witnessEdges,
      sequential: fc.boolean(),
      missing: few(fc.record({ pairs: few(witnessPair), axiom: text, cycle: witnessEdges })),
    }),
    maybe("more", fc.boolean()),
  )
  .map((parts) => Object.assign({}, ...parts));

const violation: fc.Arbitrary<Violation> = fc
  .tuple(fc.record({ property, summary: text, witness: text, timeline }), maybe("graph", witnessGraph))
  .map((parts) => Object.assign({}, ...parts));

const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.constant({ kind: "proved" } as const),
  fc.record({ kind: fc.constant("bounded" as const), limit: text, detail: text }),
  fc.record({ kind: fc.constant("violated" as const), violation }),
  fc.record({ kind: fc.constant("error" as const), message: text }),
);

const search: fc.Arbitrary<SearchFigures> = fc.record({
  states: count,
  transitions: count,
  depth: count,
  seconds: measure,
  peakBytes: count,
  bytesPerState: count,
  symmetries: count,
  partialOrder: fc.boolean(),
});

const check: fc.Arbitrary<CheckResult> = fc
  .tuple(
    fc.record({ scheme: text, scenario: text, arch: text, model: text, cpus: count, verdict, search }),
    maybe("mutation", text),
    maybe("notClaimed", text),
    maybe("notClaimedFor", text),
    maybe("impliedBy", text),
  )
  .map(([base, ...rest]) => Object.assign({}, base, ...rest) as CheckResult);

const switches = fc.record(Object.fromEntries(SWITCH_CLASSES.map((kind) => [kind, count]))) as fc.Arbitrary<
  Record<SwitchClass, number>
>;

const counters: fc.Arbitrary<ReplayCounters> = fc.record({
  sharedRmw: count,
  mmCountTransfers: count,
  cpumaskTransfers: count,
  barriers: count,
  ipis: fc.dictionary(text, count, { maxKeys: 4 }),
  scanLoads: count,
  rootLoads: count,
});

const mm: fc.Arbitrary<MmReplay> = fc
  .tuple(fc.record({ mm: text, comm: text, switches, counters }), maybe("deadSeconds", measure))
  .map(([base, rest]) => ({ ...base, ...rest }));

const residency: fc.Arbitrary<Residency> = fc.record({
  dead: count,
  keptAtEnd: count,
  totalSeconds: measure,
  longestSeconds: measure,
  intervals: fc.array(fc.record({ start: measure, seconds: measure, freed: fc.boolean() }), {
    maxLength: 20,
  }),
});

const schemeReplay: fc.Arbitrary<SchemeReplay> = fc.record({
  scheme: text,
  total: counters,
  perMm: fc.array(mm, { maxLength: 15 }),
  residency,
  compared: few(fc.record({ figure: text, predicted: count, observed: count })),
});

const replay: fc.Arbitrary<ReplayResult> = fc
  .tuple(
    fc.record({
      trace: text,
      format: text,
      cpus: count,
      seconds: measure,
      evidence: fc.constantFrom("kernel" as const, "stock" as const),
      events: count,
      lost: count,
      switches,
      unknown: count,
      exit_mm: count,
      final_mmput: count,
      lazy_cpus_at_final_mmput: fc.dictionary(fc.nat(64).map(String), count, { maxKeys: 8 }),
      schemes: few(schemeReplay),
      notes: few(text),
    }),
    maybe("kernel", text),
  )
  .map(([base, rest]) => ({ ...base, ...rest }));

const mutation: fc.Arbitrary<MutationInfo> = fc.record({
  id: text,
  title: text,
  source: text,
  story: few(text),
  scheme: text,
  scenarios: few(text),
  violates: few(property),
  file: text,
});

const outcome: fc.Arbitrary<MutationOutcome> = fc.record({
  mutation,
  mutated: check,
  unmutated: check,
  caught: fc.boolean(),
});

const scheme: fc.Arbitrary<SchemeInfo> = fc.record({
  name: text,
  title: text,
  summary: text,
  facts: fc.dictionary(text, text, { maxKeys: 4 }),
  notClaimed: fc.dictionary(text, text, { maxKeys: 2 }),
  architectures: few(fc.record({ arch: text, lacks: few(text) })),
  file: text,
});

const scenario = fc
  .tuple(
    fc.record({ name: text, title: text, cpus: count, minCpus: count, maxCpus: count, file: text }),
    maybe("notClaimed", fc.dictionary(text, text, { maxKeys: 2 })),
  )
  .map(([base, ...rest]) => Object.assign({}, base, ...rest) as ScenarioInfo);

const fileCoverage: fc.Arbitrary<FileCoverage> = fc.record({
  file: text,
  lines: count,
  executed: count,
  gaps: few(
    fc
      .tuple(
        fc.record({ line: count, func: text, kind: fc.constantFrom(...GAP_KINDS), text }),
        maybe("column", count),
        maybe("reason", text),
      )
      .map(([base, ...rest]) => Object.assign({}, base, ...rest) as CoverageGap),
  ),
});

const reason: fc.Arbitrary<LitmusReason> = fc.record({
  axiom: text,
  kind: text,
  edges: few(fc.record({ from: text, to: text, via: text })),
  candidates: count,
});

const drawing: fc.Arbitrary<LitmusDrawing> = fc.record({
  title: text,
  threads: fc.nat(8),
  events: few(fc.record({ thread: fc.integer({ min: -1, max: 8 }), label: text, line: count })),
  edges: few(
    fc.record(
      { from: count, to: count, relation: text, refused: fc.constant(true as const) },
      { requiredKeys: ["from", "to", "relation"] },
    ),
  ),
});

const litmus: fc.Arbitrary<LitmusResult> = fc
  .tuple(
    fc.record({
      name: text,
      file: text,
      model: text,
      quantifier: fc.constantFrom(...QUANTIFIERS),
      condition: text,
      states: few(text),
      positive: count,
      negative: count,
      flags: few(text),
      stuck: count,
      faults: count,
      unheard: few(text),
      seconds: measure,
    }),
    maybe("bound", count),
    maybe("limit", count),
    maybe("hash", text),
    maybe("why", reason),
    maybe("drawing", drawing),
  )
  .map(([base, ...rest]) => Object.assign({}, base, ...rest) as LitmusResult);

const coverage: fc.Arbitrary<Coverage> = fc.record({
  parts: few(
    fc.record({ scheme: text, arch: text, checks: count, bounded: count, files: few(fileCoverage) }),
  ),
  whole: few(fileCoverage),
});

const percentiles = fc.record({ count, p50: measure, p90: measure, p99: measure, most: measure });
const signed = fc.double({ min: -1e9, max: 1e9, noNaN: true, noDefaultInfinity: true }).map((n) => n + 0);
const constant = fc.record({ name: text, value: measure, unit: text, kind: text, source: text });

const traceRun = fc.record({ cpus: count, skipped: count, inserted: count, lag: percentiles });

const simulation: fc.Arbitrary<SimResult> = fc
  .tuple(
    fc.record({
      scheme: text,
      machine: text,
      workload: text,
      arch: text,
      cpus: fc.integer({ min: 1, max: 4096 }),
      seed: count,
      seconds: fc.double({ min: 1e-6, max: 10, noNaN: true }),
      operations: fc.nat(),
      unit: text,
      switches: count,
      idleSwitches: count,
      breakdown: fc.dictionary(text, measure, { maxKeys: 12 }),
      lines: few(fc.record({ line: text, transfers: measure, stalled: measure, utilisation: measure })),
      ipis: fc.dictionary(text, count, { maxKeys: 3 }),
      ipiLatency: percentiles,
      exitLatency: percentiles,
      wakeups: fc.record({ shallow: count, deep: count, byIpi: count }),
      dead: fc.record({
        mean: measure,
        most: count,
        atEnd: count,
        kept: percentiles,
        span: measure,
        overTime: few(measure),
      }),
      accesses: count,
      costliest: few(fc.record({ file: text, line: count, func: text, seconds: measure })),
      faults: few(text),
    }),
    maybe("trace", traceRun),
  )
  .map(([run, trace]) => ({ ...run, ...trace }));

const publishedPoint: fc.Arbitrary<PublishedPoint> = fc
  .tuple(
    fc.record({
      label: text,
      unit: fc.constantFrom("ratio", "percent", "rate"),
      published: signed,
      simulated: signed,
    }),
    maybe("tolerance", measure),
    maybe("within", fc.boolean()),
    maybe("fitted", fc.constant(true as const)),
  )
  .map(([base, ...rest]) => Object.assign({}, base, ...rest) as PublishedPoint);

const publishedRow: fc.Arbitrary<PublishedResult> = fc.record({
  row: count,
  what: text,
  source: text,
  machine: text,
  points: fc.array(publishedPoint, { minLength: 1, maxLength: 4 }),
  constants: few(constant),
  sensitivity: few(fc.record({ constant: text, low: signed, high: signed, ranking: fc.boolean() })),
});

const barrierWitness: fc.Arbitrary<BarrierWitness> = fc.record({
  mutation: text,
  scenario: text,
  cpus: count,
  property,
  summary: text,
  witness: text,
  timeline,
});
const limits = few(fc.record({ scenario: text, detail: text }));
const siteLevels = few(fc.record({ site: text, level: text }));

const levelOutcome = fc
  .tuple(
    fc.record({
      level: text,
      alike: few(text),
      mutation: text,
      result: fc.constantFrom("proved" as const, "violated" as const, "unknown" as const),
    }),
    maybe("provedBy", text),
    maybe("witness", barrierWitness),
    maybe("limits", limits),
  )
  .map(([base, ...rest]) => Object.assign({}, base, ...rest) as SiteOutcome["steps"][number]);

const siteOutcome: fc.Arbitrary<SiteOutcome> = fc.record({
  id: text,
  file: fc.constantFrom("a.ts", "schemes/mine.ts", "\u001b漢"),
  line: fc.nat(40),
  column: count,
  func: text,
  kind: fc.constantFrom("fence", "load", "store", "update", "await"),
  level: fc.constantFrom("mb", "acquire", "toString"),
  outcome: fc.constantFrom(...SITE_OUTCOMES),
  weakest: few(fc.constantFrom("none", "once", "rmb")),
  scenarios: count,
  steps: few(levelOutcome),
});

const furtherStep = fc
  .tuple(fc.record({ site: text, level: text }), maybe("witness", barrierWitness), maybe("unknown", text))
  .map(([base, ...rest]) => Object.assign({}, base, ...rest) as MinimalSet["further"][number]);

const study: fc.Arbitrary<BarrierStudy> = fc.record({
  scheme: text,
  arch: text,
  model: text,
  scope: fc.constantFrom(...SCOPES),
  scenarios: few(text),
  unproved: limits,
  setAside: few(fc.record({ scenario: text, reason: text })),
  sites: few(siteOutcome),
  conflicts: few(
    fc
      .tuple(fc.record({ sites: siteLevels }), maybe("witness", barrierWitness), maybe("limits", limits))
      .map(([base, ...rest]) => Object.assign({}, base, ...rest) as BarrierStudy["conflicts"][number]),
  ),
  minimal: few(
    fc.record({ mutation: text, kept: siteLevels, weakened: siteLevels, further: few(furtherStep) }),
  ),
  complete: fc.boolean(),
  asked: count,
  searches: count,
  states: count,
  seconds: measure,
});

export const anyBarriers: fc.Arbitrary<Barriers> = fc.record({
  sources: few(
    fc.record({
      file: fc.constantFrom("a.ts", "schemes/mine.ts"),
      text: fc.array(text, { maxLength: 40 }).map((lines) => lines.join("\n")),
    }),
  ),
  studies: few(study),
});

export function anyEvidence(): fc.Arbitrary<Evidence> {
  return fc.record({
    schema: fc.constant("lazytlb-evidence" as const),
    version: fc.constant(EVIDENCE_VERSION),
    command: text,
    producer: text,
    checks: few(check),
    replays: fc.array(replay, { maxLength: 2 }),
    mutations: few(outcome),
    coverage,
    barriers: anyBarriers,
    litmus: few(litmus),
    schemes: few(scheme),
    scenarios: few(scenario),
    simulations: fc.array(simulation, { maxLength: 4 }),
    published: fc.array(publishedRow, { maxLength: 2 }),
    machines: few(
      fc.record({
        name: text,
        title: text,
        cpus: count,
        arch: text,
        kernel: text,
        constants: few(constant),
        file: text,
      }),
    ),
    workloads: few(
      fc.record({
        name: text,
        title: text,
        options: few(fc.record({ name: text, meaning: text, fallback: text })),
      }),
    ),
  });
}
