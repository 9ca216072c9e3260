/**
 * Which accesses only one CPU can make, so that they need not be steps of their own.
 *
 * A field is *owned* when every access to it in the whole program goes through a base that belongs to the CPU it
 * runs on: this CPU's instance of a per-CPU struct, the current task, or a task that this CPU has taken off the run
 * queue or not yet put back (between `pick_next_task` and `finish_task`). An access to an owned field with
 * interrupts known to be off commutes with every step of every other CPU and cannot be interrupted on its own, so
 * the step before it swallows it (a persistent set of one, Godefroid 1996, found at compile time).
 *
 * The facts, per op, are: interrupts are off on every path (must), and per register how its value came about. They
 * die where they stop being true: a task that may have migrated (interrupts on, `switch_to`) no longer owns what
 * `this_cpu` gave it, and `finish_task` gives `prev` away.
 *
 * With interrupts on, an owned access needs no step of its own either as long as nothing that may run on top of the
 * task (a handler, a preemption) touches the field in a conflicting way (`nestedAccesses`).
 *
 * A non-maskable interrupt minds no flag: what one accesses is a step also with interrupts off, and so is `switch_to`,
 * which changes what it finds running.
 *
 * `task_struct.active_mm` is the exception that keeps this honest: other CPUs never access it, but `free` looks at
 * it (property `root`), so stores to it stay visible.
 */
import { present } from "../base/assert.ts";
import { placeOf, successors } from "../ir/operands.ts";
import type { Func, Op, Pc, StructId } from "../ir/types.ts";

/** How a body is entered, which fixes whether interrupts are off at its start. */
export type Role = "main" | "handler" | "preempt" | "nmi";

/** The body runs with interrupts off from start to end, whatever it does about them. */
export function isInterrupt(role: Role): boolean {
  return role === "handler" || role === "nmi";
}

/** Facts before each op of one body. */
export interface BodyFacts {
  /** Interrupts are off here on every path. */
  readonly irqsOff: Uint8Array;
  /** How this CPU comes to own the object that is accessed at this op; 0 when it does not. */
  readonly ownedBase: Uint8Array;
  /**
   * 1 where the object accessed at this op is this CPU's own, whoever else on this CPU may come in between: also with
   * preemption off, as between the two halves of a switch.
   */
  readonly ownBase: Uint8Array;
}

const OWN_CPU = 1;
const OWN_TASK = 2;
const CURRENT = 4;
/** This CPU's as long as preemption is off: what runs on top may change it. */
const PINNED_CPU = 8;

/** Analyses one body. `switchesOff`: every `switch_to` of the program is reached with interrupts off. */
export function bodyFacts(body: Func, role: Role, switchesOff: boolean): BodyFacts {
  const flow = new Flow(body, role, switchesOff);
  flow.run();
  return flow.facts();
}

class Flow {
  private readonly irq: Int8Array;
  /** How often preemption has been switched off before an op, at least. */
  private readonly preempt: Int32Array;
  private readonly owned: (Uint8Array | undefined)[];
  private readonly body: Func;
  private readonly switchesOff: boolean;

  constructor(body: Func, role: Role, switchesOff: boolean) {
    this.body = body;
    this.switchesOff = switchesOff;
    this.irq = new Int8Array(body.ops.length).fill(-1);
    this.owned = new Array<Uint8Array | undefined>(body.ops.length).fill(undefined);
    // Every body but a preemption's begins with interrupts off: mains come out of a switch or of bring-up.
    this.irq[0] = isInterrupt(role) || (role === "main" && switchesOff) ? 1 : 0;
    this.owned[0] = new Uint8Array(body.regs.length);
    this.preempt = new Int32Array(body.ops.length);
    this.preempt[0] = isInterrupt(role) ? 1 : 0;
  }

  run(): void {
    const work: Pc[] = [0];
    for (let pc = work.pop(); pc !== undefined; pc = work.pop()) {
      const op = present(this.body.ops[pc], "op");
      const owned = Uint8Array.from(present(this.owned[pc], "facts"));
      const before = this.preempt[pc] ?? 0;
      const preempt = preemptionAfter(op, before);
      if (preempt === 0) forget(owned, PINNED_CPU);
      const irq = this.transfer(op, this.irq[pc] ?? 0, owned, preempt > 0);
      for (const next of successors(op, pc)) {
        const pinned = op.op === "br" && next === op.then && this.asksWhoCameBefore(pc) ? 1 : preempt;
        if (this.meet(next, irq, owned, pinned)) work.push(next);
      }
    }
  }

  /**
   * The branch at `pc` goes one way for a task that came after another one, at the begin of its main (`ret_from_fork`). Such a
   * task was switched to with preemption off (FORK_PREEMPT_COUNT).
   */
  private asksWhoCameBefore(pc: Pc): boolean {
    const [before, compared, branch] = this.body.ops.slice(Math.max(0, pc - 2), pc + 1);
    return (
      pc === 2 &&
      before?.op === "task.fork-prev" &&
      compared?.op === "bin" &&
      compared.fn === "ne" &&
      "reg" in compared.a &&
      compared.a.reg === before.dst &&
      "imm" in compared.b &&
      compared.b.imm === 0 &&
      branch?.op === "br" &&
      "reg" in branch.a &&
      branch.a.reg === compared.dst
    );
  }

  facts(): BodyFacts {
    const { body } = this;
    const irqsOff = Uint8Array.from(this.irq, (v) => (v === 1 ? 1 : 0));
    const ownedBase = new Uint8Array(body.ops.length);
    const ownBase = new Uint8Array(body.ops.length);
    body.ops.forEach((op, pc) => {
      const place = placeOf(op);
      if (place !== undefined && "reg" in place.obj) {
        const how = this.owned[pc]?.[place.obj.reg] ?? 0;
        ownedBase[pc] = how === PINNED_CPU ? 0 : how;
        ownBase[pc] = how === 0 ? 0 : 1;
      }
    });
    return { irqsOff, ownedBase, ownBase };
  }

  /** Changes `owned` to what holds after `op`; returns whether interrupts are off then. */
  private transfer(op: Op, irq: number, owned: Uint8Array, pinned: boolean): number {
    switch (op.op) {
      case "cpuid":
        owned[op.dst] = irq === 1 ? OWN_CPU : pinned ? PINNED_CPU : 0;
        return irq;
      case "percpu":
        owned[op.dst] = "reg" in op.cpu ? (owned[op.cpu.reg] ?? 0) & (OWN_CPU | PINNED_CPU) : 0;
        return irq;
      case "current":
        owned[op.dst] = CURRENT;
        return irq;
      case "task.pick":
      case "task.fork-prev":
        owned[op.dst] = irq === 1 ? OWN_TASK : 0;
        return irq;
      case "mov":
        owned[op.dst] = "reg" in op.a ? (owned[op.a.reg] ?? 0) : 0;
        return irq;
      case "task.switch":
        // The flag is what the CPU has when this task is picked again: whoever switched to it left it so.
        forget(owned, OWN_CPU | OWN_TASK | PINNED_CPU);
        owned[op.dst] = this.switchesOff ? OWN_TASK : 0;
        return this.switchesOff ? 1 : 0;
      case "task.finish":
        forget(owned, OWN_TASK);
        return irq;
      case "irq.off":
      case "irq.save":
        if ("dst" in op) owned[op.dst] = 0;
        return 1;
      case "irq.on":
      case "irq.restore":
        forget(owned, OWN_TASK);
        exchange(owned, OWN_CPU, pinned ? PINNED_CPU : 0);
        return 0;
      default:
        if ("dst" in op && op.dst !== undefined) owned[op.dst] = 0;
        return irq;
    }
  }

