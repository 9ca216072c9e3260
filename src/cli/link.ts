/** Specimens linked into a program, or refused in one message. */

import { InputError } from "../base/input_error.ts";
import { type CompileRequest, compile } from "../compile/compile.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import { renderDiagnostics } from "../diag/render.ts";
import type { Program } from "../ir/types.ts";

/** @throws InputError where a specimen does not compile. */
export function link(request: CompileRequest): Program {
  const result = compileOrRefuse(request);
  return result.ok ? result.value : reject(result.error);
}

/** The specimen is at fault. All diagnostics make one message. */
export function reject(diagnostics: readonly Diagnostic[]): never {
  throw new InputError(`the specimen does not compile\n${renderDiagnostics(diagnostics)}`);
}

/** The parser descends as deep as a text is nested, and a text may be nested deeper than there is stack. */
function compileOrRefuse(request: CompileRequest): ReturnType<typeof compile> {
  try {
    return compile(request);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(
      `the specimen does not compile\n${request.scheme}: nested too deeply (${error.message})`,
    );
  }
}
