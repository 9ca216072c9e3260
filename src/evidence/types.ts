/**
 * The evidence schema: what every instrument emits and every reader (table, HTML, JSON, plots) consumes.
 *
 * Plain JSON data. A change that an old reader could misread raises `EVIDENCE_VERSION`; additions do not. Figures are
 * integers where they count and seconds or bytes where they measure; an unknown figure is absent, never zero.
 */

import type { Barriers } from "./barriers.ts";
import type { Coverage } from "./coverage.ts";
import type { LitmusResult } from "./litmus.ts";

import type { MachineInfo, PublishedResult, SimResult, WorkloadInfo } from "./simulation.ts";
import type { WitnessGraph } from "./witness_graph.ts";

export const EVIDENCE_VERSION = 1;

/** One run of a command. */
export interface Evidence {
  readonly schema: "lazytlb-evidence";
  readonly version: typeof EVIDENCE_VERSION;
  /** The command as it was asked ("compare", "check", "replay"). */
  readonly command: string;
  /** Version of lazytlb that produced it. */
  readonly producer: string;
  readonly checks: readonly CheckResult[];
  readonly replays: readonly ReplayResult[];
  /** Of `check --mutate`; the results are in `checks` too. */
  readonly mutations?: readonly MutationOutcome[];
  /** Lines that were weakened one by one, and what needs them. */
  readonly lines?: readonly LineOutcome[];
  /** Of `check --coverage`. */
  readonly coverage?: Coverage;
  /** Of `check --barriers`. */
  readonly barriers?: Barriers;
  /** Of `litmus`. */
  readonly litmus?: readonly LitmusResult[];
  /** Of `schemes`. */
  readonly schemes?: readonly SchemeInfo[];
  /** Of `scenarios`. */
  readonly scenarios?: readonly ScenarioInfo[];
  /** Of `sim`. */
  readonly simulations?: readonly SimResult[];
  /** Of `sim --published`; the runs are not in `simulations`. */
  readonly published?: readonly PublishedResult[];
  /** Of `machines`. */
  readonly machines?: readonly MachineInfo[];
  readonly workloads?: readonly WorkloadInfo[];
}

// ---- checks --------------------------------------------------------------------------------------------------

/** Ids of the safety properties (see docs and DESIGN): what a violation violates. */
export type Property =
  | "uaf"
  | "root"
  | "double-free"
  | "underflow"
  | "leak"
  | "tlb"
  | "regs"
  | "membarrier"
  | "hang"
  | "bug";

export const PROPERTIES: Readonly<Record<Property, string>> = {
  uaf: "no access to a freed object",
  root: "no CPU's page-table root and no active_mm points at a freed mm",
  "double-free": "an object is freed once",
  underflow: "no count goes below zero",
  leak: "once every user is gone and every CPU has moved on, every mm is freed",
  tlb: "no user access through a stale translation, no walk of a freed page table",
  regs: "no user code with a stale LDT or CR4",
  membarrier: "what a private expedited membarrier orders is ordered across lazy switches, too",
  hang: "no deadlock, no wait for an IPI with interrupts off or from a handler, no lost wake-up",
  bug: "no BUG_ON or WARN_ON of the modelled kernel fires",
};

/** One exhaustive check: one scheme (perhaps mutated) in one scenario. */
export interface CheckResult {
  readonly scheme: string;
  readonly scenario: string;
  readonly arch: string;
  /** Memory model: "sc" for now. */
  readonly model: string;
  readonly cpus: number;
  /** Id of the mutation that the specimen was changed by, if any. */
  readonly mutation?: string;
  /** The scheme does not claim to be safe in this scenario, for this reason. The check was done nevertheless. */
  readonly notClaimed?: string;
  /** Where the scheme says so, as its head has it: "cpu-offline", "* on arm64, s390"; with `notClaimed`. */
  readonly notClaimedFor?: string;
  /**
   * The memory model whose proof answers this check: it allows every execution that this model allows, so the search
   * was not repeated and its figures are zero.
   */
  readonly impliedBy?: string;
  readonly verdict: Verdict;
  readonly search: SearchFigures;
}

export type Verdict =
  /** Every reachable state was visited and none violates a property. */
  | { readonly kind: "proved" }
  /** A limit ended the search; nothing was violated so far. Never a proof. */
  | { readonly kind: "bounded"; readonly limit: string; readonly detail: string }
  | { readonly kind: "violated"; readonly violation: Violation }
  /** The check could not be done (the specimen does not compile, say); the message says why. */
  | { readonly kind: "error"; readonly message: string };

