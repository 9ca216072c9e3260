/** Why the function of a body returns, and what it counts. */

/** The others first. */
export const STOPPED = 0;
export const FINISHED = 1;
/** Waits for its IPIs. */
export const WAITS = 2;
/** Waits for a line, nobody knows how long yet (`Lines.waits`). */
export const STALLS = 3;

/** What has become of an access: these, and in the two lowest bits why the body stops, if it does. */
export const DONE = 0;
/** Not begun: it is to be made again. */
export const AGAIN = 4;
/** The line has been asked for and will be there at the CPU's clock; what the access does is done then. */
export const LATER = 8;
/** Likewise, when the line has come. */
export const PARKED = LATER | STALLS;
/** The body goes on in another of its parts (`parts.ts`). */
export const ELSEWHERE = 16;
/** What a body says of itself. */
export const REASON = ELSEWHERE | 3;

/** Indices of `counts`. */
export const COUNT_ACCESSES = 0;
export const COUNT_ROOTS = 1;
