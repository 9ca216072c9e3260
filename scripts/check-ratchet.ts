/** Counts the constructs of `ratchet.ts` and checks file and function lengths. Prints file:line of each finding. */

import { ALLOWED, CORE, type Construct, FILE_LINES, FUNCTION_LINES, WHOLE } from "./ratchet.ts";
import { isNode, isTest, lineOf, type Node, readSources, type Source, walk } from "./sources.ts";

interface Finding {
  readonly construct: Construct;
  readonly at: string;
  /** Past a hard budget: no allowance covers it. */
  readonly hard: boolean;
}

const SUPPRESSION = /^\s*(biome-ignore|@ts-(ignore|expect-error|nocheck))/;
const FUNCTION =
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ClassMethod|ClassPrivateMethod|ObjectMethod)$/;
/** Members of globals that make a run depend on more than its inputs. */
const IMPURE: Readonly<Record<string, readonly string[] | "all">> = {
  Date: ["now"],
  Math: ["random"],
  performance: "all",
  console: "all",
  process: "all",
};

function findingsOf(source: Source): Finding[] {
  const core = source.path.startsWith("src/") && CORE.includes(source.path.split("/")[1] ?? "");
  const found: Finding[] = [];
  const add = (construct: Construct, line: number, note = "", hard = false): void => {
    found.push({ construct, at: `${source.path}:${line}: ${construct}${note}`, hard });
  };
  for (const { value, line } of source.comments)
    if (SUPPRESSION.test(value)) add("suppression comment", line);
  const lines = source.text.split("\n").length - 1;
  if (lines > FILE_LINES.soft) add("long file", lines, ` (${lines} lines)`, lines > FILE_LINES.hard);
  walk(source.tree, (node) => {
    if (node.type === "TSAnyKeyword") add("any", lineOf(node));
    if (node.type === "TSNonNullExpression") add("non-null !", lineOf(node));
    if (core && isImpure(node)) add("impure core", lineOf(node));
    if (FUNCTION.test(node.type)) checkLength(source.path, node, add);
  });
  return found;
}

function isImpure(node: Node): boolean {
  if (node.type === "NewExpression") return nameOf(node.callee) === "Date" && isEmpty(node.arguments);
  if (node.type !== "MemberExpression") return false;
  const members = IMPURE[nameOf(node.object) ?? ""];
  return members === "all" || (members?.includes(nameOf(node.property) ?? "") ?? false);
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function nameOf(value: unknown): string | undefined {
  return isNode(value) && typeof value.name === "string" && value.type === "Identifier"
    ? value.name
    : undefined;
}

type Add = (construct: Construct, line: number, note?: string, hard?: boolean) => void;

function checkLength(path: string, node: Node, add: Add): void {
  const lines = (node.loc?.end.line ?? 0) - lineOf(node) + 1;
  const name = nameOf(node.id) ?? nameOf(node.key) ?? "(anonymous)";
  if (lines <= FUNCTION_LINES.soft || `${path}:${name}` in WHOLE) return;
  add("long function", lineOf(node), ` ${name} (${lines} lines)`, lines > FUNCTION_LINES.hard);
}

/** Compares the findings of one construct with its allowance; false when it fails. */
function judge(construct: Construct, findings: readonly Finding[]): boolean {
  const allowed = ALLOWED[construct];
  const over = findings.length > allowed || findings.some((finding) => finding.hard);
  if (over) for (const finding of findings) console.error(finding.at);
  if (findings.length < allowed)
    console.log(`${construct}: ${findings.length} left; lower ${allowed} in scripts/ratchet.ts`);
  return !over;
}

function main(): void {
  const sources = [...readSources("src"), ...readSources("scripts")].filter((source) => !isTest(source.path));
  const findings = sources.flatMap(findingsOf);
  const constructs = Object.keys(ALLOWED) as Construct[];
  const counts = constructs.map((construct) => {
    const own = findings.filter((finding) => finding.construct === construct);
    if (!judge(construct, own)) process.exitCode = 1;
    return `${construct} ${own.length}/${ALLOWED[construct]}`;
  });
  console.log(`ratchet: ${counts.join(", ")}`);
}

main();
