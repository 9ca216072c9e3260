/** Why the function of a body returns, and what it counts. */

/** The others first. */
export const STOPPED = 0;
export const FINISHED = 1;
/** Waits for its IPIs. */
export const WAITS = 2;
/** Waits for a line, nobody knows how long yet (`Lines.waits`). */
export const STALLS = 3;

/** Indices of `counts`. */
export const COUNT_ACCESSES = 0;
export const COUNT_ROOTS = 1;
