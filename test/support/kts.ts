/**
 * One-line compiler tests: `expectIr(source, ir)` and `expectDiagnostic(source, rendered)`.
 *
 * A source is a whole file, named "t.ts". `inMain` wraps statements into the function `main`, after declarations that
 * cover one field of every kind; the IR is compared without positions and declarations, and without indentation.
 */

import { expect } from "vitest";
import type { Result } from "../../src/base/result.ts";
import { type CompileRequest, compile } from "../../src/compile/compile.ts";
import { memoryHost } from "../../src/compile/host.ts";
import type { Diagnostic } from "../../src/diag/diagnostic.ts";
import { renderDiagnostics } from "../../src/diag/render.ts";
import { printFunc } from "../../src/ir/printer.ts";
import type { Func, Program } from "../../src/ir/types.ts";
import { validate } from "../../src/ir/validator.ts";

const PRELUDE = `
export interface node extends struct {
  next: node;
  value: int;
  flag: boolean;
  owner: cpu_t;
  count: atomic_t;
  mask: cpumask_t;
  lock: spinlock_t;
}
export interface slot extends struct { node: node; hits: int; }
export const G = DEFINE<node>();
export const H = DEFINE<node>();
export const SLOTS = DEFINE_PER_CPU<slot>();
`;

/** A file whose function `main` has these statements; `more` is put before it. */
export function inMain(statements: string, more = ""): string {
  return `${PRELUDE}${more}\nexport function main(): void {\n${statements}\n}\n`;
}

/** Compiles one file, or several with "t.ts" as the root. */
export function compileText(
  files: string | Readonly<Record<string, string>>,
  request: Partial<CompileRequest> = {},
): Result<Program, readonly Diagnostic[]> {
  const named = typeof files === "string" ? { "t.ts": files } : files;
  return compile({
    host: memoryHost(named),
    root: "t.ts",
    scheme: "",
    arch: "",
    entries: ["main"],
    config: new Map(),
    ...request,
  });
}

/** The program, which must compile and be valid. */
export function expectProgram(
  files: string | Readonly<Record<string, string>>,
  request: Partial<CompileRequest> = {},
): Program {
  const result = compileText(files, request);
  if (!result.ok) throw new Error(`does not compile:\n${renderDiagnostics(result.error)}`);
  expect(validate(result.value)).toEqual([]);
  return result.value;
}

/** Lines of ops without any indentation: tests align them as they like. */
function flat(text: string): string {
  return dedent(text)
    .split("\n")
    .map((line) => line.trim())
    .join("\n");
}

/** Compiles a file and compares all its functions. */
export function expectIr(source: string, ir: string, request: Partial<CompileRequest> = {}): void {
  expect(printCode(expectProgram(source, request))).toBe(flat(ir));
}

/** The ops of `main` for some statements. */
export function expectMain(statements: string, ir: string, more = ""): void {
  const program = expectProgram(inMain(statements, more));
  const main = program.funcs.find((func) => func.name === "main");
  const lines = main === undefined ? [] : opLines(program, main);
  expect(lines.join("\n")).toBe(flat(ir));
}

/** The rendered diagnostics of a file, all of them. */
export function expectDiagnostic(
  files: string | Readonly<Record<string, string>>,
  rendered: string,
  request: Partial<CompileRequest> = {},
): void {
  expect(diagnosticsOf(files, request)).toBe(dedent(rendered));
}

/** All diagnostics as text; empty when it compiles. */
export function diagnosticsOf(
  files: string | Readonly<Record<string, string>>,
  request: Partial<CompileRequest> = {},
): string {
  const result = compileText(files, request);
  return result.ok ? "" : renderDiagnostics(result.error);
}

/** Functions with their ops, one per line. */
function printCode(program: Program): string {
  return program.funcs
    .map((func) => [headLine(program, func), ...opLines(program, func)].join("\n"))
    .join("\n");
}

function headLine(program: Program, func: Func): string {
  return printFunc(program, func, { positions: "none" }).split("\n")[0] ?? "";
}

function opLines(program: Program, func: Func): string[] {
  const [, ...lines] = printFunc(program, func, { positions: "none" }).split("\n");
  return lines.map((line) => line.trim().replace(/^(\d+) +/, "$1 "));
}

/** Without common indentation, empty first and last lines. */
export function dedent(text: string): string {
  const lines = text.replace(/^\n/, "").trimEnd().split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent).trimEnd()).join("\n");
}