  /** Joins facts into those before `pc`; returns whether they changed. */
  private meet(pc: Pc, irq: number, owned: Uint8Array, preempt: number): boolean {
    const old = this.owned[pc];
    if (old === undefined) {
      this.owned[pc] = Uint8Array.from(owned);
      this.irq[pc] = irq;
      this.preempt[pc] = preempt;
      return true;
    }
    let changed = false;
    if ((this.preempt[pc] ?? 0) > preempt) {
      this.preempt[pc] = preempt;
      changed = true;
    }
    if ((this.irq[pc] ?? 0) > irq) {
      this.irq[pc] = irq;
      changed = true;
    }
    for (let r = 0; r < old.length; r++) {
      const joined = old[r] === owned[r] ? (old[r] ?? 0) : weaker(old[r] ?? 0, owned[r] ?? 0);
      if (joined === old[r]) continue;
      old[r] = joined;
      changed = true;
    }
    return changed;
  }
}

function preemptionAfter(op: Op, before: number): number {
  if (op.op === "preempt.off") return before + 1;
  return op.op === "preempt.on" ? Math.max(0, before - 1) : before;
}

/** What is true either way. */
function weaker(a: number, b: number): number {
  const cpu = OWN_CPU | PINNED_CPU;
  return (a & cpu) !== 0 && (b & cpu) !== 0 ? PINNED_CPU : 0;
}

function exchange(owned: Uint8Array, kind: number, other: number): void {
  for (let r = 0; r < owned.length; r++) if (owned[r] === kind) owned[r] = other;
}

function forget(owned: Uint8Array, kinds: number): void {
  for (let r = 0; r < owned.length; r++) if (((owned[r] ?? 0) & kinds) !== 0) owned[r] = 0;
}

/** Key of a field over all structs. */
export function fieldKey(struct: StructId, field: number): string {
  return `${struct}.${field}`;
}

/** The fields that some access reaches through a base its CPU does not own. */
export function sharedFields(bodies: readonly { body: Func; facts: BodyFacts }[]): Set<string> {
  const shared = new Set<string>();
  for (const { body, facts } of bodies) {
    body.ops.forEach((op, pc) => {
      const place = placeOf(op);
      if (place !== undefined && facts.ownedBase[pc] === 0) shared.add(fieldKey(place.struct, place.field));
    });
  }
  return shared;
}

/** Whether every `switch_to` of a body is reached with interrupts off, as the facts of all bodies assume. */
export function switchesOff({ body, facts }: { body: Func; facts: BodyFacts }): boolean {
  return body.ops.every((op, pc) => op.op !== "task.switch" || facts.irqsOff[pc] === 1);
}

/** What runs on top of a task, by field: read or written by a handler or a preemption. */
export interface NestedAccesses {
  readonly read: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
}

/**
 * `preemptible`: on top of a task that may be preempted there is also what the next task does, in its main, to the one
 * that it comes after, and what another main does to it before it is switched to again.
 */
export function nestedAccesses(
  bodies: readonly { body: Func; role: Role; facts: BodyFacts }[],
  preemptible: boolean,
): NestedAccesses {
  const read = new Set<string>();
  const written = new Set<string>();
  for (const { body, role, facts } of bodies) {
    body.ops.forEach((op, pc) => {
      if (role === "main" && (!preemptible || facts.ownedBase[pc] !== OWN_TASK)) return;
      const place = placeOf(op);
      if (place !== undefined) (isPureRead(op) ? read : written).add(fieldKey(place.struct, place.field));
    });
  }
  return { read, written };
}

/** What non-maskable interrupts access, by field; undefined where there are none. */
export function nmiAccesses(
  bodies: readonly { body: Func; role: Role; facts: BodyFacts }[],
): NestedAccesses | undefined {
  const nmis = bodies.filter(({ role }) => role === "nmi");
  return nmis.length === 0 ? undefined : nestedAccesses(nmis, false);
}

/** The op reads its place and changes nothing. */
export function isPureRead(op: Op): boolean {
  return op.op === "load" || op.op === "mask.load" || op.op === "mask.test";
}
