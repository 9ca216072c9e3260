/** Real traces against what the kernel's own text of the same buffer says (`*.gt.json`: events by name). */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openFileSource } from "../../src/cli/file_source.ts";
import { readTraceDat } from "../../src/trace/tracedat/read.ts";
import { METHODS } from "./event_lines.ts";
import { haveCollection, tracesWithTruth } from "./samples.ts";

haveCollection("counts of all traces");

/** A sink that decodes everything and keeps nothing. */
const swallow = Object.fromEntries(METHODS.map((method) => [method, () => undefined]));

describe("events by name", () => {
  it.each(tracesWithTruth())("of $name are those of the kernel's text", async ({ path, truth }) => {
    const expected: { events: Record<string, number> } = JSON.parse(readFileSync(truth, "utf8"));
    const source = openFileSource(path);
    const { events, total } = await readTraceDat(source, swallow);
    source.close();
    const bare = Object.fromEntries([...events].map(([name, count]) => [name.replace(/^.*\//, ""), count]));
    expect(bare).toEqual(expected.events);
    expect(total).toBe(Object.values(expected.events).reduce((sum, count) => sum + count, 0));
  });
});
