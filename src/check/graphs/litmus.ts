/**
 * A litmus test judged by exploration: its final states, and how many executions satisfy its condition.
 *
 * Executions are counted as herd7 counts them, one per reads-from and coherence of a complete graph. What is counted
 * here is about the condition itself; who prints it swaps the two numbers for `~exists`.
 */

import type { LitmusTest } from "../../ir/litmus.ts";
import type { Model } from "../../memory/model.ts";
import type { Part } from "./counts.ts";
import { Explorer } from "./explore.ts";
import { DEFAULT_UNROLL, type GraphProgram, Instance } from "./instance.ts";
import type { LitmusOutcome } from "./outcome.ts";
import { Tally } from "./tally.ts";

export interface LitmusOptions {
  /** How often a loop goes round. */
  readonly unroll?: number;
  /** Part of the search; the whole if absent. */
  readonly part?: Part;
  /** See `InstanceOptions.specialise`. */
  readonly specialise?: boolean;
}

/** Threads and memory of a litmus test. */
export function programOf(test: LitmusTest): GraphProgram {
  return {
    program: test.program,
    threads: test.threads.map((func) => ({ func })),
    initial: test.locations.map(({ object, initial }) => ({ struct: 0, object, field: 0, value: initial })),
  };
}

/** Explores a test, or part of it. */
export function runLitmus(test: LitmusTest, model: Model, options: LitmusOptions = {}): LitmusOutcome {
  const { unroll = DEFAULT_UNROLL, specialise = false } = options;
  const instance = new Instance(programOf(test), model, { unroll, specialise, guess: true, thinAir: true });
  const tally = new Tally(test, instance);
  const explorer = new Explorer(instance, tally);
  const counts = explorer.run(options.part ?? { prefix: [] });
  const outcome = tally.outcome(counts);
  instance.release();
  return outcome;
}
