/** The command line over fake instruments: what is asked of them, what is printed, and the exit status. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkOf, VIOLATION } from "../../test/support/evidence.ts";
import { answer, runFake } from "../../test/support/fake_host.ts";
import { internalBug } from "../base/assert.ts";
import { readEvidence } from "../evidence/validate.ts";

const violated = { kind: "violated", violation: VIOLATION } as const;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lazytlb-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("exit status", () => {
  it("is 0 when everything is proved", async () => {
    const { status, out } = await runFake(["check"]);
    expect(status).toBe(0);
    expect(out).toContain("proved 4/4");
  });

  it("is 1 when something is violated, and the witness is printed", async () => {
    const check = (): ReturnType<typeof answer> => checkOf("shoot-lazies", "offline-while-lazy", 9, violated);
    const { status, out } = await runFake(["check"], { check });
    expect(status).toBe(1);
    expect(out).toContain(`witness: ${VIOLATION.witness}`);
  });

  it("is 0 with a bounded search, which is not called proved", async () => {
    const bounded = { kind: "bounded", limit: "states", detail: "1,000 states" } as const;
    const { status, out } = await runFake(["check"], {
      check: (job) => checkOf(job.scheme, job.scenario, 9, bounded),
    });
    expect(status).toBe(0);
    expect(out).toContain("bounded 4 of 4");
    expect(out).not.toContain("proved");
  });

  it("is 2 when a check could not be done", async () => {
    const error = { kind: "error", message: "no setup" } as const;
    const { status, out } = await runFake(["check"], {
      check: (job) => checkOf(job.scheme, job.scenario, 0, error),
    });
    expect(status).toBe(2);
    expect(out).toContain("no setup");
  });

  it("is 3 for a bug of ours, which says so", async () => {
    const { status, err } = await runFake(["check"], { check: () => internalBug("impossible") });
    expect(status).toBe(3);
    expect(err).toMatch(/^.*\[lazytlb bug\] impossible/);
  });

  it("is 3 for an exception that nobody foresaw", async () => {
    const check = (): never => {
      throw new TypeError("x is undefined");
    };
    const { status, err } = await runFake(["check"], { check });
    expect(status).toBe(3);
    expect(err).toMatch(/^\[lazytlb bug\] TypeError: x is undefined/);
  });

  it("does not count what a scheme does not claim, unless that is what was asked", async () => {
    const notClaimed = "known";
    const check = (job: Parameters<typeof answer>[0]): ReturnType<typeof answer> =>
      job.scenario === "offline-while-lazy"
        ? { ...checkOf(job.scheme, job.scenario, 9, violated), arch: job.arch, notClaimed }
        : answer(job);
    const all = await runFake(["check", "shoot-lazies"], { check });
    expect(all.status).toBe(0);
    expect(all.out).toContain("not claimed by the scheme (known); found: mm#2 is freed");
    expect(all.out).not.toContain("witness:");
    const named = await runFake(["check", "shoot-lazies", "--scenario", "offline-while-lazy"], { check });
    expect(named.status).toBe(1);
    expect(named.out).toContain("witness:");
  });
});

describe("several architectures and models", () => {
  const broken = (job: Parameters<typeof answer>[0]): ReturnType<typeof answer> => {
    const found = checkOf(job.scheme, job.scenario, 9, violated);
    return { ...found, arch: job.arch, model: job.model, notClaimed: "no mask", notClaimedFor: "* on arm64" };
  };

  it("does not repeat under sc what tso has proved", async () => {
    const { jobs, out } = await runFake(["check", "mine", "--model", "all"]);
    expect(jobs.map((job) => job.model)).toEqual(["tso", "tso"]);
    expect(out).toContain("Not searched again: 2 proofs");
    expect(out).toContain("4 checks: proved 4/4");
  });

  it("asks sc itself where tso is no proof", async () => {
    const check = (job: Parameters<typeof answer>[0]): ReturnType<typeof answer> =>
      job.model === "tso" ? { ...checkOf(job.scheme, job.scenario, 9, violated), model: "tso" } : answer(job);
    const { jobs, status, out } = await runFake(["check", "mine", "--model", "sc,tso"], { check });
    expect(jobs.map((job) => job.model)).toEqual(["tso", "tso", "sc", "sc"]);
    expect(status).toBe(1);
    expect(out).toContain("violated 2, proved 2 of 4");
    expect(out).not.toContain("Not searched again");
  });

  it("does not repeat under tso what breaks under sc, where a scheme claims nothing", async () => {
    const check = (job: Parameters<typeof answer>[0]): ReturnType<typeof answer> =>
      job.scenario === "offline-while-lazy"
        ? { ...checkOf(job.scheme, job.scenario, 9, violated), arch: job.arch, model: job.model }
        : answer(job);
    const { jobs, out } = await runFake(["check", "shoot-lazies", "--model", "sc,tso"], { check });
    expect(jobs.map((job) => `${job.model} ${job.scenario}`).sort()).toEqual([
      "sc offline-while-lazy",
      "tso exit-while-lazy-elsewhere",
    ]);
    expect(out).toContain("1 proof that holds because a model that allows more was proved, and 1 violation");
  });

  it("holds what a scheme does not claim on an architecture against it when that one is named", async () => {
    const check = (job: Parameters<typeof answer>[0]): ReturnType<typeof answer> =>
      job.arch === "arm64" ? broken(job) : answer(job);
    const all = await runFake(["check", "mine", "--arch", "all"], { check });
    expect(all.status).toBe(0);
    expect(all.out).toContain("Not claimed: no mask.");
    expect((await runFake(["check", "mine", "--arch", "arm64"], { check })).status).toBe(1);
  });

  it("says when a scheme keeps more than it claims", async () => {
    const check = (job: Parameters<typeof answer>[0]): ReturnType<typeof answer> => {
      return { ...answer(job), notClaimed: "no mask", notClaimedFor: "* on arm64" };
    };
    const { out } = await runFake(["check", "mine", "--arch", "all"], { check });
    expect(out).toContain(`Not claimed, yet proved throughout: mine: "* on arm64"`);
  });
});

describe("bad usage ends with one clear message and status 2", () => {
  it.each([
    [["frobnicate"], /unknown command 'frobnicate'/],
    [["check", "--frob"], /unknown option '--frob'/],
    [
      ["check", "shoot-lazie"],
      /unknown scheme "shoot-lazie"; did you mean `shoot-lazies`\?\nknown: shoot-lazies, mine/,
    ],
    [["check", "--scenario", "offline"], /unknown scenario "offline"\nknown: /],
    [["check", "--arch", "arm65"], /unknown architecture "arm65"; did you mean `arm64`\?/],
    [["check", "--model", "ts0"], /unknown memory model "ts0".*\nknown: sc, tso/],
    [["check", "--mutate", "nobarrier"], /unknown mutation "nobarrier"; did you mean `no-barrier`\?/],
    [["check", "--cpus", "0"], /--cpus: expected a whole number from 1 to 8, found "0"/],
    [["check", "--cpus", "4x"], /--cpus: expected a whole number from 1 to 8, found "4x"/],
    [["check", "--cpus", "8"], /--cpus 8: expected 2 to 4 for scenario exit-while-lazy-elsewhere/],
    [["check", "--seed", "-1"], /--seed: expected a whole number/],
    [["check", "--config", "DEBUG=1"], /--config: expected NAME=y or NAME=n, found "DEBUG=1"/],
    [["check", "./none.ts"], /\.\/none\.ts: expected a scheme file, found no such file/],
    [["check", "."], /unknown scheme "."/],
    [["check", "./"], /\.\/: expected a scheme file, found a directory/],
    [["check", "--replay", "w1.x"], /--replay: expected one scheme, found 2/],
    [["check", "mine", "--replay", "w1.x"], /--replay: expected --scenario S as well/],
    [["check", "mine", "--scenario", "offline-while-lazy", "--replay", "zz"], /witness: expected w1/],
    [["replay"], /missing required argument 'TRACE'/],
    [["replay", "x.dat", "--evidence", "gut"], /unknown evidence "gut"/],
    [["schemes", "x"], /too many arguments/],
    [["check", "--out", "/nowhere/x.html"], /--out \/nowhere\/x.html: the folder \/nowhere does not exist/],
    [
      ["check", "--out", "x.pdf"],
      /--out x.pdf: expected a name that ends in .html, .svg or .json, found .pdf/,
    ],
    [["schemes", "--out", `${tmpdir()}/x.svg`], /schemes has no chart; write .html or .json/],
    [[], /Usage: lazytlb/],
  ])("%j", async (argv, message) => {
    const { status, out, err } = await runFake(argv);
    expect(err).toMatch(message);
    expect(status).toBe(2);
    expect(out).toBe("");
    expect(err).not.toContain("[lazytlb bug]");
  });
});

describe("what the instruments are asked for", () => {
  it("is every scheme in every scenario, schemes first", async () => {
    const { jobs } = await runFake(["check"]);
    expect(jobs.map(({ scheme, scenario }) => `${scheme} ${scenario}`)).toEqual([
      "shoot-lazies exit-while-lazy-elsewhere",
      "shoot-lazies offline-while-lazy",
      "mine exit-while-lazy-elsewhere",
      "mine offline-while-lazy",
    ]);
  });

  it("is what the options say", async () => {
    const argv = [
      "check",
      "mine",
      "--scenario",
      "exit-while-lazy-elsewhere",
      "--arch",
      "arm64",
      "--cpus",
      "3",
    ];
    const { jobs } = await runFake([...argv, "--config", "A=y", "--config", "CONFIG_B=n", "--seed", "7"]);
    const config = { A: true, B: false };
    const expected = { scheme: "mine", scenario: "exit-while-lazy-elsewhere", arch: "arm64", model: "sc" };
    expect(jobs).toEqual([{ ...expected, cpus: 3, config, seed: 7 }]);
  });

  it("leaves out scenarios that have no such number of CPUs, and says so", async () => {
    const { jobs, err } = await runFake(["check", "mine", "--cpus", "4"]);
    expect(jobs.map((job) => job.scenario)).toEqual(["exit-while-lazy-elsewhere"]);
    expect(err).toBe("lazytlb: not run, because they are not for 4 CPUs: offline-while-lazy\n");
  });
});

describe("check --mutate", () => {
  it("is 0 when the mutation is caught and the unmutated specimen proved", async () => {
    const { status, out } = await runFake(["check", "--mutate"]);
    expect(status).toBe(0);
    expect(out).toContain("1 of 1 mutation caught");
    expect(out).not.toContain("witness:");
  });

  it("shows the execution of a mutation that is named", async () => {
    const { status, out } = await runFake(["check", "--mutate", "no-barrier"]);
    expect(status).toBe(0);
    expect(out).toContain(`--mutate no-barrier --replay '${VIOLATION.witness}'`);
  });

  it("is 1 when the mutated specimen is proved", async () => {
    const check = (job: Parameters<typeof answer>[0]): ReturnType<typeof answer> =>
      checkOf(job.scheme, job.scenario, 9);
    const { status, out } = await runFake(["check", "--mutate"], { check });
    expect(status).toBe(1);
    expect(out).toContain("NOT CAUGHT");
  });

  it("is 1 when the unmutated specimen is violated too", async () => {
    const check = (job: Parameters<typeof answer>[0]): ReturnType<typeof answer> =>
      checkOf(job.scheme, job.scenario, 9, violated);
    expect((await runFake(["check", "--mutate"], { check })).status).toBe(1);
  });

  it("is 1 when another property breaks than the mutation names", async () => {
    const leak = { kind: "violated", violation: { ...VIOLATION, property: "leak" } } as const;
    const check = (job: Parameters<typeof answer>[0]): ReturnType<typeof answer> =>
      job.mutation === undefined ? answer(job) : checkOf(job.scheme, job.scenario, 9, leak);
    expect((await runFake(["check", "--mutate"], { check })).status).toBe(1);
  });

  it("replays the witness of a mutation in its scheme and scenario", async () => {
    const { status, jobs } = await runFake(["check", "--mutate", "no-barrier", "--replay", "w1.x"]);
    expect(status).toBe(1);
    expect(jobs).toMatchObject([{ scheme: "shoot-lazies", mutation: "no-barrier" }]);
  });
});

describe("output", () => {
  it.each([["check"], ["check", "--mutate"], ["replay", "x.dat"], ["compare"], ["schemes"], ["scenarios"]])(
    "--json of %j is evidence, and nothing else",
    async (...argv) => {
      const { status, out, err } = await runFake([...argv, "--json"], { terminal: true });
      expect(status).toBe(0);
      expect(err).toBe("");
      const evidence = readEvidence(JSON.parse(out), "stdout");
      expect(evidence.command).toBe(argv[0]);
    },
  );

  it("replay --json has the contract's words at the top of the replay", async () => {
    const { out } = await runFake(["replay", "x.dat", "--json", "--evidence", "stock"]);
    const { replays } = JSON.parse(out) as { replays: unknown[] };
    expect(replays[0]).toMatchObject({
      evidence: "stock",
      user_kern: 1698,
      kern_user_other: 642,
      exit_mm: 569,
    });
  });

  it("--quiet prints nothing when nothing is wrong", async () => {
    expect(await runFake(["check", "--quiet"], { terminal: true })).toMatchObject({
      status: 0,
      out: "",
      err: "",
    });
  });

  it("--quiet still prints a violation and its witness", async () => {
    const { out } = await runFake(["check", "--quiet", "mine"], {
      check: (job) => checkOf(job.scheme, job.scenario, 9, violated),
    });
    expect(out).toContain(VIOLATION.witness);
    expect(out).not.toContain("step  CPU");
  });

  it("draws progress on a terminal only, and takes it away", async () => {
    expect((await runFake(["check"])).err).toBe("");
    const { err } = await runFake(["check"], { terminal: true });
    expect(err).toContain("4/4 checks");
    expect(err.endsWith("\r\u001b[K")).toBe(true);
  });

  it.each(["html", "svg", "json"])("--out FILE.%s writes one whole file", async (format) => {
    const path = join(folder, `report.${format}`);
    const { status } = await runFake(["compare", "--out", path]);
    expect(status).toBe(0);
    expect(readdirSync(folder)).toEqual([`report.${format}`]);
    expect(readFileSync(path, "utf8").length).toBeGreaterThan(1000);
  });

  it("writes nothing when the run fails", async () => {
    const check = (): never => internalBug("impossible");
    await runFake(["check", "--out", join(folder, "x.html")], { check });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("--coverage", () => {
  const executed = (ran: number[]): unknown => [
    { file: "kernel/mm.ts", built: [1, 2], lines: [1, 2], ran, branches: [] },
  ];
  const covering = (ran: (scenario: string) => number[]) => ({
    check: (job: Parameters<typeof answer>[0]) =>
      ({ ...answer(job), executed: executed(ran(job.scenario)) }) as ReturnType<typeof answer>,
  });

  it("asks for it in every job, and ends with 1 and the place when a line is left over", async () => {
    const { status, out, jobs } = await runFake(
      ["check", "--coverage"],
      covering(() => [1]),
    );
    expect(jobs.every((job) => job.coverage)).toBe(true);
    expect(out).toMatch(/^kernel\/mm\.ts:2 , unreached/m);
    expect(status).toBe(1);
  });

  it("joins what the scenarios have executed, and leaves the parts out of the evidence", async () => {
    let n = 0;
    const { status, out } = await runFake(
      ["check", "--coverage", "--json"],
      covering(() => [1 + (n++ % 2)]),
    );
    expect(status).toBe(0);
    const { coverage, checks } = readEvidence(JSON.parse(out), "stdout");
    expect(coverage?.whole).toEqual([{ file: "kernel/mm.ts", lines: 2, executed: 2, gaps: [] }]);
    expect(coverage?.parts.map(({ checks: all }) => all)).toEqual([2, 2]);
    expect(JSON.stringify(checks)).not.toContain("executed");
  });

  it.each([["--mutate"], ["--replay=lz1"]])("is refused with %s", async (option) => {
    const { status, err } = await runFake(["check", "refcount", "--coverage", option]);
    expect(err).toMatch(/^lazytlb: --coverage: /);
    expect(status).toBe(2);
  });
});
