/**
 * Where accesses through registers may go, by what registers and locations may ever hold: constants, and what is computed
 * from them, without regard to order. It tells a search that a pointer to a node never points at the list's head.
 */

import type { Site, ThreadCode } from "./code.ts";
import type { Locations } from "./locations.ts";
import { apply, COND, FN, OP, RESULT } from "./opcodes.ts";

/** What something may hold; undefined for anything at all. */
type Values = ReadonlySet<number> | undefined;

/** More values than this are any. */
const MOST = 32;

const NOTHING: ReadonlySet<number> = new Set();
const TRUTH: ReadonlySet<number> = new Set([0, 1]);
const COMPARISONS: ReadonlySet<number> = new Set([FN.eq, FN.ne, FN.lt, FN.le, FN.gt, FN.ge]);

export class Targets {
  readonly #codes: readonly ThreadCode[];
  readonly #locations: Locations;
  readonly #registers: Values[][];
  readonly #cells: Values[];
  #changed = true;

  constructor(codes: readonly ThreadCode[], locations: Locations) {
    this.#codes = codes;
    this.#locations = locations;
    this.#registers = codes.map((code) => Array.from(code.init, (value): Values => new Set([value])));
    this.#cells = Array.from(locations.initial, (value): Values => new Set([value]));
    while (this.#changed) {
      this.#changed = false;
      for (const [t, code] of codes.entries()) this.#run(code, this.#registers[t] ?? []);
    }
  }

  /** Whether an access may be to a location. */
  mayBe(t: number, pc: number, location: number): boolean {
    const site = this.#codes[t]?.sites[pc];
    if (site === undefined || !this.#locations.sameField(site, location)) return false;
    const pointers = this.#registers[t]?.[site.obj];
    if (pointers === undefined) return true;
    for (const pointer of pointers)
      if (this.#locations.of(site.struct, pointer, site.field) === location) return true;
    return false;
  }

  #run(code: ThreadCode, registers: Values[]): void {
    for (let pc = 0; pc < code.length; pc++) {
      const dst = code.dst[pc] ?? -1;
      const [a, b] = [code.a[pc] ?? 0, code.b[pc] ?? 0];
      const op = code.op[pc];
      if (op === OP.mov) this.#add(registers, dst, registers[a]);
      else if (op === OP.bin)
        this.#add(registers, dst, combined(code.fn[pc] ?? 0, registers[a], registers[b], a === b));
      else this.#access(code.sites[pc], registers);
    }
  }

  #access(site: Site | undefined, registers: Values[]): void {
    if (site === undefined || site.struct < 0 || site.kind === OP.placed) return;
    for (let x = 0; x < this.#cells.length; x++) {
      if (!this.#mayReach(site, registers[site.obj], x)) continue;
      const old = this.#cells[x];
      const operand = registers[site.value];
      if (site.kind === OP.store || site.kind === OP.unlock) {
        this.#add(this.#cells, x, site.kind === OP.unlock ? TRUTH : operand);
        continue;
      }
      const stored = site.kind === OP.lock ? TRUTH : combined(site.fn, old, operand, false);
      if (site.cond !== COND.never) this.#add(this.#cells, x, stored);
      // What is compared with may be what was there.
      if (site.cond === COND.equal || site.cond === COND.differs)
        this.#add(this.#cells, x, registers[site.extra]);
      if (site.dst < 0) continue;
      const truth =
        site.result === RESULT.bit || site.result === RESULT.wrote || site.result === RESULT.nonzero;
      this.#add(registers, site.dst, truth ? TRUTH : site.result === RESULT.new ? stored : old);
    }
  }

  #mayReach({ location, struct, field }: Site, pointers: Values, x: number): boolean {
    if (location >= 0) return location === x;
    if (pointers === undefined) return this.#locations.sameField({ struct, field }, x);
    for (const pointer of pointers) if (this.#locations.of(struct, pointer, field) === x) return true;
    return false;
  }

  #add(table: Values[], i: number, values: Values): void {
    const known = table[i];
    if (i < 0 || known === undefined) return;
    if (values === undefined) {
      table[i] = undefined;
      this.#changed = true;
      return;
    }
    const fresh = [...values].filter((value) => !known.has(value));
    if (fresh.length === 0) return;
    const all = new Set([...known, ...fresh]);
    table[i] = all.size > MOST ? undefined : all;
    this.#changed = true;
  }
}

/** `same`: both operands are one register. */
function combined(fn: number, a: Values, b: Values, same: boolean): Values {
  if (fn === FN.second) return b;
  if (COMPARISONS.has(fn) || fn === FN.has) return TRUTH;
  if (same && (fn === FN.xor || fn === FN.sub)) return new Set([0]);
  if (a === undefined || b === undefined || a.size * b.size > MOST * MOST) return undefined;
  if (a.size === 0 || b.size === 0) return NOTHING;
  const found = new Set<number>();
  for (const x of a) for (const y of b) found.add(apply(fn, x, y));
  return found.size > MOST ? undefined : found;
}
