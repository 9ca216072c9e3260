/** The built command as a user runs it: streams, files and exit statuses of a real process. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEvidence } from "../../src/evidence/validate.ts";
import { ensureBuilt, type Finished, lazytlb, ROOT } from "../support/built.ts";

let folder = "";
beforeAll(() => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), "lazytlb-"));
  mkdirSync(join(folder, "a-directory.ts"));
  mkdirSync(join(folder, "a-directory.html"));
  writeFileSync(join(folder, "empty.ts"), "");
  writeFileSync(join(folder, "empty.dat"), "");
  writeFileSync(join(folder, "text.dat"), "this is no trace\n");
  writeFileSync(join(folder, "empty.cat"), "\n");
  const nested = `${"if (1 === 1) {".repeat(20_000)}${"}".repeat(20_000)}`;
  writeFileSync(join(folder, "deep.ts"), `export function mmgrab_lazy_tlb(): void {${nested}}\n`);
  writeFileSync(
    join(folder, "wrong.ts"),
    "export function mmgrab_lazy_tlb(mm: any): void { [1].map(() => mm); }\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const FAST = ["--scenario", "exit-last-cpu"];

function expectRefused({ status, out, err }: Finished, message: RegExp): void {
  expect(err).toMatch(message);
  expect(err).not.toMatch(/\n\s+at |lazytlb bug/);
  expect(out).toBe("");
  expect(status).toBe(2);
}

describe("bad input: one clear message, status 2", () => {
  it("a witness of another kind of memory", () => {
    const replay = (witness: string, ...more: string[]): Finished =>
      lazytlb(["check", "refcount", ...FAST, ...more, "--replay", witness], folder);
    const programOf = (mode: string): string =>
      /give program (\w+)/.exec(replay(`lz1.000000.${mode}0`).err)?.[1] ?? "";
    expectRefused(
      replay(`lz1.${programOf("g")}.g0`),
      /^lazytlb: witness: expected the --model that .*, found sc\n$/,
    );
    expectRefused(
      replay(`lz1.${programOf("o")}.o0`, "--model", "lkmm"),
      /expected no --model, or sc or tso, found lkmm/,
    );
  });

  it.each([
    [["check", "no-such-scheme"], /^lazytlb: unknown scheme "no-such-scheme"/],
    [["check", "refcont"], /did you mean `refcount`/],
    [["check", "a-directory.ts"], /^lazytlb: a-directory.ts: expected a scheme file, found a directory\n$/],
    [["check", "empty.ts"], /^lazytlb: empty.ts: expected a scheme file, found an empty file\n$/],
    [["check", "missing.ts"], /^lazytlb: missing.ts: expected a scheme file, found no such file\n$/],
    [["check", "deep.ts", ...FAST], /deep.ts: nested too deeply/],
    [
      ["check", "refcount", ...FAST, "--model", "empty.cat"],
      /^lazytlb: empty.cat: expected a memory model, found an empty file\n$/,
    ],
    [
      ["check", "refcount", ...FAST, "--out", "x.html/"],
      /^lazytlb: --out x.html\/: expected a file, found the name of a folder\n$/,
    ],
    [
      ["sim", "--machine", "a-directory.ts/", "--workload", "hackbench"],
      /^lazytlb: --machine a-directory.ts\/: expected a machine profile, found a directory\n$/,
    ],
    [
      ["sim", "--machine", "power8-e880", "--workload", "hackbench", "--arch", "x87"],
      /^lazytlb: unknown architecture "x87"/,
    ],
    [["check", "wrong.ts", ...FAST], /wrong\.ts:1:\d+: error\[/],
    [["check", "refcount", ...FAST, "--replay", "corrupt!"], /witness/],
    [["check", "refcount", ...FAST, "--replay", "lz0.000000.o0"], /witness/],
    [["check", "refcount", "--frob"], /^error: unknown option '--frob'/],
    [
      ["check", "refcount", ...FAST, "--out", "a-directory.html"],
      /^lazytlb: --out a-directory.html: expected a file, found a directory\n$/,
    ],
    [
      ["check", "refcount", ...FAST, "--out", "no/such/folder/x.html"],
      /the folder no\/such\/folder does not exist/,
    ],
    [["check", "refcount", ...FAST, "--out", "empty.ts/x.html"], /empty.ts is not a folder/],
    [["replay", "a-directory.ts"], /a-directory.ts: expected a file, found a directory/],
    [["replay", "empty.dat"], /empty.dat/],
    [["replay", "text.dat"], /text.dat/],
    [["replay", "missing.dat"], /missing.dat: expected a readable file, found no such file/],
    [["frobnicate"], /^error: unknown command 'frobnicate'/],
  ])("%j", (argv, message) => expectRefused(lazytlb(argv, folder), message));

  it("leaves nothing behind", () => {
    const before = readdirSync(folder);
    lazytlb(["check", "wrong.ts", ...FAST, "--out", "report.html"], folder);
    expect(readdirSync(folder)).toEqual(before);
  });

  it("says so when the report cannot be written after all", () => {
    const { status, err } = lazytlb(["check", "refcount", ...FAST, "--out", "/proc/x.html"], folder);
    expect(err).toMatch(
      /^lazytlb: --out \/proc\/x.html: (cannot be written|the folder \/proc is not writable)/,
    );
    expect(status).toBe(2);
  });
});

it("check --states: a search that is given up is bounded, which is no violation", () => {
  const { status, out } = lazytlb(["check", "refcount", ...FAST, "--states", "10"]);
  expect(status).toBe(0);
  expect(out).toContain("bounded: states");
  expect(out).not.toContain("proved");
});

it("check SCHEME --mutate: without a proof to compare with it says that no line was weakened", () => {
  const { out } = lazytlb(["check", "refcount", ...FAST, "--mutate", "--states", "10"]);
  expect(out).toMatch(/^no line was weakened: /);
});

describe("check --barriers", () => {
  const ONE = ["--scenario", "membarrier-switch", "--model", "tso"];

  it("says what is needed, and each witness replays", () => {
    const argv = ["check", "shoot-lazies", "--barriers", ...ONE];
    const { status, out, err } = lazytlb([...argv, "--json"]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const [study] = readEvidence(JSON.parse(out), "stdout").barriers?.studies ?? [];
    const outcomes = study?.sites.map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["needed"]);
    const replay = /^replay: {2}lazytlb (.*)$/m.exec(lazytlb(argv).out)?.[1] ?? "";
    const again = lazytlb(replay.replaceAll("'", "").split(" "));
    expect(again.status).toBe(1);
    expect(again.out).toContain("violated: membarrier");
  });

  it("is one line under sequential consistency", () => {
    const { status, out } = lazytlb(["check", "shoot-lazies", "--barriers", "--model", "sc"]);
    expect(status).toBe(0);
    expect(out).toBe(
      "shoot-lazies on generic\n\nunder sc: memory is sequentially consistent, so none of the 2 orderings can be missed: " +
        "nothing was searched\n",
    );
  });

  it.each([
    [["check", "--barriers", "shoot-lazies"], /--barriers shoot-lazies: expected scheme or all/],
    [["check", "--barriers"], /--barriers: expected a scheme, found none/],
    [["check", "refcount", "--barriers", "--mutate"], /--barriers: not with --mutate/],
    [["check", "refcount", "--mutate", "order:x"], /expected order:FILE:LINE=LEVEL/],
    [["check", "refcount", ...ONE, "--mutate", "order:x.ts:1=none"], /no scheme and scenario asked for/],
  ])("%j is refused", (argv, message) => expectRefused(lazytlb(argv), message));
});

describe("the process", () => {
  it("prints its version and its help with status 0", () => {
    expect(lazytlb(["--version"])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^lazytlb \d+\.\d+\.\d+\n$/),
    });
    expect(lazytlb(["check", "--help"])).toMatchObject({ status: 0, err: "" });
  });

  it("checks on two threads with results in the order of the jobs", () => {
    const argv = ["check", "no-lazy", "refcount", ...FAST, "--json"];
    const { status, out, err } = lazytlb(argv);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const { checks } = readEvidence(JSON.parse(out), "stdout");
    expect(checks.map((check) => [check.scheme, check.verdict.kind])).toEqual([
      ["no-lazy", "proved"],
      ["refcount", "proved"],
    ]);
  });

  it("stops a worker's complaint about the input at status 2", () => {
    const argv = ["check", "wrong.ts", "./wrong.ts"];
    expectRefused(lazytlb(argv, folder), /does not compile/);
  });

  it("takes a scheme of the user's from anywhere, and proves it when it is right", () => {
    writeFileSync(join(folder, "mine.ts"), userScheme("mmdrop(mm);"));
    const { status, err, out } = lazytlb(["check", "mine.ts", ...FAST], folder);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toContain("proved 1/1");
  });

  it("finds the leak in a scheme that never gives back, and replays it", () => {
    writeFileSync(join(folder, "leaky.ts"), userScheme(""));
    const { status, out } = lazytlb(["check", "leaky.ts", ...FAST], folder);
    expect(status).toBe(1);
    expect(out).toContain("violated: leak");
    const witness = /^witness: (.*)$/m.exec(out)?.[1] ?? "";
    const again = lazytlb(["check", "leaky.ts", ...FAST, "--replay", witness], folder);
    expect(again.status).toBe(1);
    expect(again.out.slice(again.out.indexOf("✗"))).toBe(out.slice(out.indexOf("✗")));
    const other = lazytlb(["check", "mine.ts", ...FAST, "--replay", witness], folder);
    expectRefused(other, /witness/);
  });

  it("ends quietly when its reader goes away", () => {
    const command = `"${process.execPath}" dist/cli/main.js schemes | head -n 1`;
    const { stderr } = spawnSync("bash", ["-c", command], { cwd: ROOT, encoding: "utf8" });
    expect(stderr).toBe("");
  });
});

/** A counting scheme that ends a loan with `drop`. */
function userScheme(drop: string): string {
  const hook = (name: string, body: string): string =>
    `export function ${name}(${body === "" ? "_mm" : "mm"}: mm_struct): void {\n  ${body}\n}\n`;
  return [
    "/** Loans are counted. */",
    `import { mmdrop, mmgrab, type mm_struct } from "lazytlb/kernel/mm.ts";`,
    hook("mmgrab_lazy_tlb", "mmgrab(mm);"),
    hook("mmdrop_lazy_tlb", drop),
    hook("mmdrop_lazy_tlb_sched", drop),
  ].join("\n");
}
