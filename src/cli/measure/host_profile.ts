/**
 * A machine profile of this host, `this-host`: what was measured, what Linux says, and the rest taken over from the profile of
 * a machine of the same kind. Each figure says which of these it is.
 */

import type { Figure, FigureName } from "../../sim/mp/figures.ts";
import type { Profile } from "../../sim/mp/profile.ts";
import { type HostFacts, shapeOf } from "./host_facts.ts";
import type { Measured, Measurements } from "./measure.ts";

/** Where and when it was measured. */
export interface Occasion {
  /** Of Node: "x64", "arm64". */
  readonly arch: string;
  /** Of the kernel. */
  readonly release: string;
  /** "2026-01-31" */
  readonly date: string;
  /** "lazytlb 0.1.0, Node v20.20.0" */
  readonly producer: string;
}

export const HOST_NAME = "this-host";

/** The profile from which is taken over what cannot be had here. */
export function templateFor({ model }: HostFacts, arch: string): string {
  if (arch === "arm64") return "ampere-altra-128";
  if (arch === "ppc64") return "power8-e880";
  return /amd/i.test(model) ? "epyc-9654-2s" : "icelake-8358-2s";
}

export function hostProfile(found: Measurements, template: Profile, occasion: Occasion): Profile {
  const { facts } = found;
  const shape = shapeOf(facts.cpus);
  const guest = facts.hypervisor ? ", a virtual machine" : "";
  return {
    name: HOST_NAME,
    title: `${facts.model}${guest}: ${facts.cpus.length} CPUs`,
    arch: archOf(occasion, template),
    kernel: occasion.release,
    shape,
    lineBytes: facts.lineBytes ?? template.lineBytes,
    atomics: template.atomics,
    smtSpeed: smtSpeed(found, shape.threadsPerCore, occasion),
    ...(template.stay === undefined || shape.l3PerSocket * shape.socketsPerNode === 1
      ? {}
      : { stay: { ...template.stay, kind: "assumed", source: takenOver(template, template.stay.source) } }),
    figures: figures(found, template, occasion),
  };
}

const takenOver = (template: Profile, source: string): string =>
  `taken over from ${template.name}: ${source}`;

/** x86 changed what it does about mm_cpumask with 6.14. */
function archOf({ arch, release }: Occasion, template: Profile): string {
  if (arch !== "x64") return template.arch;
  const [major = 0, minor = 0] = release.split(".").map(Number);
  return major > 6 || (major === 6 && minor >= 14) ? "x86-6.14" : "x86-6.13";
}

function figures(found: Measurements, template: Profile, occasion: Occasion): Profile["figures"] {
  const own: Partial<Record<FigureName, Figure>> = {
    ...read(found.facts),
    ...measured(found, occasion, template),
  };
  const busy = new Set<string | undefined>(
    found.pairs.filter(isBusy).map(({ distance }) => TRANSFERS[distance]),
  );
  const all = Object.entries(template.figures).map(([name, figure]): [string, Figure] => {
    const here = own[name as FigureName];
    if (here !== undefined) return [name, here];
    const why = busy.has(name) ? "the CPUs were busy with other work while it was to be measured; " : "";
    return [name, { ns: figure.ns, kind: "assumed", source: why + takenOver(template, figure.source) }];
  });
  return Object.fromEntries(all) as Profile["figures"];
}

/** Idle states, as the driver has them. */
function read({ idle }: HostFacts): Partial<Record<FigureName, Figure>> {
  const shallow = idle[0];
  const deep = idle.at(-1);
  if (shallow === undefined || deep === undefined) return {};
  const figure = (us: number, name: string, what: string): Figure => ({
    ns: us * 1000,
    kind: "read",
    source: `/sys/devices/system/cpu/cpu0/cpuidle, ${name}: ${what}`,
  });
  return {
    idleExit: figure(shallow.latency, shallow.name, "latency"),
    ...(deep === shallow
      ? {}
      : {
          deepExit: figure(deep.latency, deep.name, "latency"),
          deepResidency: figure(deep.residency, deep.name, "residency"),
        }),
  };
}

