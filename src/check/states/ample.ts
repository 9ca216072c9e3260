/**
 * Persistent sets at run time: states in which one CPU's next step can be explored alone.
 *
 * Every step has a footprint, the classes of state that it reads and writes: a field of a struct, the life of a
 * struct's objects, the roots, the run queues, which CPUs are online, the calls on their way. Every step id also has a
 * future, the union of the footprints of all that its context may still execute, handlers it may send included. When
 * the footprint of a CPU's next step touches nothing that the future of any other context touches (one of them
 * writing), no interleaving can tell when it happens, and the moves of that CPU alone are a persistent set.
 *
 * A CPU that might yet be interrupted does not qualify: an IPI could come first. Classes are fields, not cells, so
 * this errs on the side of exploring more. (Godefroid 1996, §4; the proviso against ignoring is in `search.ts`.)
 */
import { present } from "../../base/assert.ts";
import { placeOf, successors } from "../../ir/operands.ts";
import type { FuncId, Op, Pc } from "../../ir/types.ts";
import { TASK_PREEMPTIBLE } from "../../ir/types.ts";
import { choiceAhead, isGuarded, opensUp } from "../../world/cuts.ts";
import { CPU, TASK } from "../../world/layout.ts";
import type { RoleBody } from "../../world/machine.ts";
import { MOVE_BITS, MOVE_IRQ, type World } from "../../world/world.ts";

/** A range of the moves that were offered. */
export interface Chosen {
  readonly from: number;
  readonly to: number;
}

/** Classes besides fields and lives. */
const ROOTS = 0;
const TASKS = 1;
const ONLINE = 2;
const CALLS = 3;
const FIRST_FIELD = 4;

/** What ops other than accesses to fields read and write. */
const READS: Partial<Record<Op["op"], readonly number[]>> = {
  free: [ROOTS],
  "cpu.online?": [ONLINE],
  "cpu.online-mask": [ONLINE],
  "cpu.wait-dead": [ONLINE],
  "ipi.send": [ONLINE],
  "task.wait-others": [TASKS],
  "task.idle-wait": [TASKS],
};
const WRITES: Partial<Record<Op["op"], readonly number[]>> = {
  "root.load": [ROOTS],
  "cpu.die": [ROOTS, ONLINE],
  "cpu.set-online": [ONLINE, TASKS],
  "cpu.set-active": [ONLINE, TASKS],
  "ipi.send": [CALLS],
  "task.pick": [TASKS],
  "task.finish": [TASKS],
  "task.block": [TASKS],
  "task.die": [TASKS],
  "task.wake": [TASKS],
  "task.park": [TASKS],
  ret: [TASKS],
};

export class AmpleSets {
  /** Per step id: `words` of reads, then `words` of writes. */
  private readonly step: Uint32Array;
  private readonly future: Uint32Array;
  private readonly words: number;
  private readonly others: Uint32Array;
  private readonly world: World;
  private readonly classes = new Map<string, number>();
  private readonly preemptible: Uint8Array;
  private readonly handlerEntry: Int32Array;
  /** Per step id: another CPU's idle task always has a conflict with it ahead, so there is nothing to find out. */
  private readonly hopeless: Uint8Array;

  constructor(world: World) {
    this.world = world;
    this.numberClasses();
    this.words = Math.ceil((FIRST_FIELD + this.classes.size) / 32);
    this.others = new Uint32Array(this.words * 2);
    const steps = world.machine.info.length;
    this.step = new Uint32Array(steps * this.words * 2);
    this.future = new Uint32Array(steps * this.words * 2);
    this.preemptible = Uint8Array.from([0, ...world.boot.tasks.map((t) => t.flags & TASK_PREEMPTIBLE)]);
    this.handlerEntry = Int32Array.from(world.handlers, (f, i) => (i === 0 ? 0 : this.entryOf("handler", f)));
    this.fillSteps();
    this.fillFutures();
    this.hopeless = this.findHopeless();
  }

  /** The moves to take alone in state `s`, whose moves are `moves[0 … n)`, CPU by CPU; undefined for all of them. */
  choose(s: Int32Array, moves: Int32Array, n: number): Chosen | undefined {
    for (let from = 0; from < n; ) {
      const c = (moves[from] ?? 0) >> MOVE_BITS;
      let to = from;
      let stepsOnly = true;
      while (to < n && (moves[to] ?? 0) >> MOVE_BITS === c) {
        if (((moves[to] ?? 0) & ((1 << MOVE_BITS) - 1)) >= MOVE_IRQ) stepsOnly = false;
        to++;
      }
      if (stepsOnly && to - from < n && this.isAlone(s, c)) return { from, to };
      from = to;
    }
    return undefined;
  }

