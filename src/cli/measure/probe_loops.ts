/**
 * Loops that take time, for `probe.ts`. Each returns nanoseconds per operation.
 *
 * JavaScript can say little to a processor, but some of it exactly: `Atomics` on a `SharedArrayBuffer` become the
 * processor's own atomics, `Atomics.store` a store with a full barrier, and a chain of loads that depend on each other
 * takes one load-to-use time each. What compiled code adds (bounds checks, the loop) overlaps with these or is part of
 * the figure; it is some tenths of a nanosecond.
 */

import { closeSync, openSync, readSync, writeSync } from "node:fs";

const now = (): number => Number(process.hrtime.bigint());

/** Time of `work`, by `count`, after a run that the compiler learns from. */
function per(count: number, work: () => void): number {
  const before = now();
  work();
  return (now() - before) / count;
}

/** A chain of loads through `lines` lines in random order; every load has to wait for the one before. */
function chase(lines: number, loads: number): number {
  const stride = 16;
  const cells = new Int32Array(lines * stride);
  const order = Uint32Array.from({ length: lines }, (_, i) => i);
  let seed = 12345;
  for (let i = lines - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = seed % i;
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  for (let i = 0; i < lines; i++) cells[(order[i] ?? 0) * stride] = (order[(i + 1) % lines] ?? 0) * stride;
  let at = 0;
  const walk = (): void => {
    for (let i = 0; i < loads; i++) at = cells[at] as number;
  };
  walk();
  const time = per(loads, walk);
  if (at < 0) throw new Error("a negative address");
  return time;
}

export const loadHit = (): number => chase(64, 200_000);

/** 128 MiB: beyond the caches of nearly all cores; misses of the TLB are part of it. */
export const loadMemory = (): number => chase(1 << 21, 100_000);

export function rmw(): number {
  const cells = new Int32Array(new SharedArrayBuffer(64));
  const count = 50_000;
  const work = (): void => {
    for (let i = 0; i < count; i++) Atomics.add(cells, 0, 1);
  };
  work();
  return per(count, work);
}

/** A sequentially consistent store: a store and a full barrier, or an exchange. */
export function fencedStore(): number {
  const cells = new Int32Array(new SharedArrayBuffer(64));
  const count = 50_000;
  const work = (): void => {
    for (let i = 0; i < count; i++) Atomics.store(cells, 0, i);
  };
  work();
  return per(count, work);
}

/** Half of writing one byte and reading it back, through a pipe with both ends open here. */
export function pipeByte(fifo: string): number {
  const pipe = openSync(fifo, "r+");
  const time = writeAndRead(pipe, pipe);
  closeSync(pipe);
  return time;
}

/** The same calls on /dev/null and /dev/zero: what Node and entering the kernel take. */
export function plainCalls(): number {
  const nothing = openSync("/dev/null", "w");
  const zero = openSync("/dev/zero", "r");
  const time = writeAndRead(nothing, zero);
  closeSync(nothing);
  closeSync(zero);
  return time;
}

function writeAndRead(to: number, from: number): number {
  const byte = new Uint8Array(1);
  const count = 1000;
  return per(2 * count, () => {
    for (let i = 0; i < count; i++) {
      writeSync(to, byte);
      readSync(from, byte);
    }
  });
}

/** A byte to and fro between two processes, whole round trip. `first` begins. */
export function pipeRounds(there: string, back: string, first: boolean, count: number): number {
  // Both ends open for both: nobody waits for the other to open, and nobody's end closes the pipe.
  const to = openSync(there, "r+");
  const from = openSync(back, "r+");
  const byte = new Uint8Array(1);
  const rounds = (n: number): void => {
    for (let i = 0; i < n; i++) {
      if (first) writeSync(to, byte);
      readSync(from, byte);
      if (!first) writeSync(to, byte);
    }
  };
  rounds(count >> 2);
  const time = per(count, () => rounds(count));
  closeSync(to);
  closeSync(from);
  return time;
}

/** Cells that two threads share. */
export const TURN = 0;
export const READY = 16;
export const COUNTER = 32;
export const STOP = 48;
export const CELLS = 64;

/** Hands a line to and fro with compare-exchange, as usual for core-to-core latencies; half a round trip. */
export function pingPong(cells: Int32Array, me: 0 | 1, rounds: number): number {
  return per(2 * rounds, () => {
    for (let i = 0; i < rounds; i++) {
      while (Atomics.compareExchange(cells, TURN, me, 2) !== me);
      Atomics.store(cells, TURN, 1 - me);
    }
  });
}

/** Both add to one cell as fast as they can; nanoseconds per addition of this thread. */
export function contendedAdds(cells: Int32Array, count: number): number {
  return per(count, () => {
    for (let i = 0; i < count; i++) Atomics.add(cells, COUNTER, 1);
  });
}

/** Work that needs nothing but the core; nanoseconds per step. */
export function arithmetic(steps: number): number {
  let a = 1;
  let b = 2;
  const time = per(steps, () => {
    for (let i = 0; i < steps; i++) {
      a = (Math.imul(a, 48271) + b) | 0;
      b = (b ^ (a >>> 3)) + i;
    }
  });
  return a === b ? time + 1e-9 : time;
}
