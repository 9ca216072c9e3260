/**
 * User code that relies on membarrier: two threads, the fast one of which has no barrier.
 *
 *     fast                   slow
 *     w = 1                  r3 = y
 *     y = 1                  x = 1
 *     barrier()              membarrier()
 *     r1 = x                 r2 = y
 *                            r4 = w
 *
 *     r1 == 0 && r2 == 0     forbidden: what came before the call is seen by what came after the fast side's barrier()
 *     r3 == 1 && r4 == 0     forbidden: what the fast side had done before the call is seen after it
 *
 * The first is scenario A of kernel/sched/membarrier.c, the second scenario B; C, D and E are the same two with something
 * else going on where the fast side runs, which is what the scenarios of this name differ in. Each side runs once.
 */
import { membarrier_private_expedited } from "./membarrier.ts";

/** Memory that the two threads share, and what they have read. */
export interface litmus_vars extends struct {
  w: int;
  x: int;
  y: int;
  r1: int;
  r2: int;
  /** Sides that are through. */
  done: atomic_t;
}

export const vars = DEFINE<litmus_vars>();

export function litmus_fast(): void {
  WRITE_ONCE(vars.w, 1);
  WRITE_ONCE(vars.y, 1);
  barrier();
  const r1 = READ_ONCE(vars.x);
  WRITE_ONCE(vars.r1, r1);
}

export function litmus_slow(): void {
  const r3 = READ_ONCE(vars.y);
  WRITE_ONCE(vars.x, 1);
  WARN_ON(!membarrier_private_expedited());
  const r2 = READ_ONCE(vars.y);
  const r4 = READ_ONCE(vars.w);
  VIOLATION_ON("membarrier", r3 === 1 && r4 === 0);
  WRITE_ONCE(vars.r2, r2);
}

/** One side is through, and what it has read is known; the second one judges. A full barrier: not in between. */
export function litmus_done(): void {
  if (atomic_inc_return(vars.done) !== 2) return;
  VIOLATION_ON("membarrier", READ_ONCE(vars.r1) === 0 && READ_ONCE(vars.r2) === 0);
}
