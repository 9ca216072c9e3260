/**
 * The outcome of an access as a number: a move's code has it, so a path means the same whatever a memory keeps of the past.
 *
 *     place | taken << 4 | (guess + 1) << 6
 *
 * `place` counts from the newest write: of the one that is read, or behind which a store goes. `taken` says which of the
 * reads that wait for this write take it, one bit each. `guess` is for a read that takes a write which is not there yet: the
 * number of its value (`guesses.ts`); `place` is then where its update puts its write.
 *
 * A read of something older than every write that is kept (`past_values.ts`) has the last number of a guess, and the value
 * where the rest would be.
 */
import { LEAST_PAST } from "./past_values.ts";

/** Places that have a number. */
export const MOST_PLACES = 16;
/** Reads of one location that may take one write at once. */
export const MOST_TAKERS = 2;

export const outcomeOf = (place: number, taken: number, guess: number): number =>
  place | (taken << 4) | ((guess + 1) << 6);
export const placeIn = (outcome: number): number => outcome & 15;
export const takenIn = (outcome: number): number => (outcome >> 4) & 3;
/** −1 for what is no guess. */
export const guessIn = (outcome: number): number => (outcome >> 6) - 1;

const PAST = 31;
const VALUE = 63;

export const pastOutcome = (value: number): number => (PAST << 6) | (value - LEAST_PAST);
export const isPast = (outcome: number): boolean => outcome >> 6 === PAST;
/** What is read by an outcome that `isPast`. */
export const pastIn = (outcome: number): number => (outcome & VALUE) + LEAST_PAST;
