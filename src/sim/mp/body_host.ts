/** What generated bodies see of the machine. */

import type { MaskOps } from "../masks.ts";
import type { FigureName } from "./figures.ts";
import type { Memory } from "./memory.ts";
import type { AtomicStyle } from "./profile.ts";

/** What generated code works on; the machine has all of it. */
export interface BodyHost {
  readonly memory: Memory;
  readonly lines: {
    readonly owner: Int32Array;
    readonly free: Float64Array;
    readonly drain: Float64Array;
    readonly copies: unknown;
  };
  readonly accesses: unknown;
  readonly clocks: Float64Array;
  /** [0]: until when requests may be made, [1]: until when hits may run. */
  readonly limits: Float64Array;
  readonly pcs: Int32Array;
  readonly time: Float64Array;
  readonly irqsOff: Uint8Array;
  readonly current: Int32Array;
  readonly roots: Int32Array;
  readonly cold: Uint8Array;
  /** Picoseconds by source position. */
  readonly at: Float64Array;
  readonly results: Int32Array;
  readonly outstanding: Int32Array;
  readonly counts: Float64Array;
  /** The core of each CPU. */
  readonly cores: Int32Array;
  readonly masks: MaskOps;
  readonly atomics: AtomicStyle;
  /** Called before each op that anybody else could notice; absent but in tests. */
  readonly observer: (() => void) | undefined;
  ps(name: FigureName): number;
}
