/**
 * The files of one compilation and the names that they give each other.
 *
 * Two imports are no files. `#scheme` gives a name as the scheme under test exports it, else the kernel's default in
 * `kernel/scheme.ts`; `#arch` likewise over `arch/defaults.ts` or `arch/generic.ts`. So a scheme overrides the hooks
 * that it cares about, and the common paths import all of them from one place. Imports may form circles: names are
 * looked up once every file is loaded.
 */

import type { Reporter } from "../diag/diagnostic.ts";
import { type SourceText, type Span, startOf } from "../diag/source.ts";
import { collectDeclarations } from "./collect.ts";
import type { SpecimenHost } from "./host.ts";
import { parseFile } from "./parse.ts";
import { suggestion } from "./suggest.ts";
import type { Decl } from "./types.ts";

/** A file. */
export interface Module {
  readonly source: SourceText;
  /** Has syntax errors: what it lacks may only not have been parsed, so nobody complains about that. */
  readonly broken: boolean;
  /** Declared at the top level, by name. */
  readonly decls: Map<string, Decl>;
  /** Imported, by local name. */
  readonly imports: Map<string, Import>;
  /** Exported again from elsewhere, by exported name. */
  readonly reexports: Map<string, Import>;
}

/** A name taken from another file. */
export interface Import {
  readonly specifier: string;
  /** The name there. */
  readonly name: string;
  readonly at: Span;
  /** Filled in by loading; undefined when that failed and was reported. */
  from: Source | undefined;
}

/** What an import takes names from. */
export type Source = Module | Virtual;

/** `#scheme` or `#arch`: the file under test over the kernel's defaults. */
export interface Virtual {
  readonly specifier: string;
  /** Undefined when the request names no scheme (or architecture): every default holds. */
  readonly chosen: Module | undefined;
  readonly defaults: Module | undefined;
}

/** What a compilation is made of. */
export interface ModuleRequest {
  readonly host: SpecimenHost;
  /** Files to load besides what imports reach. */
  readonly roots: readonly string[];
  readonly scheme: string;
  readonly arch: string;
}

const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  "#scheme": ["kernel/scheme.ts"],
  "#arch": ["arch/defaults.ts", "arch/generic.ts"],
};

/** Loads files and finds names. */
export class Modules {
  readonly #host: SpecimenHost;
  readonly #reporter: Reporter;
  readonly #request: ModuleRequest;
  /** By file name, in the order of loading. Undefined: asked for and not there. */
  readonly #loaded = new Map<string, Module | undefined>();
  readonly #virtual = new Map<string, Virtual>();

  constructor(request: ModuleRequest, reporter: Reporter) {
    this.#host = request.host;
    this.#reporter = reporter;
    this.#request = request;
    for (const root of request.roots) this.#loadNamed(root);
    if (request.scheme !== "") this.#virtualOf("#scheme");
    if (request.arch !== "") this.#virtualOf("#arch");
  }

  /** Every file, in the order of loading. */
  all(): readonly Module[] {
    return [...this.#loaded.values()].filter((module) => module !== undefined);
  }

  /** A file by name, if it was loaded. */
  byName(name: string): Module | undefined {
    return this.#loaded.get(name);
  }

  /** `#scheme` and `#arch` as far as they are used. */
  virtuals(): readonly Virtual[] {
    return [...this.#virtual.values()];
  }

  /** What a name at the top level of a file means. Failed imports are reported where they stand. */
  lookup(module: Module, name: string): Decl | undefined {
    const own = module.decls.get(name);
    if (own !== undefined) return this.#overridden(module, own) ?? own;
    const imported = module.imports.get(name);
    return imported === undefined ? undefined : this.#follow(imported);
  }

  /**
   * The file of defaults calls its own hooks as the kernel would: what the chosen file exports under that name goes
   * first. Otherwise a default that asks another hook (`finish_lazy_switch` → `mmdrop_lazy_tlb_sched`) would run the
   * default of a scheme that was not chosen.
   */
  #overridden(module: Module, own: Decl): Decl | undefined {
    if (!own.exported || own.kind !== "func") return undefined;
    for (const { chosen, defaults } of this.#virtual.values()) {
      if (defaults === module && chosen !== undefined) return this.exported(chosen, own.name);
    }
    return undefined;
  }

  /** Whether a name is declared or imported in a file, even if that failed. */
  knows(module: Module, name: string): boolean {
    return module.decls.has(name) || module.imports.has(name);
  }

  /** What a source exports under a name. */
  exported(source: Source, name: string, trail: readonly Import[] = []): Decl | undefined {
    if ("specifier" in source) {
      const chosen = source.chosen && this.exported(source.chosen, name, trail);
      return chosen ?? (source.defaults && this.exported(source.defaults, name, trail));
    }
    const own = source.decls.get(name);
    if (own?.exported) return own;
    const again = source.reexports.get(name);
    return again === undefined ? undefined : this.#follow(again, trail);
  }

  /** Reports imports of names that are not exported, in every file. */
  checkImports(): void {
    for (const module of this.all()) {
      for (const taken of [...module.imports.values(), ...module.reexports.values()]) this.#follow(taken);
    }
  }

  #follow(taken: Import, trail: readonly Import[] = []): Decl | undefined {
    if (trail.includes(taken)) {
      this.#reporter.report("kts-import-cycle", taken.at, { name: taken.name });
      return undefined;
    }
    if (taken.from === undefined) return undefined;
    const decl = this.exported(taken.from, taken.name, [...trail, taken]);
    if (decl === undefined) this.#reportMissing(taken, taken.from);
    return decl;
  }

