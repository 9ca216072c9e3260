/**
 * Accesses to memory, as JavaScript: what `bodies.ts` says about stopping is done here.
 *
 * Each access is two cases of the switch: asking, at the op's own place, and, when the line is there, doing, `secondOf` it. An access that finds its line in the core's own cache goes from the one to the other at once.
 */

import { present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import type { Func, Op, Operand, Order, Place, Program } from "../../ir/types.ts";
import { binaryText } from "../../world/arith.ts";
import type { BodyHost } from "./body_host.ts";
import { FENCE, SPIN } from "./breakdown.ts";
import type { FigureName } from "./figures.ts";
import type { Frame } from "./frames.ts";
import { RegisterText } from "./register_text.ts";
import { AGAIN } from "./stops.ts";

/** A polling CPU looks again after so many picoseconds. */
const POLL = 50_000;

const HARDWARE = "kernel/user.ts";

/** Makes `value` known to the generated code as `name`. */
export type Share = (name: string, value: unknown) => string;

export class AccessText extends RegisterText {
  protected readonly host: BodyHost;
  protected readonly share: Share;
  protected readonly labels = new Map<number, number>();

  constructor(program: Program, body: Func, frame: Frame, host: BodyHost, share: Share) {
    super(program, body, frame);
    this.host = host;
    this.share = share;
  }

  /** The place where an access is done that has been asked for at `pc`. */
  protected secondOf(pc: number): number {
    return pc + this.body.ops.length;
  }

  /** Whether the op at `pc` is an access in two parts. */
  protected hasSecond(op: Op): boolean {
    return "place" in op && op.op !== "store" && op.op !== "unlock" && !this.free(op);
  }

  /**
   * The number by which the generated code knows a place. They are dense and ascending: V8 makes a jump table of a switch
   * only if its cases are, and otherwise compares with one after the other.
   */
  protected label(place: number): number {
    return present(this.labels.get(place), "label");
  }

  protected ps(name: FigureName): number {
    return this.host.ps(name);
  }

  /** What the processor does costs nothing of itself. */
  protected free(op: Op): boolean {
    return this.program.positions[op.at]?.file === HARDWARE;
  }

  /** The column of a field, shared by name. */
  private column(place: Place): string {
    const store = present(this.host.memory.stores[place.struct], "struct");
    return this.share(`F${place.struct}_${place.field}`, present(store.columns[place.field], "field"));
  }

  /** Sets `o`, the object, and `l`, its line. */
  private locate(place: Place): string {
    const store = present(this.host.memory.stores[place.struct], "struct");
    const line = this.program.structs[place.struct]?.fields[place.field]?.line ?? 0;
    const object = store.linesPerObject === 1 ? "o" : `o * ${store.linesPerObject}`;
    return `o = ${this.val(place.obj)}; l = ${store.lineBase + line} + ${object};`;
  }

  private alive(place: Place): string {
    const store = present(this.host.memory.stores[place.struct], "struct");
    return `${this.share(`V${place.struct}`, store.alive)}[o]`;
  }

  private classOf(place: Place): number {
    const store = present(this.host.memory.stores[place.struct], "struct");
    return store.classBase + (this.program.structs[place.struct]?.fields[place.field]?.line ?? 0);
  }

  /** Lets others go first where the clock has passed the limit. */
  protected stop(pc: number, limit: 0 | 1): string {
    return `if (t > X[${limit}]) { pc = ${this.label(pc)}; break run; }`;
  }

  /**
   * An access: where the line is here and nothing is in the way it is made at once (`hit`), otherwise by `call`, one
   * of `accesses.ts`. `second` is where it goes on once its line has been asked for.
   */
  private made(op: Op & { readonly place: Place }, pc: number, second: number, how: Made): string {
    const { place } = op;
    const alive = this.alive(place);
    return `${this.locate(place)}
if (${how.here} && t <= X[1] && ${alive} === 1) { ${how.hit} }
else { T[c] = t; if (${alive} !== 1) m.dangles(c, o, ${op.at}); s = ${how.call}; t = T[c];
if (s !== 0) { pc = ${second === pc ? this.label(pc) : `s < ${2 * AGAIN} ? ${this.label(pc)} : ${this.label(second)}`}; break run; } }`;
  }

  /** The text of an access; undefined for other ops. */
  protected access(op: Op, pc: number): string | undefined {
    if (!("place" in op)) return undefined;
    if (this.free(op)) return this.untimed(op);
    switch (op.op) {
      case "load":
      case "mask.load":
      case "mask.test":
        return this.reading(op, pc, acquires(op) ? this.ps("fenceLight") : 0, this.effect(op));
      case "await":
        return this.waiting(op, pc);
      case "store":
      case "unlock":
        return this.writing(op, pc);
      case "lock":
        return this.locking(op, pc);
      case "rmw":
        return this.updating(op, pc, op.order, op.result === "none", this.effect(op));
      case "cmpxchg":
      case "add-unless":
        return this.updating(op, pc, op.order, false, this.effect(op));
      case "trylock":
        return this.updating(op, pc, "acquire", false, this.effect(op));
      case "mask.set":
      case "mask.clear":
        return this.updating(
          op,
          pc,
          op.dst === undefined ? "relaxed" : "full",
          op.dst === undefined,
          this.effect(op),
        );
      default:
        return undefined;
    }
  }

  private again(pc: number): string {
    return `t += ${POLL}; A[${SPIN}] += ${POLL}; pc = ${this.label(pc)}; break run;`;
  }

  private waiting(op: Op & { readonly op: "await" }, pc: number): string {
    const is = op.cmp === "eq" ? "===" : "!==";
    const met = `${this.column(op.place)}[${this.val(op.place.obj)}] ${is} ${this.val(op.value)}`;
    return this.reading(op, pc, this.ps("fenceLight"), `if (!(${met})) { ${this.again(pc)} }`);
  }

  private locking(op: Op & { readonly op: "lock" }, pc: number): string {
    const lock = `${this.column(op.place)}[o]`;
    return this.updating(
      op,
      pc,
      "acquire",
      false,
      `if (${lock} !== 0) { ${this.again(pc)} } ${lock} = c + 1;`,
    );
  }

  /** Executed, at no cost. */
  private untimed(op: Op & { readonly place: Place }): string {
    const { place } = op;
    const column = this.column(place);
    const object = `o = ${this.val(place.obj)};`;
    if (op.op === "store") return `${object} ${column}[o] = ${this.val(op.value)};`;
    if (op.op === "lock" || op.op === "unlock") return "";
    return `${object} ${this.effect(op)}`;
  }

  /** What the access does to memory and registers once the line is there. */
  private effect(op: Op & { readonly place: Place }): string {
    const column = this.column(op.place);
    const object = this.val(op.place.obj);
    const dst = "dst" in op && op.dst !== undefined ? this.cell(op.dst) : "";
    switch (op.op) {
      case "load":
        return `${dst}${column}[${object}];`;
      case "mask.load":
        return this.setMask(op.dst, `M.at(${column}, ${object} * ${this.host.memory.words})`);
      case "mask.test":
        return `${dst}${this.bit(column, object, op.cpu)};`;
      case "mask.set":
      case "mask.clear": {
        const cpu = this.val(op.cpu);
        const word = `${column}[${object} * ${this.host.memory.words} + (${cpu} >> 5)]`;
        const set = `${word} ${op.op === "mask.set" ? "|= " : "&= ~"}(1 << (${cpu} & 31));`;
        return dst === "" ? set : `old = ${this.bit(column, object, op.cpu)}; ${set} ${dst}old;`;
      }
      case "rmw": {
        const value = this.val(op.value);
        const text = op.fn === "xchg" ? value : binaryText(op.fn, "old", value);
        const result = dst === "" ? "" : `${dst}${op.result === "old" ? "old" : "now"};`;
        return `o = ${object}; old = ${column}[o]; now = ${text}; ${column}[o] = now; ${result} ${this.watch(op.place)}`;
      }
      case "cmpxchg":
        return `o = ${object}; old = ${column}[o]; if (old === ${this.val(op.old)}) ${column}[o] = ${this.val(op.value)}; ${dst}old;`;
      case "add-unless":
        return `o = ${object}; old = ${column}[o]; if (old !== ${this.val(op.unless)}) ${column}[o] = old + ${this.val(op.value)}; ${dst}old === ${this.val(op.unless)} ? 0 : 1;`;
      case "trylock":
        return `o = ${object}; old = ${column}[o]; if (old === 0) ${column}[o] = c + 1; ${dst}old === 0 ? 1 : 0;`;
      default:
        throw new InputError(`a simulation cannot do "${op.op}"`);
    }
  }

  private bit(column: string, object: string, cpu: Operand): string {
    return `(${column}[${object} * ${this.host.memory.words} + (${this.val(cpu)} >> 5)] >>> (${this.val(cpu)} & 31)) & 1`;
  }

  /** The death of an mm: its last user leaves. */
  private watch(place: Place): string {
    const field = this.program.structs[place.struct]?.fields[place.field]?.name;
    const counts = place.struct === this.program.mmStruct;
    if (counts && field === "mm_users") return "if (now === 0) m.died(o, t);";
    return "";
  }

  private charge(extra: number): string {
    return extra === 0 ? "" : `t += ${extra}; A[${FENCE}] += ${extra};`;
  }

  private reading(op: Op & { readonly place: Place }, pc: number, extra: number, effect: string): string {
    const second = this.secondOf(pc);
    const call = `Q.read(l, ${this.classOf(op.place)}, c, ${op.at})`;
    const hit = `t += ${this.ps("hit")}; hits++;`;
    return `${this.made(op, pc, second, { here: READABLE, hit, call })}
case ${this.label(second)}: ${this.charge(extra)} ${effect}`;
  }

  private writing(op: Op & { readonly op: "store" | "unlock" }, pc: number): string {
    const { place } = op;
    const release = op.op === "unlock" || op.order === "release" || op.order === "full";
    const value = op.op === "unlock" ? "0" : this.val(op.value);
    const call = `Q.write(l, ${this.classOf(place)}, c)`;
    const hit = `t += ${this.ps("hit")}; hits++;`;
    return `${this.made(op, pc, pc, { here: OWNED, hit, call })}
${this.charge(release ? this.ps("fenceLight") : 0)} ${this.column(place)}[o] = ${value};`;
  }

  private updating(
    op: Op & { readonly place: Place },
    pc: number,
    order: Order,
    posted: boolean,
    effect: string,
  ): string {
    const full = order === "full";
    const cost = this.ps("rmw");
    const light = order === "acquire" || order === "release";
    // Every atomic of x86 empties the store buffer, whatever the kernel asks for.
    const settles = full || this.host.atomics === "near";
    const second = this.secondOf(pc);
    const call = `Q.update(l, ${this.classOf(op.place)}, c, ${op.at}, ${cost}, ${posted && !full}, ${settles})`;
    const here = settles ? `${OWNED} && drain[c] <= t` : OWNED;
    const extra = full ? this.ps("rmwFull") : light ? this.ps("fenceLight") : 0;
    return `${this.made(op, pc, second, { here, hit: `t += ${cost}; updates++;`, call })}
case ${this.label(second)}: ${this.charge(extra)} o = ${this.val(op.place.obj)}; ${effect}`;
  }
}

/** An access: the condition under which it hits, what it does then, and what is called otherwise. */
interface Made {
  readonly here: string;
  readonly hit: string;
  readonly call: string;
}

/** Line `l` is the core's alone, or the core has a copy of it. */
const OWNED = "own[l] === core && free[l] <= t";
const READABLE = "((w = own[l]) === core ? free[l] <= t : w < 0 && COPIES.has(-w - 1, core - 1))";

/** Loads that order what follows. */
function acquires(op: Op): boolean {
  return "order" in op && op.order === "acquire";
}
