/** Evidence of the multiprocessor simulator: one run, curves of runs, and the published tables beside them. */

/** One scheme on one machine under one workload, for some virtual time. */
export interface SimResult {
  readonly scheme: string;
  readonly machine: string;
  /** Name and options, as the command line takes them. */
  readonly workload: string;
  readonly arch: string;
  readonly cpus: number;
  readonly seed: number;
  /** Virtual seconds that were measured, after a warm-up. */
  readonly seconds: number;
  /** Units of the workload's work, and what they are ("messages"). */
  readonly operations: number;
  readonly unit: string;
  readonly switches: number;
  /** Of these, to or from the idle task. */
  readonly idleSwitches: number;
  /** Seconds of CPU time by what they went for; the sum is `seconds · cpus`, but for what was under way at both ends. */
  readonly breakdown: Readonly<Record<string, number>>;
  /** Classes of cache lines, those that cost most first. */
  readonly lines: readonly LineFigures[];
  /** IPIs by the function that sent them, and from sending to the last one's being handled. */
  readonly ipis: Readonly<Record<string, number>>;
  readonly ipiLatency: Percentiles;
  /** Time in exit_mm. */
  readonly exitLatency: Percentiles;
  readonly wakeups: { readonly shallow: number; readonly deep: number; readonly byIpi: number };
  /** Mms that died: how many were kept at a time, and how long those that were freed. */
  readonly dead: {
    readonly mean: number;
    readonly most: number;
    readonly atEnd: number;
    readonly kept: Percentiles;
    /** Virtual seconds from the beginning, warm-up included, and the mean number in each of so many equal parts of them. */
    readonly span: number;
    readonly overTime: readonly number[];
  };
  /** Of a recorded trace. */
  readonly trace?: TraceRun;
  /** Loads, stores and atomics of the specimen's text, over the whole run. */
  readonly accesses: number;
  /** Source lines on which CPUs stood still longest. */
  readonly costliest: readonly SourceCost[];
  /** BUG_ON, WARN_ON, uses after free: none, where the scheme is sound on the architecture. */
  readonly faults: readonly string[];
}

/** How a recorded trace was played. */
export interface TraceRun {
  /** CPUs that the trace is of. */
  readonly cpus: number;
  /** Actions left out because what came before is missing, and switches put in for the same reason. */
  readonly skipped: number;
  readonly inserted: number;
  /** How much later than in the trace actions begin. */
  readonly lag: Percentiles;
}

export interface LineFigures {
  /** "mm_struct.mm_count". */
  readonly line: string;
  readonly transfers: number;
  /** CPU seconds spent waiting for them. */
  readonly stalled: number;
  /** The busiest line of the class: the part of the time that it was on its way, 0 to 1. */
  readonly utilisation: number;
}

/** In seconds; all 0 when `count` is. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly most: number;
}

export interface SourceCost {
  readonly file: string;
  readonly line: number;
  readonly func: string;
  /** CPU seconds. */
  readonly seconds: number;
}

/** One published measurement and what the simulator says. */
export interface PublishedResult {
  /** Number of the row in the table of published measurements. */
  readonly row: number;
  readonly what: string;
  readonly source: string;
  /** What is not published and had to be assumed. */
  readonly assumes?: string;
  readonly machine: string;
  readonly points: readonly PublishedPoint[];
  readonly constants: readonly Constant[];
  /** What ±30 % in each constant does to the strongest point of the row. */
  readonly sensitivity: readonly Sensitivity[];
}

export interface PublishedPoint {
  readonly label: string;
  /** "ratio" (a over b), "percent" (a over b − 1), or a rate. */
  readonly unit: string;
  readonly published: number;
  readonly simulated: number;
  /** Least and greatest of several seeds, of which `simulated` is the median. */
  readonly range?: readonly [low: number, high: number];
  /** How far the two may be apart: a factor for ratios, points for percentages. */
  readonly tolerance?: number;
  readonly within?: boolean;
  /** A constant of the machine was chosen to make this one come out. */
  readonly fitted?: true;
}

/** One constant of a machine. */
export interface Constant {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** "public", "assumed", "fitted", "measured", "read". */
  readonly kind: string;
  readonly source: string;
}

export interface Sensitivity {
  readonly constant: string;
  /** The point's value with the constant 30 % lower, and 30 % higher. */
  readonly low: number;
  readonly high: number;
  /** The order of the schemes by throughput changes. */
  readonly ranking: boolean;
}

/** A machine, as `lazytlb machines` lists it. */
export interface MachineInfo {
  readonly name: string;
  readonly title: string;
  readonly cpus: number;
  readonly arch: string;
  readonly kernel: string;
  readonly constants: readonly Constant[];
  readonly file: string;
}

/** A workload, as `lazytlb machines` lists it. */
export interface WorkloadInfo {
  readonly name: string;
  readonly title: string;
  readonly options: readonly { readonly name: string; readonly meaning: string; readonly fallback: string }[];
}
