/**
 * Expected failures as values.
 *
 * Three channels never mix: a `Result` error is the fault of the input (a trace, a specimen, a command line)
 * and names the place; a *violation* is a finding and travels as data; a broken invariant of ours goes through
 * `internalBug` and ends the program with status 3.
 */

export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const err = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });
