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
import type { FuncId, Op, Program } from "../../ir/types.ts";
import { AccessText } from "./access_text.ts";
import type { BodyHost } from "./body_host.ts";
import { FENCE, ROOT, TLB } from "./breakdown.ts";
import { FINISHED, STALLS, STOPPED, WAITS } from "./stops.ts";

/** Runs CPU `c`'s activation in frame `f` (its registers begin at `b`); why it stopped. */
export type Body = (c: number, f: number, b: number) => number;

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

class Emitter extends AccessText {
  text(): string {
    const { host, share } = this;
    share("L", host.lines);
    for (const [name, value] of Object.entries({
      own: host.lines.owner,
      free: host.lines.free,
      drain: host.lines.drain,
      WAITING: host.lines.waits,
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

  // ---- the processor ----

  private spend(category: number, time: number): string {
    return time === 0 ? "" : `t += ${time}; A[${category}] += ${time};`;
  }

  private processor(op: Op, pc: number): string | undefined {
    const next = pc + 1;
    const open = `if (m.interrupted(c)) { PC[f] = ${next}; T[c] = t; return ${STOPPED}; }`;
    switch (op.op) {
      case "fence":
        return this.fence(op.kind, op.at, pc);
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
        return `R[b + ${op.dst}] = m.allocate(${op.struct}, c);`;
      case "free":
        return `${this.stop(pc, 0)} m.free(${op.struct}, ${this.val(op.obj)}, t, ${op.at});`;
      default:
        return undefined;
    }
  }

  private fence(kind: string, at: number, pc: number): string {
    const strong = kind === "mb";
    if (strong)
      return `T[c] = t; if (!L.fence(c, ${at}, ${this.ps("fence")})) { PC[f] = ${pc}; return ${STALLS}; } t = T[c];`;
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
