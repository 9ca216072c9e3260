/** Runs litmus tests one by one: a file's text in, a result or a message about the file out. */

import { InputError } from "../../base/input_error.ts";
import { runLitmus } from "../../check/litmus/run.ts";
import { compileLitmus } from "../../compile/litmus/litmus.ts";
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
  readonly why: boolean;
  readonly draw: boolean;
}

/** What became of one file: the message is for the user, whose file it is. */
export type LitmusAnswer =
  | { readonly kind: "done"; readonly result: LitmusResult }
  | { readonly kind: "failed"; readonly message: string };

export class LitmusRunner {
  readonly #job: LitmusJob;
  readonly #model: LitmusModel;

  /** @throws InputError when the model or the definitions cannot be used. */
  constructor(job: LitmusJob) {
    this.#job = job;
    this.#model = loadLitmusModel(job.model, job.macros);
  }

  run(file: string): LitmusAnswer {
    try {
      return this.#run(file);
    } catch (error) {
      if (error instanceof InputError) return { kind: "failed", message: error.message };
      throw error;
    }
  }

  #run(file: string): LitmusAnswer {
    const text = readLimited(file, "a litmus test");
    const compiled = compileLitmus({ name: file, text }, this.#model.definitions);
    if (!compiled.ok) return { kind: "failed", message: renderDiagnostic(compiled.error) };
    const { test, info } = compiled.value;
    const now = (): number => performance.now() / 1000;
    const figures = runLitmus(test, this.#model.model, { ...this.#job, now });
    const hash = info.get("Hash");
    const result: LitmusResult = { ...figures, file, model: this.#model.name };
    return { kind: "done", result: hash === undefined ? result : { ...result, hash } };
  }
}
