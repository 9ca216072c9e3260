/**
 * What Linux says of the machine that it runs on: sysfs and procfs, read as text, nothing measured.
 *
 * `/sys/devices/system/cpu/cpuN/topology` says where a CPU is, `cache/indexN` who shares its last-level cache, `cpuidle`
 * how long its idle states take to leave (as the firmware or the driver has it). Where one of these is missing, as in many
 * virtual machines, the fact is absent and the profile takes it over from a machine that is named there.
 */

/** Reads a file; undefined where there is none. */
export type ReadText = (path: string) => string | undefined;

/** One CPU: its numbers are those of sysfs, and mean nothing beyond being equal or not. */
export interface CpuPlace {
  readonly cpu: number;
  readonly socket: number;
  readonly core: number;
  /** The CPUs below its last-level cache, as sysfs writes them. */
  readonly cache: string;
}

export interface IdleState {
  readonly name: string;
  /** Microseconds. */
  readonly latency: number;
  readonly residency: number;
}

export interface HostFacts {
  readonly model: string;
  readonly hypervisor: boolean;
  readonly cpus: readonly CpuPlace[];
  readonly lineBytes: number | undefined;
  /** Shallow to deep; without the one that polls. */
  readonly idle: readonly IdleState[];
}

/** Two CPUs, and how far they are apart. */
export interface Pair {
  readonly distance: "core" | "cache" | "socket" | "remote";
  readonly a: number;
  readonly b: number;
}

const CPU = "/sys/devices/system/cpu";

export function hostFacts(read: ReadText): HostFacts {
  const info = read("/proc/cpuinfo") ?? "";
  return {
    model: /^(?:model name|cpu)\s*:\s*(.+)$/m.exec(info)?.[1]?.trim() ?? "unknown processor",
    hypervisor: /^flags\s*:.*\bhypervisor\b/m.test(info),
    cpus: cpuList(read(`${CPU}/online`) ?? "0").map((cpu) => placeOf(cpu, read)),
    lineBytes: numberAt(read, `${CPU}/cpu0/cache/index0/coherency_line_size`),
    idle: idleStates(read),
  };
}

function placeOf(cpu: number, read: ReadText): CpuPlace {
  const folder = `${CPU}/cpu${cpu}`;
  const socket = numberAt(read, `${folder}/topology/physical_package_id`) ?? 0;
  const core = cpuList(read(`${folder}/topology/thread_siblings_list`) ?? String(cpu))[0] ?? cpu;
  return { cpu, socket, core, cache: lastCache(folder, read) ?? `socket ${socket}` };
}

function lastCache(folder: string, read: ReadText): string | undefined {
  let shared: string | undefined;
  for (let index = 0; index < 8; index++) {
    shared = read(`${folder}/cache/index${index}/shared_cpu_list`)?.trim() ?? shared;
  }
  return shared;
}

function idleStates(read: ReadText): IdleState[] {
  const states: IdleState[] = [];
  for (let index = 0; index < 16; index++) {
    const folder = `${CPU}/cpu0/cpuidle/state${index}`;
    const name = read(`${folder}/name`)?.trim();
    if (name === undefined) break;
    const latency = numberAt(read, `${folder}/latency`) ?? 0;
    const residency = numberAt(read, `${folder}/residency`) ?? 0;
    if (!/poll/i.test(name)) states.push({ name, latency, residency });
  }
  return states.sort((a, b) => a.latency - b.latency);
}

function numberAt(read: ReadText, path: string): number | undefined {
  const text = read(path)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** "0-3,8" as numbers. */
export function cpuList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .flatMap((part) => {
      const [from = Number.NaN, to = from] = part.split("-").map(Number);
      return Number.isInteger(from) && to >= from
        ? Array.from({ length: to - from + 1 }, (_, i) => from + i)
        : [];
    });
}

/** A pair of each distance that the machine has. */
export function pairsOf(cpus: readonly CpuPlace[]): Pair[] {
  const [first] = cpus;
  if (first === undefined) return [];
  const found = new Map<Pair["distance"], Pair>();
  for (const other of cpus) {
    if (other.cpu === first.cpu) continue;
    const distance = distanceOf(first, other);
    if (!found.has(distance)) found.set(distance, { distance, a: first.cpu, b: other.cpu });
  }
  return [...found.values()];
}

function distanceOf(a: CpuPlace, b: CpuPlace): Pair["distance"] {
  if (a.socket !== b.socket) return "remote";
  if (a.core === b.core) return "core";
  return a.cache === b.cache ? "cache" : "socket";
}

/** The machine as a simulator's shape; irregular machines are taken as one socket with one cache. */
export function shapeOf(cpus: readonly CpuPlace[]): {
  readonly nodes: number;
  readonly socketsPerNode: number;
  readonly l3PerSocket: number;
  readonly coresPerL3: number;
  readonly threadsPerCore: number;
  readonly source: string;
} {
  const different = (key: (place: CpuPlace) => string): number => new Set(cpus.map(key)).size;
  const sockets = different(({ socket }) => `${socket}`);
  const caches = different(({ socket, cache }) => `${socket} ${cache}`);
  const cores = different(({ socket, core }) => `${socket} ${core}`);
  const parts = [caches / sockets, cores / caches, cpus.length / cores];
  const [l3PerSocket = 1, coresPerL3 = 1, threadsPerCore = 1] = parts;
  if (parts.every(Number.isInteger)) {
    const source = "read from /sys/devices/system/cpu/cpu*/topology and cache";
    return { nodes: 1, socketsPerNode: sockets, l3PerSocket, coresPerL3, threadsPerCore, source };
  }
  const source = `/sys/devices/system/cpu is irregular (${cpus.length} CPUs, ${cores} cores, ${caches} last-level caches, ${sockets} sockets): taken as one cache`;
  return { nodes: 1, socketsPerNode: 1, l3PerSocket: 1, coresPerL3: cpus.length, threadsPerCore: 1, source };
}
