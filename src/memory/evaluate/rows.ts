/**
 * Generated code for one row of a term: row i as `words` expressions of 32-bit words.
 *
 * What costs little stays an expression (loads, masks, bitwise operations); a sequence becomes a loop over the bits of
 * its left side that collects rows of its right side. In an intersection the cheap operands come first, and the loops
 * of the others run only if something is left.
 */

import type { SetRef, SetTerm, Term } from "./term.ts";

/** The words of a row, as expressions without side effects. */
export type Words = readonly string[];

export class RowWriter {
  readonly #words: number;
  readonly #lines: string[] = [];
  #count = 0;

  constructor(words: number) {
    this.#words = words;
  }

  /** The statements so far. */
  get text(): string {
    return this.#lines.join("\n");
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** Writes what it takes to have row i of the term, and says where it is. The row's offset is `o`. */
  row(term: Term): Words {
    switch (term.kind) {
      case "load":
        return this.each((k) => at(term.slot.name, "o", k));
      case "none":
        return this.each(() => "0");
      case "identity":
        return this.#diagonal(term.set);
      case "cross":
        return this.#cross(term.rows, term.columns);
      case "or":
        return this.#join(
          term.of.map((each) => this.row(each)),
          "|",
        );
      case "and":
        return this.#and(term.of);
      case "andNot":
        return this.#andNot(term.of, term.not);
      case "filter":
        return this.#filter(term);
      case "seq":
        return this.#sequence(term);
      case "meetInverse":
        return this.#meetInverse(term);
    }
  }

