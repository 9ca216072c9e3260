/** What a search observes of a program, as a set of texts: by enumeration and by merging, for comparison. */

import { Explorer } from "../../../src/check/graphs/explore.ts";
import { type GraphProgram, Instance } from "../../../src/check/graphs/instance.ts";
import { type MergedSearch, mergedSearch } from "../../../src/check/graphs/merge/search.ts";
import { twinsOf } from "../../../src/check/graphs/merge/twins.ts";
import { HALT } from "../../../src/check/graphs/threads.ts";
import type { Model } from "../../../src/memory/model.ts";

/** What to look at. */
export interface Eyes {
  /** Threads whose registers, as bits. */
  readonly registers: number;
  readonly memory: boolean;
}

const looksAt = ({ registers }: Eyes, t: number): boolean => ((registers >>> t) & 1) === 1;

/** More executions than this are not enumerated. */
const MOST = 4_000;

export class TooMany extends Error {}

const OPTIONS = { unroll: 2, guess: true };

/** Everything that plain enumeration observes. */
export function enumerated(program: GraphProgram, model: Model, eyes: Eyes): ReadonlySet<string> {
  const instance = new Instance(program, model, OPTIONS);
  const seen = new Set<string>();
  let executions = 0;
  const see = (execution: Explorer): void => {
    if (++executions > MOST) throw new TooMany();
    seen.add(outcome(execution, instance, eyes));
  };
  new Explorer(instance, { complete: see, stuck: see }).run();
  return seen;
}

/** Everything that a merged search observes. */
export function merged(
  program: GraphProgram,
  model: Model,
  eyes: Eyes,
  symmetry: boolean,
  bytes = 1 << 26,
): { readonly seen: ReadonlySet<string>; readonly search: MergedSearch } {
  const instance = new Instance(program, model, OPTIONS);
  const seen = new Set<string>();
  const see = (execution: Explorer): void => {
    seen.add(outcome(execution, instance, eyes));
  };
  const registers = program.threads.map(({ func }, t) =>
    looksAt(eyes, t) ? [...(program.program.funcs[func]?.regs.keys() ?? [])] : [],
  );
  const locations = eyes.memory ? [...Array(instance.locations.count).keys()] : [];
  const options = { observe: { registers, locations }, symmetry, bytes };
  return { search: mergedSearch(instance, { complete: see, stuck: see }, options), seen };
}

/** How each thread ended, with its registers, those of threads with the same code in order; and the memory. */
function outcome(execution: Explorer, instance: Instance, eyes: Eyes): string {
  const twins = twinsOf(instance.codes);
  const threads = instance.codes.map((code, t) => {
    const halt = execution.halt(t);
    const pc = halt === HALT.done ? 0 : execution.pcOf(t);
    const count = looksAt(eyes, t) ? code.registers : 0;
    const constant = (reg: number): boolean => !code.dst.includes(reg) && !isRead(code.sites, reg);
    const values = Array.from({ length: count }, (_, reg) =>
      constant(reg) ? "" : execution.register(t, reg),
    );
    return { text: `${halt}@${pc}:${values.join(",")}`, twin: twins[t] ?? t };
  });
  const sorted = [...new Set(twins)].map((twin) =>
    threads
      .filter((each) => each.twin === twin)
      .map(({ text }) => text)
      .sort()
      .join(" "),
  );
  const memory = eyes.memory
    ? [...Array(instance.locations.count).keys()].map((x) => execution.final(x))
    : [];
  return `${sorted.join(" | ")} | ${memory.join(",")}`;
}

const isRead = (sites: readonly ({ readonly dst: number } | undefined)[], reg: number): boolean =>
  sites.some((site) => site?.dst === reg);
