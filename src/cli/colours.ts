/** Colours for verdicts on a terminal. The text itself never depends on them. */

const STYLES: readonly (readonly [RegExp, string])[] = [
  [/\bproved\b/g, "32"],
  [/\b(violated|NOT CAUGHT|error)\b|✗/g, "1;31"],
  [/\bbounded\b/g, "33"],
];

export function paint(text: string): string {
  return STYLES.reduce(
    (painted, [words, style]) => painted.replace(words, (word) => `\u001b[${style}m${word}\u001b[0m`),
    text,
  );
}
