/** What `sim` prints: figures of each scheme on one machine, curves over CPU counts, the published tables beside. */

import type {
  Constant,
  MachineInfo,
  PublishedPoint,
  PublishedResult,
  Sensitivity,
  SimResult,
  WorkloadInfo,
} from "../evidence/simulation.ts";
import { count, plural, seconds, share, shortCount } from "./format.ts";
import { type FigureRow, schemeTable } from "./scheme_table.ts";
import { type Column, table } from "./table.ts";
import { cut, paragraph, printable, wrap } from "./text.ts";

/** Runs of one machine and workload, by number of CPUs, then by scheme in their order. */
export function simReport(results: readonly SimResult[], width: number): string {
  const [first] = results;
  if (first === undefined) return "";
  const sizes = [...new Set(results.map((each) => each.cpus))];
  const heading = `${first.workload} on ${first.machine}, ${first.arch}, seed ${first.seed}`;
  const body = sizes.length === 1 ? oneSize(results, width) : curve(results, sizes, width);
  return paragraph([cut(printable(heading), width), "", ...body, ...faults(results, width)]);
}

function oneSize(results: readonly SimResult[], width: number): string[] {
  const schemes = results.map((each) => each.scheme);
  return schemeTable(schemes, simRows(results), width);
}

const per = (result: SimResult, what: number): number => what / Math.max(1, result.operations);

export const throughput = (result: SimResult): number => result.operations / result.seconds;

/** Figures down, schemes across. */
export function simRows(results: readonly SimResult[]): FigureRow[] {
  const row = (label: string, of: (result: SimResult) => string): FigureRow => ({
    label,
    cells: results.map(of),
  });
  const [first] = results;
  return [
    { label: `${plural(first?.cpus ?? 0, "CPU")}, ${seconds(first?.seconds ?? 0)} measured` },
    row(`  ${first?.unit ?? "operations"} per second`, (r) => `${shortCount(throughput(r))}/s`),
    row("  switches per second", (r) => `${shortCount(r.switches / r.seconds)}/s`),
    row("  of these, to or from idle", (r) => share(r.idleSwitches, r.switches)),
    { label: `CPU TIME PER ${(first?.unit ?? "operations").replace(/s$/, "").toUpperCase()}` },
    ...breakdownRows(results),
    { label: "LINES (CPU time waiting; busiest line)" },
    ...lineRows(results),
    { label: "INTERRUPTS" },
    row("  IPIs sent", (r) => count(Object.values(r.ipis).reduce((a, b) => a + b, 0))),
    row("  until all have answered, median", (r) => timeOrNone(r.ipiLatency.count, r.ipiLatency.p50)),
    row("  until all have answered, 99 %", (r) => timeOrNone(r.ipiLatency.count, r.ipiLatency.p99)),
    row("  idle CPUs woken by IPIs", (r) => count(r.wakeups.byIpi)),
    row("  wake-ups from deep idle", (r) => count(r.wakeups.deep)),
    { label: "EXIT" },
    row("  time in exit_mm, median", (r) => timeOrNone(r.exitLatency.count, r.exitLatency.p50)),
    row("  time in exit_mm, 99 %", (r) => timeOrNone(r.exitLatency.count, r.exitLatency.p99)),
    row("  dead mms kept, mean", (r) => magnitude(r.dead.mean, 1)),
    row("  dead mms kept, most", (r) => count(r.dead.most)),
    row("  until a dead mm is freed, median", (r) => timeOrNone(r.dead.kept.count, r.dead.kept.p50)),
    ...traceRows(results),
  ];
}

/** How a recorded trace was played. */
function traceRows(results: readonly SimResult[]): FigureRow[] {
  if (results.every(({ trace }) => trace === undefined)) return [];
  const row = (label: string, of: (trace: NonNullable<SimResult["trace"]>) => string): FigureRow => ({
    label,
    cells: results.map(({ trace }) => (trace === undefined ? "–" : of(trace))),
  });
  return [
    { label: "TRACE" },
    row("  actions later than recorded, median", ({ lag }) => seconds(lag.p50)),
    row("  actions later than recorded, 99 %", ({ lag }) => seconds(lag.p99)),
    row("  left out, or put in", ({ skipped, inserted }) => `${count(skipped)}, ${count(inserted)}`),
  ];
}

const timeOrNone = (n: number, time: number): string => (n === 0 ? "–" : seconds(time));

