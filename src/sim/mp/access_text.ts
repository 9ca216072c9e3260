/**
 * Accesses to memory, as JavaScript: what `bodies.ts` says about stopping is done here.
 *
 * Each access is two cases of the switch: asking, at the op's own number, and, when the line is there, doing, at the number
 * plus `second`. An access that finds its line in the core's own cache goes from the one to the other at once.
 */

import { present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import type { Func, Op, Operand, Order, Place, Program } from "../../ir/types.ts";
import { binaryText } from "../../world/arith.ts";
import type { BodyHost } from "./body_host.ts";
import { ATOMIC, FENCE, HITS, SPIN } from "./breakdown.ts";
import type { FigureName } from "./figures.ts";
import { RegisterText } from "./register_text.ts";
import { COUNT_ACCESSES, STALLS, STOPPED } from "./stops.ts";

/** A polling CPU looks again after so many picoseconds. */
const POLL = 50_000;

const HARDWARE = "kernel/user.ts";

/** Makes `value` known to the generated code as `name`. */
export type Share = (name: string, value: unknown) => string;

export class AccessText extends RegisterText {
  protected readonly host: BodyHost;
  protected readonly share: Share;
  private readonly second: number;

  constructor(program: Program, body: Func, host: BodyHost, share: Share) {
    super(program, body);
    this.host = host;
    this.share = share;
    this.second = body.ops.length;
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

  /** Sets `o`, the object, and `l`, its line; complains about one that is not alive. */
  private locate(place: Place, at: number): string {
    const store = present(this.host.memory.stores[place.struct], "struct");
    const line = this.program.structs[place.struct]?.fields[place.field]?.line ?? 0;
    const alive = this.share(`V${place.struct}`, store.alive);
    return `o = ${this.val(place.obj)}; l = ${store.lineBase + line} + o * ${store.linesPerObject}; if (${alive}[o] !== 1) m.fault(o === 0 ? "NULL" : "used after free", ${at});`;
  }

  private classOf(place: Place): number {
    const store = present(this.host.memory.stores[place.struct], "struct");
    return store.classBase + (this.program.structs[place.struct]?.fields[place.field]?.line ?? 0);
  }

  protected stop(pc: number, limit: 0 | 1): string {
    return `if (t > X[${limit}]) { PC[f] = ${pc}; T[c] = t; return ${STOPPED}; }`;
  }

  /** The line has not been granted: its CPU is parked, and goes on at `pc` when it has come. */
  private stall(pc: number): string {
    return `if (WAITING[c] !== 0) { PC[f] = ${pc}; return ${STALLS}; }`;
  }

  /** The text of an access; undefined for other ops. */
  protected access(op: Op, pc: number): string | undefined {
    if (!("place" in op)) return undefined;
    if (this.free(op)) return this.untimed(op);
    switch (op.op) {
      case "load":
      case "mask.load":
      case "mask.test":
        return this.reading(op.place, op, pc, acquires(op) ? this.ps("fenceLight") : 0, this.effect(op));
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
    return `t += ${POLL}; A[${SPIN}] += ${POLL}; PC[f] = ${pc}; T[c] = t; return ${STOPPED};`;
  }

  private waiting(op: Op & { readonly op: "await" }, pc: number): string {
    const is = op.cmp === "eq" ? "===" : "!==";
    const met = `${this.column(op.place)}[${this.val(op.place.obj)}] ${is} ${this.val(op.value)}`;
    return this.reading(op.place, op, pc, this.ps("fenceLight"), `if (!(${met})) { ${this.again(pc)} }`);
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
    const dst = "dst" in op && op.dst !== undefined ? `R[b + ${op.dst}]` : undefined;
    switch (op.op) {
      case "load":
        return `${dst} = ${column}[${object}];`;
      case "mask.load":
        return `MR[b + ${op.dst}] = m.memory.maskAt(${column}, ${object});`;
      case "mask.test":
        return `${dst} = ${this.bit(column, object, op.cpu)};`;
      case "mask.set":
      case "mask.clear": {
        const was = dst === undefined ? "" : `${dst} = ${this.bit(column, object, op.cpu)};`;
        const cpu = this.val(op.cpu);
        const word = `${column}[${object} * ${this.host.memory.words} + (${cpu} >> 5)]`;
        return `${was} ${word} ${op.op === "mask.set" ? "|= " : "&= ~"}(1 << (${cpu} & 31));`;
      }
      case "rmw": {
        const value = this.val(op.value);
        const text = op.fn === "xchg" ? value : binaryText(op.fn, "old", value);
        const result = dst === undefined ? "" : `${dst} = ${op.result === "old" ? "old" : "now"};`;
        return `o = ${object}; old = ${column}[o]; now = ${text}; ${column}[o] = now; ${result} ${this.watch(op.place)}`;
      }
      case "cmpxchg":
        return `o = ${object}; old = ${column}[o]; if (old === ${this.val(op.old)}) ${column}[o] = ${this.val(op.value)}; ${dst} = old;`;
      case "add-unless":
        return `o = ${object}; old = ${column}[o]; if (old !== ${this.val(op.unless)}) ${column}[o] = old + ${this.val(op.value)}; ${dst} = old === ${this.val(op.unless)} ? 0 : 1;`;
      case "trylock":
        return `o = ${object}; ${dst} = ${column}[o] === 0 ? 1 : 0; if (${column}[o] === 0) ${column}[o] = c + 1;`;
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

  private reading(place: Place, op: Op, pc: number, extra: number, effect: string): string {
    const hit = this.ps("hit");
    const charge = extra === 0 ? "" : `t += ${extra}; A[${FENCE}] += ${extra};`;
    return `${this.stop(pc, 1)} ${this.locate(place, op.at)}
if (own[l] === core && free[l] <= t) { t += ${hit}; A[${HITS}] += ${hit}; N[${COUNT_ACCESSES}]++; }
else { if (t > X[0]) { PC[f] = ${pc}; T[c] = t; return ${STOPPED}; } T[c] = t; N[${COUNT_ACCESSES}]++; L.read(l, ${this.classOf(place)}, c, ${op.at}); ${this.stall(pc + this.second)} t = T[c]; if (t > X[0]) { PC[f] = ${pc + this.second}; return ${STOPPED}; } }
case ${pc + this.second}: ${charge} ${effect}`;
  }

  /** Nothing may be charged before the stop: an access that has to wait its turn is begun again. */
  private writing(op: Op & { readonly op: "store" | "unlock" }, pc: number): string {
    const { place } = op;
    const hit = this.ps("hit");
    const release = op.op === "unlock" || op.order === "release" || op.order === "full";
    const extra = release ? this.ps("fenceLight") : 0;
    const charge = extra === 0 ? "" : `t += ${extra}; A[${FENCE}] += ${extra};`;
    const value = op.op === "unlock" ? "0" : this.val(op.value);
    return `${this.stop(pc, 1)} ${this.locate(place, op.at)}
if (own[l] === core && free[l] <= t) { t += ${hit}; A[${HITS}] += ${hit}; N[${COUNT_ACCESSES}]++; }
else { if (t > X[0]) { PC[f] = ${pc}; T[c] = t; return ${STOPPED}; } T[c] = t; N[${COUNT_ACCESSES}]++; L.store(l, ${this.classOf(place)}, c); t = T[c]; }
${charge} ${this.column(place)}[o] = ${value};`;
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
    const extra = full
      ? this.ps("rmwFull")
      : order === "acquire" || order === "release"
        ? this.ps("fenceLight")
        : 0;
    const charge = extra === 0 ? "" : `t += ${extra}; A[${FENCE}] += ${extra};`;
    // Every atomic of x86 empties the store buffer, whatever the kernel asks for.
    const settle =
      full || this.host.atomics === "near"
        ? `if (drain[c] > t) { T[c] = t; if (!L.settle(c, ${op.at})) { PC[f] = ${pc}; return ${STALLS}; } t = T[c]; }`
        : "";
    const relaxed = posted && !full;
    return `${this.stop(pc, 1)} ${settle} ${this.locate(op.place, op.at)}
if (own[l] === core && free[l] <= t) { t += ${cost}; A[${ATOMIC}] += ${cost}; N[${COUNT_ACCESSES}]++; }
else { if (t > X[0]) { PC[f] = ${pc}; T[c] = t; return ${STOPPED}; } T[c] = t; N[${COUNT_ACCESSES}]++; L.atomic(l, ${this.classOf(op.place)}, c, ${op.at}, ${cost}, ${relaxed}); ${this.stall(pc + this.second)} t = T[c]; if (t > X[0]) { PC[f] = ${pc + this.second}; return ${STOPPED}; } }
case ${pc + this.second}: ${charge} o = ${this.val(op.place.obj)}; ${effect}`;
  }
}

/** Loads that order what follows. */
function acquires(op: Op): boolean {
  return "order" in op && op.order === "acquire";
}
