/**
 * Which lines of the kernel model and of the schemes the checks of a command have executed.
 *
 * A check says it file by file (`ExecutedFile`), in numbers; joined over scenarios, and with the sources at hand, that
 * becomes what the evidence has: a figure per file, and each line that no scenario executes, with its reason.
 */

/** Coverage of one command. */
export interface Coverage {
  /** Per scheme and architecture, over all their scenarios and memory models. */
  readonly parts: readonly CoveragePart[];
  /** All of them together: a gap here is one in every part that has the line. */
  readonly whole: readonly FileCoverage[];
}

export interface CoveragePart {
  readonly scheme: string;
  readonly arch: string;
  readonly checks: number;
  /** Of these, searches that hit a limit: what they have not reached may be reachable. */
  readonly bounded: number;
  readonly files: readonly FileCoverage[];
}

export interface FileCoverage {
  readonly file: string;
  /** Lines with an access, a fence, an interrupt toggle … or a branch, in the programs that were checked. */
  readonly lines: number;
  readonly executed: number;
  /** In the order of the file. */
  readonly gaps: readonly CoverageGap[];
}

export const GAP_KINDS = ["unreached", "never true", "never false", "not built"] as const;

/**
 * What a scenario would be needed for. `unreached`: no path executes the line. `never true`, `never false`: a condition
 * on it never came out so. `not built`: the line is in none of the programs, because a constant of the architecture, a
 * build option or a hook of the scheme leaves it out, or because nobody calls the function.
 */
export interface CoverageGap {
  readonly line: number;
  /** Of the condition, from 1. */
  readonly column?: number;
  readonly func: string;
  readonly kind: (typeof GAP_KINDS)[number];
  /** The line's text. */
  readonly text: string;
  /** Why that is as it should be, in the words of the source (`@unreached`). */
  readonly reason?: string;
}

/** What one check executed of one file. Lines ascend. */
export interface ExecutedFile {
  readonly file: string;
  /** Lines that some op of the program comes from. */
  readonly built: readonly number[];
  /** Lines that count: with a visible op or a branch, outside `setup`. */
  readonly lines: readonly number[];
  /** Of these, the executed ones. */
  readonly ran: readonly number[];
  readonly branches: readonly ExecutedBranch[];
}

export interface ExecutedBranch {
  readonly line: number;
  readonly column: number;
  readonly wasTrue: boolean;
  readonly wasFalse: boolean;
}

/** Gaps that somebody has to explain or to close: without a reason, and in a program. */
export function openGaps(files: readonly FileCoverage[]): CoverageGap[] {
  return files.flatMap(({ gaps }) => gaps.filter(isOpen));
}

export function isOpen({ kind, reason }: CoverageGap): boolean {
  return kind !== "not built" && reason === undefined;
}