function breakdownRows(results: readonly SimResult[]): FigureRow[] {
  const names = Object.keys(results[0]?.breakdown ?? {});
  const used = names.filter((name) => results.some((each) => per(each, each.breakdown[name] ?? 0) > 5e-11));
  return used.map((name) => ({
    label: `  ${name}`,
    cells: results.map((each) => seconds(per(each, each.breakdown[name] ?? 0))),
  }));
}

/** The lines that cost anybody most. */
function lineRows(results: readonly SimResult[]): FigureRow[] {
  const stalled = new Map<string, number>();
  for (const result of results) {
    for (const { line, stalled: time } of result.lines) stalled.set(line, (stalled.get(line) ?? 0) + time);
  }
  const names = [...stalled].sort((a, b) => b[1] - a[1]).slice(0, 5);
  return names.map(([name]) => ({
    label: `  ${name}`,
    cells: results.map((result) => {
      const found = result.lines.find(({ line }) => line === name);
      return found === undefined
        ? "–"
        : `${seconds(per(result, found.stalled))} ${share(found.utilisation, 1)}`;
    }),
  }));
}

/** One row per number of CPUs. */
function curve(results: readonly SimResult[], sizes: readonly number[], width: number): string[] {
  const schemes = [...new Set(results.map((each) => each.scheme))];
  const unit = results[0]?.unit ?? "operations";
  const rows = sizes.map((cpus) => ({
    label: plural(cpus, "CPU"),
    cells: schemes.map((scheme) => {
      const found = results.find((each) => each.cpus === cpus && each.scheme === scheme);
      return found === undefined ? "–" : shortCount(throughput(found));
    }),
  }));
  return [cut(printable(`${unit} per second`), width), ...schemeTable(schemes, rows, width)];
}

function faults(results: readonly SimResult[], width: number): string[] {
  const lines = results.flatMap((each) =>
    each.faults.map((fault) => cut(printable(`${each.scheme}: ${fault}`), width)),
  );
  return lines.length === 0 ? [] : ["", "FAULTS OF THE SPECIMEN", ...lines];
}

/** `--profile`: the line, and the source line, that costs each scheme most. */
export function profileReport(results: readonly SimResult[], width: number): string {
  return paragraph(
    results.flatMap((result) => [
      "",
      ...wrap(printable(profileHead(result)), width),
      ...table(
        [
          { title: "source", align: "left", shrinkTo: 20 },
          { title: "function", align: "left", shrinkTo: 12 },
          { title: "CPU time waiting", align: "right" },
          { title: cut(`per ${result.unit.replace(/s$/, "")}`, 14), align: "right" },
        ],
        result.costliest.map((each) => [
          `${each.file}:${each.line}`,
          each.func,
          seconds(each.seconds),
          seconds(per(result, each.seconds)),
        ]),
        width,
      ),
    ]),
  );
}

function profileHead(result: SimResult): string {
  const [line] = result.lines;
  const [source] = result.costliest;
  const head = `${result.scheme}, ${plural(result.cpus, "CPU")}:`;
  if (line === undefined || source === undefined) return `${head} no CPU waits for anything`;
  return `${head} most is waited for line ${line.line} (${seconds(line.stalled)}), and at ${source.file}:${source.line}, ${source.func} (${seconds(source.seconds)})`;
}

// ---- published ------------------------------------------------------------------------------------------------

export function publishedReport(rows: readonly PublishedResult[], width: number): string {
  return paragraph(rows.flatMap((row, index) => [...(index === 0 ? [] : [""]), ...publishedRow(row, width)]));
}

function publishedRow(row: PublishedResult, width: number): string[] {
  const columns: Column[] = [
    { title: `row ${row.row}, ${printable(row.machine)}`, align: "left", shrinkTo: 12 },
    { title: "published", align: "right" },
    { title: "simulated", align: "right" },
    { title: "seeds", align: "right" },
    { title: "error", align: "right" },
    { title: "allowed", align: "right" },
    { title: "", align: "left" },
  ];
  return [
    ...wrap(printable(row.what), width),
    ...wrap(printable(`source: ${row.source}`), width, "    "),
    ...(row.assumes === undefined ? [] : wrap(printable(`assumed: ${row.assumes}`), width, "    ")),
    ...table(columns, row.points.map(pointRow), width),
    ...constantLines(row.constants, width),
    ...sensitivityLines(row.sensitivity, width),
  ];
}

