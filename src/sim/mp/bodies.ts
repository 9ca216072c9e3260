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
 * The op itself is done in one piece, in the order in which the CPUs get there, so what the machine executes is
 * sequentially consistent; time, not order, is what store buffers and fences change here.
 *
 * Code of `kernel/user.ts` is what the processor does, not the kernel: it is executed, and costs nothing of itself.
 */

import { present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import { effectOf } from "../../ir/effects.ts";
import type { FuncId, Op, Pc, Program } from "../../ir/types.ts";
import { AccessText } from "./access_text.ts";
import type { BodyHost } from "./body_host.ts";
import { ATOMIC, FENCE, HITS, ROOT, TLB } from "./breakdown.ts";
import { type Frame, frameOf } from "./frames.ts";
import { cutsOf } from "./parts.ts";
import { COUNT_ACCESSES, ELSEWHERE, FINISHED, REASON, STALLS, WAITS } from "./stops.ts";

/** A body, ready to run on any CPU. */
export interface Body {
  /** Runs CPU `c`'s activation `f`; why it stopped. */
  readonly run: (c: number, f: number) => number;
  readonly frame: Frame;
  /** `frame.cells` of each activation. */
  readonly registers: Int32Array;
}

/** `activations` is how many there can be at a time. */
export function emitBody(program: Program, func: FuncId, host: BodyHost, activations: number): Body {
  const body = present(program.funcs[func], "body");
  const frame = frameOf(program, body);
  const registers = new Int32Array(activations * frame.cells);
  const masks = new Array<unknown>(activations * frame.masks).fill(host.masks.none);
  const shared = new Map<string, unknown>([
    ["m", host],
    ["R", registers],
    ["MR", masks],
  ]);
  const emitter = new Emitter(program, body, frame, host, (name, value) => {
    shared.set(name, value);
    return name;
  });
  const texts = emitter.parts();
  const parts = texts.map((text) => new Function(...shared.keys(), text)(...shared.values()) as Body["run"]);
  return { run: joined(parts, emitter.partOf(), host.pcs), frame, registers };
}

/** The function that goes from part to part. */
function joined(parts: readonly Body["run"][], partOf: Uint8Array, pcs: Int32Array): Body["run"] {
  const [only, ...more] = parts;
  if (only !== undefined && more.length === 0) return only;
  return (c, f) => {
    for (;;) {
      const part = parts[partOf[pcs[f] as number] as number] as Body["run"];
      const why = part(c, f);
      if (why !== ELSEWHERE) return why;
    }
  };
}

/** Begins an activation: its parameters are in their cells, the rest is as it was, but for what must be 0. */
export function beginBody({ frame, registers }: Body, f: number, a0: number, a1: number, a2: number): void {
  const base = f * frame.cells;
  const { zeroed, params } = frame;
  for (let i = 0; i < zeroed.length; i++) registers[base + (zeroed[i] as number)] = 0;
  const p0 = params[0] ?? -1;
  const p1 = params[1] ?? -1;
  const p2 = params[2] ?? -1;
  if (p0 >= 0) registers[base + p0] = a0;
  if (p1 >= 0) registers[base + p1] = a1;
  if (p2 >= 0) registers[base + p2] = a2;
}

class Emitter extends AccessText {
  /** First op of each part, and the end. */
  private readonly cuts: readonly Pc[] = cutsOf(this.body.ops, this.frame.targets);

  /** The texts of the parts. */
  parts(): string[] {
    for (const [name, value] of Object.entries(this.arrays())) this.share(name, value);
    this.number();
    return this.cuts.slice(1).map((end, part) => this.part(this.cuts[part] as Pc, end));
  }

  /** By label: the part that it is in. */
  partOf(): Uint8Array {
    const part = new Uint8Array(this.labels.size);
    const { length } = this.body.ops;
    for (const [place, label] of this.labels)
      part[label] = this.cuts.findLastIndex((cut) => cut <= place % length);
    return part;
  }

  private number(): void {
    const starts = new Set(this.cuts);
    const next = (place: number): unknown => this.labels.set(place, this.labels.size);
    this.body.ops.forEach((op, pc) => {
      if (starts.has(pc) || this.frame.targets.has(pc) || this.resumes(op, pc)) next(pc);
      if (this.hasSecond(op)) next(this.secondOf(pc));
    });
  }

  private part(from: Pc, end: Pc): string {
    const { host, frame } = this;
    const ops = this.body.ops.slice(from, end).map((op, i) => this.op(op, from + i));
    const masks = frame.masks === 0 ? "" : `const mb = f * ${frame.masks};`;
    const on = end < this.body.ops.length ? `pc = ${this.label(end)}; s = ${ELSEWHERE}; break run;` : "";
    return `return function body(c, f) {
c |= 0; f |= 0;
const b = f * ${frame.cells}, core = CORE[c] + 1; ${masks}
let pc = PC[f], t = T[c], o = 0, l = 0, w = 0, old = 0, now = 0, s = 0, hits = 0, updates = 0;
run: for (;;) switch (pc) {
${ops.join("\n")}
${on}
default: s = ${ELSEWHERE}; break run;
}
PC[f] = pc; T[c] = t; N[${COUNT_ACCESSES}] += hits + updates;
A[${HITS}] += hits * ${host.ps("hit")}; A[${ATOMIC}] += updates * ${host.ps("rmw")};
return s & ${REASON};
};`;
  }

  /** What every body may name. */
  private arrays(): Readonly<Record<string, unknown>> {
    const { host } = this;
    return {
      L: host.lines,
      Q: host.accesses,
      own: host.lines.owner,
      free: host.lines.free,
      drain: host.lines.drain,
      COPIES: host.lines.copies,
      T: host.clocks,
      X: host.limits,
      PC: host.pcs,
      A: host.time,
      IRQ: host.irqsOff,
      N: host.counts,
      CORE: host.cores,
      CURRENT: host.current,
      ROOTS: host.roots,
      COLD: host.cold,
      RESULTS: host.results,
      M: host.masks,
      AT: host.at,
    };
  }

  private op(op: Op, pc: number): string {
    const text = this.control(op, pc) ?? this.local(op) ?? this.timed(op, pc);
    if (text === undefined) throw new InputError(`a simulation cannot do "${op.op}"`);
    const { observer } = this.host;
    // A switch happens at once with the op before it, interrupts being off: as in the checker's steps.
    const watched = observer !== undefined && effectOf(op).visible && op.op !== "task.switch";
    const label = this.labels.has(pc) ? `case ${this.label(pc)}: ` : "";
    return `${label}${watched ? `${this.share("OBSERVE", observer)}(); ` : ""}${text}`;
  }

  /** A body may go on here after it has stopped. */
  private resumes(op: Op, pc: number): boolean {
    const before = this.body.ops[pc - 1]?.op;
    return "place" in op || RESUMED.has(op.op) || before === "irq.on" || before === "irq.restore";
  }

  private control(op: Op, pc: number): string | undefined {
    switch (op.op) {
      case "jmp":
        return op.to === pc + 1 ? "" : `pc = ${this.label(op.to)}; continue;`;
      case "br": {
        const condition = this.condition(op.a);
        if (op.then === pc + 1) return `if (!(${condition})) { pc = ${this.label(op.otherwise)}; continue; }`;
        if (op.otherwise === pc + 1) return `if (${condition}) { pc = ${this.label(op.then)}; continue; }`;
        return `pc = ${condition} ? ${this.label(op.then)} : ${this.label(op.otherwise)}; continue;`;
      }
      case "ret":
        return `${op.value === undefined ? "" : `RESULTS[c] = ${this.val(op.value)};`} s = ${FINISHED}; break run;`;
      default:
        return undefined;
    }
  }

  private timed(op: Op, pc: number): string | undefined {
    return this.access(op, pc) ?? this.processor(op, pc) ?? this.scheduler(op);
  }

  // ---- the processor ----

  private spend(category: number, time: number): string {
    return time === 0 ? "" : `t += ${time}; A[${category}] += ${time};`;
  }

  private processor(op: Op, pc: number): string | undefined {
    const open = (): string => `if (m.interrupted(c)) { pc = ${this.label(pc + 1)}; break run; }`;
    switch (op.op) {
      case "fence":
        return this.fence(op.kind, op.at, pc);
      case "irq.off":
        return this.free(op) ? "" : "IRQ[c] = 1;";
      case "irq.on":
        return this.free(op) ? "" : `IRQ[c] = 0; ${open()}`;
      case "irq.save":
        return `${this.cell(op.dst)}IRQ[c]; IRQ[c] = 1;`;
      case "irq.restore":
        return `IRQ[c] = ${this.val(op.a)}; if (IRQ[c] === 0) { ${open()} }`;
      case "preempt.off":
      case "preempt.on":
      case "cpu.relax":
      case "rcu.lock":
      case "rcu.unlock":
      case "user.access":
        return "";
      case "ipi.send":
        return `${this.stop(pc, 0)} T[c] = t; ${this.setMask(op.dst, `m.send(c, ${this.mask(op.mask)}, ${op.handler}, ${this.val(op.arg)}, ${op.at})`)} t = T[c];`;
      case "ipi.wait":
        return `if (m.outstanding[c] !== 0) { pc = ${this.label(pc)}; T[c] = t; m.waiting(c, ${op.at}); s = ${WAITS}; break run; }`;
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
        return `ROOTS[${this.val(op.cpu)}] = ${this.val(op.mm)};`;
      case "root.read":
        return `${this.cell(op.dst)}ROOTS[c];`;
      case "tlb.flush-local":
        return `COLD[c] = 1; ${this.spend(TLB, this.ps("tlbFlush"))}`;
      case "alloc":
        return `${this.cell(op.dst)}m.allocate(${op.struct}, c);`;
      case "free":
        return `${this.stop(pc, 0)} m.free(${op.struct}, ${this.val(op.obj)}, t, ${op.at});`;
      default:
        return undefined;
    }
  }

  private fence(kind: string, at: number, pc: number): string {
    const strong = kind === "mb";
    if (strong)
      return `if (drain[c] <= t) { ${this.spend(FENCE, this.ps("fence"))} AT[${at}] += ${this.ps("fence")}; } else { T[c] = t; if (!L.fence(c, ${at}, ${this.ps("fence")})) { pc = ${this.label(pc)}; s = ${STALLS}; break run; } t = T[c]; }`;
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
        return `CURRENT[c] = ${this.val(op.next)}; ${this.cell(op.dst)}${this.val(op.prev)};`;
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

/** Ops at which a body may stop and begin again, besides accesses. */
const RESUMED: ReadonlySet<string> = new Set(["fence", "ipi.send", "ipi.wait", "rcu.call", "free"]);
