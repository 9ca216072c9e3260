/**
 * A violation as a maintainer meets it: which scheme, what broke in words, the witness to replay (first of all, since
 * it outlives everything else), then the execution, one column per CPU.
 */

import { type CheckResult, PROPERTIES, type Violation } from "../evidence/types.ts";
import { missingSentences } from "./missing_order.ts";
import { PAGE_WIDTH, paragraph, printable, shellWord, wrap } from "./text.ts";
import { timelineText } from "./timeline.ts";

/** A check that ended in a violation. */
export interface Violated {
  readonly check: CheckResult;
  readonly violation: Violation;
}

export function violatedOf(checks: readonly CheckResult[]): Violated[] {
  return checks.flatMap((check) =>
    check.verdict.kind === "violated" ? [{ check, violation: check.verdict.violation }] : [],
  );
}

/** Every violation in full. */
export function violations(checks: readonly CheckResult[], width: number): string {
  return violatedOf(checks)
    .map((violated) => `\n${violationText(violated, width)}`)
    .join("");
}

export function violationText(violated: Violated, width: number): string {
  const { check, violation } = violated;
  const lines = [
    `✗ ${title(check)}: violated: ${violation.property} (${PROPERTIES[violation.property]})`,
    violation.summary,
  ];
  const head = lines.flatMap((line) => wrap(printable(line), width, "  "));
  const timeline = timelineText(violation.timeline, width);
  return paragraph([...head, ...witnessLines(violated), ""]) + timeline + missingText(violation, width);
}

/** Which order is missing, where the memory model says so. */
function missingText({ graph }: Violation, width: number): string {
  if (graph === undefined) return "";
  const lines = missingSentences(graph).flatMap((sentence) => wrap(printable(sentence), width, "  "));
  return paragraph(["", ...lines]);
}

export function title(check: CheckResult): string {
  const mutation = check.mutation === undefined ? "" : ` + ${check.mutation}`;
  return `${check.scheme}${mutation}, ${check.scenario}`;
}

/** The witness, and the command that shows the execution again. Never broken or cut: they are there to be copied. */
function witnessLines({ check, violation }: Violated): string[] {
  const witness = printable(violation.witness);
  return [`witness: ${witness}`, `replay:  ${replayCommand(check)} --replay '${witness}'`];
}

export function replayCommand(check: CheckResult): string {
  const mutation = check.mutation === undefined ? "" : ` --mutate ${shellWord(check.mutation)}`;
  // The witness of a store buffer says so itself; that of a graph does not say of which model.
  const model = ["sc", "tso"].includes(check.model) ? "" : ` --model ${shellWord(check.model)}`;
  const where = `--scenario ${check.scenario} --arch ${check.arch} --cpus ${check.cpus}`;
  return printable(`lazytlb check ${shellWord(check.scheme)} ${where}${model}${mutation}`);
}

/** For `--quiet`: one paragraph each, without the execution. */
export function violationLines(checks: readonly CheckResult[]): string {
  return violatedOf(checks)
    .map((violated) => {
      const summary = `${title(violated.check)}: violated: ${violated.violation.summary}`;
      return paragraph([...wrap(printable(summary), PAGE_WIDTH, "  "), ...witnessLines(violated)]);
    })
    .join("");
}