export interface Violation {
  readonly property: Property;
  /** The broken property in words, with the objects' names: "mm#2 is freed while CPU 1 …". */
  readonly summary: string;
  /** Replayable: `lazytlb check SCHEME --scenario S --replay WITNESS`. */
  readonly witness: string;
  readonly timeline: Timeline;
  /** The execution graph, under a memory model that has one; absent when it is larger than what is worth keeping. */
  readonly graph?: WitnessGraph;
}

/** What the search cost. */
export interface SearchFigures {
  readonly states: number;
  readonly transitions: number;
  /** Longest shortest path from the initial state, in transitions. */
  readonly depth: number;
  readonly seconds: number;
  /** Bytes that the state store held at its largest. */
  readonly peakBytes: number;
  /** Size of one packed state. */
  readonly bytesPerState: number;
  /** Order of the group of CPU and task permutations that was used, 1 for none. */
  readonly symmetries: number;
  readonly partialOrder: boolean;
}

/** A witness as a person reads it: one column per CPU, one row per step. */
export interface Timeline {
  readonly cpus: number;
  readonly rows: readonly TimelineRow[];
  /** State of the objects at the end: "mm#2" → "freed", … */
  readonly final: readonly { readonly name: string; readonly value: string }[];
}

export interface TimelineRow {
  /** Number of the transition in the witness, from 1; rows of one transition share it. */
  readonly step: number;
  readonly cpu: number;
  /** "task", "irq" (an IPI handler), "nmi" or "preempt" (a preemption on top of a task). */
  readonly context: "task" | "irq" | "nmi" | "preempt";
  /** Name of the running task ("idle/1", "thread"). */
  readonly task: string;
  /** Kernel functions, outermost first ("schedule", "context_switch", "mmgrab"). */
  readonly stack: readonly string[];
  readonly file: string;
  readonly line: number;
  /** What happened: "mm#1.mm_count: 2 → 1". */
  readonly text: string;
  /** The row at which the property broke. */
  readonly bad: boolean;
}

// ---- replays -------------------------------------------------------------------------------------------------

/** Classes of context switches, the words of the command line's contract. */
export const SWITCH_CLASSES = [
  "user_kern",
  "kern_kern",
  "kern_user_same",
  "kern_user_other",
  "user_user_same",
  "user_user_other",
] as const;
export type SwitchClass = (typeof SWITCH_CLASSES)[number];

/** One trace, replayed under some schemes. */
export interface ReplayResult {
  readonly trace: string;
  readonly format: string;
  readonly kernel?: string;
  readonly cpus: number;
  readonly seconds: number;
  /** "kernel": also the lazy/* probes; "stock": the kernel's stock events alone. */
  readonly evidence: "kernel" | "stock";
  readonly events: number;
  /** Records the trace is known to have lost. */
  readonly lost: number;
  readonly switches: Readonly<Record<SwitchClass, number>>;
  /** Switches that could not be attributed. */
  readonly unknown: number;
  readonly exit_mm: number;
  readonly final_mmput: number;
  /** How many other CPUs held the mm lazily at each final mmput: count → times. */
  readonly lazy_cpus_at_final_mmput: Readonly<Record<string, number>>;
  readonly schemes: readonly SchemeReplay[];
  /** Remarks on the trace: conflicts, synthetic facts, loss, in words. */
  readonly notes: readonly string[];
}

/** What one scheme would have done on the trace. */
export interface SchemeReplay {
  readonly scheme: string;
  readonly total: ReplayCounters;
  readonly perMm: readonly MmReplay[];
  readonly residency: Residency;
  /** Figures that both the trace's own probes and the replay have. */
  readonly compared: readonly {
    readonly figure: string;
    readonly predicted: number;
    readonly observed: number;
  }[];
}

export interface ReplayCounters {
  /** Atomic read-modify-writes on lines that more than one CPU touches. */
  readonly sharedRmw: number;
  /** Times the line of `mm_count` was taken over from another CPU. */
  readonly mmCountTransfers: number;
  /** Times the line of `mm_cpumask` was taken over from another CPU. */
  readonly cpumaskTransfers: number;
  /** Full barriers executed on their own (not part of an atomic). */
  readonly barriers: number;
  /** IPIs sent, by the function that sent them ("cleanup_lazy_tlbs", "exit flush", …). */
  readonly ipis: Readonly<Record<string, number>>;
  /** Loads of another CPU's slot in a scan over CPUs. */
  readonly scanLoads: number;
  /** Page-table root loads. */
  readonly rootLoads: number;
}

