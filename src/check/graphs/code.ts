/**
 * One thread's unrolled code as arrays of numbers: what the exploration interprets.
 *
 * Every operand is a register. Constants have registers of their own behind the function's, set once; behind those
 * there is one *control* register per branch, which has no value: it holds what the branch's condition depends on, so
 * that the control dependencies of an op are the union of a fixed list of registers. The last register gathers all
 * conditions so far, for models whose control dependencies do not end where the branch does (guide C.4, 8).
 */

import type { Func, Op, Operand, Reg } from "../../ir/types.ts";
import { type Encoded, encode } from "./encode.ts";
import { type Flow, flowOf } from "./flow.ts";
import type { Locations } from "./locations.ts";
import { COND, OP, VISIBLE } from "./opcodes.ts";
import { type Unrolled, unroll } from "./unroll.ts";
import { type EventSets, eventSets } from "./vocabulary.ts";

/** What a visible op is, beyond its operands. */
export interface Site {
  readonly kind: number;
  /** One of `COND`. */
  readonly cond: number;
  /** What it stores: `fn` of the old value and its value operand. */
  readonly fn: number;
  readonly result: number;
  readonly dst: number;
  /** Registers: the object, the value (for a store, an update), and the comparand or bit. Constant 0 where there is none. */
  readonly obj: Reg;
  readonly value: Reg;
  readonly extra: Reg;
  readonly struct: number;
  readonly field: number;
  /** Its location where the text says it; −1 otherwise. */
  readonly location: number;
  /** No order and no tag: the compiler may do what it likes with it. */
  readonly plain: boolean;
  /** Ops that begin or end a read-side section must not overtake a branch that holds others. */
  readonly section: boolean;
  readonly sets: EventSets;
  /** Its read may take a write of its own thread; one that is inside a branch. */
  readonly forwarded: boolean;
  readonly forwardedInBranch: boolean;
  /** The control registers of the branches that it is inside of. */
  readonly controls: Int32Array;
  /** Position in the source. */
  readonly at: number;
}

/** What a branch means to an exploration that does not know its condition yet. */
export interface Region {
  /** Where its ways meet. */
  readonly join: number;
  /** Registers that either way may write. */
  readonly defines: Int32Array;
  /** Ops of either way that may write memory. */
  readonly writes: Int32Array;
  readonly section: boolean;
}

export interface ThreadCode {
  readonly name: string;
  /** The unrolled ops that it was compiled from; undefined for a cut. */
  readonly ops: readonly (Op | undefined)[];
  /** Values of its parameters. */
  readonly args: readonly number[];
  readonly length: number;
  /** Registers in all. */
  readonly registers: number;
  /** Their values at the start. */
  readonly init: Int32Array;
  /** The register that gathers all conditions. */
  readonly conditions: Reg;
  readonly op: Uint8Array;
  readonly fn: Uint8Array;
  readonly dst: Int32Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly next: Int32Array;
  /** The way of a branch whose condition is 0, and its control register. */
  readonly other: Int32Array;
  readonly control: Int32Array;
  readonly sites: readonly (Site | undefined)[];
  readonly regions: readonly (Region | undefined)[];
  /** Per op, `futureWords` words: the locations that it or an op behind it may write, and those that one may read. */
  readonly future: Uint32Array;
  readonly futureReads: Uint32Array;
  readonly futureWords: number;
  /** The most events that one path makes. */
  readonly events: number;
  /** Source position of each op. */
  readonly at: Int32Array;
  /** Loops were cut. */
  readonly bounded: boolean;
}

export interface ThreadOptions {
  /** The CPU that it runs on. */
  readonly cpu: number;
  readonly cpus: number;
  /** Values of its parameters. */
  readonly args: readonly number[];
  /** How often a loop goes round. */
  readonly unroll: number;
  /** The model knows lock events. */
  readonly locks: boolean;
}

/** The registers behind a function's own. */
export class ConstantPool {
  readonly #first: number;
  readonly #registers = new Map<number, Reg>();

  constructor(func: Func) {
    this.#first = func.regs.length;
  }

