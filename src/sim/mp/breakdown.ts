/**
 * Where time goes. Every advance of a CPU's clock is booked under one of these; the sum over all CPUs is the sum of
 * their clocks, which every run checks.
 */

export const CATEGORIES = [
  "base",
  "hits",
  "atomics",
  "line transfers",
  "fences",
  "IPI sending",
  "IPI waiting",
  "interrupts",
  "root loads",
  "TLB",
  "spinning",
  "idle exit",
  "idle",
] as const;

export type Category = (typeof CATEGORIES)[number];

export const BASE = 0;
export const HITS = 1;
export const ATOMIC = 2;
export const TRANSFER = 3;
export const FENCE = 4;
export const IPI_SEND = 5;
export const IPI_WAIT = 6;
export const INTERRUPT = 7;
export const ROOT = 8;
export const TLB = 9;
export const SPIN = 10;
export const IDLE_EXIT = 11;
export const IDLE = 12;
