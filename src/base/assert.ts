/**
 * Assertions about ourselves. Everything thrown here starts with `[lazytlb bug]`, so a report classifies itself;
 * bad input never comes this way (see `result.ts` and `input_error.ts`).
 */

/** An invariant of lazytlb does not hold. The command line turns it into exit status 3. */
export class InternalBug extends Error {
  constructor(message: string) {
    super(`[lazytlb bug] ${message}`);
    this.name = "InternalBug";
  }
}

/** Reports a broken invariant of ours; never returns. */
export function internalBug(message: string): never {
  throw new InternalBug(message);
}

/** Checks an invariant of ours. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) internalBug(message);
}

/** The value, which an invariant says is there. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) internalBug(`${what} is missing`);
  return value;
}

/** Closes a `switch` over a closed set: a new member becomes a type error here. */
export function assertNever(value: never): never {
  return internalBug(`unexpected variant ${JSON.stringify(value)}`);
}