function measured(
  { alone, pairs }: Measurements,
  occasion: Occasion,
  template: Profile,
): Partial<Record<FigureName, Figure>> {
  const own: Partial<Record<FigureName, Figure>> = {};
  const note = (name: FigureName, time: Measured | undefined, what: string, less = 0): void => {
    if (time === undefined || time.ns <= less) return;
    own[name] = { ns: round(time.ns - less), kind: "measured", source: sourceOf(time, what, occasion) };
  };
  note("hit", alone.hit, "a chain of dependent loads through 64 lines");
  note("rmw", alone.rmw, "Atomics.add on a line that nobody else uses");
  note("fence", alone.fence, "Atomics.store on a line that nobody else uses: the store is part of it");
  note("memory", alone.memory, "a chain of dependent loads through 128 MiB, misses of the TLB included");
  const calls = alone.calls?.ns ?? 0;
  const pipe =
    "a byte into a pipe, or out of it, less the same call on /dev/null or /dev/zero: without entering the kernel";
  note("pipe", alone.pipe, pipe, calls);
  const rmw = alone.rmw?.ns ?? 0;
  for (const { distance, a, b, times } of pairs.filter((pair) => !isBusy(pair))) {
    const name = TRANSFERS[distance];
    const what = `compare-exchange to and fro between CPUs ${a} and ${b}, half a round trip less one Atomics.add`;
    if (name !== undefined) note(name, times.transfer, what, rmw);
  }
  if (own.xferL3 !== undefined && own.xferSocket === undefined) own.xferSocket = sameAs("xferL3", own.xferL3);
  if (alone.round !== undefined && alone.pipe !== undefined) {
    const time = { ...alone.round, ns: alone.round.ns / 2, median: alone.round.median / 2 };
    const what =
      "half a round trip of a byte between two processes on one CPU, less a write and a read that do not block, and the wake-up that is taken over";
    note("switch", time, what, 2 * alone.pipe.ns + template.figures.wake.ns);
  }
  return own;
}

/** No line takes that long to anywhere, in nanoseconds: it is the scheduler that had one of the two threads wait. */
const LONGEST_TRANSFER = 10_000;

/** The two threads did not run at the same time. */
const isBusy = ({ times }: Measurements["pairs"][number]): boolean =>
  (times.transfer?.ns ?? 0) > LONGEST_TRANSFER;

const TRANSFERS = { core: undefined, cache: "xferL3", socket: "xferSocket", remote: "xferRemote" } as const;

const sameAs = (name: string, figure: Figure): Figure => ({
  ...figure,
  source: `as ${name}, there is one last-level cache: ${figure.source}`,
});

function sourceOf({ median, samples }: Measured, what: string, { date, producer }: Occasion): string {
  return `measured ${date} by ${producer}: ${what}; a low quantile of ${samples} samples, their median before subtractions ${round(median)} ns`;
}

const round = (ns: number): number => Number(ns.toPrecision(3));

/** Two threads of a core at the same arithmetic, against one alone. */
function smtSpeed({ alone, pairs }: Measurements, threads: number, occasion: Occasion): Profile["smtSpeed"] {
  if (threads === 1) return { speeds: [1], source: "one thread per core, as sysfs says" };
  const siblings = pairs.find(({ distance }) => distance === "core")?.times.arithmetic;
  const single = alone.arithmetic;
  const together = siblings === undefined || single === undefined ? 0.62 : single.ns / siblings.ns;
  const second = Math.min(1, Math.max(0.5, Number(together.toPrecision(2))));
  const speeds = Array.from({ length: threads }, (_, i) =>
    i === 0 ? 1 : Number(((2 * second) / (i + 1)).toPrecision(2)),
  );
  const how =
    siblings === undefined || single === undefined
      ? "assumed: two threads do a quarter more than one"
      : sourceOf(siblings, "integer arithmetic on two threads of a core against one alone", occasion);
  return { speeds, source: threads > 2 ? `${how}; more threads share what two have (assumed)` : how };
}
