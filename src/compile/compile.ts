/**
 * From specimens to a program: parse, find names, check, lower, optimise.
 *
 * Every phase reports all that it finds; the next one starts only if there was nothing, because it relies on what was
 * checked. The result depends on the texts and the request alone.
 */

import { err, ok, type Result } from "../base/result.ts";
import { type Diagnostic, Reporter } from "../diag/diagnostic.ts";
import { startOf } from "../diag/source.ts";
import type { Func, FuncId, Program } from "../ir/types.ts";
import { checkProgram } from "./check/functions.ts";
import { Unit } from "./check/unit.ts";
import { checkHooks } from "./hooks.ts";
import type { SpecimenHost } from "./host.ts";
import { lowerPending } from "./lower/functions.ts";
import { Linker } from "./lower/linker.ts";
import { exportedNames, type Module, Modules } from "./modules.ts";
import { optimise } from "./optimise/optimise.ts";
import { suggestion } from "./suggest.ts";
import type { FuncDecl } from "./types.ts";

/** What to compile. */
export interface CompileRequest {
  readonly host: SpecimenHost;
  /** A scenario, or any other file. */
  readonly root: string;
  /** What `#scheme` is, over the kernel's defaults; "" for the defaults alone. */
  readonly scheme: string;
  /** What `#arch` is, likewise. */
  readonly arch: string;
  /** Exported functions to start from, besides those that are passed on as mains and handlers. */
  readonly entries: readonly string[];
  /** Files whose exports may also be named as entries. */
  readonly extraRoots?: readonly string[];
  /** Build options by name, without CONFIG_. */
  readonly config: ReadonlyMap<string, boolean>;
  /** Leaves the program as lowered: for tests and for readers of the printed IR. */
  readonly unoptimised?: boolean;
}

/** Compiles, or says everything that is wrong. */
export function compile(request: CompileRequest): Result<Program, readonly Diagnostic[]> {
  const reporter = new Reporter();
  const roots = [request.root, ...(request.extraRoots ?? [])];
  const modules = new Modules({ ...request, roots }, reporter);
  const unit = new Unit(modules, reporter, request.config);
  checkProgram(unit);
  checkHooks(unit);
  const rootModules = roots.map((name) => modules.byName(name)).filter((module) => module !== undefined);
  const entries = findEntries(request, modules, rootModules, reporter);
  if (reporter.failed) return err(reporter.all());
  const program = link(unit, entries, rootModules, request.unoptimised === true);
  return reporter.failed ? err(reporter.all()) : ok(program);
}

function findEntries(
  request: CompileRequest,
  modules: Modules,
  roots: readonly Module[],
  reporter: Reporter,
): Map<string, FuncDecl> {
  const found = new Map<string, FuncDecl>();
  for (const name of request.entries) {
    const decls = roots.map((root) => modules.exported(root, name));
    const decl = decls.find((candidate) => candidate?.kind === "func");
    if (decl?.kind === "func") found.set(name, decl);
    else reportMissingEntry(name, request.root, roots, reporter);
  }
  return found;
}

function reportMissingEntry(name: string, root: string, roots: readonly Module[], reporter: Reporter): void {
  const [first] = roots;
  if (first === undefined || roots.some((file) => file.broken)) return;
  const near = suggestion(name, roots.flatMap(exportedNames));
  reporter.report("kts-entry-missing", startOf(first.source), { file: root, name, suggestion: near });
}

function link(
  unit: Unit,
  entries: ReadonlyMap<string, FuncDecl>,
  roots: readonly Module[],
  unoptimised: boolean,
): Program {
  const linker = new Linker(unit);
  const ids = new Map<string, FuncId>();
  for (const [name, decl] of entries) ids.set(name, linker.funcId(decl, "entry"));
  const finish = (func: Func) => (unoptimised ? func : optimise(func));
  lowerPending(linker, finish);
  const structOf = (role: "task" | "mm") => {
    const decl = unit.roles.get(role);
    return decl && linker.structId(decl);
  };
  return {
    taskStruct: structOf("task"),
    mmStruct: structOf("mm"),
    structs: linker.structs,
    globals: linker.globals,
    funcs: linker.funcs(),
    entries: ids,
    positions: linker.positions,
    constants: exportedConstants(roots),
  };
}

function exportedConstants(roots: readonly Module[]): Map<string, number> {
  const constants = new Map<string, number>();
  for (const root of roots) {
    for (const decl of root.decls.values()) {
      if (decl.kind !== "const" || !decl.exported || typeof decl.state !== "object") continue;
      constants.set(decl.name, decl.state.value);
    }
  }
  return constants;
}
