/**
 * Litmus results as herd7 prints them, line by line, so that scripts written for it read ours: Test, States, Ok or No,
 * Witnesses, Flag, Condition, Observation, Time, Hash. What herd7 does not say follows behind a blank line.
 */

import type { LitmusMerging, LitmusQuantifier, LitmusReason, LitmusResult } from "../evidence/litmus.ts";

const KINDS: Readonly<Record<LitmusQuantifier, string>> = {
  exists: "Allowed",
  "~exists": "Forbidden",
  forall: "Required",
};

/** All tests, each with a blank line behind it. */
export function litmusReport(results: readonly LitmusResult[]): string {
  return results.map((result) => `${litmusLines(result).join("\n")}\n\n`).join("");
}

function litmusLines(result: LitmusResult): string[] {
  const { name, quantifier, states, positive, negative } = result;
  // For `~exists`, herd7's witnesses are those of the claim: executions without the outcome.
  const [witnesses, others] = quantifier === "~exists" ? [negative, positive] : [positive, negative];
  return [
    `Test ${name} ${KINDS[quantifier]}`,
    `States ${states.length}`,
    ...states,
    `${result.bound === undefined ? "" : "Loop "}${judgement(result)}`,
    "Witnesses",
    `Positive: ${witnesses} Negative: ${others}`,
    ...result.flags.map((flag) => `Flag ${flag}`),
    `Condition ${result.condition}`,
    `Observation ${name} ${observation(result)} ${positive} ${negative}`,
    `Time ${name} ${result.seconds.toFixed(2)}`,
    ...(result.hash === undefined ? [] : [`Hash=${result.hash}`]),
    ...notes(result),
    ...(result.why === undefined ? [] : reasonLines(result.why)),
  ];
}

/** Of a search that hit a limit only an execution is an answer, never that there was none. */
function judgement(result: LitmusResult): "Ok" | "No" | "Bounded" {
  const { quantifier, positive, negative, limit } = result;
  const isDecided = (quantifier === "forall" ? negative : positive) > 0;
  if (limit !== undefined && !isDecided) return "Bounded";
  return isValidated(result) ? "Ok" : "No";
}

/** What the counts leave out. */
function notes(result: LitmusResult): string[] {
  const { limit, merged } = result;
  const ended =
    limit === undefined
      ? []
      : [`Note: bounded: the search ended after ${limit} steps. There may be other states and executions.`];
  const states = merged === undefined ? [] : mergedLines(merged);
  return [...(ended.length === 0 ? [] : ["", ...ended]), ...states, ...uncounted(result)];
}

function mergedLines({ explored, left, flags }: LitmusMerging): string[] {
  return [
    "",
    `Note: executions were not counted: the numbers are of states. ${explored} nodes were explored, ${left} left out.`,
    ...(flags.length === 0
      ? []
      : [`Note: flags that an execution left out might raise: ${flags.join(", ")}.`]),
  ];
}

function uncounted({ stuck, faults, bound, merged }: LitmusResult): string[] {
  // A merged search knows whether there are any, not how many.
  const number = (count: number): string => (merged === undefined ? `${count}` : "some");
  const out = [
    ...(bound === undefined ? [] : [`some go round a loop more than ${bound} times`]),
    ...(stuck === 0 ? [] : [`in ${number(stuck)} a thread waits for ever`]),
    ...(faults === 0
      ? []
      : [`${number(faults)} use a null or stray pointer, or release a lock that is not held`]),
  ];
  return out.length === 0 ? [] : ["", `Note: executions that are not counted: ${out.join("; ")}.`];
}

/** Whether the claim that the condition makes is true. */
export function isValidated({ quantifier, positive, negative }: LitmusResult): boolean {
  if (quantifier === "forall") return negative === 0;
  return quantifier === "exists" ? positive > 0 : positive === 0;
}

/** How often the proposition holds; "Bounded" where the search ended before it could tell. */
export function observation({
  positive,
  negative,
  limit,
}: Pick<LitmusResult, "positive" | "negative" | "limit">): "Never" | "Sometimes" | "Always" | "Bounded" {
  if (limit !== undefined && (positive === 0 || negative === 0)) return "Bounded";
  if (positive === 0) return "Never";
  return negative === 0 ? "Always" : "Sometimes";
}

const NOTHING_FOUND = [
  "Why: among the executions that were looked at none shows the outcome, whatever the model's axioms; there are more.",
];

const NOTHING_TO_REJECT = [
  "Why: even without the model's axioms no execution shows the outcome: no write has such a value, or a read would",
  "have to wait for a write that depends on it.",
];

function reasonLines({ axiom, kind, edges, candidates, cut }: LitmusReason): string[] {
  if (candidates === 0) return ["", ...(cut === true ? NOTHING_FOUND : NOTHING_TO_REJECT)];
  const width = Math.max(...edges.map(({ from }) => from.length));
  return [
    "",
    `Why: ${cut === true ? "at least " : ""}${candidates} candidate execution${candidates === 1 ? "" : "s"} would show the outcome. This one breaks \`${axiom}\` (${kind}):`,
    ...edges.map(({ from, via, to }) => `  ${from.padEnd(width)}  --${via}-->  ${to}`),
  ];
}

/** One line over all tests, for stderr. */
export function litmusSummary(results: readonly LitmusResult[], failed: number, seconds: number): string {
  const of = (wanted: string): number => results.filter((result) => observation(result) === wanted).length;
  const counted = results.filter(({ merged }) => merged === undefined);
  const executions = counted.reduce((sum, { positive, negative }) => sum + positive + negative, 0);
  const parts = [
    `${results.length} test${results.length === 1 ? "" : "s"}: ${of("Never")} Never, ${of("Sometimes")} Sometimes, ${of("Always")} Always`,
    ...(counted.length === 0 ? [] : [`${executions} executions`]),
    ...countOf("merged", results.length - counted.length),
    ...countOf("with flags", results.filter(({ flags }) => flags.length > 0).length),
    ...countOf("Bounded", results.filter((result) => observation(result) === "Bounded").length),
    ...countOf("with loops cut", results.filter(({ bound }) => bound !== undefined).length),
    ...countOf("in which a thread may wait for ever", results.filter(({ stuck }) => stuck > 0).length),
    ...countOf("with bad accesses", results.filter(({ faults }) => faults > 0).length),
    ...countOf("not read", failed),
  ];
  return `lazytlb: ${parts.join(", ")}; ${seconds.toFixed(2)} s\n`;
}

function countOf(what: string, count: number): string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}
