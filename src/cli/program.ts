/** The command line: commands, their options and arguments, and what ends with which status. */

import { Command, CommanderError, Option } from "commander";
import { type CheckCommandOptions, check } from "./commands/check.ts";
import { type CompareOptions, compare } from "./commands/compare.ts";
import { listScenarios, listSchemes } from "./commands/lists.ts";
import { type LitmusCommandOptions, litmus } from "./commands/litmus.ts";
import { type MachinesOptions, machines } from "./commands/machines.ts";
import { type ReplayOptions, replay } from "./commands/replay.ts";
import { type SimOptions, sim } from "./commands/sim.ts";
import { BAD_INPUT, DONE, reportFailure } from "./exit_status.ts";
import type { Host } from "./host.ts";
import { type CommonOptions, configOption, cpuList, wholeNumber } from "./options.ts";

/** Runs one command line (without the program's name); the status to end with. Never throws. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  let status = DONE;
  const program = build(host, (found) => {
    status = found;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return status;
  } catch (error) {
    // Help and version end this way too, with 0; everything else that the parser rejects is bad usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : BAD_INPUT;
    const failure = reportFailure(error);
    host.stderr(failure.text);
    return failure.status;
  }
}

type SetStatus = (status: number) => void;

function build(host: Host, end: SetStatus): Command {
  const program = new Command("lazytlb");
  program
    .description(
      "Schemes that keep a lazily loaded mm alive: checked exhaustively, replayed over real traces.",
    )
    .version(host.producer)
    .exitOverride()
    .configureOutput({ writeOut: host.stdout, writeErr: host.stderr })
    .showHelpAfterError("(lazytlb --help, lazytlb COMMAND --help)");
  addCompare(program, host, end);
  addCheck(program, host, end);
  addLitmus(program, host, end);
  addReplay(program, host, end);
  addSim(program, host, end);
  addLists(program, host, end);
  return program;
}

function addCompare(program: Command, host: Host, end: SetStatus): void {
  const command = program
    .command("compare [TRACE]")
    .description("check every scheme in every scenario and replay a trace under each: one table, one report");
  checkOptions(common(command)).addOption(evidenceOption());
  command.action(async (trace: string | undefined, options: CompareOptions) => {
    end(await compare(host, trace, options));
  });
}

function addCheck(program: Command, host: Host, end: SetStatus): void {
  const command = program
    .command("check [SCHEME...]")
    .description("search every interleaving; SCHEME is a name (see schemes) or a file of yours")
    .option("--mutate [ID]", "check that a deliberate defect (without ID: each one) is caught")
    .option("--replay <WITNESS>", "run the one execution that a violation printed")
    .option(
      "--barriers [WHICH]",
      "say which orderings of the scheme (all: of the kernel, too) are needed, and which can be weaker",
    )
    .option("--coverage", "say which lines of the kernel and the schemes no scenario executes");
  checkOptions(common(command));
  command.action(async (schemes: string[], options: CheckCommandOptions) => {
    end(await check(host, schemes, options));
  });
}

function addLitmus(program: Command, host: Host, end: SetStatus): void {
  const command = program
    .command("litmus <FILE...>")
    .description(
      "run litmus tests (C, as in tools/memory-model; files or folders) and print what herd7 prints",
    )
    .option("--model <M>", "memory model: a name (lkmm), or a .cat or .cfg file of yours")
    .option("--macros <FILE>", "definitions of the primitives (.def), instead of the model's own")
    .option("--unroll <N>", "how often a loop may go round", wholeNumber("--unroll", 1, 64), 2)
    .option(
      "--steps <N>",
      "give up a test after so many steps of its search",
      wholeNumber("--steps", 1, 1e12),
    )
    .option("--merge", "states and verdict only: explore executions with equal futures once, count none")
    .option("--why", "for an outcome that cannot be: the axiom and the cycle that forbid it")
    .option("--dot <FILE>", "draw an execution of the one test for Graphviz")
    .option("--svg <FILE>", "draw an execution of the one test");
  common(command).action(async (paths: string[], options: LitmusCommandOptions) => {
    end(await litmus(host, paths, options));
  });
}

function addReplay(program: Command, host: Host, end: SetStatus): void {
  const command = program
    .command("replay <TRACE> [SCHEME...]")
    .description("what each scheme would have done on a recorded workload (trace.dat)")
    .addOption(evidenceOption());
  configured(common(command)).action(async (trace: string, schemes: string[], options: ReplayOptions) => {
    end(await replay(host, trace, schemes, options));
  });
}

function addSim(program: Command, host: Host, end: SetStatus): void {
  const command = program
    .command("sim [SCHEME...]")
    .description("what each scheme costs on a simulated machine (see machines)")
    .option("--machine <M>", "a machine, or the file of a profile")
    .option("--workload <W>", "a workload, with options: NAME:key=value,key=value")
    .option("--cpus <LIST>", "numbers of CPUs: 2,64 or 2..4096 (doubling)", cpuList)
    .option("--arch <A>", "architecture, instead of the machine's own")
    .option("--published", "compare with what is published, for every machine or for --machine")
    .option("--sensitivity", "with --published: what ±30 % in each constant changes")
    .option("--profile", "name the cache line and the source lines that cost most");
  configured(common(command)).action(async (schemes: string[], options: SimOptions) => {
    end(await sim(host, schemes, options));
  });
}

function addLists(program: Command, host: Host, end: SetStatus): void {
  common(program.command("schemes").description("list the schemes")).action(
    async (options: CommonOptions) => {
      end(await listSchemes(host, options));
    },
  );
  common(program.command("machines").description("list machines and workloads of the simulator"))
    .option("--measure", "measure this machine; --out FILE.json writes a profile for --machine")
    .action(async (options: MachinesOptions) => {
      end(await machines(host, options));
    });
  common(program.command("scenarios").description("list the scenarios")).action(
    async (options: CommonOptions) => {
      end(await listScenarios(host, options));
    },
  );
}

function common(command: Command): Command {
  return command
    .option("--json", "print the evidence as JSON, and nothing else")
    .option("--out <FILE>", "also write a report: .html, .svg (the main chart) or .json")
    .option("--quiet", "print nothing but violations, and no progress")
    .option("--seed <N>", "seed of whatever is random", wholeNumber("--seed", 0, 2 ** 32 - 1), 1)
    .allowExcessArguments(false);
}

function configured(command: Command): Command {
  return command.addOption(
    new Option("--config <NAME=y|n>", "set a build option of the kernel (repeatable)")
      .argParser(configOption)
      .default({}, "as model/Kconfig has them"),
  );
}

function checkOptions(command: Command): Command {
  return configured(command)
    .option("--scenario <S>", "only this scenario (see scenarios)")
    .option("--arch <A>", "architecture, instead of the scheme's own; several with commas, or all")
    .option("--model <M>", "memory model: sc, tso, lkmm, aarch64, power or a .cat file; several with commas")
    .option("--cpus <N>", "number of CPUs, instead of the scenario's own", wholeNumber("--cpus", 1, 8))
    .option(
      "--states <N>",
      "give up a search after so many states: bounded",
      wholeNumber("--states", 1, 1e12),
    );
}

function evidenceOption(): Option {
  return new Option(
    "--evidence <KIND>",
    "stock: infer from the kernel's stock events alone; kernel: also from probes",
  );
}