export interface MmReplay {
  readonly mm: string;
  /** The command name of its first user, where known. */
  readonly comm: string;
  readonly switches: Readonly<Record<SwitchClass, number>>;
  readonly counters: ReplayCounters;
  /** Seconds from the final mmput to the free; absent when it was not freed within the trace or not dead. */
  readonly deadSeconds?: number;
}

/** How long dead mms were kept: from the final mmput to the free. */
export interface Residency {
  /** Mms that died within the trace. */
  readonly dead: number;
  /** Of these, still kept at the end of the trace. */
  readonly keptAtEnd: number;
  readonly totalSeconds: number;
  readonly longestSeconds: number;
  /** Every dead interval, seconds, in order of death: (start, length). Unfreed ones run to the end of the trace. */
  readonly intervals: readonly {
    readonly start: number;
    readonly seconds: number;
    readonly freed: boolean;
  }[];
}

// ---- what can be asked for ------------------------------------------------------------------------------------

/** One scheme, as `lazytlb schemes` lists it: what the head of its file says. */
export interface SchemeInfo {
  readonly name: string;
  readonly title: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** Further facts by the tags of the head comment: origin, status, state, switch-cost, exit-cost, requires. */
  readonly facts: Readonly<Record<string, string>>;
  /**
   * Where it does not claim to be safe, with the reason: scenarios ("a, b" or "*"), perhaps with "on" and architectures,
   * perhaps with "under" and memory models.
   */
  readonly notClaimed: Readonly<Record<string, string>>;
  /** How each architecture stands to what the scheme needs: declared in the heads of both files, not checked. */
  readonly architectures?: readonly ArchSupport[];
  readonly file: string;
}

export interface ArchSupport {
  readonly arch: string;
  /** What the scheme needs and the architecture does not give, in words. */
  readonly lacks: readonly string[];
}

/** One scenario, as `lazytlb scenarios` lists it. */
export interface ScenarioInfo {
  readonly name: string;
  /** The story, in a sentence. */
  readonly title: string;
  /** Number of CPUs unless another is asked for, and the range that may be asked for. */
  readonly cpus: number;
  readonly minCpus: number;
  readonly maxCpus: number;
  /** Where no scheme claims to be safe here, because the kernel itself is not; as `SchemeInfo.notClaimed`. */
  readonly notClaimed?: Readonly<Record<string, string>>;
  readonly file: string;
}

/** One deliberate defect: a patch of a specimen, and what it must break. */
export interface MutationInfo {
  readonly id: string;
  /** The line that is removed or changed, in words. */
  readonly title: string;
  /** Who made the mistake, or warned of it. */
  readonly source: string;
  /** The interleaving that fails, in words. */
  readonly story: readonly string[];
  readonly scheme: string;
  /** The architecture that has the line in question; the first one if absent. */
  readonly arch?: string;
  /** The memory models under which the defect shows; any if absent. */
  readonly models?: readonly string[];
  /** Scenarios in which the defect shows. */
  readonly scenarios: readonly string[];
  /** The failure that the mutation names: any of these. */
  readonly violates: readonly Property[];
  readonly file: string;
}

/** How one mutation fared in one scenario. */
export interface MutationOutcome {
  readonly mutation: MutationInfo;
  readonly mutated: CheckResult;
  /** The same check of the unchanged specimen. */
  readonly unmutated: CheckResult;
  /** The mutated specimen violates a property that the mutation names, and the unmutated one is proved. */
  readonly caught: boolean;
}

/** One weakening of one line of a scheme or of the kernel model, tried in scenario after scenario until one broke. */
export interface LineOutcome {
  /** What `--mutate` takes. */
  readonly id: string;
  readonly scheme: string;
  readonly model: string;
  readonly file: string;
  readonly line: number;
  readonly func: string;
  /** What was changed, in words. */
  readonly text: string;
  /** The first scenario that needs the line as it is; absent when none within the bound does. */
  readonly needed?: {
    readonly scenario: string;
    readonly property: Property;
    readonly steps: number;
    readonly witness: string;
  };
  /** Scenarios that execute the line and were tried. */
  readonly tried: number;
  /** Of these, searches that hit a limit: without them "not needed" would be too much to say. */
  readonly bounded: number;
}