export function pointRow(point: PublishedPoint): string[] {
  const value = (n: number): string => valueText(point.unit, n);
  const error =
    point.unit === "percent"
      ? `${signed(point.simulated - point.published, 1)} points`
      : `× ${magnitude(point.simulated / point.published, 2)}`;
  const allowed =
    point.tolerance === undefined
      ? ""
      : point.unit === "percent"
        ? `± ${magnitude(point.tolerance, 0)}`
        : `× ${magnitude(point.tolerance, 1)}`;
  const verdict = point.fitted === true ? "fitted" : point.within === false ? "outside" : "";
  return [
    point.label,
    value(point.published),
    value(point.simulated),
    seedRange(point),
    error,
    allowed,
    verdict,
  ];
}

/** From the least to the greatest of the seeds, where there were several and they differ. */
function seedRange({ unit, range }: PublishedPoint): string {
  if (range === undefined) return "";
  const digits = unit === "percent" ? 1 : 0;
  const [low, high] = range.map((each) => magnitude(each, digits).replace("-", "−"));
  return low === high ? "" : `${low} to ${high}`;
}

function valueText(unit: string, n: number): string {
  if (unit === "percent") return `${signed(n, 1)} %`;
  return unit === "rate" ? `${shortCount(n)}/s` : magnitude(n, 1);
}

/** Not wider than a column of figures, whatever it is. */
const magnitude = (n: number, digits: number): string =>
  Math.abs(n) < 1e5 ? n.toFixed(digits) : n.toExponential(1);

const signed = (n: number, digits: number): string => `${n < 0 ? "−" : "+"}${magnitude(Math.abs(n), digits)}`;

function constantLines(constants: readonly Constant[], width: number): string[] {
  const by = (kind: string): string[] =>
    constants.filter((each) => each.kind === kind).map(({ name, value, unit }) => `${name} ${value} ${unit}`);
  const kinds = [...new Set(constants.map((each) => each.kind))].sort();
  return kinds.flatMap((kind) => wrap(printable(`${kind}: ${by(kind).join(", ")}`), width, "    "));
}

function sensitivityLines(sensitivity: readonly Sensitivity[], width: number): string[] {
  if (sensitivity.length === 0) return [];
  const rows = sensitivity.map(({ constant, low, high, ranking }) => [
    constant,
    magnitude(low, 1),
    magnitude(high, 1),
    ranking ? "the order changes" : "",
  ]);
  const columns: Column[] = [
    { title: "with this constant", align: "left", shrinkTo: 12 },
    { title: "30 % lower", align: "right" },
    { title: "30 % higher", align: "right" },
    { title: "", align: "left" },
  ];
  return ["", ...table(columns, rows, width)];
}

// ---- lists ----------------------------------------------------------------------------------------------------

export function machineList(
  machines: readonly MachineInfo[],
  workloads: readonly WorkloadInfo[],
  width: number,
): string {
  const columns: Column[] = [
    { title: "machine", align: "left", shrinkTo: 12 },
    { title: "CPUs", align: "right" },
    { title: "architecture", align: "left", shrinkTo: 10 },
    { title: "what it is", align: "left", shrinkTo: 20 },
  ];
  const rows = machines.map((each) => [each.name, count(each.cpus), each.arch, each.title]);
  return paragraph([...table(columns, rows, width), "", ...workloadLines(workloads, width)]);
}

/** One machine's figures, each with how it is known: what `machines --measure` prints. */
export function measuredReport(machine: MachineInfo, remarks: readonly string[], width: number): string {
  const columns: Column[] = [
    { title: "figure", align: "left", shrinkTo: 10 },
    { title: "value", align: "right" },
    { title: "how", align: "left", shrinkTo: 8 },
    { title: "source", align: "left", shrinkTo: 20 },
  ];
  const order = ["measured", "read"];
  const rank = (kind: string): number => (order.indexOf(kind) + order.length + 1) % (order.length + 1);
  const rows = [...machine.constants]
    .sort((a, b) => rank(a.kind) - rank(b.kind))
    .map(({ name, value, unit, kind, source }) => [name, `${value} ${unit}`, kind, source]);
  const head = `${machine.title}, ${machine.kernel}, simulated as ${machine.arch}`;
  return paragraph([head, ...remarks, "", ...table(columns, rows, width)]);
}

function workloadLines(workloads: readonly WorkloadInfo[], width: number): string[] {
  const columns: Column[] = [
    { title: "workload", align: "left", shrinkTo: 10 },
    { title: "option", align: "left", shrinkTo: 8 },
    { title: "unless said", align: "left", shrinkTo: 10 },
    { title: "meaning", align: "left", shrinkTo: 20 },
  ];
  const rows = workloads.flatMap(({ name, title, options }) => [
    [name, "", "", title],
    ...options.map((option) => ["", option.name, option.fallback, option.meaning]),
  ]);
  return table(columns, rows, width);
}
