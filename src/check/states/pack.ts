/**
 * Packs a state vector into few 32-bit words and back.
 *
 * Each cell takes just the bits that its kind can need (a pointer to one of 3 mms: 2 bits; a step id: as many as
 * there are steps), cells do not straddle words, and cells that no step ever writes take none: unpacking restores
 * them from the initial state. A value that does not fit is counted in `overflow` and ends the search: a state is
 * never stored wrong.
 *
 * Under symmetry the smallest image of a state stands for all; only the renamings that may give it are packed
 * (`least_images.ts`). Both directions are generated straight-line code.
 */
import type { ValueType } from "../../ir/types.ts";
import type { CellKind } from "../../world/layout.ts";
import type { World } from "../../world/world.ts";
import { LeastImages } from "./least_images.ts";
import { type Renaming, renamedCell, renamedValue } from "./symmetry.ts";

/** Bits and offset of one packed cell. `bias` is added before packing so that no value is negative. */
interface Field {
  readonly cell: number;
  readonly word: number;
  readonly shift: number;
  readonly bits: number;
  readonly bias: number;
}

/** Integers are kept in 8 bits, counters in 6: models stay small, and a value that leaves the range is reported. */
const INT_BITS = 8;
const ATOMIC_BITS = 6;
const BELOW_ZERO = 4;
/** Numbers of execution graphs. */
const GRAPH_BITS = 28;

/** Packs a state into `w` from `o`; the result is not 0 when a value did not fit. */
type PackFn = (s: Int32Array, w: Uint32Array, o: number) => number;

export class Packer {
  /** Words per packed state. */
  readonly words: number;
  /** Bits in use of those words. */
  readonly bits: number;
  /** Set when a value did not fit; the packed state is then worthless. */
  overflow = false;

  private readonly first: PackFn;
  /** By renaming; the identity first. */
  private readonly packers: readonly PackFn[];
  private readonly images: LeastImages | undefined;
  private readonly unpacker: (w: Uint32Array, o: number, s: Int32Array) => void;
  private readonly other: Uint32Array;
  private readonly constant: Int32Array;

  /** `renamings` besides the identity. */
  constructor(world: World, renamings: readonly Renaming[]) {
    const widths = new Widths(world);
    const written = writtenCells(world);
    const fields: Field[] = [];
    let word = 0;
    let used = 0;
    let bits = 0;
    world.layout.cells.forEach((kind, cell) => {
      if (!written(cell)) return;
      const w = widths.of(kind, cell);
      if (used + w.bits > 32) {
        word++;
        used = 0;
      }
      fields.push({ cell, word, shift: used, ...w });
      used += w.bits;
      bits += w.bits;
    });
    this.words = word + 1;
    this.bits = bits;
    this.other = new Uint32Array(this.words);
    this.constant = world.initial();
    this.first = makePacker(world, fields, this.words, undefined);
    this.packers = [this.first, ...renamings.map((r) => makePacker(world, fields, this.words, r))];
    this.images = renamings.length === 0 ? undefined : new LeastImages(world, renamings);
    this.unpacker = makeUnpacker(fields);
  }

  /** Writes the canonical packed form of `s` into `out` at `offset` and returns its hash. */
  pack(s: Int32Array, out: Uint32Array, offset: number): number {
    if (this.images === undefined) this.note(this.first(s, out, offset));
    else this.leastImage(this.images.least(s), s, out, offset);
    return hash(out, offset, this.words);
  }

  /** Packs the smallest of the images under the first `n` of `images.candidates`. */
  private leastImage(n: number, s: Int32Array, out: Uint32Array, offset: number): void {
    const { other, words } = this;
    this.note(this.packerAt(0)(s, out, offset));
    for (let i = 1; i < n; i++) {
      this.note(this.packerAt(i)(s, other, 0));
      if (!less(other, out, offset, words)) continue;
      for (let w = 0; w < words; w++) out[offset + w] = other[w] ?? 0;
    }
  }

  private packerAt(i: number): PackFn {
    return this.packers[this.images?.candidates[i] ?? 0] ?? this.first;
  }

  private note(bad: number): void {
    if (bad !== 0) this.overflow = true;
  }

  unpack(packed: Uint32Array, offset: number, s: Int32Array): void {
    s.set(this.constant);
    this.unpacker(packed, offset, s);
  }
}

