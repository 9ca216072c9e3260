/** What `check --mutate` prints: per mutation, scheme and scenario, what was to break and what did. */

import type { CheckResult, MutationInfo, MutationOutcome } from "../evidence/types.ts";
import { count, plural } from "./format.ts";
import { type Column, table } from "./table.ts";
import { paragraph, printable, wrap } from "./text.ts";
import { verdictWord } from "./verdict.ts";
import { violations } from "./violation.ts";

const COLUMNS: readonly Column[] = [
  // The id is what one types next, so it gives way last.
  { title: "mutation", align: "left", shrinkTo: 38 },
  { title: "scheme", align: "left", shrinkTo: 9 },
  { title: "scenario", align: "left", shrinkTo: 12 },
  { title: "expected", align: "left", shrinkTo: 8 },
  { title: "found", align: "left", shrinkTo: 8 },
  { title: "steps", align: "right" },
  { title: "unmutated", align: "left", shrinkTo: 8 },
  { title: "caught", align: "left" },
];

export const MUTATION_HEADS: readonly string[] = COLUMNS.map((column) => column.title);

/** With `details`, what each mutation changes, in words, and the execution that shows it. */
export function mutationReport(
  outcomes: readonly MutationOutcome[],
  options: { readonly details: boolean },
  width: number,
): string {
  const lines = [...table(COLUMNS, outcomes.map(mutationRow), width), "", ...summary(outcomes, width)];
  if (!options.details) return paragraph(lines);
  const mutations = [...new Set(outcomes.map((outcome) => outcome.mutation))];
  const stories = mutations.flatMap((mutation) => storyLines(mutation, width));
  const executions = outcomes.map((outcome) => outcome.mutated);
  return paragraph([...lines, ...stories]) + violations(executions, width);
}

function storyLines({ id, title, source, story }: MutationInfo, width: number): string[] {
  const head = [`${id}: ${title}`, ...(source === "" ? [] : [`from: ${source}`])];
  return [
    "",
    ...[...head, ...story.map((line) => `- ${line}`)].flatMap((line) => wrap(printable(line), width, "  ")),
  ];
}

export function mutationRow({ mutation, mutated, unmutated, caught }: MutationOutcome): string[] {
  return [
    mutation.id,
    mutated.scheme,
    mutated.scenario,
    mutation.violates.join("|"),
    mutated.verdict.kind === "violated" ? mutated.verdict.violation.property : verdictWord(mutated.verdict),
    witnessSteps(mutated),
    verdictWord(unmutated.verdict),
    caught ? "yes" : "NOT CAUGHT",
  ];
}

/** Length of the witness, in transitions. */
function witnessSteps(check: CheckResult): string {
  if (check.verdict.kind !== "violated") return "–";
  return count(check.verdict.violation.timeline.rows.at(-1)?.step ?? 0);
}

function summary(outcomes: readonly MutationOutcome[], width: number): string[] {
  const all = new Set(outcomes.map((outcome) => outcome.mutation.id));
  const missed = new Set(outcomes.filter((outcome) => !outcome.caught).map((outcome) => outcome.mutation.id));
  const words =
    `${all.size - missed.size} of ${plural(all.size, "mutation")} caught: violated in a property that the mutation names, ` +
    "with the unmutated specimen proved (over graphs: searched as far), in each scenario that it names";
  return wrap(printable(words), width, "  ");
}
