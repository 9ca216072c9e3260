/**
 * From executed ops back to the lines that they come from.
 *
 * A line is inlined in many places; it has run when one of its copies has. A line that calls a function has what the
 * function has. A branch is known by its place in the source, so one condition of a line can be told from another.
 */
import type { ExecutedBranch, ExecutedFile } from "../evidence/coverage.ts";
import { isVisible } from "../ir/effects.ts";
import type { FuncId, Op, Program } from "../ir/types.ts";
import type { Cover } from "../world/cover.ts";

interface Tally {
  readonly built: Set<number>;
  readonly lines: Set<number>;
  readonly ran: Set<number>;
  readonly branches: Map<string, ExecutedBranch>;
}

/** What `cover` has seen of `program`, by file. `setup` runs alone, once, and is left out. */
export function executedFiles(program: Program, cover: Cover): ExecutedFile[] {
  const files = new Map<string, Tally>();
  for (const { file, line } of program.positions) tallyOf(files, file).built.add(line);
  for (const func of startedFuncs(program)) {
    program.funcs[func]?.ops.forEach((op, pc) => {
      if (op.op !== "br" && !isVisible(op)) return;
      const [first, second] = [cover.ran(func, pc), cover.ran(func, pc, true)];
      addLines(files, program, op.at, first || second);
      if (op.op === "br") addWays(files, program, op.at, first, second);
    });
  }
  return [...files].map(([file, tally]) => executedFile(file, tally));
}

/** Places (FILE:LINE:COLUMN) of the visible ops that `cover` has seen run, each once. */
export function executedPlaces(program: Program, cover: Cover): string[] {
  const places = new Set<string>();
  for (const func of startedFuncs(program)) {
    program.funcs[func]?.ops.forEach((op, pc) => {
      const place = program.positions[op.at];
      if (place !== undefined && isVisible(op) && cover.ran(func, pc))
        places.add(`${place.file}:${place.line}:${place.column}`);
    });
  }
  return [...places];
}

/** Bodies that something starts after `setup`: a handler may be named by code that was found to be dead. */
function startedFuncs(program: Program): Set<FuncId> {
  const setup = program.entries.get("setup");
  const started = new Set<FuncId>();
  const work = [...program.entries.values(), ...startedBy(program, setup)];
  for (let func = work.pop(); func !== undefined; func = work.pop()) {
    if (func === setup || started.has(func)) continue;
    started.add(func);
    work.push(...startedBy(program, func));
  }
  return started;
}

function startedBy(program: Program, func: FuncId | undefined): FuncId[] {
  const ops: readonly Op[] = func === undefined ? [] : (program.funcs[func]?.ops ?? []);
  return ops.flatMap((op) => ("handler" in op ? [op.handler] : "main" in op ? [op.main] : []));
}

function tallyOf(files: Map<string, Tally>, file: string): Tally {
  const known = files.get(file);
  if (known !== undefined) return known;
  const tally: Tally = { built: new Set(), lines: new Set(), ran: new Set(), branches: new Map() };
  files.set(file, tally);
  return tally;
}

/** Notes a line and those that it was inlined at. */
function addLines(files: Map<string, Tally>, program: Program, at: number, ran: boolean): void {
  for (let place = program.positions[at]; place !== undefined; place = program.positions[place.caller]) {
    const tally = tallyOf(files, place.file);
    tally.lines.add(place.line);
    if (ran) tally.ran.add(place.line);
  }
}

function addWays(
  files: Map<string, Tally>,
  program: Program,
  at: number,
  wasTrue: boolean,
  wasFalse: boolean,
): void {
  const place = program.positions[at];
  if (place !== undefined)
    addBranch(tallyOf(files, place.file), { line: place.line, column: place.column, wasTrue, wasFalse });
}

function executedFile(file: string, { built, lines, ran, branches }: Tally): ExecutedFile {
  const list = [...branches.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  return { file, built: ascending(built), lines: ascending(lines), ran: ascending(ran), branches: list };
}

function ascending(lines: Iterable<number>): number[] {
  return [...lines].sort((a, b) => a - b);
}

/** What several checks executed together. */
export function joinExecuted(parts: readonly (readonly ExecutedFile[])[]): ExecutedFile[] {
  const files = new Map<string, Tally>();
  for (const part of parts) {
    for (const { file, built, lines, ran, branches } of part) {
      const tally = tallyOf(files, file);
      for (const line of built) tally.built.add(line);
      for (const line of lines) tally.lines.add(line);
      for (const line of ran) tally.ran.add(line);
      for (const branch of branches) addBranch(tally, branch);
    }
  }
  return [...files].map(([file, tally]) => executedFile(file, tally));
}

function addBranch(tally: Tally, { line, column, wasTrue, wasFalse }: ExecutedBranch): void {
  const key = `${line}:${column}`;
  const known = tally.branches.get(key);
  tally.branches.set(key, {
    line,
    column,
    wasTrue: wasTrue || known?.wasTrue === true,
    wasFalse: wasFalse || known?.wasFalse === true,
  });
}
