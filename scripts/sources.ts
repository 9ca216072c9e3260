/**
 * The source files of the package as syntax trees, for the scripts that check rules over them.
 *
 * Trees, not regular expressions: a specimen quoted in a test's template string is no import, and `any` in a comment
 * is no type.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@babel/parser";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** One parsed file. */
export interface Source {
  /** Path from the root of the package, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: Node;
  /** Comments, which the tree proper does not hold. */
  readonly comments: readonly { readonly value: string; readonly line: number }[];
}

/** What the scripts need of a syntax node; other members are reached through `children`. */
export interface Node {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
  readonly [member: string]: unknown;
}

/** All TypeScript files below `folder`, in the order of their names. */
export function readSources(folder: string): Source[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  return paths.sort().map(readSource);
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), "utf8");
  const file = parse(text, { sourceType: "module", plugins: ["typescript"], errorRecovery: true });
  const comments = (file.comments ?? []).map((c) => ({ value: c.value, line: c.loc?.start.line ?? 0 }));
  return { path, text, tree: file.program as unknown as Node, comments };
}

/** Calls `visit` for `node` and everything below it, parents first. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const member of Object.values(node)) {
    if (Array.isArray(member)) for (const item of member) walkValue(item, visit);
    else walkValue(member, visit);
  }
}

function walkValue(value: unknown, visit: (node: Node) => void): void {
  if (isNode(value)) walk(value, visit);
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** First line of a node, from 1. */
export function lineOf(node: Node): number {
  return node.loc?.start.line ?? 0;
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts") || path.endsWith(".nocompile.ts");
}
