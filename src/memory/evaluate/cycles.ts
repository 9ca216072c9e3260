/**
 * Cycles and closures of a bit matrix: depth-first searches as text, for the generated code of one word count.
 *
 * `acyclic(m, n)` visits each event once; a row is scanned as often as it has unvisited successors, plus once.
 *
 * `close(m, n)` replaces m by its transitive closure and says whether m had no cycle. On the way back of the same
 * search the successors of an event are closed already, so that its own closure is the union of theirs; successors
 * that another one's closure covers are skipped. With a cycle that is no longer so, and Warshall's algorithm ends it.
 */

import { at } from "./rows.ts";

export function cycleFunctions(words: number): string {
  return `${search("acyclic", words, "")}
${search("close", words, finish(words))}
${warshall(words)}`;
}

const list = (words: number, word: (k: number) => string, separator: string): string =>
  Array.from({ length: words }, (_, k) => word(k)).join(separator);

/** An event's bit in sets of `words` variables, cleared or set. */
const mark = (words: number, set: string, operation: (k: number) => string): string =>
  words === 1
    ? `${set}0 ${operation(0)};`
    : list(words, (k) => `if (v >>> 5 === ${k}) ${set}${k} ${operation(k)};`, " ");

function search(name: string, words: number, leave: string): string {
  const zero = (set: string): string => list(words, (k) => `${set}${k} = 0`, ", ");
  const test =
    words === 1
      ? "done0 >>> s & 1"
      : `(${list(words, (k) => `(s >>> 5 === ${k} ? done${k} : 0)`, " | ")}) >>> s & 1`;
  const open = list(words, (k) => `const r${k} = ${at("m", "p", k)} & ~done${k};`, " ");
  const cycle = list(words, (k) => `r${k} & on${k}`, " | ");
  const next = list(words, (k) => `if (r${k} !== 0) { v = ${32 * k} + 31 - Math.clz32(r${k}); }`, " else ");
  return `
function ${name}(m, n) {
  let ${zero("done")}, ${zero("on")};
  for (let s = 0; s < n; s++) {
    if (${test}) continue;
    let v = s, depth = 0;
    stack[0] = v;
    ${mark(words, "on", () => "|= 1 << v")}
    while (depth >= 0) {
      v = stack[depth];
      const p = v * ${words};
      ${open}
      if ((${cycle}) !== 0) ${name === "close" ? "return warshall(m, n)" : "return false"};
      if ((${list(words, (k) => `r${k}`, " | ")}) !== 0) {
        ${next}
        stack[++depth] = v;
        ${mark(words, "on", () => "|= 1 << v")}
        continue;
      }
      ${leave}
      ${mark(words, "done", () => "|= 1 << v")}
      ${mark(words, "on", () => "&= ~(1 << v)")}
      depth--;
    }
  }
  return true;
}`;
}

/** The closure of an event whose successors are closed. */
function finish(words: number): string {
  const rest = (k: number): string => `x${k}`;
  return `
      let ${list(words, (k) => `c${k} = ${at("m", "p", k)}, ${rest(k)} = c${k}`, ", ")};
      ${list(
        words,
        (k) => `
      while (x${k} !== 0) {
        const b = x${k} & -x${k};
        const q = (${32 * k} + 31 - Math.clz32(b)) * ${words};
        ${list(words, (w) => `const d${w} = ${at("m", "q", w)}; c${w} |= d${w}; x${w} &= ~d${w};`, " ")}
        x${k} &= ~b;
      }`,
        "",
      )}
      ${list(words, (k) => `${at("m", "p", k)} = c${k};`, " ")}`;
}

function warshall(words: number): string {
  return `
function warshall(m, n) {
  for (let j = 0; j < n; j++) {
    const p = j * ${words};
    if ((${list(words, (k) => at("m", "p", k), " | ")}) === 0) continue;
    for (let i = 0; i < n; i++) {
      const o = i * ${words};
      if (m[o + (j >>> 5)] >>> j & 1) { ${list(words, (k) => `${at("m", "o", k)} |= ${at("m", "p", k)};`, " ")} }
    }
  }
  return false;
}`;
}