  each(word: (k: number) => string): Words {
    return Array.from({ length: this.#words }, (_, k) => word(k));
  }

  /** The words in variables, to be read more than once. */
  named(words: Words): Words {
    const name = this.#fresh();
    return words.map((word, k) => {
      if (/^\w+$/.test(word)) return word;
      this.line(`const ${name}_${k} = ${word};`);
      return `${name}_${k}`;
    });
  }

  /** Code for every event j in a row: `body` sees j and its row's offset `p`. */
  forBits(words: Words, body: (j: string, p: string) => string): void {
    const id = this.#fresh();
    for (const [k, word] of words.entries()) {
      if (word === "0") continue;
      const base = k === 0 ? "" : ` + ${32 * k}`;
      this.line(`for (let x${id} = ${word}; x${id} !== 0; x${id} &= x${id} - 1) {`);
      this.line(`const j${id} = 31 - Math.clz32(x${id} & -x${id})${base};`);
      if (this.#words > 1) this.line(`const p${id} = j${id} * ${this.#words};`);
      this.line(body(`j${id}`, this.#words > 1 ? `p${id}` : `j${id}`));
      this.line("}");
    }
  }

  #fresh(): string {
    return `t${this.#count++}`;
  }

  #join(rows: readonly Words[], operator: string): Words {
    if (rows.length === 0) return this.each(() => "0");
    return this.each((k) => {
      const words = rows.map((row) => row[k] ?? "0").filter((word) => operator !== "|" || word !== "0");
      return words.length < 2 ? (words[0] ?? "0") : `(${words.join(` ${operator} `)})`;
    });
  }

  #diagonal(set: SetRef): Words {
    const bit = this.each((k) => (this.#words === 1 ? "(1 << i)" : `(i >>> 5 === ${k} ? 1 << i : 0)`));
    return set === "all" ? bit : this.each((k) => `(${bit[k]} & ${at(set.name, "", k)})`);
  }

  #cross(rows: SetRef, columns: SetRef): Words {
    const all = this.each((k) => (columns === "all" ? at("all", "", k) : at(columns.name, "", k)));
    if (rows === "all") return all;
    const mask = this.#fresh();
    this.line(`const ${mask} = -(${this.#has(rows)});`);
    return all.map((word) => `(${mask} & ${word})`);
  }

  /** 1 if event i is in the set. */
  #has(set: SetRef): string {
    if (set === "all") return "1";
    return this.#words === 1 ? `${set.name}[0] >>> i & 1` : `${set.name}[i >>> 5] >>> i & 1`;
  }

  #and(of: readonly Term[]): Words {
    const cheap = of.filter(isCheap);
    const dear = of.filter((term) => !isCheap(term));
    const [first, ...rest] = dear;
    if (first === undefined)
      return this.#join(
        of.map((term) => this.row(term)),
        "&",
      );
    if (cheap.length === 0) return this.#narrow(this.row(first), rest);
    return this.#narrow(
      this.#join(
        cheap.map((term) => this.row(term)),
        "&",
      ),
      dear,
    );
  }

  /** The row, cut by terms whose rows are only looked at while something is left. */
  #narrow(row: Words, by: readonly Term[]): Words {
    const [next, ...rest] = by;
    if (next === undefined) return row;
    const start = this.named(row);
    return this.#narrow(
      this.#when(start.join(" | "), () => this.#join([start, this.row(next)], "&")),
      rest,
    );
  }

  #andNot(of: Term, not: Term): Words {
    const row = this.row(of);
    if (isCheap(not)) return this.#without(row, this.row(not));
    const start = this.named(row);
    return this.#when(start.join(" | "), () => this.#without(start, this.row(not)));
  }

  #without(row: Words, not: Words): Words {
    return this.each((k) => (not[k] === "0" ? (row[k] ?? "0") : `(${row[k]} & ~${not[k]})`));
  }

  /** Words that are zero unless a condition holds; `inside` writes the code that is skipped otherwise. */
  #when(condition: string, inside: () => Words): Words {
    const name = this.#fresh();
    const words = this.each((k) => `${name}_${k}`);
    this.line(`let ${words.map((word) => `${word} = 0`).join(", ")};`);
    this.line(`if ((${condition}) !== 0) {`);
    const values = inside();
    for (const [k, word] of words.entries()) this.line(`${word} = ${values[k]};`);
    this.line("}");
    return words;
  }

  #filter({ of, rows, columns }: Term & { readonly kind: "filter" }): Words {
    if (rows === "all") return this.#cut(this.row(of), columns);
    if (!isCheap(of)) return this.#when(this.#has(rows), () => this.#cut(this.row(of), columns));
    const mask = this.#fresh();
    this.line(`const ${mask} = -(${this.#has(rows)});`);
    return this.#cut(this.row(of), columns).map((word) => `(${mask} & ${word})`);
  }

  #cut(row: Words, columns: SetRef): Words {
    return columns === "all" ? row : row.map((word, k) => `(${word} & ${at(columns.name, "", k)})`);
  }

  /** `([D] | l) ; (M | [E])`: row i of M if i is in D, rows of M for the bits of l, and the bits of l that are in E. */
  #sequence({ left, right, mask }: Term & { readonly kind: "seq" }): Words {
    const name = this.#fresh();
    const out = this.each((k) => `${name}_${k}`);
    const l = left.of && this.named(this.row(left.of));
    const diagonal = left.diagonal && this.#diagonal(left.diagonal);
    const from = this.named(this.#join([l, diagonal].filter(isWords), "|"));
    const kept = right.diagonal === undefined ? this.each(() => "0") : this.#cut(from, right.diagonal);
    const { of: matrix } = right;
    if (matrix === undefined) return kept;
    this.line(`let ${out.map((word) => `${word} = 0`).join(", ")};`);
    const onDiagonal = left.of === undefined;
    if (onDiagonal) return this.#join([kept, this.#ownRow(from, matrix.name, mask.rows, mask.columns)], "|");
    this.forBits(this.#cut(from, mask.rows), (_, p) =>
      out.map((word, k) => `${word} |= ${at(matrix.name, p, k)};`).join(" "),
    );
    return this.#join([kept, this.#cut(out, mask.columns)], "|");
  }

  /** Row i of a matrix if the event is in the set that `from` was cut to. */
  #ownRow(from: Words, matrix: string, rows: SetRef, columns: SetRef): Words {
    const cut = this.named(this.#cut(from, rows));
    return this.#when(cut.join(" | "), () =>
      this.#cut(
        this.each((k) => at(matrix, "o", k)),
        columns,
      ),
    );
  }

  #meetInverse({ of, slot }: Term & { readonly kind: "meetInverse" }): Words {
    const row = this.named(this.row(of));
    const name = this.#fresh();
    const out = this.each((k) => `${name}_${k}`);
    this.line(`let ${out.map((word) => `${word} = 0`).join(", ")};`);
    this.forBits(row, (j, p) => {
      const word = this.#words === 1 ? `${slot.name}[${p}]` : `${slot.name}[${p} + (i >>> 5)]`;
      const set =
        this.#words === 1
          ? `${out[0]} |= 1 << ${j};`
          : out.map((each, k) => `if (${j} >>> 5 === ${k}) ${each} |= 1 << ${j};`).join(" ");
      return `if (${word} >>> i & 1) { ${set} }`;
    });
    return out;
  }

  /** The words of a set's term. */
  set(term: SetTerm): Words {
    switch (term.kind) {
      case "load":
        return this.each((k) => at(term.slot.name, "", k));
      case "all":
        return this.each((k) => at("all", "", k));
      case "or":
        return this.#join(
          term.of.map((each) => this.set(each)),
          "|",
        );
      case "and":
        return this.#join(
          term.of.map((each) => this.set(each)),
          "&",
        );
      case "andNot":
        return this.#without(this.set(term.of), this.set(term.not));
    }
  }
}

/** Word k of an array from an offset. */
export function at(array: string, offset: string, k: number): string {
  if (offset === "") return `${array}[${k}]`;
  return k === 0 ? `${array}[${offset}]` : `${array}[${offset} + ${k}]`;
}

/** Without loops. */
function isCheap(term: Term): boolean {
  switch (term.kind) {
    case "seq":
    case "meetInverse":
      return false;
    case "or":
    case "and":
      return term.of.every(isCheap);
    case "andNot":
      return isCheap(term.of) && isCheap(term.not);
    case "filter":
      return isCheap(term.of);
    default:
      return true;
  }
}

const isWords = (words: Words | undefined): words is Words => words !== undefined;