  /** The register that holds a number. */
  of(value: number): Reg {
    const known = this.#registers.get(value);
    if (known !== undefined) return known;
    const made = this.#first + this.#registers.size;
    this.#registers.set(value, made);
    return made;
  }

  operand(operand: Operand): Reg {
    return "reg" in operand ? operand.reg : this.of(operand.imm);
  }

  get end(): number {
    return this.#first + this.#registers.size;
  }

  values(): IterableIterator<[number, Reg]> {
    return this.#registers.entries();
  }
}

/** Unrolled code before locations are numbered: `allocations` says how many objects it needs. */
export interface ThreadPlan {
  readonly func: Func;
  readonly code: readonly Unrolled[];
  readonly options: ThreadOptions;
}

export function planThread(func: Func, options: ThreadOptions): ThreadPlan {
  return { func, code: unroll(func, options.unroll), options };
}

/** @param allocated Per op of the plan that allocates, the object it gets. */
export function compileThread(
  plan: ThreadPlan,
  locations: Locations,
  allocated: ReadonlyMap<number, number>,
): ThreadCode {
  const { func, code, options } = plan;
  const pool = new ConstantPool(func);
  const encoded = code.map((each, pc) =>
    encode(each.op, { pool, options, locations, allocated: allocated.get(pc) ?? 0 }),
  );
  const flow = flowOf(code);
  const control = new Int32Array(code.length).fill(-1);
  let conditions = pool.end;
  for (const [pc, { next }] of code.entries()) if (next.length > 1) control[pc] = conditions++;
  const bare = encoded.map(({ site }) => site);
  const sites = bare.map((site, pc) => site && finishSite(site, pc, { code, bare, flow, control, options }));
  const column = (of: (each: Encoded, pc: number) => number): Int32Array => Int32Array.from(encoded, of);
  return {
    ...textOf(plan),
    length: code.length,
    registers: conditions + 1,
    init: initialValues(conditions + 1, options.args, pool),
    conditions,
    op: Uint8Array.from(encoded, (each) => each.kind),
    fn: Uint8Array.from(encoded, (each) => each.fn),
    dst: column((each) => each.dst),
    a: column((each) => each.a),
    b: column((each) => each.b),
    next: column((_, pc) => code[pc]?.next[0] ?? -1),
    other: column((_, pc) => code[pc]?.next[1] ?? -1),
    control,
    sites,
    regions: regionsOf(code, flow, encoded, sites),
    ...futures(code, sites, locations),
    events: longest(code, sites),
  };
}

/** What is kept of a thread as it was written. */
function textOf({
  func,
  code,
  options,
}: ThreadPlan): Pick<ThreadCode, "name" | "ops" | "args" | "at" | "bounded"> {
  const ops = code.map(({ op }) => op);
  return {
    name: func.name,
    ops,
    args: options.args,
    at: Int32Array.from(ops, (op) => op?.at ?? 0),
    bounded: ops.includes(undefined),
  };
}

function initialValues(registers: number, args: readonly number[], pool: ConstantPool): Int32Array {
  const init = new Int32Array(registers);
  for (const [i, value] of args.entries()) init[i] = value;
  for (const [value, reg] of pool.values()) init[reg] = value;
  return init;
}

/** A site without what depends on where it is. */
export type BareSite = Omit<Site, "sets" | "forwarded" | "forwardedInBranch" | "controls" | "at">;

interface Surroundings {
  readonly code: readonly Unrolled[];
  readonly bare: readonly (BareSite | undefined)[];
  readonly flow: Flow;
  readonly control: Int32Array;
  readonly options: ThreadOptions;
}

function finishSite(site: BareSite, pc: number, { code, bare, flow, control, options }: Surroundings): Site {
  const op = code[pc]?.op;
  const sets = op === undefined ? { read: [], failed: [], write: [] } : eventSets(op, options.locks);
  const branches = flow.controls[pc] ?? [];
  const earlier = [...bare.keys()].filter((at) => at < pc && mayWrite(bare[at]) && mayMeet(bare[at], site));
  return {
    ...site,
    sets,
    forwarded: earlier.length > 0,
    forwardedInBranch: earlier.some((at) => (flow.controls[at] ?? []).length > 0),
    controls: Int32Array.from(branches, (branch) => control[branch] ?? 0),
    at: op?.at ?? 0,
  };
}