  private isAlone(s: Int32Array, c: number): boolean {
    const { layout } = this.world;
    const C = c * layout.cpuStride;
    const cur = s[C + CPU.cur] ?? 0;
    const open = s[C + CPU.irqOff] === 0 && s[C + CPU.handlerPc] === 0;
    if (this.hopeless[this.world.stepAt(s, c)] !== 0) return false;
    if (open && this.preemptible[cur] !== 0) return false;
    this.collectOthers(s, c, cur);
    if (open && this.otherWrites(CALLS)) return false;
    return !this.conflicts(this.world.stepAt(s, c));
  }

  /** Puts the union of all other contexts' futures into `others`. */
  private collectOthers(s: Int32Array, c: number, cur: number): void {
    const { layout } = this.world;
    this.others.fill(0);
    for (let t = 1; t <= layout.tasks; t++) {
      if (t === cur) continue;
      const T = layout.taskBase[t] ?? 0;
      this.join(s[T + TASK.pc] ?? 0);
      this.join(s[T + TASK.preemptPc] ?? 0);
    }
    for (let other = 0; other < layout.cpus; other++) {
      const O = other * layout.cpuStride;
      if (other !== c) this.join(s[O + CPU.handlerPc] ?? 0);
      this.join(this.handlerEntry[s[O + CPU.callFn] ?? 0] ?? 0);
    }
  }

  private join(step: number): void {
    const n = this.words * 2;
    for (let i = 0; i < n; i++) this.others[i] = (this.others[i] ?? 0) | (this.future[step * n + i] ?? 0);
  }

  private otherWrites(cls: number): boolean {
    return (((this.others[this.words + (cls >> 5)] ?? 0) >>> (cls & 31)) & 1) !== 0;
  }

  private conflicts(step: number): boolean {
    const { words, others } = this;
    const base = step * words * 2;
    for (let i = 0; i < words; i++) {
      const reads = this.step[base + i] ?? 0;
      const writes = this.step[base + words + i] ?? 0;
      const otherReads = others[i] ?? 0;
      const otherWrites = others[words + i] ?? 0;
      if (((reads | writes) & otherWrites) !== 0 || (writes & otherReads) !== 0) return true;
    }
    return false;
  }

  /**
   * Idle tasks loop for ever, so what one may still do where it does least, waiting, it may still do anywhere. With an
   * idle task on every CPU, what conflicts with all of these futures is never alone.
   */
  private findHopeless(): Uint8Array {
    const { info } = this.world.machine;
    const waits = info.flatMap((step, id) => (step?.op.op === "task.idle-wait" ? [id] : []));
    return Uint8Array.from(info, (step, id) => {
      if (step === undefined || waits.length === 0 || this.world.layout.cpus < 2) return 0;
      return waits.every((wait) => this.conflictsWith(id, wait)) ? 1 : 0;
    });
  }

  private conflictsWith(step: number, wait: number): boolean {
    this.others.fill(0);
    this.join(wait);
    return this.conflicts(step);
  }

  private entryOf(role: RoleBody["role"], func: FuncId): number {
    return this.world.machine.entry.get(`${role}:${func}`) ?? 0;
  }

  private numberClasses(): void {
    for (const b of this.world.bodies) {
      for (const op of b.cut.body.ops) {
        const place = placeOf(op);
        if (place !== undefined) this.classOf(`${place.struct}.${place.field}`);
        if (place !== undefined) this.classOf(`life ${place.struct}`);
        if (op.op === "free" || op.op === "alloc") this.classOf(`life ${op.struct}`);
      }
    }
  }

  private classOf(key: string): number {
    const known = this.classes.get(key);
    if (known !== undefined) return known;
    const fresh = FIRST_FIELD + this.classes.size;
    this.classes.set(key, fresh);
    return fresh;
  }

  private fillSteps(): void {
    this.world.machine.info.forEach((info, step) => {
      if (info === undefined) return;
      const body = this.bodyOf(info.func, info.role);
      for (const pc of opsOfStep(body, info.pc, info.resume)) this.addOp(this.step, step, body, pc);
    });
  }

  private bodyOf(func: FuncId, role: string): RoleBody {
    return present(
      this.world.bodies.find((b) => b.func === func && b.role === role),
      "body",
    );
  }

