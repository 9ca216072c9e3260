/**
 * A scheme (or architecture) file against the defaults that it overrides.
 *
 * An exported function or constant that is neither a hook nor imported by anyone is most likely a misspelled hook:
 * the default would hold silently, and the wrong scheme be proved. A hook must have the signature of its default,
 * because the common paths call it so.
 */

import type { Reporter } from "../diag/diagnostic.ts";
import type { Unit } from "./check/unit.ts";
import { exportedNames, type Module, type Modules, type Virtual } from "./modules.ts";
import { suggestion } from "./suggest.ts";
import { type FuncDecl, sameType, signatureName } from "./types.ts";

export function checkHooks(unit: Unit): void {
  const { modules } = unit;
  for (const virtual of modules.virtuals()) {
    if (virtual.chosen === undefined || virtual.defaults === undefined) continue;
    if (virtual.chosen === virtual.defaults) continue;
    checkAgainst(unit, virtual, virtual.chosen, virtual.defaults);
  }
}

function checkAgainst(unit: Unit, virtual: Virtual, chosen: Module, defaults: Module): void {
  const { modules, reporter } = unit;
  const wanted = wantedNames(modules, virtual);
  for (const decl of chosen.decls.values()) {
    if (!decl.exported || (decl.kind !== "func" && decl.kind !== "const")) continue;
    const original = modules.exported(defaults, decl.name);
    if (decl.kind === "func" && original?.kind === "func") checkSignature(decl, original, reporter);
    if (original !== undefined || wanted.has(decl.name) || unit.used.has(decl)) continue;
    reporter.report("kts-hook-unknown", decl.at, {
      name: decl.name,
      defaults: defaults.source.name,
      suggestion: suggestion(decl.name, exportedNames(defaults)),
    });
  }
}

/** Names that some file imports from the virtual module or from the chosen file itself. */
function wantedNames(modules: Modules, virtual: Virtual): Set<string> {
  const names = new Set<string>();
  for (const module of modules.all()) {
    for (const taken of [...module.imports.values(), ...module.reexports.values()]) {
      if (taken.from === virtual || taken.from === virtual.chosen) names.add(taken.name);
    }
  }
  return names;
}

function checkSignature(decl: FuncDecl, original: FuncDecl, reporter: Reporter): void {
  const params = decl.params.map((param) => param.type);
  const expected = original.params.map((param) => param.type);
  const same =
    params.length === expected.length &&
    params.every((type, index) => sameType(type, expected[index] ?? type)) &&
    sameType(decl.result, original.result);
  if (same) return;
  reporter.report("kts-hook-signature", decl.at, {
    name: decl.name,
    found: signatureName(params, decl.result),
    expected: signatureName(expected, original.result),
    defaults: original.module.source.name,
  });
}
