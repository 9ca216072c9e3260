/** What `replay` prints: the trace, the totals per scheme, predicted against observed, and the busiest mms. */

import { type MmReplay, type ReplayResult, type SchemeReplay, SWITCH_CLASSES } from "../evidence/types.ts";
import { replayRows } from "./compare_report.ts";
import { COSTS, SWITCH_WORDS } from "./figures.ts";
import { count, seconds, share, shortCount } from "./format.ts";
import { schemeTable } from "./scheme_table.ts";
import { type Column, table } from "./table.ts";
import { cut, paragraph, printable } from "./text.ts";
import { totalSwitches, traceFacts } from "./trace_facts.ts";

/** Rows of a table of mms; the JSON has all. */
const MOST = 12;

export function replayReport(replay: ReplayResult, width: number): string {
  const names = replay.schemes.map((scheme) => scheme.scheme);
  return paragraph([
    ...traceFacts(replay, width),
    "",
    ...schemeTable(names, replayRows(names, replay), width),
    ...switchTable(replay, width),
    ...replay.schemes.flatMap((scheme) => [...comparedTable(scheme, width), ...mmTable(scheme, width)]),
  ]);
}

const NAMES: readonly Column[] = [
  { title: "mm", align: "left", shrinkTo: 8 },
  { title: "comm", align: "left", shrinkTo: 8 },
];

/** Switches per mm: of the trace, hence the same under every scheme. */
function switchTable(replay: ReplayResult, width: number): string[] {
  const mms = replay.schemes[0]?.perMm ?? [];
  if (mms.length === 0) return [];
  const shown = busiest(mms, switchesOf);
  const columns = [
    ...NAMES,
    ...SWITCH_CLASSES.map((kind) => ({ title: SWITCH_WORDS[kind].short, align: "right" as const })),
    { title: "of all", align: "right" as const },
  ];
  const total = totalSwitches(replay);
  const rows = shown.map((mm) => [
    mm.mm,
    mm.comm,
    ...SWITCH_CLASSES.map((kind) => shortCount(mm.switches[kind])),
    share(switchesOf(mm), total),
  ]);
  return ["", `switches per mm${rest(mms, shown)}`, ...table(columns, rows, width)];
}

const switchesOf = (mm: MmReplay): number => SWITCH_CLASSES.reduce((sum, kind) => sum + mm.switches[kind], 0);

const costOf = (mm: MmReplay): number => COSTS.reduce((sum, figure) => sum + figure.of(mm.counters), 0);

/** What the scheme does to each mm. */
function mmTable(scheme: SchemeReplay, width: number): string[] {
  if (scheme.perMm.length === 0) return [];
  const shown = busiest(scheme.perMm, costOf);
  const columns = [
    ...NAMES,
    ...COSTS.map((figure) => ({ title: figure.short, align: "right" as const })),
    { title: "dead for", align: "right" as const },
  ];
  const rows = shown.map((mm) => [
    mm.mm,
    mm.comm,
    ...COSTS.map((figure) => shortCount(figure.of(mm.counters))),
    mm.deadSeconds === undefined ? "–" : seconds(mm.deadSeconds),
  ]);
  return [
    "",
    heading(`per mm${rest(scheme.perMm, shown)}: ${scheme.scheme}`, width),
    ...table(columns, rows, width),
  ];
}

const heading = (text: string, width: number): string => cut(printable(text), width);

/** The mms with the most of something, most first; ties in the order of the trace. */
function busiest(mms: readonly MmReplay[], of: (mm: MmReplay) => number): MmReplay[] {
  return [...mms].sort((a, b) => of(b) - of(a)).slice(0, MOST);
}

function rest(all: readonly MmReplay[], shown: readonly MmReplay[]): string {
  return all.length === shown.length
    ? ""
    : ` (the ${shown.length} busiest of ${count(all.length)}; --json has all)`;
}

/** What the kernel's own probes counted beside what the replay did. */
function comparedTable(scheme: SchemeReplay, width: number): string[] {
  if (scheme.compared.length === 0) return [];
  const columns: readonly Column[] = [
    { title: `predicted against observed: ${scheme.scheme}`, align: "left", shrinkTo: 30 },
    { title: "predicted", align: "right" },
    { title: "observed", align: "right" },
    { title: "difference", align: "right" },
  ];
  const rows = scheme.compared.map(({ figure, predicted, observed }) => {
    const difference = predicted - observed;
    const sign = difference > 0 ? "+" : difference < 0 ? "−" : "";
    return [figure, count(predicted), count(observed), sign + count(Math.abs(difference))];
  });
  return ["", ...table(columns, rows, width)];
}
