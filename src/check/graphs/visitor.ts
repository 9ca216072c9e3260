/** Whom a search reports to, and who may spare it nodes. */

import type { Explorer } from "./explore.ts";
import type { Waiting } from "./waiting.ts";

/** Gets the executions as they are found; reads them through the explorer. */
export interface Visitor {
  /** Every thread has ended (see `Explorer.halt` for how). */
  complete(execution: Explorer): void;
  /** Some thread waits for ever. */
  stuck(execution: Explorer): void;
}

/** Knows which nodes of a search need not be explored (`merge`). */
export interface Memory {
  /** The model must have been asked about a node before `known` is. */
  readonly wantsChecked: boolean;
  /**
   * Whether what is to be found from the current node on has been found from another one. `offers`: writes that are not
   * yet offered to all waiting reads, and the first number to try, in pairs up to `offered`.
   */
  known(waiting: Waiting, offers: readonly number[], offered: number): boolean;
}
