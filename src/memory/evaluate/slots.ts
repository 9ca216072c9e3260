/**
 * Generated code that computes one slot: a function of n, the number of events, named after the slot's array.
 *
 * Each slot has two variables beside its array: `z…` says that it holds something (so that others can skip work), `c…`
 * that the whole array is zero, beyond row n too, so that an empty slot stays empty at no cost when events are added.
 * Closures have a third, `a…`: there was no cycle.
 */

import { type Guard, guardOf } from "./guards.ts";
import { at, RowWriter, type Words } from "./rows.ts";
import type { Def, Recursion, Slot, Term } from "./term.ts";

/** Rounds after which a recursion that is still changing is given up: monotone ones need far fewer. */
const MAX_ROUNDS = 10_000;

export class SlotWriter {
  readonly #words: number;
  readonly #sets: ReadonlySet<string>;
  readonly #quiet: ReadonlySet<string>;

  /**
   * @param sets Names of the graph's own sets, whose emptiness can be read off.
   * @param quiet Names of what has no emptiness to read: the graph's relations, variables of recursions.
   */
  constructor(words: number, sets: ReadonlySet<string>, quiet: ReadonlySet<string>) {
    this.#words = words;
    this.#sets = sets;
    this.#quiet = quiet;
  }

  /** The declarations and the function of a slot. */
  write({ name, sort, def }: Slot): string {
    if (def === undefined) return "";
    const closure = def.kind === "closure";
    const own = `let z${name} = false, c${name} = true${closure ? `, a${name} = true` : ""};`;
    if (def.kind === "fix") return `${own}\n${this.#recursion(name, def.recursion)}`;
    const guard = this.condition(guardOf(def));
    const empty = `if (!c${name}) { ${name}.fill(0); c${name} = true; } z${name} = false; ${closure ? `a${name} = true; ` : ""}return;`;
    return `${own}
function f${name}(n) {
${guard === undefined ? "" : `if (!(${guard})) { ${empty} }`}
let any = 0;
${sort === "set" ? this.#set(name, def) : this.#relation(name, def)}
z${name} = any !== 0; c${name} = false;
}`;
  }

  /** A test that a guard allows something; undefined when it says nothing. */
  condition(guard: Guard): string | undefined {
    const tests = [...(guard ?? [])].flatMap((name) => {
      if (this.#quiet.has(name)) return [];
      return [
        this.#sets.has(name) ? `(${this.#each((k) => at(name, "", k)).join(" | ")}) !== 0` : `z${name}`,
      ];
    });
    return tests.length === 0 ? undefined : tests.join(" && ");
  }

  #each(word: (k: number) => string): Words {
    return Array.from({ length: this.#words }, (_, k) => word(k));
  }

  /** A loop over the rows of a term. */
  rows(term: Term, body: (words: Words, writer: RowWriter) => void): string {
    const writer = new RowWriter(this.#words);
    const step = this.#words === 1 ? "i++, o++" : `i++, o += ${this.#words}`;
    writer.line(`for (let i = 0, o = 0; i < n; ${step}) {`);
    body(writer.row(term), writer);
    writer.line("}");
    return writer.text;
  }

  #set(name: string, def: Def): string {
    if (def.kind === "set") {
      const words = new RowWriter(this.#words).set(def.term);
      return words.map((word, k) => `any |= ${name}[${k}] = ${word};`).join("\n");
    }
    if (def.kind !== "domain" && def.kind !== "range") return "";
    const clear = `${name}.fill(0);`;
    const { kind } = def;
    return `${clear}
${this.rows(def.of, (words, writer) => {
  if (kind === "range")
    for (const [k, word] of words.entries()) writer.line(`any |= ${word}; ${name}[${k}] |= ${word};`);
  else writer.line(`if ((${words.join(" | ")}) !== 0) { any = 1; ${name}[i >>> 5] |= 1 << i; }`);
})}`;
  }

  #relation(name: string, def: Def): string {
    switch (def.kind) {
      case "rows":
        return this.#store(name, def.of);
      case "closure":
        return `${this.#store(name, def.of)}\na${name} = any === 0 || close(${name}, n);`;
      case "inverse":
        return this.#inverse(name, def.of);
      case "inverseSeq":
        return this.#inverseSeq(name, def.left, def.right);
      default:
        return "";
    }
  }

  #store(name: string, term: Term): string {
    return this.rows(term, (words, writer) => {
      for (const [k, word] of words.entries()) writer.line(`any |= ${at(name, "o", k)} = ${word};`);
    });
  }

  #inverse(name: string, term: Term): string {
    return `${name}.fill(0, 0, n * ${this.#words});
${this.rows(term, (words, writer) => {
  writer.forBits(words, (_, p) => {
    const word = this.#words === 1 ? p : `${p} + (i >>> 5)`;
    return `any = 1; ${name}[${word}] |= 1 << i;`;
  });
})}`;
  }

  /** `l^-1 ; r`: row i of r is added to row j for each j that i is related to by l. */
  #inverseSeq(name: string, left: Term, right: Term): string {
    return `${name}.fill(0, 0, n * ${this.#words});
${this.rows(left, (words, writer) => {
  const sources = writer.named(words);
  writer.line(`if ((${sources.join(" | ")}) !== 0) {`);
  const added = writer.named(writer.row(right));
  writer.forBits(sources, (_, p) =>
    added.map((word, k) => `any |= ${word}; ${at(name, p, k)} |= ${word};`).join(" "),
  );
  writer.line("}");
})}`;
  }

  /** Whether a variable holds something is known when its recursion has ended, not to what the rounds compute. */
  #inside({ steps }: Recursion): SlotWriter {
    const variables = steps.map(({ variable }) => variable.name);
    return new SlotWriter(this.#words, this.#sets, new Set([...this.#quiet, ...variables]));
  }

  /** The leader runs the rounds, from nothing until nothing changes; the other results need no code. */
  #recursion(name: string, recursion: Recursion): string {
    const { steps } = recursion;
    if (recursion.leader().name !== name) return `function f${name}(n) {}`;
    const inside = this.#inside(recursion);
    const inner = steps.flatMap(({ slots }) => slots.map((slot) => inside.write(slot)));
    const clear = steps.map(({ variable: v }) => `${v.name}.fill(0); z${v.name} = false;`).join(" ");
    const guard = this.condition(guardOf({ kind: "fix", recursion }));
    const rounds = steps.map(({ variable, slots, value }) => {
      const words = variable.sort === "set" ? `${this.#words}` : `n * ${this.#words}`;
      return `${slots.map((slot) => `f${slot.name}(n);`).join(" ")}
for (let k = 0; k < ${words}; k++) {
const word = ${value.name}[k];
if (${variable.name}[k] !== word) { ${variable.name}[k] = word; changed = true; }
}`;
    });
    const ends = steps.map(({ variable: { name: v, sort } }) => {
      const words = sort === "set" ? `${this.#words}` : `n * ${this.#words}`;
      return `for (let k = 0; k < ${words} && !z${v}; k++) z${v} = ${v}[k] !== 0;`;
    });
    return `${inner.join("\n")}
function f${name}(n) {
${clear}
${guard === undefined ? "" : `if (!(${guard})) return;`}
let changed = true;
for (let round = 0; changed; round++) {
if (round > ${MAX_ROUNDS}) unsettled(${JSON.stringify(recursion.name)});
changed = false;
${rounds.join("\n")}
}
${ends.join("\n")}
}`;
  }
}