  #reportMissing(taken: Import, from: Source): void {
    const files = "specifier" in from ? [from.chosen, from.defaults] : [from];
    if (files.some((file) => file?.broken)) return;
    this.#reporter.report("kts-import-name", taken.at, {
      module: taken.specifier,
      name: taken.name,
      suggestion: suggestion(taken.name, exportedNames(from)),
    });
  }

  /** A file that the request names. */
  #loadNamed(name: string): Module | undefined {
    const module = this.#load(name);
    if (module === undefined) this.#reporter.report("kts-no-file", startOf({ name, text: "" }), { name });
    return module;
  }

  #load(name: string): Module | undefined {
    if (this.#loaded.has(name)) return this.#loaded.get(name);
    const parsed = parseFile(this.#host, name);
    if (parsed === undefined) {
      this.#loaded.set(name, undefined);
      return undefined;
    }
    const module: Module = {
      source: parsed.source,
      broken: parsed.problems.length > 0,
      decls: new Map(),
      imports: new Map(),
      reexports: new Map(),
    };
    this.#loaded.set(name, module);
    for (const { message, line, column } of parsed.problems) {
      this.#reporter.report(
        "kts-syntax",
        { file: module.source, line, column: column + 1, length: 1 },
        { message },
      );
    }
    collectDeclarations(module, parsed.body, this.#reporter);
    for (const taken of [...module.imports.values(), ...module.reexports.values()]) {
      taken.from = this.#source(taken, module);
    }
    return module;
  }

  #source(taken: Import, importer: Module): Source | undefined {
    if (taken.specifier in DEFAULTS) return this.#virtualOf(taken.specifier);
    const name = this.#host.resolve(taken.specifier, importer.source.name);
    const module = name === undefined ? undefined : this.#load(name);
    if (module === undefined) {
      const reason =
        name === undefined ? "it is neither relative nor of this package" : `there is no file ${name}`;
      this.#reporter.report("kts-import-missing", taken.at, { specifier: taken.specifier, reason });
    }
    return module;
  }

  #virtualOf(specifier: string): Virtual {
    const known = this.#virtual.get(specifier);
    if (known !== undefined) return known;
    const name = specifier === "#scheme" ? this.#request.scheme : this.#request.arch;
    const virtual: { -readonly [K in keyof Virtual]: Virtual[K] } = {
      specifier,
      chosen: undefined,
      defaults: undefined,
    };
    // Entered before its files are loaded, because they may import from it.
    this.#virtual.set(specifier, virtual);
    if (name !== "") virtual.chosen = this.#loadNamed(name);
    const defaults = DEFAULTS[specifier]?.find((file) => this.#host.read(file) !== undefined);
    if (defaults !== undefined) virtual.defaults = this.#load(defaults);
    return virtual;
  }
}

/** All names that a source exports. */
export function exportedNames(source: Source): string[] {
  if ("specifier" in source) {
    return [source.chosen, source.defaults].flatMap((module) => (module ? exportedNames(module) : []));
  }
  const own = [...source.decls.values()].filter((decl) => decl.exported).map((decl) => decl.name);
  return [...own, ...source.reexports.keys()];
}
