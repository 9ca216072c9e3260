/**
 * Text in columns of a terminal.
 *
 * After `printable` one UTF-16 unit is one column: names from traces and from user's files may hold anything, and a
 * table must neither overflow nor pass escape sequences on to the terminal.
 */

/** The widest that anything we print may be. */
export const PAGE_WIDTH = 120;

/** The text with everything that is not one plain visible column replaced by "?". */
export function printable(text: string): string {
  // Latin and Greek letters, punctuation, arrows, mathematical and box-drawing signs are one column everywhere.
  return text.replace(
    /[^\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0377\u0391-\u03c9\u2010-\u2027\u2039\u203a\u2190-\u22ff\u2500-\u25a1\u2713\u2717]/gu,
    "?",
  );
}

/** Markup without the control characters that XML forbids, whatever names it was made from. */
export function withoutControls(markup: string): string {
  return markup.replace(/[^\P{Cc}\n\t]/gu, "?");
}

/** The text as one word of a shell's command line: paths have spaces. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** At most `width` columns; what is cut off at the end shows as "…". */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`.slice(0, width);
}

/** At most `width` columns; what is cut off at the front shows as "…". For paths and call chains. */
export function cutFront(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(text.length - Math.max(0, width - 1))}`.slice(0, width);
}

/** Lines of at most `width` columns, broken at spaces where there are any; later lines are indented. */
export function wrap(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
    }
    line = line === "" || line === indent ? line + word : `${line} ${word}`;
    while (line.length > width) {
      lines.push(line.slice(0, width));
      line = indent + line.slice(width);
    }
  }
  return [...lines, line];
}

/** Lines under one another, with a newline at the end. */
export const paragraph = (lines: readonly string[]): string =>
  lines.map((line) => `${line.trimEnd()}\n`).join("");
