/**
 * Turns an IR body into a function that can stop at every memory access and go on later.
 *
 * The registers of an activation are cells of one array, so that a body holds no state of its own: it runs from the
 * op where its CPU stopped until it must let others go first, and says why it stopped. Stopping is what it does where
 * its clock has passed the next event of another CPU (`limits`):
 *
 * - An access that asks for a line is made at its exact place in the order of all such requests.
 * - A hit may run ahead of the others by the shortest time in which a request of theirs could reach this core: nothing
 *   they do before could be felt. This is what keeps the event queue out of the way of most accesses.
 *
 * Each access is two cases of the switch: asking, and, when the line is there, doing. The op itself is done in one
 * piece, in the order in which the CPUs get there, so what the machine executes is sequentially consistent; time, not
 * order, is what store buffers and fences change here.
 *
 * Code of `kernel/user.ts` is what the processor does, not the kernel: it is executed, and costs nothing of itself.
 */

import { present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import { effectOf } from "../../ir/effects.ts";
import type { Func, FuncId, Op, Operand, Order, Place, Program } from "../../ir/types.ts";
import { binaryText } from "../../world/arith.ts";
import type { MaskOps } from "../masks.ts";
import { ATOMIC, FENCE, HITS, ROOT, SPIN, TLB } from "./breakdown.ts";
import type { FigureName } from "./figures.ts";
import type { Memory } from "./memory.ts";
import type { AtomicStyle } from "./profile.ts";
import { RegisterText } from "./register_text.ts";

/** Runs CPU `c`'s activation in frame `f` (its registers begin at `b`); why it stopped. */
export type Body = (c: number, f: number, b: number) => number;

/** The others first. */
export const STOPPED = 0;
export const FINISHED = 1;
/** Waits for its IPIs. */
export const WAITS = 2;

/** What generated code works on; the machine has all of it. */
export interface BodyHost {
  readonly memory: Memory;
  readonly lines: {
    readonly owner: Int32Array;
    readonly free: Float64Array;
    readonly drain: Float64Array;
  };
  readonly clocks: Float64Array;
  /** [0]: until when requests may be made, [1]: until when hits may run. */
  readonly limits: Float64Array;
  readonly pcs: Int32Array;
  readonly registers: Int32Array;
  readonly maskRegisters: unknown[];
  readonly time: Float64Array;
  readonly irqsOff: Uint8Array;
  readonly current: Int32Array;
  readonly roots: Int32Array;
  readonly results: Int32Array;
  readonly outstanding: Int32Array;
  readonly counts: Float64Array;
  /** The core of each CPU. */
  readonly cores: Int32Array;
  readonly masks: MaskOps;
  readonly atomics: AtomicStyle;
  /** Called before each op that anybody else could notice; absent but in tests. */
  readonly observer: (() => void) | undefined;
  ps(name: FigureName): number;
}

/** Indices of `counts`. */
export const COUNT_ACCESSES = 0;
export const COUNT_ROOTS = 1;

/** A polling CPU looks again after so many picoseconds. */
const POLL = 50_000;

const HARDWARE = "kernel/user.ts";

export function emitBody(program: Program, func: FuncId, host: BodyHost): Body {
  const body = present(program.funcs[func], "body");
  const names: string[] = ["m"];
  const values: unknown[] = [host];
  const emitter = new Emitter(program, body, host, (name, value) => {
    if (!names.includes(name)) {
      names.push(name);
      values.push(value);
    }
    return name;
  });
  const text = emitter.text();
  return new Function(...names, text)(...values) as Body;
}

/** Makes `value` known to the generated code as `name`. */
type Share = (name: string, value: unknown) => string;

class Emitter extends RegisterText {
  private readonly host: BodyHost;
  private readonly share: Share;
  private readonly second: number;

  constructor(program: Program, body: Func, host: BodyHost, share: Share) {
    super(program, body);
    this.host = host;
    this.share = share;
    this.second = body.ops.length;
  }

  text(): string {
    const { host, share } = this;
    share("L", host.lines);
    for (const [name, value] of Object.entries({
      own: host.lines.owner,
      free: host.lines.free,
      drain: host.lines.drain,
      T: host.clocks,
      X: host.limits,
      PC: host.pcs,
      R: host.registers,
      MR: host.maskRegisters,
      A: host.time,
      IRQ: host.irqsOff,
      N: host.counts,
      CORE: host.cores,
      M: host.masks,
    }))
      share(name, value);
    const ops = this.body.ops.map((op, pc) => this.op(op, pc));
    return `return function body(c, f, b) {
let pc = PC[f], t = T[c], o = 0, l = 0, old = 0, now = 0; const core = CORE[c] + 1;
for (;;) switch (pc) {
${ops.join("\n")}
}
};`;
  }

  private op(op: Op, pc: number): string {
    const text = this.control(op) ?? this.local(op) ?? this.timed(op, pc);
    if (text === undefined) throw new InputError(`a simulation cannot do "${op.op}"`);
    const { observer } = this.host;
    // A switch happens at once with the op before it, interrupts being off: as in the checker's steps.
    const watched = observer !== undefined && effectOf(op).visible && op.op !== "task.switch";
    return `case ${pc}: ${watched ? `${this.share("OBSERVE", observer)}(); ` : ""}${text}`;
  }

  private ps(name: FigureName): number {
    return this.host.ps(name);
  }

  private control(op: Op): string | undefined {
    switch (op.op) {
      case "jmp":
        return `pc = ${op.to}; continue;`;
      case "br":
        return `pc = ${this.val(op.a)} !== 0 ? ${op.then} : ${op.otherwise}; continue;`;
      case "ret":
        return `T[c] = t; ${op.value === undefined ? "" : `m.results[c] = ${this.val(op.value)};`} return ${FINISHED};`;
      default:
        return undefined;
    }
  }

  private timed(op: Op, pc: number): string | undefined {
    return this.access(op, pc) ?? this.processor(op, pc) ?? this.scheduler(op);
  }

  // ---- accesses ----

  private free(op: Op): boolean {
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
    return `o = ${this.val(place.obj)}; l = ${store.lineBase + line} + o * ${store.linesPerObject}; if (${alive}[o] !== 1) m.fault(o === 0 ? "NULL" : "used after free", ${at}); N[${COUNT_ACCESSES}]++;`;
  }

  private classOf(place: Place): number {
    const store = present(this.host.memory.stores[place.struct], "struct");
    return store.classBase + (this.program.structs[place.struct]?.fields[place.field]?.line ?? 0);
  }

  private stop(pc: number, limit: 0 | 1): string {
    return `if (t > X[${limit}]) { PC[f] = ${pc}; T[c] = t; return ${STOPPED}; }`;
  }

  private access(op: Op, pc: number): string | undefined {
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
if (own[l] === core && free[l] <= t) { t += ${hit}; A[${HITS}] += ${hit}; }
else { if (t > X[0]) { PC[f] = ${pc}; T[c] = t; return ${STOPPED}; } T[c] = t; L.read(l, ${this.classOf(place)}, c, ${op.at}); t = T[c]; if (t > X[0]) { PC[f] = ${pc + this.second}; return ${STOPPED}; } }
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
if (own[l] === core && free[l] <= t) { t += ${hit}; A[${HITS}] += ${hit}; }
else { if (t > X[0]) { PC[f] = ${pc}; T[c] = t; return ${STOPPED}; } T[c] = t; L.store(l, ${this.classOf(place)}, c); t = T[c]; }
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
        ? `if (drain[c] > t) { T[c] = t; L.settle(c, ${op.at}); t = T[c]; }`
        : "";
    const relaxed = posted && !full;
    return `${this.stop(pc, 1)} ${settle} ${this.locate(op.place, op.at)}
if (own[l] === core && free[l] <= t) { t += ${cost}; A[${ATOMIC}] += ${cost}; }
else { if (t > X[0]) { PC[f] = ${pc}; T[c] = t; return ${STOPPED}; } T[c] = t; L.atomic(l, ${this.classOf(op.place)}, c, ${op.at}, ${cost}, ${relaxed}); t = T[c]; if (t > X[0]) { PC[f] = ${pc + this.second}; return ${STOPPED}; } }
case ${pc + this.second}: ${charge} o = ${this.val(op.place.obj)}; ${effect}`;
  }

  // ---- the processor ----

  private spend(category: number, time: number): string {
    return time === 0 ? "" : `t += ${time}; A[${category}] += ${time};`;
  }

  private processor(op: Op, pc: number): string | undefined {
    const next = pc + 1;
    const open = `if (m.interrupted(c)) { PC[f] = ${next}; T[c] = t; return ${STOPPED}; }`;
    switch (op.op) {
      case "fence":
        return this.fence(op.kind, op.at);
      case "irq.off":
        return this.free(op) ? "" : "IRQ[c] = 1;";
      case "irq.on":
        return this.free(op) ? "" : `IRQ[c] = 0; ${open}`;
      case "irq.save":
        return `R[b + ${op.dst}] = IRQ[c]; IRQ[c] = 1;`;
      case "irq.restore":
        return `IRQ[c] = ${this.val(op.a)}; if (IRQ[c] === 0) { ${open} }`;
      case "preempt.off":
      case "preempt.on":
      case "cpu.relax":
      case "rcu.lock":
      case "rcu.unlock":
      case "user.access":
        return "";
      case "ipi.send":
        return `${this.stop(pc, 0)} T[c] = t; MR[b + ${op.dst}] = m.send(c, ${this.mask(op.mask)}, ${op.handler}, ${this.val(op.arg)}, ${op.at}); t = T[c];`;
      case "ipi.wait":
        return `if (m.outstanding[c] !== 0) { PC[f] = ${pc}; T[c] = t; m.waiting(c, ${op.at}); return ${WAITS}; }`;
      case "rcu.call":
        return `${this.stop(pc, 0)} T[c] = t; m.callLater(c, ${op.handler}, ${this.val(op.arg)});`;
      default:
        return this.world(op, pc);
    }
  }

  /** Roots, translations, objects. */
  private world(op: Op, pc: number): string | undefined {
    switch (op.op) {
      case "root.load":
        return `m.loadRoot(c, ${this.val(op.mm)}); ${this.spend(ROOT, this.ps("rootLoad"))}`;
      case "cpu.start-root":
        return `m.roots[${this.val(op.cpu)}] = ${this.val(op.mm)};`;
      case "root.read":
        return `R[b + ${op.dst}] = m.roots[c];`;
      case "tlb.flush-local":
        return `m.flushLocal(c); ${this.spend(TLB, this.ps("tlbFlush"))}`;
      case "alloc":
        return `R[b + ${op.dst}] = m.allocate(${op.struct});`;
      case "free":
        return `${this.stop(pc, 0)} m.free(${op.struct}, ${this.val(op.obj)}, t, ${op.at});`;
      default:
        return undefined;
    }
  }

  private fence(kind: string, at: number): string {
    const strong = kind === "mb";
    if (strong) return `T[c] = t; L.fence(c, ${at}, ${this.ps("fence")}); t = T[c];`;
    if (
      kind === "after-spinlock" ||
      kind === "after-atomic" ||
      kind === "before-atomic" ||
      kind === "after-unlock-lock"
    )
      return this.spend(FENCE, this.ps("rmwFull"));
    return kind === "compiler" ? "" : this.spend(FENCE, this.ps("fenceLight"));
  }

  private scheduler(op: Op): string | undefined {
    switch (op.op) {
      case "task.switch":
        return `m.current[c] = ${this.val(op.next)}; R[b + ${op.dst}] = ${this.val(op.prev)};`;
      case "task.finish":
      case "task.block":
      case "task.die":
      case "task.wake":
        return "";
      default:
        return undefined;
    }
  }
}

/** Loads that order what follows. */
function acquires(op: Op): boolean {
  return "order" in op && op.order === "acquire";
}
