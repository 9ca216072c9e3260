/**
 * Measures this machine for `lazytlb machines --measure`: starts probes (`probe.ts`) on chosen CPUs, and sums up their
 * samples.
 *
 * Other work on the machine can only make a sample longer, so what counts is not the mean but a low quantile. What
 * could not be measured (no second CPU, no `taskset`, no `mkfifo`) is left out, and the remarks say why.
 */

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HostFacts, hostFacts, type Pair, pairsOf, type ReadText } from "./host_facts.ts";

/** A measured time, nanoseconds: a low quantile of so many samples, and the median to see how quiet the machine was. */
export interface Measured {
  readonly ns: number;
  readonly median: number;
  readonly samples: number;
}

export interface Measurements {
  readonly facts: HostFacts;
  /** By what `probe.ts` calls it, and `switch` for a round trip through two pipes on one CPU. */
  readonly alone: Readonly<Record<string, Measured>>;
  readonly pairs: readonly (Pair & { readonly times: Readonly<Record<string, Measured>> })[];
  readonly remarks: readonly string[];
}

/** Seconds after which a probe is given up. */
const TIMEOUT = 60;
const QUANTILE = 0.1;

const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const PROBE = fileURLToPath(new URL(`./probe.${EXTENSION}`, import.meta.url));

export const readText: ReadText = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

export async function measure(): Promise<Measurements> {
  const facts = hostFacts(readText);
  const remarks: string[] = [];
  const bound = spawnSync("taskset", ["--version"]).status === 0;
  if (!bound) remarks.push("there is no taskset: probes ran wherever the scheduler put them");
  const folder = mkdtempSync(join(tmpdir(), "lazytlb-"));
  try {
    const fifos = ["there", "back"].map((name) => join(folder, name));
    const pipes = spawnSync("mkfifo", fifos).status === 0;
    if (!pipes) remarks.push("there is no mkfifo: pipes and switches are not measured");
    const [first = 0] = facts.cpus.map(({ cpu }) => cpu);
    const alone = await probe(bound ? [first] : undefined, ["alone", pipes ? (fifos[0] ?? "") : ""]);
    const round = pipes && bound ? await rounds(first, fifos) : {};
    const pairs = [];
    for (const pair of bound ? pairsOf(facts.cpus) : []) {
      pairs.push({ ...pair, times: await probe([pair.a, pair.b], ["pair"]) });
    }
    if (pairs.length === 0) remarks.push("line transfers are not measured: it takes two CPUs and taskset");
    return { facts, alone: { ...alone, ...round }, pairs, remarks };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two processes on one CPU that send a byte to and fro. */
async function rounds(cpu: number, fifos: readonly string[]): Promise<Readonly<Record<string, Measured>>> {
  const [there = "", back = ""] = fifos;
  const [first] = await Promise.all([
    probe([cpu], ["rounds", there, back, "1"]),
    probe([cpu], ["rounds", back, there, "0"]),
  ]);
  return first;
}

/** Runs a probe to its end; nothing where it fails or takes too long. */
function probe(
  cpus: readonly number[] | undefined,
  args: readonly string[],
): Promise<Readonly<Record<string, Measured>>> {
  const node = [process.execPath, ...process.execArgv, PROBE, ...args];
  const [command = "", ...rest] = cpus === undefined ? node : ["taskset", "-c", cpus.join(","), ...node];
  return new Promise((resolve) => {
    const child = spawn(command, rest, { stdio: ["ignore", "pipe", "ignore"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT * 1000);
    let text = "";
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (part: string) => {
      text += part;
    });
    child.on("error", () => resolve({}));
    child.on("close", () => {
      clearTimeout(timer);
      resolve(summed(text));
    });
  });
}

function summed(text: string): Readonly<Record<string, Measured>> {
  if (text === "") return {};
  const samples = Object.entries(JSON.parse(text) as Record<string, number[]>);
  return Object.fromEntries(
    samples.filter(([, times]) => times.length > 0).map(([name, times]) => [name, summary(times)]),
  );
}

export function summary(times: readonly number[]): Measured {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { ns: at(QUANTILE), median: at(0.5), samples: sorted.length };
}
