/** The tables of primitives against the ambient API that users' editors read. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { modelFolder } from "../cli/specimen_host.ts";
import { knownPrimitives } from "./lower/primitives.ts";
import { parseText } from "./parse.ts";
import { primitives } from "./primitives.ts";

/** Handled apart: they are no calls, or belong to a declaration or a loop. */
const SPECIAL = ["CONFIG", "DEFINE", "DEFINE_PER_CPU"];

const api = new Map<string, number>();
const text = readFileSync(join(modelFolder(), "lib/kts.d.ts"), "utf8");
for (const statement of parseText({ name: "kts.d.ts", text }).body) {
  if (statement.type === "TSDeclareFunction" && statement.id) {
    api.set(statement.id.name, statement.params.length);
  }
}

test("every function of the ambient API has a signature with as many parameters, and nothing else has", () => {
  const declared = [...api].filter(([name]) => !SPECIAL.includes(name) && !name.startsWith("for_each_"));
  const known = Object.entries(primitives).map(([name, { params }]) => [name, params.length] as const);
  expect(known.sort()).toEqual(declared.sort());
});

test("every primitive has a lowering", () => {
  expect([...knownPrimitives()].sort()).toEqual([...Object.keys(primitives), "nr_cpu_ids"].sort());
});
