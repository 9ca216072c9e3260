/** What the reader makes of the bundled samples, as a file beside each. `npm run promote` writes it anew. */

import { it } from "vitest";
import { expectGolden } from "../support/golden.ts";
import { type Reading, readLines } from "./event_lines.ts";
import { sample } from "./samples.ts";

const SHOWN = 40;

it.each(["exit", "exit.v6", "exit.v7zstd", "exit_overwritten", "ctxsw_thr_half_dropped"])(
  "the events of %s",
  async (name) => {
    const digest = toDigest(await readLines(sample(`${name}.dat`)));
    expectGolden(import.meta.url, `../../model/traces/${name}.events.txt`, digest);
  },
);

/** What the file says of itself, the counts, the first and last events, and a hash of all. */
function toDigest({ info, totals, lines }: Reading): string {
  const { eventNames, ...rest } = info;
  return [
    ...Object.entries(rest).flatMap(([key, value]) =>
      typeof value === "function" ? [] : [`${key}: ${value}`],
    ),
    `eventNames: ${eventNames.size}`,
    `records: ${totals.total}, lost: ${totals.lost}, places: ${totals.lostPlaces}`,
    `time: ${totals.firstTs} to ${totals.lastTs}, backwards: ${totals.backwards}`,
    ...[...totals.events].map(([event, count]) => `  ${count} ${event}`),
    `lines: ${lines.length}, hash ${hash(lines)}`,
    ...lines.slice(0, SHOWN),
    "…",
    ...lines.slice(-SHOWN),
    "",
  ].join("\n");
}

/** FNV-1a over the lines. */
function hash(lines: readonly string[]): string {
  let value = 0x811c9dc5;
  for (const char of lines.join("\n"))
    value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value.toString(16).padStart(8, "0");
}
