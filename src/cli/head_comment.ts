/**
 * The head comment of a specimen, where it introduces itself:
 *
 *     /**
 *      * What it is, in a sentence.
 *      *
 *      * @title   short name
 *      * @origin  who and when
 *      * @not-claimed SCENARIO: why
 */

export interface HeadComment {
  /** The first sentence, without its full stop. */
  readonly summary: string;
  /** Texts by tag, in the order of the file; a tag may occur several times. */
  readonly tags: readonly (readonly [string, string])[];
}

/** Reads the first comment of a file; everything is empty where there is none. */
export function readHeadComment(text: string): HeadComment {
  const body = /^\s*\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? "";
  const lines = body.split("\n").map((line) => line.replace(/^\s*\*? ?/, "").trimEnd());
  return { summary: firstSentence(lines), tags: readTags(lines) };
}

function firstSentence(lines: readonly string[]): string {
  const start = lines.findIndex((line) => line !== "");
  const rest = start < 0 ? [] : lines.slice(start);
  const end = rest.findIndex((line) => line === "" || line.startsWith("@"));
  const paragraph = rest.slice(0, end < 0 ? rest.length : end).join(" ");
  return (/^.*?\.(?= |$)/.exec(paragraph)?.[0] ?? paragraph).replace(/\.$/, "");
}

/** A tag's text goes on over indented lines, up to an empty line or the next tag. */
function readTags(lines: readonly string[]): [string, string][] {
  const tags: [string, string][] = [];
  let open: [string, string] | undefined;
  for (const line of lines) {
    const match = /^@([a-z][a-z-]*)\s*(.*)$/.exec(line);
    if (match !== null) {
      open = [match[1] ?? "", match[2] ?? ""];
      tags.push(open);
    } else if (open !== undefined && /^\s+\S/.test(line)) open[1] += ` ${line.trim()}`;
    else open = undefined;
  }
  return tags;
}
