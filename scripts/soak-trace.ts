/**
 * Reads damaged traces for as long as asked: `npx tsx scripts/soak-trace.ts [SECONDS [SEED]]`.
 *
 * The same property as in `test/trace/fuzz.test.ts`, over ever new seeds. A failure prints fast-check's report with
 * the seed that repeats it, and ends with status 1.
 */

import fc from "fast-check";
import { damages, inflict, survives, victims } from "../test/trace/damage.ts";

const SECONDS = Number(process.argv[2] ?? 60);
const SEED = Number(process.argv[3] ?? 1);
const RUNS_PER_ROUND = 200;

async function main(): Promise<void> {
  const end = performance.now() + SECONDS * 1000;
  const all = victims();
  let files = 0;
  for (let seed = SEED; performance.now() < end; seed++) {
    for (const { name, bytes } of all) {
      const property = fc.asyncProperty(damages, async (damage) => {
        await survives(name, inflict(bytes, damage));
      });
      await fc.assert(property, { seed, numRuns: RUNS_PER_ROUND });
      files += RUNS_PER_ROUND;
    }
    console.log(`seed ${seed}: ${files} damaged files read or refused`);
  }
}

await main();
