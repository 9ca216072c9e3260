/** Runs litmus tests one by one: a file's text in, a result or a message about the file out. */

import { InputError } from "../../base/input_error.ts";
import type { Part } from "../../check/graphs/counts.ts";
import { runLitmus as explore } from "../../check/graphs/litmus.ts";
import { type LitmusOutcome, mergeOutcomes } from "../../check/graphs/outcome.ts";
import { splitSearch } from "../../check/graphs/split.ts";
import { figuresOf, type LitmusFigures, runLitmus, runMerged } from "../../check/litmus/run.ts";
import { type CompiledLitmus, compileLitmus } from "../../compile/litmus/litmus.ts";
import { renderDiagnostic } from "../../diag/render.ts";
import type { LitmusResult } from "../../evidence/litmus.ts";
import { readLimited } from "./files.ts";
import { type LitmusModel, loadLitmusModel } from "./model.ts";

/** What all tests of a command have in common. Plain data: worker threads get it. */
export interface LitmusJob {
  /** A name of ours, or a path. */
  readonly model: string;
  readonly macros?: string;
  readonly unroll: number;
  /** Steps of one test's search, at most. */
  readonly steps?: number;
  /** Explore executions with equal futures once. */
  readonly merge: boolean;
  readonly why: boolean;
  readonly draw: boolean;
}

/** What became of one file: the message is for the user, whose file it is. */
export type LitmusAnswer =
  | { readonly kind: "done"; readonly result: LitmusResult }
  | { readonly kind: "failed"; readonly message: string };

/** A test whose search is long enough to be shared: what was found so far, and the parts that are left. */
export interface LongSearch {
  readonly kind: "long";
  readonly found: readonly LitmusOutcome[];
  readonly roots: readonly (readonly number[])[];
}

/** Parts that a search is cut into, so that they keep any number of workers busy to the end. */
const PARTS = 256;
/** Seconds after which a search is worth sharing: workers take some 0.3 s to start. */
const LONG = 0.5;

export class LitmusRunner {
  readonly #job: LitmusJob;
  readonly #model: LitmusModel;
  /** The test that was compiled last, by its file. */
  #last: { readonly file: string; readonly compiled: CompiledLitmus } | undefined;

  /** @throws InputError when the model or the definitions cannot be used. */
  constructor(job: LitmusJob) {
    this.#job = job;
    this.#model = loadLitmusModel(job.model, job.macros);
  }

  run(file: string): LitmusAnswer {
    return this.#guard(() => {
      const { test } = this.#compile(file);
      const options = { ...this.#job, now };
      if (!this.#job.merge) return this.#answer(file, runLitmus(test, this.#model.model, options));
      const merged = runMerged(test, this.#model.model, options);
      if (!merged.ok)
        throw new InputError(`${file}: --merge: ${merged.error}; without it, executions are counted`);
      return this.#answer(file, merged.value);
    });
  }

  /** Runs a test; one that takes long is left half done, for others to help. */
  begin(file: string): LitmusAnswer | LongSearch {
    const start = now();
    const explored = this.#guard(() => {
      const { above, roots } = splitSearch((part) => this.part(file, part), PARTS);
      const found = [above];
      let done = 0;
      while (done < roots.length && now() - start < LONG)
        found.push(this.part(file, { prefix: roots[done++] ?? [] }));
      return { kind: "long" as const, found, roots: roots.slice(done) };
    });
    if (explored.kind !== "long" || explored.roots.length > 0) return explored;
    return this.finish(file, explored.found, now() - start);
  }

  /** Explores part of a test's search. */
  part(file: string, part: Part): LitmusOutcome {
    // A part with a root is one of a search that is worth code of its own.
    const specialise = part.prefix.length > 0;
    const { unroll } = this.#job;
    return explore(this.#compile(file).test, this.#model.model, { unroll, part, specialise });
  }

  /** The answer, from the outcomes of all parts. */
  finish(file: string, outcomes: readonly LitmusOutcome[], seconds: number): LitmusAnswer {
    const { test } = this.#compile(file);
    const { model } = this.#model;
    const outcome = mergeOutcomes(outcomes);
    return this.#answer(file, figuresOf(test, model, { ...this.#job, now }, outcome, seconds));
  }

  #guard<Result>(run: () => Result): Result | LitmusAnswer {
    try {
      return run();
    } catch (error) {
      if (error instanceof InputError) return { kind: "failed", message: error.message };
      throw error;
    }
  }

  /** @throws InputError with the rendered diagnostic of a file that is no litmus test. */
  #compile(file: string): CompiledLitmus {
    if (this.#last?.file === file) return this.#last.compiled;
    const text = readLimited(file, "a litmus test");
    const compiled = compileLitmus({ name: file, text }, this.#model.definitions);
    if (!compiled.ok) throw new InputError(renderDiagnostic(compiled.error));
    this.#last = { file, compiled: compiled.value };
    return compiled.value;
  }

  #answer(file: string, figures: LitmusFigures): LitmusAnswer {
    const hash = this.#compile(file).info.get("Hash");
    const result: LitmusResult = { ...figures, file, model: this.#model.name };
    return { kind: "done", result: hash === undefined ? result : { ...result, hash } };
  }
}

const now = (): number => performance.now() / 1000;
