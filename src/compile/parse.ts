/**
 * Text to syntax tree, once per text.
 *
 * The parser recovers from what it can, so that several syntax errors of a file are reported together. A comparison
 * compiles some sixty programs from the same few files, so parsed files are kept per host, by name and text: a host
 * that overlays a patched file shares the parse of every other file with its base.
 */

import { parse as parseWithBabel } from "@babel/parser";
import type { SourceText } from "../diag/source.ts";
import type { SpecimenHost } from "./host.ts";
import type * as ast from "./syntax.ts";

/** A syntax error: line from 1, column from 0. */
export interface SyntaxProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** A file, parsed. Shared between compilations and never written to. */
export interface ParsedFile {
  readonly source: SourceText;
  readonly body: readonly ast.Statement[];
  readonly problems: readonly SyntaxProblem[];
}

const cache = new WeakMap<SpecimenHost, Map<string, ParsedFile>>();

/** The parse of a file; undefined when the host has none of that name. */
export function parseFile(host: SpecimenHost, name: string): ParsedFile | undefined {
  const text = host.read(name);
  if (text === undefined) return undefined;
  const files = cacheOf(host);
  const key = `${name}\0${text}`;
  const known = files.get(key);
  if (known !== undefined) return known;
  const parsed = parseText({ name, text });
  files.set(key, parsed);
  return parsed;
}

function cacheOf(host: SpecimenHost): Map<string, ParsedFile> {
  const owner = host.base === undefined ? host : rootOf(host.base);
  const known = cache.get(owner);
  if (known !== undefined) return known;
  const files = new Map<string, ParsedFile>();
  cache.set(owner, files);
  return files;
}

function rootOf(host: SpecimenHost): SpecimenHost {
  return host.base === undefined ? host : rootOf(host.base);
}

/** Parses a text without a cache. */
export function parseText(source: SourceText): ParsedFile {
  try {
    const file = parseWithBabel(source.text, {
      sourceType: "module",
      plugins: ["typescript"],
      errorRecovery: true,
    });
    const problems = (file.errors ?? []).map(problemOf);
    // A tree that the parser recovered may have holes, which its types deny: then only the syntax is reported.
    const whole = problems.length === 0 || !hasHole(file.program.body);
    return { source, body: whole ? file.program.body : [], problems };
  } catch (error) {
    return { source, body: [], problems: [problemOf(error)] };
  }
}

/** Whether a list somewhere in the tree has an element that is no node. */
function hasHole(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some((element) => element === null || hasHole(element));
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree).some(([key, child]) => key !== "loc" && hasHole(child));
}

/** The parser's error, without the "(line:column)" that it appends. */
function problemOf(error: unknown): SyntaxProblem {
  const { message, loc } = error as { message: string; loc?: { line: number; column: number } };
  if (loc === undefined) throw error;
  const text = message.replace(/\s*\(\d+:\d+\)$/, "").replace(/\.$/, "");
  return { message: text.charAt(0).toLowerCase() + text.slice(1), line: loc.line, column: loc.column };
}
