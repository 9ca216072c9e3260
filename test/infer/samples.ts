/**
 * The real traces with ground truth: those bundled in model/traces, and the whole collection where the checkout has
 * it beside the repository. Located relative to this file.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { memorySource } from "../../src/base/byte_source.ts";
import type { TraceSink } from "../../src/trace/events.ts";
import { readTraceDat } from "../../src/trace/tracedat/read.ts";

const BUNDLED = new URL("../../model/traces/", import.meta.url);
const COLLECTION = new URL("../../../shared/traces/", import.meta.url);

/** What a `.gt.json` says. */
export interface GroundTruth {
  readonly lost: number;
  readonly truth: Readonly<Record<string, number>>;
  readonly final_mmput: number;
  readonly lazy_cpus_at_final_mmput_hist: Readonly<Record<string, number>>;
  readonly lazy_cpus_at_final_mmput_total: number;
  /** At final mmputs, `mm_count` − 1 − lazy CPUs: references that are no lazy ones → how often. */
  readonly mm_count_minus_model_hist: Readonly<Record<string, number>>;
}

export interface Sample {
  /** "set/workload". */
  readonly name: string;
  readonly dat: URL;
  readonly truth: GroundTruth;
}

function samplesIn(folder: URL, set: string): Sample[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".gt.json"))
    .map((file) => ({ file, dat: new URL(file.replace(/gt\.json$/, "dat"), folder) }))
    .filter(({ dat }) => existsSync(dat))
    .map(({ file, dat }) => ({
      name: `${set}/${file.replace(/\.gt\.json$/, "")}`,
      dat,
      truth: JSON.parse(readFileSync(new URL(file, folder), "utf8")) as GroundTruth,
    }));
}

export function bundledSamples(): Sample[] {
  return samplesIn(BUNDLED, "bundled");
}

/** Empty, with a message, where the collection is not there. */
export function collectedSamples(): Sample[] {
  if (!existsSync(COLLECTION)) {
    process.stderr.write("skipped: no trace collection beside the repository\n");
    return [];
  }
  const sets = readdirSync(COLLECTION, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return sets.flatMap((set) => samplesIn(new URL(`${set.name}/`, COLLECTION), set.name));
}

/** A text export of the collection, if it is there and not compressed. */
export function collectedText(path: string): string | undefined {
  const file = new URL(path, COLLECTION);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

export async function feed(sample: Sample, sink: TraceSink): Promise<void> {
  await readTraceDat(memorySource(readFileSync(sample.dat), sample.name), sink);
}