  private fillFutures(): void {
    for (const b of this.world.bodies) {
      for (const [step, info] of this.world.machine.info.entries()) {
        if (info === undefined || info.func !== b.func || info.role !== b.role) continue;
        for (const pc of reachable(b, info.resume ? info.pc + 1 : info.pc))
          this.addOp(this.future, step, b, pc);
      }
    }
    while (this.closeOverCalls());
  }

  /**
   * A context's future includes that of the handlers it sends, and of a preemption on top of it. Returns whether any
   * future has grown: handlers send, too.
   */
  private closeOverCalls(): boolean {
    let grown = false;
    const preempt = this.world.program.entries.get("preempt_schedule_irq");
    for (const [step, info] of this.world.machine.info.entries()) {
      if (info === undefined) continue;
      const b = this.bodyOf(info.func, info.role);
      for (const pc of reachable(b, info.resume ? info.pc + 1 : info.pc)) {
        const op = b.cut.body.ops[pc];
        if (op?.op === "ipi.send" && this.copyFuture(step, this.entryOf("handler", op.handler))) grown = true;
      }
      if (preempt !== undefined && info.role === "main") {
        if (this.copyFuture(step, this.entryOf("preempt", preempt))) grown = true;
      }
    }
    return grown;
  }

  /** Returns whether it added anything. */
  private copyFuture(to: number, from: number): boolean {
    const n = this.words * 2;
    let grown = false;
    for (let i = 0; i < n; i++) {
      const old = this.future[to * n + i] ?? 0;
      this.future[to * n + i] = old | (this.future[from * n + i] ?? 0);
      if (this.future[to * n + i] !== old) grown = true;
    }
    return grown;
  }

  private addOp(table: Uint32Array, step: number, body: RoleBody, pc: Pc): void {
    const op = present(body.cut.body.ops[pc], "op");
    const add = (cls: number, write: boolean): void => {
      const at = step * this.words * 2 + (write ? this.words : 0) + (cls >> 5);
      table[at] = (table[at] ?? 0) | (1 << (cls & 31));
    };
    const place = placeOf(op);
    if (place !== undefined) {
      const reads = op.op === "load" || op.op === "mask.load" || op.op === "mask.test" || op.op === "await";
      add(this.classOf(`${place.struct}.${place.field}`), !reads);
      add(this.classOf(`life ${place.struct}`), false);
      const field = this.world.program.structs[place.struct]?.fields[place.field]?.name;
      if (place.struct === this.world.program.taskStruct && field === "active_mm" && !reads) add(ROOTS, true);
    }
    this.addWorld(op, add);
  }

  private addWorld(op: Op, add: (cls: number, write: boolean) => void): void {
    if (op.op === "free" || op.op === "alloc") add(this.classOf(`life ${op.struct}`), true);
    for (const cls of READS[op.op] ?? []) add(cls, false);
    for (const cls of WRITES[op.op] ?? []) add(cls, true);
  }
}

/** The ops that one step may execute: as `emit.ts` walks them. */
function opsOfStep(b: RoleBody, pc: Pc, resume: boolean): Set<Pc> {
  const ops = new Set<Pc>();
  // An op may be reached on two ways, of which only one may still swallow what follows: both count.
  const visited = new Set<string>();
  const choice = !resume && b.cut.kind[pc] === "soft" ? choiceAhead(b.cut, pc) : undefined;
  const visit = (at: Pc, mayPass: boolean, first: boolean): void => {
    const kind = b.cut.kind[at];
    const op = present(b.cut.body.ops[at], "op");
    if (!first && kind !== "none") {
      if (kind === "soft" || !mayPass || (at !== choice && isGuarded(op, true))) return;
      mayPass = false;
    }
    if (visited.has(`${at} ${mayPass}`)) return;
    visited.add(`${at} ${mayPass}`);
    ops.add(at);
    if (op.op === "task.switch") return;
    for (const next of successors(op, at)) visit(next, mayPass && !opensUp(op), false);
  };
  if (resume) visit(pc + 1, true, false);
  else visit(pc, b.cut.kind[pc] !== "hard", true);
  return ops;
}

function reachable(b: RoleBody, pc: Pc): Set<Pc> {
  const seen = new Set<Pc>([pc]);
  const work = [pc];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    for (const next of successors(present(b.cut.body.ops[at], "op"), at)) {
      if (seen.has(next)) continue;
      seen.add(next);
      work.push(next);
    }
  }
  return seen;
}