/** A 32-bit mix of the words (multiply–rotate per word, and a finaliser, as in Murmur3). */
function hash(w: Uint32Array, offset: number, words: number): number {
  let h = words;
  for (let i = 0; i < words; i++) {
    const k = Math.imul(w[offset + i] ?? 0, 0xcc9e2d51);
    h = Math.imul(h ^ ((k << 15) | (k >>> 17)), 0x1b873593);
    h = (h << 13) | (h >>> 19);
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function less(a: Uint32Array, b: Uint32Array, offset: number, words: number): boolean {
  for (let i = 0; i < words; i++) {
    const x = a[i] ?? 0;
    const y = b[offset + i] ?? 0;
    if (x !== y) return x < y;
  }
  return false;
}

/** Works out how many bits a cell needs. */
class Widths {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  of(kind: CellKind, cell: number): { bits: number; bias: number } {
    const { layout, machine, handlers } = this.world;
    switch (kind.kind) {
      case "bool":
        return { bits: 1, bias: 0 };
      case "atomic":
        // A counter below zero is a violation; but while a read waits for its write a CPU goes on with it.
        return this.world.memory === undefined
          ? { bits: ATOMIC_BITS, bias: 0 }
          : { bits: ATOMIC_BITS + 1, bias: BELOW_ZERO };
      case "life":
        return { bits: 2, bias: 0 };
      case "state":
        return { bits: 3, bias: 0 };
      case "count":
        return { bits: bitsFor(kind.most + 1), bias: 0 };
      case "step":
        return { bits: bitsFor(machine.info.length), bias: 0 };
      case "fn":
        return { bits: bitsFor(handlers.length), bias: 0 };
      case "cell":
        return { bits: bitsFor(layout.size + 1), bias: 0 };
      case "stored":
        return { bits: INT_BITS + 1, bias: 1 << (INT_BITS - 1) };
      case "graph":
        return { bits: GRAPH_BITS, bias: 0 };
      case "tasks":
        return { bits: layout.tasks + 1, bias: 0 };
      case "cpu+1":
        return { bits: bitsFor(layout.cpus + 1), bias: 0 };
      case "reg":
        return this.merge(this.registerTypes(cell, kind.slot));
      case "arg":
        return this.merge(handlers.slice(1).map((f) => this.world.program.funcs[f]?.regs[0]?.type));
      default:
        return this.merge([kind]);
    }
  }

  /** Room for any of several types. */
  private merge(types: readonly (ValueType | CellKind | undefined)[]): { bits: number; bias: number } {
    let bias = 0;
    let top = 1;
    for (const type of types) {
      if (type === undefined) continue;
      if (type.kind === "int") bias = 1 << (INT_BITS - 1);
      else if (type.kind === "cpu") bias = Math.max(bias, 1);
      top = Math.max(top, this.topOf(type));
    }
    return { bits: bitsFor(top + bias + 1), bias };
  }

  private topOf(type: ValueType | CellKind): number {
    const { layout } = this.world;
    if (type.kind === "int") return (1 << (INT_BITS - 1)) - 1;
    if (type.kind === "cpu") return layout.cpus;
    if (type.kind === "mask") return (1 << layout.cpus) - 1;
    return type.kind === "ptr" ? (layout.capacity[type.struct] ?? 0) : 1;
  }

  /** The types that the register slot in `cell` has over all steps of the bodies that may own the frame. */
  private registerTypes(cell: number, slot: number): (ValueType | undefined)[] {
    const name = this.world.layout.names[cell] ?? "";
    const task = /^task#(\d+) r/.exec(name);
    const main = task === null ? undefined : this.world.boot.tasks[Number(task[1]) - 1]?.main;
    const interrupt = / n\d+$/.test(name) ? "nmi" : "handler";
    const role = name.startsWith("cpu") ? interrupt : main === undefined ? "preempt" : "main";
    return this.world.machine.info
      .filter((i) => i !== undefined && i.role === role && (main === undefined || i.func === main))
      .map((i) => i?.slotTypes[slot]);
  }
}

/** Bits for `values` different values. */
function bitsFor(values: number): number {
  return Math.max(1, 32 - Math.clz32(values - 1));
}

/** Which cells can change after the start: everything but fields that no op writes. */
function writtenCells(world: World): (cell: number) => boolean {
  const { layout, program } = world;
  const written = new Set<string>();
  for (const b of world.bodies) {
    for (const op of b.cut.body.ops) {
      if (!("place" in op) || op.op === "load" || op.op === "mask.load" || op.op === "mask.test") continue;
      if (op.op !== "await") written.add(`${op.place.struct}.${op.place.field}`);
    }
  }
  const initial = world.initial();
  const constant = new Uint8Array(layout.size);
  program.structs.forEach((struct, id) => {
    for (let o = 0; o < (layout.capacity[id] ?? 0); o++) {
      struct.fields.forEach((_, f) => {
        const cell = (layout.objectBase[id] ?? 0) + o * struct.fields.length + f;
        // Freeing an object zeroes its fields.
        const zeroed = o >= (layout.globals[id] ?? 0) && initial[cell] !== 0;
        if (!written.has(`${id}.${f}`) && !zeroed) constant[cell] = 1;
      });
    }
  });
  return (cell) => constant[cell] === 0;
}

function makePacker(
  world: World,
  fields: readonly Field[],
  words: number,
  renaming: Renaming | undefined,
): PackFn {
  const parts: string[][] = Array.from({ length: words }, () => []);
  const lines = ["let v, bad = 0;"];
  for (const f of fields) {
    const source = renaming === undefined ? f.cell : renamedCell(renaming, f.cell);
    const value = renaming === undefined ? `s[${source}]` : renamedValue(world, source);
    const name = `v${f.cell}`;
    lines.push(
      `const ${name} = ${value}${f.bias === 0 ? "" : ` + ${f.bias}`}; bad |= ${name} >>> ${f.bits};`,
    );
    parts[f.word]?.push(f.shift === 0 ? name : `${name} << ${f.shift}`);
  }
  parts.forEach((p, i) => {
    lines.push(`w[o + ${i}] = ${p.length === 0 ? "0" : p.join(" | ")};`);
  });
  lines.push("return bad;");
  const make = new Function("R", `"use strict"; return (s, w, o) => { ${lines.join("\n")} };`);
  return make(renaming?.tables) as PackFn;
}

function makeUnpacker(fields: readonly Field[]): (w: Uint32Array, o: number, s: Int32Array) => void {
  const lines = fields.map((f) => {
    const mask = 2 ** f.bits - 1;
    const value = f.bits === 32 ? `w[o + ${f.word}]` : `((w[o + ${f.word}] >>> ${f.shift}) & ${mask})`;
    return `s[${f.cell}] = ${value}${f.bias === 0 ? "" : ` - ${f.bias}`};`;
  });
  return new Function("w", "o", "s", lines.join("\n")) as (w: Uint32Array, o: number, s: Int32Array) => void;
}
