/**
 * Where CPUs are: threads of cores below last-level caches in sockets of nodes, numbered so that each of these is a
 * range. CPU c is thread c mod t of core ⌊c / t⌋ (as POWER counts them; x86 counts siblings last, which nothing here
 * sees).
 *
 * A machine of another size than its profile's is cut off after its first CPUs, or gets more nodes of the same kind.
 */

import type { Shape } from "./profile.ts";

/** Distances between cores, near to far. */
export const SAME_CORE = 0;
export const SAME_L3 = 1;
export const SAME_SOCKET = 2;
export const NEXT_SOCKET = 3;
export const OTHER_NODE = 4;
export const DISTANCES = 5;

export class Topology {
  readonly cpus: number;
  readonly cores: number;
  readonly threadsPerCore: number;
  readonly coresPerL3: number;
  readonly coresPerSocket: number;
  readonly coresPerNode: number;

  constructor(shape: Shape, cpus: number) {
    this.cpus = cpus;
    this.threadsPerCore = Math.min(shape.threadsPerCore, cpus);
    this.cores = Math.ceil(cpus / this.threadsPerCore);
    this.coresPerL3 = shape.coresPerL3;
    this.coresPerSocket = shape.coresPerL3 * shape.l3PerSocket;
    this.coresPerNode = this.coresPerSocket * shape.socketsPerNode;
  }

  coreOf(cpu: number): number {
    return (cpu / this.threadsPerCore) | 0;
  }

  /** CPUs `first` to `last` of a core. */
  threadsOf(core: number): readonly [first: number, last: number] {
    const first = core * this.threadsPerCore;
    return [first, Math.min(first + this.threadsPerCore, this.cpus) - 1];
  }

  distance(a: number, b: number): number {
    if (a === b) return SAME_CORE;
    if (((a / this.coresPerL3) | 0) === ((b / this.coresPerL3) | 0)) return SAME_L3;
    if (((a / this.coresPerSocket) | 0) === ((b / this.coresPerSocket) | 0)) return SAME_SOCKET;
    if (((a / this.coresPerNode) | 0) === ((b / this.coresPerNode) | 0)) return NEXT_SOCKET;
    return OTHER_NODE;
  }

  socketOf(core: number): number {
    return (core / this.coresPerSocket) | 0;
  }

  /** Distance from a core to what is not a core of socket `socket`, its memory. */
  toSocket(core: number, socket: number): number {
    if (this.socketOf(core) === socket) return SAME_SOCKET;
    const first = socket * this.coresPerSocket;
    return ((core / this.coresPerNode) | 0) === ((first / this.coresPerNode) | 0) ? NEXT_SOCKET : OTHER_NODE;
  }
}

/** CPUs of the machine as its profile describes it. */
export function cpusOf(shape: Shape): number {
  return shape.nodes * shape.socketsPerNode * shape.l3PerSocket * shape.coresPerL3 * shape.threadsPerCore;
}
