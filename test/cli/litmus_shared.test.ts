/** One long litmus test on all cores: the answer is that of one thread, and the one that theory gives. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runLitmus } from "../../src/check/graphs/litmus.ts";
import { MODEL_FOLDER, modelFile } from "../memory/models.ts";
import { ensureBuilt, lazytlb } from "../support/built.ts";
import { litmusOf } from "../support/litmus.ts";

const CPUS = 6;
const thread = (i: number): string =>
  `P${i}(atomic_t *x) { r0 = atomic_fetch_add_relaxed(1, x); r1 = atomic_read(x); }\n`;
const COUNTERS = `C counters\n{}\n${Array.from({ length: CPUS }, (_, i) => thread(i)).join("")}exists (0:r0=5 /\\ 1:r1=6)\n`;

test("six counters under SC: (6!)² executions, shared or not", () => {
  ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), "lazytlb-"));
  try {
    writeFileSync(join(folder, "counters.litmus"), COUNTERS);
    const { status, out, err } = lazytlb(["litmus", "counters.litmus", "--model", "sc"], folder);
    expect(err).toBe("");
    expect(status).toBe(0);
    const alone = runLitmus(litmusOf(COUNTERS), modelFile(`${MODEL_FOLDER}sc.cat`).compiled, {
      specialise: true,
    });
    expect(alone.positive + alone.negative).toBe(720 ** 2);
    expect(out).toContain(`Positive: ${alone.positive} Negative: ${alone.negative}`);
    expect(out).toContain(`States ${alone.states.length}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