/** Whether two accesses may go to one location. */
function mayMeet(a: BareSite | undefined, b: BareSite): boolean {
  if (a === undefined || a.struct !== b.struct || a.field !== b.field) return false;
  return a.location < 0 || b.location < 0 || a.location === b.location;
}

function regionsOf(
  code: readonly Unrolled[],
  flow: Flow,
  encoded: readonly { readonly dst: number; readonly site: BareSite | undefined }[],
  sites: readonly (Site | undefined)[],
): readonly (Region | undefined)[] {
  return code.map((_, pc) => {
    const inside = flow.region.get(pc);
    if (inside === undefined) return undefined;
    const defines = new Set(inside.map((at) => encoded[at]?.site?.dst ?? encoded[at]?.dst ?? -1));
    defines.delete(-1);
    return {
      join: flow.join[pc] ?? code.length,
      defines: Int32Array.from(defines),
      writes: Int32Array.from(inside.filter((at) => mayWrite(sites[at]))),
      section: inside.some((at) => sites[at]?.section === true),
    };
  });
}

/** Whether an op may make a write event. */
export function mayWrite(site: BareSite | undefined): boolean {
  if (site === undefined) return false;
  const { kind, cond } = site;
  return (
    kind === OP.store || kind === OP.lock || kind === OP.unlock || (kind === OP.read && cond !== COND.never)
  );
}

/** Whether an op may make a read event. */
function mayRead({ kind }: Site): boolean {
  return kind === OP.read || kind === OP.await || kind === OP.lock;
}

function futures(
  code: readonly Unrolled[],
  sites: readonly (Site | undefined)[],
  locations: Locations,
): Pick<ThreadCode, "future" | "futureReads" | "futureWords"> {
  return {
    future: futureOf(code, sites, locations, mayWrite),
    futureReads: futureOf(code, sites, locations, mayRead),
    futureWords: futureWordsOf(locations),
  };
}

/** Per op, the locations that it or an op behind it may access in some way. */
function futureOf(
  code: readonly Unrolled[],
  sites: readonly (Site | undefined)[],
  locations: Locations,
  accesses: (site: Site) => boolean,
): Uint32Array {
  const words = futureWordsOf(locations);
  const future = new Uint32Array(words * code.length);
  for (let pc = code.length - 1; pc >= 0; pc--) {
    for (const to of code[pc]?.next ?? []) {
      for (let w = 0; w < words; w++) {
        future[pc * words + w] = (future[pc * words + w] ?? 0) | (future[to * words + w] ?? 0);
      }
    }
    const site = sites[pc];
    if (site === undefined || !accesses(site)) continue;
    for (const location of locationsOf(site, locations)) {
      const at = pc * words + (location >>> 5);
      future[at] = (future[at] ?? 0) | (1 << (location & 31));
    }
  }
  return future;
}

const futureWordsOf = (locations: Locations): number => Math.max(1, (locations.count + 31) >>> 5);

/** Everywhere an access may go. */
export function locationsOf(site: Site, locations: Locations): readonly number[] {
  if (site.location >= 0) return [site.location];
  const objects = Array.from({ length: locations.objectsOf(site.struct) }, (_, i) =>
    locations.pointerTo(i + 1),
  );
  return objects.map((pointer) => locations.of(site.struct, pointer, site.field));
}

function longest(code: readonly Unrolled[], sites: readonly (Site | undefined)[]): number {
  const most = new Int32Array(code.length);
  for (let pc = code.length - 1; pc >= 0; pc--) {
    const behind = Math.max(0, ...(code[pc]?.next ?? []).map((to) => most[to] ?? 0));
    const site = sites[pc];
    const kind = site?.kind ?? OP.nop;
    const own = kind < VISIBLE ? 0 : mayWrite(site) && kind !== OP.store && kind !== OP.unlock ? 2 : 1;
    most[pc] = behind + own + (site?.sets.fenced === undefined ? 0 : 2);
  }
  return most[0] ?? 0;
}
