/** Checks every import of `src/` against the table in `layers.ts`. Prints file:line of each that is not in it. */

import { posix } from "node:path";
import { DEBT, LAYERS } from "./layers.ts";
import { isNode, isTest, lineOf, type Node, readSources, type Source, walk } from "./sources.ts";

interface Import {
  readonly line: number;
  readonly specifier: string;
}

function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  walk(source.tree, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) found.push({ line: lineOf(node), specifier });
  });
  return found;
}

/** `import … from "x"`, `export … from "x"`, `import("x")` and the type `import("x").T`. */
function specifierOf(node: Node): string | undefined {
  if (/^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type)) return literal(node.source);
  if (node.type === "ImportExpression") return literal(node.source);
  if (node.type === "TSImportType") return literal(node.argument);
  if (node.type !== "CallExpression" || !isNode(node.callee) || node.callee.type !== "Import")
    return undefined;
  return Array.isArray(node.arguments) ? literal(node.arguments[0]) : undefined;
}

function literal(value: unknown): string | undefined {
  return isNode(value) && typeof value.value === "string" ? value.value : undefined;
}

/** What is wrong with an import, or nothing. */
function fault(path: string, specifier: string): string | undefined {
  const from = path.split("/")[1] ?? "";
  const layer = LAYERS[from];
  if (layer === undefined) return `src/${from} has no row in scripts/layers.ts`;
  if (!specifier.startsWith(".")) return packageFault(from, layer.packages ?? [], specifier);
  const target = posix.normalize(posix.join(posix.dirname(path), specifier)).split("/");
  if (target[0] !== "src") return `src/ may not import ${target.join("/")}`;
  const to = target[1] ?? "";
  return to === from || layer.folders.includes(to) || owed(from, to)
    ? undefined
    : `${from} may not import ${to}`;
}

function packageFault(from: string, allowed: readonly string[], specifier: string): string | undefined {
  const name = /^(node:|@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? specifier;
  return allowed.includes(name) ? undefined : `${from} may not import the package ${specifier}`;
}

function owed(from: string, to: string): boolean {
  return DEBT.some((debt) => debt.from === from && debt.to === to);
}

function main(): void {
  const sources = readSources("src").filter((source) => !isTest(source.path));
  const faults = sources.flatMap((source) =>
    importsOf(source).flatMap(({ line, specifier }) => {
      const wrong = fault(source.path, specifier);
      return wrong === undefined ? [] : [`${source.path}:${line}: ${wrong}`];
    }),
  );
  for (const line of faults) console.error(line);
  console.log(`layers: ${sources.length} files, ${faults.length} forbidden imports, ${DEBT.length} owed`);
  if (faults.length > 0) process.exitCode = 1;
}

main();
