/**
 * How long a folder of litmus tests takes in one process, from the model's text to the last verdict.
 *
 *     npx tsx bench/litmus.ts [FOLDER [MODEL]]
 *
 * CPU seconds of this process, by part, for the first round (cold code) and the third (warm code), and executions per
 * second. Where `herd7` is on the path, the same tests by it, one process each as its users run it, and the ratio.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runLitmus } from "../src/check/litmus/run.ts";
import { litmusFiles } from "../src/cli/litmus/files.ts";
import { loadLitmusModel } from "../src/cli/litmus/model.ts";
import { modelFolder } from "../src/cli/specimen_host.ts";
import { compileLitmus } from "../src/compile/litmus/litmus.ts";
import { renderDiagnostic } from "../src/diag/render.ts";

const ROUNDS = 3;
const OPTIONS = { unroll: 2, why: false, draw: false, now: () => 0 };

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Seconds that some work takes, and its result. */
function timed<T>(work: () => T): { readonly seconds: number; readonly value: T } {
  const start = cpuSeconds();
  const value = work();
  return { seconds: cpuSeconds() - start, value };
}

/** One round: everything from the files on. */
function round(files: readonly string[], model: string): { total: number; line: string } {
  const loaded = timed(() => loadLitmusModel(model, undefined));
  const compiled = timed(() => files.map((file) => compileFile(file, loaded.value.definitions)));
  const run = timed(() => {
    let executions = 0;
    for (const test of compiled.value) {
      const { positive, negative } = runLitmus(test, loaded.value.model, OPTIONS);
      executions += positive + negative;
    }
    return executions;
  });
  const total = loaded.seconds + compiled.seconds + run.seconds;
  const parts = [loaded, compiled, run].map(({ seconds }) => seconds.toFixed(2).padStart(9)).join("");
  const rate = Math.round(run.value / run.seconds);
  return { total, line: `${parts}${total.toFixed(2).padStart(9)}${String(rate).padStart(14)}` };
}

function compileFile(file: string, definitions: Parameters<typeof compileLitmus>[1]) {
  const compiled = compileLitmus({ name: file, text: readFileSync(file, "utf8") }, definitions);
  if (!compiled.ok) throw new Error(renderDiagnostic(compiled.error));
  return compiled.value.test;
}

/** CPU seconds of herd7 over the same files; undefined when it is not installed. */
function herdSeconds(files: readonly string[]): number | undefined {
  if (spawnSync("herd7", ["-version"]).status !== 0) return undefined;
  const before = process.resourceUsage();
  const start = performance.now();
  for (const file of files) spawnSync("herd7", ["-conf", "linux-kernel.cfg", file]);
  // Waiting costs this process nothing, so that wall time less our own is the children's.
  const own = (process.resourceUsage().userCPUTime - before.userCPUTime) / 1e6;
  return (performance.now() - start) / 1000 - own;
}

function main(): void {
  const [folder = join(modelFolder(), "litmus"), model = "lkmm"] = process.argv.slice(2);
  const files = litmusFiles([folder]);
  console.log(`${files.length} tests under ${model}, CPU seconds`);
  console.log("round      model  compile      run    total  executions/s");
  let first = 0;
  for (let i = 1; i <= ROUNDS; i++) {
    const { total, line } = round(files, model);
    if (i === 1) first = total;
    console.log(`${i}     ${line}`);
  }
  const herd = herdSeconds(files);
  if (herd === undefined) console.log("herd7 is not on the path");
  else console.log(`herd7: ${herd.toFixed(2)} s, ${(herd / first).toFixed(1)} times the first round`);
}

main();
