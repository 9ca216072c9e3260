/**
 * How the cat front end gives up: at the first complaint about a file, which travels as an exception as far as the
 * loader and leaves it as a diagnostic. A model is small and read top-down, so a second complaint rarely helps.
 */

import type { DiagnosticId } from "../../diag/catalogue.ts";
import { type Details, type Diagnostic, fromCatalogue } from "../../diag/diagnostic.ts";
import type { Span } from "../../diag/source.ts";

/** A complaint on its way to the loader; nobody else catches it, except `try … with` of the language. */
export class CatFailure extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.name = "CatFailure";
    this.diagnostic = diagnostic;
  }
}

/** Ends reading a model. */
export function fail(id: DiagnosticId, at: Span, details: Details = {}): never {
  throw new CatFailure(fromCatalogue(id, at, details));
}
