/**
 * Turns cut bodies into JavaScript: one function per step.
 *
 * A step function `(s, c, a)` advances the context that CPU `c` runs, in the state vector `s` (`layout.ts`), taking
 * outcome `a` where its op has several. It reads the live registers from the frame, runs to the next cut and writes
 * back what is live there, zeroing the rest. A guard `(s, c)` says how many outcomes the step has now, 0 meaning that
 * it must wait; steps without a guard always have one.
 *
 * Generated functions are small and monomorphic, which is what makes a million transitions a second possible; with
 * `trace` on, each op also reports itself to `Runtime.note`, which is how witnesses become timelines.
 */
import { assert, assertNever, internalBug, present } from "../base/assert.ts";
import { InputError } from "../base/input_error.ts";
import { defOf } from "../ir/operands.ts";
import type { Op, Operand, Pc, Place, Program, Reg, ValueType } from "../ir/types.ts";
import { binaryText } from "./arith.ts";
import { findJoins, type Joins } from "./blocks.ts";
import { choiceAhead, isGuarded, opensUp } from "./cuts.ts";
import { GraphText } from "./graph_text.ts";
import { CPU, type Layout, LIFE, NMI, RCU_TASK, TASK, TASK_STATE } from "./layout.ts";
import { type Dialect, localText } from "./local_text.ts";
import {
  type EmitOptions,
  type GuardFn,
  type Machine,
  numberSteps,
  type RoleBody,
  type Runtime,
  type StepFn,
} from "./machine.ts";
import { fieldKey, isInterrupt } from "./ownership.ts";
import { isBufferedStore, needsEmptyBuffer } from "./store_buffer.ts";

/**
 * The machine of some bodies. Its steps are numbered at once and compiled by `compile`, before the first of them is
 * needed: a world that is only looked at (for symmetries, say) never pays for code.
 */
export function emitMachine(
  program: Program,
  layout: Layout,
  bodies: readonly RoleBody[],
  runtime: Runtime,
  options: EmitOptions,
): Machine {
  const { info, entry, id } = numberSteps(bodies);
  const steps: (StepFn | undefined)[] = [];
  const guards: (GuardFn | undefined)[] = [];
  const compile = (): void => {
    if (steps.length > 0) return;
    const texts = stepTexts(program, layout, bodies, options, id);
    const list = (text: readonly string[]): string =>
      Array.from({ length: info.length }, (_, i) => text[i] ?? "undefined").join(",\n");
    const code = `"use strict"; const RB = w.layout.rcuBase; return [[${list(texts.steps)}],[${list(texts.guards)}]];`;
    const memory = options.graph?.memory;
    const given = [runtime, layout.taskBase, options.cover?.cells, memory, memory?.deps];
    const made = new Function("w", "TB", "K", "G", "D", code)(...given) as [
      StepFn[],
      (GuardFn | undefined)[],
    ];
    steps.push(...made[0]);
    guards.push(...made[1]);
  };
  return { steps, guards, info, entry, compile };
}

function stepTexts(
  program: Program,
  layout: Layout,
  bodies: readonly RoleBody[],
  options: EmitOptions,
  id: (body: RoleBody, pc: Pc, resume: boolean) => number,
): { steps: string[]; guards: string[] } {
  const steps: string[] = [];
  const guards: string[] = [];
  for (const b of bodies) {
    const emitter = new Emitter(program, layout, b, options, (pc, resume) => id(b, pc, resume));
    for (const pc of b.cut.live.keys()) {
      steps[id(b, pc, false)] = emitter.step(pc, false);
      const guard = emitter.guard(pc);
      if (guard !== undefined) guards[id(b, pc, false)] = guard;
    }
    for (const pc of b.cut.resume.keys()) steps[id(b, pc, true)] = emitter.step(pc, true);
  }
  return { steps, guards };
}

/** A place in a step: an op, and how the step came to it. */
interface Way {
  readonly pc: Pc;
  /** A hard op may still be swallowed. */
  readonly mayPass: boolean;
  /** `stop`: the step ends before the op; `stall`: it does if the buffer is in the way; `pass`: a cut is swallowed. */
  readonly how: "run" | "stall" | "pass" | "stop";
}

const wayKey = ({ pc, mayPass, how }: Way): string => `${pc}${mayPass ? "m" : ""}${how}`;

/** Emits the steps of one body in one role. */
class Emitter {
  /** Text of the cell that holds this frame's step id, and of slot 0. */
  private readonly pcCell: string;
  private readonly slotCell: (slot: number) => string;
  private readonly program: Program;
  private readonly layout: Layout;
  private readonly body: RoleBody;
  private readonly options: EmitOptions;
  private readonly locals: Dialect;
  private readonly idOf: (pc: Pc, resume: boolean) => number;
  /** The body is a handler's: interrupts are off in it. */
  private readonly interrupt: boolean;
  /** The choice that the step being emitted takes along. */
  private choice: Pc | undefined;
  /** Where ways join in the step being emitted. */
  private joins: Joins<Way> | undefined;
  /** How accesses are written where memory is a graph. */
  private readonly graph: GraphText | undefined;

  constructor(
    program: Program,
    layout: Layout,
    body: RoleBody,
    options: EmitOptions,
    idOf: (pc: Pc, resume: boolean) => number,
  ) {
    this.program = program;
    this.layout = layout;
    this.body = body;
    this.options = options;
    this.idOf = idOf;
    this.interrupt = isInterrupt(body.role);
    const mainRegs = TASK.preemptRegs + layout.preemptSlots;
    const [pc, regs] =
      body.role === "nmi"
        ? [`C + ${layout.nmi + NMI.pc}`, `C + ${layout.nmi + NMI.regs}`]
        : body.role === "handler"
          ? [`C + ${CPU.handlerPc}`, `C + ${CPU.handlerRegs}`]
          : body.role === "preempt"
            ? [`T + ${TASK.preemptPc}`, `T + ${TASK.preemptRegs}`]
            : [`T + ${TASK.pc}`, `T + ${mainRegs}`];
    this.pcCell = `s[${pc}]`;
    this.locals = this.dialect();
    this.slotCell = (slot) => `s[${regs} + ${slot}]`;
    this.graph = options.graph && new GraphText(layout, body, options.graph, pc ?? "");
  }

  step(pc: Pc, resume: boolean): string {
    const { cut } = this.body;
    const live = present(resume ? cut.resume.get(pc) : cut.live.get(pc), "live registers");
    const used = new Set<Reg>(live);
    const code = resume ? this.resumed(pc, used) : this.fromCut(pc, used);
    const regs = [...used].map((r) => (live.includes(r) ? `r${r} = ${this.slotOf(r)}` : `r${r} = 0`));
    if (this.graph !== undefined)
      for (const r of used) regs.push(`d${r} = ${live.includes(r) ? dependency(this.slotOf(r)) : "0"}`);
    const head = regs.length === 0 ? "" : `let ${regs.join(", ")};`;
    return `(s, c, a) => { ${this.frame()} ${head}\n${code} }`;
  }

  guard(pc: Pc): string | undefined {
    const ahead = this.body.cut.kind[pc] === "soft" ? choiceAhead(this.body.cut, pc) : undefined;
    const op = present(this.body.cut.body.ops[ahead ?? pc], "op");
    const wait = this.waitForBuffer(op, "return 0;");
    const text = this.isGuarded(op) ? this.guardText(op, ahead ?? pc) : undefined;
    if (text === undefined && wait === "") return undefined;
    return `(s, c) => { ${this.frame()} ${wait} ${text ?? "return 1;"} }`;
  }

  /** Condition under which an op has to wait for the store buffer; undefined where it never does. */
  private stallText(op: Op): string | undefined {
    if (this.options.buffered === undefined) return undefined;
    const count = `s[C + ${this.layout.storeBuffer}]`;
    if (needsEmptyBuffer(op) || (op.op === "ret" && this.interrupt)) return `${count} !== 0`;
    return this.goesIntoBuffer(op) ? `${count} === ${this.layout.storeDepth}` : undefined;
  }

  private goesIntoBuffer(op: Op): boolean {
    if (this.options.buffered === undefined) return false;
    return op.op === "task.finish" || (isBufferedStore(op) && "place" in op && this.isBuffered(op.place));
  }

  /**
   * Does `otherwise` where an op has to wait for the store buffer. A store waits because the buffer is full, and the
   * search has to know, wherever the wait is noticed: what a longer buffer would allow is not seen.
   */
  private waitForBuffer(op: Op, otherwise: string): string {
    const stall = this.stallText(op);
    if (stall === undefined) return "";
    return `if (${stall}) { ${this.goesIntoBuffer(op) ? "w.bufferFull = true;" : ""} ${otherwise} }`;
  }

  private isGuarded(op: Op): boolean {
    return isGuarded(op, this.options.anyOrder, this.options.graph?.shared);
  }

  private isBuffered(place: Place): boolean {
    return this.options.buffered?.has(fieldKey(place.struct, place.field)) === true;
  }

  private frame(): string {
    return `const C = c * ${this.layout.cpuStride}; const t = s[C + ${CPU.cur}]; const T = TB[t];`;
  }

  private slotOf(r: Reg): string {
    return this.slotCell(present(this.body.cut.slot[r], "slot"));
  }

  private resumed(pc: Pc, used: Set<Reg>): string {
    const op = present(this.body.cut.body.ops[pc], "op");
    assert(op.op === "task.switch", "a resume that is not a switch");
    used.add(op.dst);
    const last = `s[T + ${TASK.last}]`;
    return `r${op.dst} = ${last}; ${last} = 0;\n${this.region(this.way(pc + 1, true), used)}`;
  }

  private fromCut(pc: Pc, used: Set<Reg>): string {
    const hard = this.body.cut.kind[pc] === "hard";
    this.choice = hard ? undefined : choiceAhead(this.body.cut, pc);
    const text = this.region({ pc, mayPass: !hard, how: "run" }, used);
    this.choice = undefined;
    return text;
  }

  /** Everything from `start` to where the step ends, each op once. */
  private region(start: Way, used: Set<Reg>): string {
    this.joins = findJoins(start, { key: wayKey, successors: (way) => this.successors(way) });
    return this.block(start, used);
  }

  /** How a step that has begun goes on at `pc`. `mayPass`: a hard op may still be swallowed. */
  private way(pc: Pc, mayPass: boolean): Way {
    const kind = this.body.cut.kind[pc];
    if (kind === "none") return { pc, mayPass, how: "run" };
    if (kind === "stall") return { pc, mayPass, how: "stall" };
    const passable = pc === this.choice || !this.isGuarded(present(this.body.cut.body.ops[pc], "op"));
    return { pc, mayPass: false, how: kind === "hard" && mayPass && passable ? "pass" : "stop" };
  }

  /** The ways behind an op, in the order in which its text mentions them. */
  private successors({ pc, mayPass, how }: Way): readonly Way[] {
    const op = present(this.body.cut.body.ops[pc], "op");
    if (how === "stop") return [];
    switch (op.op) {
      case "jmp":
        return [this.way(op.to, mayPass)];
      case "br":
        return [this.way(op.then, mayPass), this.way(op.otherwise, mayPass)];
      case "ret":
      case "task.switch":
      case "task.park":
      case "cpu.die":
        return [];
      case "rcu.sync":
        return [this.way(pc + 1, false)];
      default:
        return [this.way(pc + 1, mayPass && this.letsPass(op))];
    }
  }

  /**
   * A step that has executed this may still swallow a hard op. Not after a store: it may reach memory, and others act
   * on it, before that op.
   */
  private letsPass(op: Op): boolean {
    return !opensUp(op) && !this.goesIntoBuffer(op);
  }

  /** The text from `way` on, with the joins behind it that it dominates. */
  private block(way: Way, used: Set<Reg>): string {
    let text = this.arrival(way, used);
    for (const join of this.joins?.openedBy(way) ?? [])
      text = `J${wayKey(join)}: {\n${text}\n}\n${this.block(join, used)}`;
    return text;
  }

  private goTo(way: Way | undefined, used: Set<Reg>): string {
    const to = present(way, "a way on");
    return this.joins?.isJoin(to) === true ? `break J${wayKey(to)};` : this.block(to, used);
  }

  /** A cut may end the step before the op. */
  private arrival(way: Way, used: Set<Reg>): string {
    const { pc, how } = way;
    const join = this.graph?.joinText(pc) ?? "";
    if (how === "run") return join + this.one(way, used);
    const op = present(this.body.cut.body.ops[pc], "op");
    const live = present(this.body.cut.live.get(pc), "live registers");
    const stop = this.exit(this.idOf(pc, false), live);
    if (how === "stop") return join + stop;
    return `${join}${this.waitForBuffer(op, stop)}\n${this.one(way, used)}`;
  }

  /** The op of a way and what follows. */
  private one(way: Way, used: Set<Reg>): string {
    const { pc } = way;
    const op = present(this.body.cut.body.ops[pc], "op");
    return (op.op === "br" ? "" : this.ran(pc)) + this.executed(op, way, used);
  }

  private executed(op: Op, way: Way, used: Set<Reg>): string {
    const { pc } = way;
    const def = defOf(op);
    if (def !== undefined) used.add(def);
    const [next, other] = this.successors(way);
    switch (op.op) {
      case "jmp":
        return this.goTo(next, used);
      case "br": {
        const [yes, no] = [this.goTo(next, used), this.goTo(other, used)];
        const looked = this.graph?.branchText(op.a, pc) ?? "";
        return `${looked}if (${this.val(op.a)} !== 0) {\n${this.ran(pc)}${yes}\n} else {\n${this.ran(pc, true)}${no}\n}`;
      }
      case "ret":
        return this.end();
      case "task.switch":
        return `${this.note(pc, this.val(op.next), "0", "0")}${this.switchText(pc, op.prev, op.next)}`;
      case "task.park":
        return `${this.note(pc, "0", "0", "0")}${this.end()}`;
      case "rcu.sync":
        return this.syncText(op, pc, this.goTo(next, used));
      case "cpu.die":
        return `${this.note(pc, "0", "0", "0")}s[C + ${CPU.dead}] = 1; s[C + ${CPU.root}] = 0; ${this.graph?.messageText(op, (x) => this.val(x)) ?? ""} ${this.end()}`;
      default:
        return `${this.effect(op, pc)}\n${this.goTo(next, used)}`;
    }
  }

  /** The first time round a grace period begins; when the step is taken again it is over. */
  private syncText(op: Op, pc: Pc, rest: string): string {
    const waiting = `s[RB[t] + ${RCU_TASK.waiting}]`;
    const atomic = this.interrupt ? "true" : `s[C + ${CPU.irqOff}] !== 0 || s[T + ${TASK.preempt}] !== 0`;
    const stay = this.exit(this.idOf(pc, false), present(this.body.cut.live.get(pc), "live registers"));
    return `if (${waiting} === 0) { ${this.note(pc, "0", "0", "0")}
      if (${atomic} || s[RB[t] + ${RCU_TASK.nest}] !== 0) { w.fail("hang", ${op.at}, 0, 0); return; }
      w.beginGrace(s, c, t); ${stay} }
      ${waiting} = 0; ${this.graph?.fenceText(present(this.body.cut.body.ops[pc], "op"), pc) ?? ""} ${this.note(pc, "0", "0", "1")}\n${rest}`;
  }

  /** Leaves the frame at step `id`. */
  private exit(id: number, live: readonly Reg[]): string {
    const texts = [`${this.pcCell} = ${id};`];
    const full = new Set<number>();
    for (const r of live) {
      texts.push(`${this.slotOf(r)} = r${r};`);
      if (this.graph !== undefined) texts.push(`${dependency(this.slotOf(r))} = d${r};`);
      full.add(present(this.body.cut.slot[r], "slot"));
    }
    for (let slot = 0; slot < this.body.cut.slots; slot++)
      if (!full.has(slot)) texts.push(this.clearSlot(slot));
    return `${texts.join(" ")} return;`;
  }

  /** The body ends. */
  private end(): string {
    const clear = `${this.clearPc()}${this.clearSlots()}`;
    if (this.body.role === "nmi")
      return `${clear} s[C + ${this.layout.nmi + NMI.fn}] = 0; s[C + ${this.layout.nmi + NMI.arg}] = 0; return;`;
    if (this.body.role === "handler") return `${clear} w.handled(s, c); return;`;
    if (this.body.role === "preempt") return `${clear} return;`;
    return `${clear} s[T + ${TASK.state}] = ${TASK_STATE.parked}; ${this.graph?.endText() ?? ""} return;`;
  }

  private clearPc(): string {
    return `${this.pcCell} = 0; ${this.graph?.leaveText() ?? ""}`;
  }

  private clearSlots(): string {
    let text = "";
    for (let slot = 0; slot < this.body.cut.slots; slot++) text += ` ${this.clearSlot(slot)}`;
    return text;
  }

  private clearSlot(slot: number): string {
    const cell = this.slotCell(slot);
    return this.graph === undefined ? `${cell} = 0;` : `${cell} = 0; ${dependency(cell)} = 0;`;
  }

  private switchText(pc: Pc, prev: Operand, next: Operand): string {
    const live = present(this.body.cut.resume.get(pc), "live registers");
    const save = this.exit(this.idOf(pc, true), live).replace(/ return;$/, "");
    // The current task is what runs here whatever `prev` the caller passed; a task that ends leaves nothing behind.
    return `{ ${save} if (s[T + ${TASK.state}] === ${TASK_STATE.dead}) { ${this.clearPc()}${this.clearSlots()} }
      const n = ${this.val(next)}; s[TB[n] + ${TASK.last}] = ${this.val(prev)}; s[C + ${CPU.cur}] = n; return; }`;
  }

  private val(operand: Operand): string {
    return "imm" in operand ? `${operand.imm}` : `r${operand.reg}`;
  }

  /** Text that notes an op as executed, or one way of a branch as gone. */
  private ran(pc: Pc, otherwise = false): string {
    const { cover } = this.options;
    return cover === undefined ? "" : `K[${cover.cell(this.body.func, pc, otherwise)}] = 1; `;
  }

  private note(pc: Pc, object: string, before: string, after: string): string {
    if (!this.options.trace) return "";
    return `w.note(${this.body.func}, ${pc}, c, ${object}, ${before}, ${after}); `;
  }

  /** Text that declares `name` as the index of a place's cell, after checking that the object can be accessed. */
  private address(place: Place, at: number, name: string): string {
    const { layout } = this;
    const base = present(layout.objectBase[place.struct], "base") + place.field;
    const stride = present(layout.stride[place.struct], "stride");
    if ("imm" in place.obj) {
      if (place.obj.imm === 0) return `w.fail("null", ${at}, ${place.struct}, 0); return;`;
      return `const ${name} = ${base + (place.obj.imm - 1) * stride};`;
    }
    const o = this.val(place.obj);
    return `${this.checkAlive(place.struct, o, at)} const ${name} = ${base - stride} + ${o} * ${stride};`;
  }

  private checkAlive(struct: number, o: string, at: number): string {
    const nullCheck = `if (${o} === 0) { w.fail("null", ${at}, ${struct}, 0); return; }`;
    const freed = this.isFreed(struct, o);
    return freed === undefined
      ? nullCheck
      : `${nullCheck} if ((${freed}) && w.fails("${usedAfterFree(this.program, struct)}", ${at}, ${struct}, ${o})) return;`;
  }

  /** Text of a condition: object `o` has been freed; undefined when objects of the struct never are. */
  private isFreed(struct: number, o: string): string | undefined {
    const life = this.lifeCell(struct, o);
    if (life === undefined) return undefined;
    const globals = present(this.layout.globals[struct], "globals");
    if (this.graph !== undefined) return `${o} > ${globals} && G.mayBeDead(c, ${life})`;
    return `${o} > ${globals} && s[${life}] === ${LIFE.freed}`;
  }

  /** The life cell of object `o`; undefined when objects of the struct are never freed. */
  private lifeCell(struct: number, o: string): string | undefined {
    const globals = present(this.layout.globals[struct], "globals");
    if (globals === this.layout.capacity[struct]) return undefined;
    return `${present(this.layout.lifeBase[struct], "life") - globals - 1} + ${o}`;
  }

  /** Text of an op that neither branches nor ends the step. Wrapped in a block: it may declare names. */
  private effect(op: Op, pc: Pc): string {
    const text =
      localText(this.program, this.locals, op) ??
      this.eventText(op, pc) ??
      this.memoryText(op, pc) ??
      this.cpuText(op, pc) ??
      this.taskText(op, pc);
    const passed = this.graph?.messageText(op, (x) => this.val(x)) ?? "";
    if (text === undefined) throw new InputError(`the checker does not model "${op.op}" yet`);
    return `{ ${text} ${passed} ${this.graph?.dependsText(op) ?? ""} }`;
  }

  /** How ops on registers are written here: masks are integers like everything else. */
  private dialect(): Dialect {
    const set = (dst: Reg, text: string): string => `r${dst} = ${text};`;
    const val = (operand: Operand): string => this.val(operand);
    return {
      val,
      set,
      mask: val,
      setMask: set,
      isMask: () => false,
      current: "t",
      irqsOff: this.interrupt ? "1" : `s[C + ${CPU.irqOff}]`,
      cpus: `${this.layout.cpus}`,
      masks: {
        none: "0",
        possible: `${(1 << this.layout.cpus) - 1}`,
        with: (mask, cpu) => `${mask} | (1 << ${cpu})`,
        without: (mask, cpu) => `${mask} & ~(1 << ${cpu})`,
        has: (mask, cpu) => `(${mask} >> ${cpu}) & 1`,
        empty: (mask) => `(${mask} === 0 ? 1 : 0)`,
        pick: (dst, mask) => this.pickText(dst, mask),
      },
      fault: (op) =>
        op.property === undefined
          ? `{ w.fail("bug", ${op.at}, 0, 0); return; }`
          : `{ if (w.fails("${op.property}", ${op.at}, 0, 0)) return; }`,
    };
  }

  private pickText(dst: Reg, mask: string): string {
    const skip = this.options.anyOrder ? "for (let i = 0; i < a; i++) m &= m - 1;" : "";
    return `let m = ${mask}; ${skip} r${dst} = m === 0 ? -1 : 31 - Math.clz32(m & -m);`;
  }

  /** An access that is an event of the graph, or has one beside what it does to the machine. */
  private eventText(op: Op, pc: Pc): string | undefined {
    const { graph } = this;
    if (graph === undefined) return undefined;
    if (!graph.isAccess(op)) return undefined;
    const check = this.checkNull(op.place, op.at);
    const cell = `const p = ${this.cellText(op.place)};`;
    const used = usedAfterFree(this.program, op.place.struct);
    const o = this.val(op.place.obj);
    const dead = `if (G.poisoned && w.fails("${used}", ${op.at}, ${op.place.struct}, ${o})) return;`;
    const field = this.program.structs[op.place.struct]?.fields[op.place.field];
    const below =
      field?.type.kind === "atomic"
        ? `if (G.wrote && G.now < 0) { ${this.noteAt(pc, op.place, "G.value", "G.now")} if (w.fails("underflow", ${op.at}, ${op.place.struct}, ${o})) return; }`
        : "";
    const note = this.noteAt(pc, op.place, "G.value", "G.now");
    const store = op.op === "store" ? `const now = G.now; ${this.afterStore(op)}` : "";
    return `${check} ${cell} ${graph.accessText(op, pc, (x) => this.val(x))} ${dead} ${below} ${note} ${graph.resultText(op, (x) => this.val(x))} ${store}`;
  }

  /** The index of a place's cell; its object is not NULL. */
  private cellText(place: Place): string {
    const base = present(this.layout.objectBase[place.struct], "base") + place.field;
    const stride = present(this.layout.stride[place.struct], "stride");
    return "imm" in place.obj
      ? `${base + (place.obj.imm - 1) * stride}`
      : `${base - stride} + ${this.val(place.obj)} * ${stride}`;
  }

  private checkNull(place: Place, at: number): string {
    if ("imm" in place.obj && place.obj.imm !== 0) return "";
    return `if (${this.val(place.obj)} === 0) { w.fail("null", ${at}, ${place.struct}, 0); return; }`;
  }

  private memoryText(op: Op, pc: Pc): string | undefined {
    switch (op.op) {
      case "load":
      case "mask.load": {
        const value = this.isBuffered(op.place) ? "w.view(s, C, p)" : "s[p]";
        return `${this.address(op.place, op.at, "p")} r${op.dst} = ${value}; ${this.noteAt(pc, op.place, `r${op.dst}`, `r${op.dst}`)}`;
      }
      case "mask.test":
        return `${this.address(op.place, op.at, "p")} r${op.dst} = (s[p] >> ${this.val(op.cpu)}) & 1; ${this.noteAt(pc, op.place, "s[p]", "s[p]")}`;
      case "await":
        return `${this.address(op.place, op.at, "p")} ${this.noteAt(pc, op.place, "s[p]", "s[p]")}`;
      case "store":
        return `${this.write(op.place, pc, op.at, this.val(op.value))} ${this.afterStore(op)}`;
      case "rmw": {
        const now = op.fn === "xchg" ? this.val(op.value) : binaryText(op.fn, "s[p]", this.val(op.value));
        const result = op.dst === undefined ? "" : `r${op.dst} = ${op.result === "old" ? "old" : "now"};`;
        return `${this.change(op.place, pc, op.at, now)} ${result}`;
      }
      case "cmpxchg": {
        const now = `s[p] === ${this.val(op.old)} ? ${this.val(op.value)} : s[p]`;
        return `${this.change(op.place, pc, op.at, now)} r${op.dst} = old;`;
      }
      case "add-unless": {
        const now = `s[p] === ${this.val(op.unless)} ? s[p] : s[p] + ${this.val(op.value)}`;
        return `${this.change(op.place, pc, op.at, now)} r${op.dst} = old === ${this.val(op.unless)} ? 0 : 1;`;
      }
      case "mask.set":
      case "mask.clear": {
        const bit = `(1 << ${this.val(op.cpu)})`;
        const now = op.op === "mask.set" ? `s[p] | ${bit}` : `s[p] & ~${bit}`;
        const result = op.dst === undefined ? "" : `r${op.dst} = (old & ${bit}) !== 0 ? 1 : 0;`;
        return `${this.change(op.place, pc, op.at, now)} ${result}`;
      }
      case "fence":
        return `${this.graph?.fenceText(op, pc) ?? ""} ${this.note(pc, "0", "0", "0")}`;
      default:
        return this.lockText(op, pc) ?? this.lifeText(op, pc);
    }
  }

  private noteAt(pc: Pc, place: Place, before: string, after: string): string {
    return this.note(pc, this.val(place.obj), before, after);
  }

  /** Text of a read-modify-write of a place: declares `p`, `old`, `now`. */
  private change(place: Place, pc: Pc, at: number, now: string): string {
    const field = this.program.structs[place.struct]?.fields[place.field];
    const check =
      field?.type.kind === "atomic"
        ? `if (now < 0) { ${this.noteAt(pc, place, "old", "now")} if (w.fails("underflow", ${at}, ${place.struct}, ${this.val(place.obj)})) return; }`
        : "";
    return `${this.address(place, at, "p")} const old = s[p]; const now = ${now}; ${check} s[p] = now; ${this.noteAt(pc, place, "old", "now")}`;
  }

  /** Text of a plain store: into the buffer where there is one, declaring `p`, `old`, `now`. */
  private write(place: Place, pc: Pc, at: number, value: string): string {
    if (!this.isBuffered(place)) return this.change(place, pc, at, value);
    const store = `const old = w.view(s, C, p); const now = ${value}; w.push(s, C, p, now);`;
    return `${this.address(place, at, "p")} ${store} ${this.noteAt(pc, place, "old", "now")}`;
  }

  /** A store that makes `active_mm` point at a freed mm breaks `root` at once. */
  private afterStore(op: Extract<Op, { op: "store" }>): string {
    const { program } = this;
    const field = program.structs[op.place.struct]?.fields[op.place.field];
    if (op.place.struct !== program.taskStruct || field?.name !== "active_mm" || field.type.kind !== "ptr")
      return "";
    const freed = this.isFreed(field.type.struct, "now");
    return freed === undefined
      ? ""
      : `if ((${freed}) && w.fails("root", ${op.at}, ${field.type.struct}, now)) return;`;
  }

  private lockText(op: Op, pc: Pc): string | undefined {
    switch (op.op) {
      case "lock":
        // Where a lock needs no step of its own nobody else can hold it: it is this CPU's own, taken twice.
        return `${this.address(op.place, op.at, "p")} if (s[p] !== 0) { w.fail("hang", ${op.at}, 0, 0); return; } s[p] = c + 1; ${this.noteAt(pc, op.place, "0", "s[p]")}`;
      case "unlock": {
        const store = this.isBuffered(op.place) ? "w.push(s, C, p, 0);" : "s[p] = 0;";
        return `${this.address(op.place, op.at, "p")} ${store} ${this.noteAt(pc, op.place, "c + 1", "0")}`;
      }
      case "trylock":
        return `${this.address(op.place, op.at, "p")} r${op.dst} = s[p] === 0 ? 1 : 0; if (s[p] === 0) s[p] = c + 1; ${this.noteAt(pc, op.place, `1 - r${op.dst}`, "s[p]")}`;
      default:
        return undefined;
    }
  }

  private lifeText(op: Op, pc: Pc): string | undefined {
    switch (op.op) {
      case "alloc":
        return `const o = w.allocate(s, ${op.struct}); if (o === 0) { w.exhausted(${op.struct}); return; } r${op.dst} = o; ${this.note(pc, "o", "0", "0")}`;
      case "free":
        return this.freeText(op, pc);
      case "rcu.lock":
      case "rcu.unlock":
        if (this.interrupt || this.layout.callbackBase < 0) return "";
        return `${this.graph?.fenceText(op, pc) ?? ""} s[RB[t] + ${RCU_TASK.nest}]${op.op === "rcu.lock" ? "++" : "--"}; ${this.note(pc, "0", "0", "0")}`;
      case "rcu.call": {
        const number = present(this.options.handlerNumber.get(op.handler), "handler number");
        return `${this.note(pc, this.val(op.arg), "0", "0")} if (!w.callRcu(s, c, ${number}, ${this.val(op.arg)})) { w.exhausted(-1); return; }`;
      }
      default:
        return undefined;
    }
  }

  private freeText(op: Extract<Op, { op: "free" }>, pc: Pc): string {
    const o = this.val(op.obj);
    const { layout } = this;
    const globals = present(layout.globals[op.struct], "globals");
    const stride = present(layout.stride[op.struct], "stride");
    const base = present(layout.objectBase[op.struct], "base") - stride;
    const life = present(this.layout.lifeBase[op.struct], "life") - globals - 1;
    const freed = `s[${life} + o] === ${LIFE.freed}`;
    const bury =
      this.graph === undefined
        ? `s[${life} + o] = ${LIFE.freed};`
        : `if (!G.free(c, ${op.struct}, o, ${life} + o)) return; if (G.late >= 0 && w.failsLate(${op.struct}, o, G.late)) return;`;
    const first = `${base} + o * ${stride}`;
    const drop =
      this.options.buffered === undefined ? "" : `w.dropStores(s, C, ${first}, ${first} + ${stride - 1});`;
    const roots = op.struct === this.program.mmStruct ? `if (w.rootsUse(s, ${op.at}, o)) return;` : "";
    return `const o = ${o}; ${this.note(pc, "o", "0", "0")}
      if (o === 0) { w.fail("null", ${op.at}, ${op.struct}, 0); return; }
      if (o <= ${globals}) { w.fail("bug", ${op.at}, ${op.struct}, o); return; }
      if (${freed} && w.fails("double-free", ${op.at}, ${op.struct}, o)) return;
      ${bury}
      ${drop} for (let i = 0; i < ${stride}; i++) s[${first} + i] = 0;
      ${roots}`;
  }

  private cpuText(op: Op, pc: Pc): string | undefined {
    const irq = `s[C + ${CPU.irqOff}]`;
    const handler = this.interrupt;
    switch (op.op) {
      case "irq.off":
        return handler ? "" : `${irq} = 1; ${this.note(pc, "0", "0", "0")}`;
      case "irq.on":
        return handler ? "" : `${irq} = 0; ${this.note(pc, "0", "0", "0")}`;
      case "irq.save":
        return handler
          ? `r${op.dst} = 1;`
          : `r${op.dst} = ${irq}; ${irq} = 1; ${this.note(pc, "0", "0", "0")}`;
      case "irq.restore":
        return handler ? "" : `${irq} = ${this.val(op.a)}; ${this.note(pc, "0", "0", "0")}`;
      case "preempt.off":
        return handler ? "" : `s[T + ${TASK.preempt}]++;`;
      case "preempt.on":
        return handler ? "" : `s[T + ${TASK.preempt}]--;`;
      case "root.load":
        return this.rootText(op, pc);
      case "root.read":
        return `r${op.dst} = s[C + ${CPU.root}];`;
      case "user.access":
        return `${this.checkAlive(op.struct, this.val(op.mm), op.at)} ${this.note(pc, this.val(op.mm), "0", "0")} if (s[C + ${CPU.root}] !== ${this.val(op.mm)}) { w.fail("bug", ${op.at}, ${op.struct}, ${this.val(op.mm)}); return; }`;
      case "cpu.relax":
      case "tlb.flush-local":
        return this.note(pc, "0", "0", "0");
      default:
        return this.ipiText(op, pc) ?? this.hotplugText(op, pc);
    }
  }

  private rootText(op: Extract<Op, { op: "root.load" }>, pc: Pc): string {
    const mm = this.val(op.mm);
    const freed = this.isFreed(op.struct, mm);
    const check =
      freed === undefined ? "" : `if ((${freed}) && w.fails("root", ${op.at}, ${op.struct}, ${mm})) return;`;
    return `${this.note(pc, mm, `s[C + ${CPU.root}]`, mm)} ${check} s[C + ${CPU.root}] = ${mm};`;
  }

  private ipiText(op: Op, pc: Pc): string | undefined {
    switch (op.op) {
      case "ipi.send": {
        const number = present(this.options.handlerNumber.get(op.handler), "handler number");
        return `const m = ${this.val(op.mask)} & w.onlineMask(s) & ~(1 << c); r${op.dst} = m; ${this.note(pc, this.val(op.arg), this.val(op.mask), "m")}
          if (m !== 0) { s[C + ${CPU.callFn}] = ${number}; s[C + ${CPU.callArg}] = ${this.val(op.arg)}; s[C + ${CPU.pending}] = m; }
          ${this.graph?.machineText(op, (x) => this.val(x)) ?? ""}`;
      }
      case "nmi.send":
        return this.nmiText(op, pc);
      case "ipi.wait": {
        const off = this.interrupt ? "true" : `s[C + ${CPU.irqOff}] !== 0`;
        const receive = this.graph?.machineText(op, (x) => this.val(x)) ?? "";
        return `${this.note(pc, "0", "0", "0")} if (${off}) { w.fail("hang", ${op.at}, 0, 0); return; } ${receive}`;
      }
      default:
        return undefined;
    }
  }

  private nmiText(op: Extract<Op, { op: "nmi.send" }>, pc: Pc): string {
    const number = present(this.options.nmiNumber.get(op.handler), "handler number");
    const at = (cell: number): string => `s[N + ${this.layout.nmi + cell}]`;
    return `const N = ${this.val(op.cpu)} * ${this.layout.cpuStride}; ${this.note(pc, this.val(op.arg), "0", this.val(op.cpu))}
      if (s[N + ${CPU.online}] !== 0) { ${at(NMI.fn)} = ${number}; ${at(NMI.arg)} = ${this.val(op.arg)}; ${this.graph?.machineText(op, (x) => this.val(x)) ?? ""} }`;
  }

  private hotplugText(op: Op, pc: Pc): string | undefined {
    const cell = (cpu: Operand, offset: number): string =>
      `s[${this.val(cpu)} * ${this.layout.cpuStride} + ${offset}]`;
    switch (op.op) {
      case "cpu.set-online":
        return `${cell(op.cpu, CPU.online)} = ${this.val(op.online)}; ${this.note(pc, this.val(op.cpu), "0", this.val(op.online))}`;
      case "cpu.set-active":
        return `${cell(op.cpu, CPU.active)} = ${this.val(op.active)}; ${this.note(pc, this.val(op.cpu), "0", this.val(op.active))}`;
      case "cpu.online?":
        return `r${op.dst} = ${cell(op.cpu, CPU.online)}; ${this.note(pc, this.val(op.cpu), "0", `r${op.dst}`)}`;
      case "cpu.online-mask":
        return `r${op.dst} = w.onlineMask(s); ${this.note(pc, "0", "0", `r${op.dst}`)}`;
      case "cpu.wait-dead":
        return this.note(pc, this.val(op.cpu), "0", "0");
      default:
        return undefined;
    }
  }

  /** Whether a task that comes last comes unsettled. */
  private unsettled(): string {
    return this.layout.unsettled < 0 ? "0" : `s[${this.layout.unsettled}]`;
  }

  private taskText(op: Op, pc: Pc): string | undefined {
    const state = `s[T + ${TASK.state}]`;
    switch (op.op) {
      case "task.pick":
        return `r${op.dst} = w.pick(s, c, a); ${this.note(pc, `r${op.dst}`, "0", this.unsettled())}`;
      case "task.fork-prev":
        return `r${op.dst} = s[T + ${TASK.last}]; s[T + ${TASK.last}] = 0;`;
      case "task.finish":
        return `if (${this.val(op.task)} !== 0) ${this.options.buffered === undefined ? `s[TB[${this.val(op.task)}] + ${TASK.onCpu}] = 0` : `w.push(s, C, TB[${this.val(op.task)}] + ${TASK.onCpu}, 0)`}; ${this.note(pc, this.val(op.task), "0", "0")}`;
      case "task.block":
        return `${state} = ${TASK_STATE.blocked}; ${this.note(pc, "t", "0", "0")}`;
      case "task.die":
        return `${state} = ${TASK_STATE.dead}; ${this.note(pc, "t", "0", "0")}`;
      case "task.wake":
        return `const q = TB[${this.val(op.task)}] + ${TASK.state}; if (s[q] === ${TASK_STATE.fresh} || s[q] === ${TASK_STATE.blocked}) s[q] = ${TASK_STATE.runnable}; ${this.note(pc, this.val(op.task), "0", "0")}`;
      case "task.wait-others":
      case "task.idle-wait":
        return this.note(pc, "0", "0", "0");
      case "choose":
        return `r${op.dst} = a; ${this.note(pc, "0", "0", "a")}`;
      default:
        return undefined;
    }
  }

  private guardText(op: Op, pc: Pc): string | undefined {
    const outcomes = this.outcomesText(op, pc);
    if (outcomes !== undefined) return outcomes;
    switch (op.op) {
      case "await":
      case "lock":
        return this.waitText(op);
      case "ipi.send":
        return `return (s[C + ${CPU.pending}] | s[C + ${CPU.running}]) === 0 ? 1 : 0;`;
      case "ipi.wait": {
        // With interrupts off or in a handler the step itself reports the hang.
        const off = this.interrupt ? "true" : `s[C + ${CPU.irqOff}] !== 0`;
        return `return ${off} || (s[C + ${CPU.pending}] | s[C + ${CPU.running}]) === 0 ? 1 : 0;`;
      }
      case "nmi.send":
        return `return s[${this.saved(op.cpu)} * ${this.layout.cpuStride} + ${this.layout.nmi + NMI.fn}] === 0 ? 1 : 0;`;
      case "task.pick":
        return "return w.candidates(s, c);";
      case "choose":
        return `return ${this.saved(op.n)};`;
      case "mask.pick":
        return `let m = ${this.saved(op.mask)}; let n = 0; for (; m !== 0; m &= m - 1) n++; return n === 0 ? 1 : n;`;
      case "task.wait-others":
        return "return w.othersEnded(s, t) ? 1 : 0;";
      case "task.idle-wait":
        return "return w.someoneWaits(s, c) ? 1 : 0;";
      case "cpu.wait-dead":
        return `return s[${this.saved(op.cpu)} * ${this.layout.cpuStride} + ${CPU.dead}];`;
      case "cpu.die":
        return "return w.callsTo(s, c) ? 0 : 1;";
      case "task.park":
        return undefined;
      case "rcu.sync": {
        const base = `RB[t] + ${RCU_TASK.waiting}`;
        return `return s[${base}] === 0 || (s[${base} + 1] === 0 && s[${base} + 2] === 0) ? 1 : 0;`;
      }
      default:
        return internalBug(`no guard for ${op.op}`);
    }
  }

  /** The outcomes of an access in a graph. */
  private outcomesText(op: Op, pc: Pc): string | undefined {
    if (this.graph?.isAccess(op) !== true) return undefined;
    const saved = (operand: Operand): string => this.saved(operand);
    const stride = present(this.layout.stride[op.place.struct], "stride");
    const base = present(this.layout.objectBase[op.place.struct], "base") + op.place.field - stride;
    const cell = `${base} + o * ${stride}`;
    return `const o = ${saved(op.place.obj)}; if (o === 0) return 1; ${this.graph.outcomesText(op, pc, cell, saved)}`;
  }

  private waitText(op: Extract<Op, { op: "await" | "lock" }>): string {
    const { place } = op;
    const base = present(this.layout.objectBase[place.struct], "base") + place.field;
    const stride = present(this.layout.stride[place.struct], "stride");
    const o = this.saved(place.obj);
    const value = op.op === "lock" ? "0" : this.saved(op.value);
    const compare = op.op === "await" && op.cmp === "ne" ? "!==" : "===";
    const freed = this.isFreed(place.struct, "o") ?? "false";
    // An object that cannot be accessed does not block: the step reports it.
    return `const o = ${o}; if (o === 0 || (${freed})) return 1; return s[${base - stride} + o * ${stride}] ${compare} ${value} ? 1 : 0;`;
  }

  /** An operand as the frame holds it. */
  private saved(operand: Operand): string {
    return "imm" in operand ? `${operand.imm}` : this.slotOf(operand.reg);
  }
}

/** The cell of the dependencies of a register, from the text of its own. */
function dependency(cell: string): string {
  return cell.replace(/^s\[/, "D[");
}

/** What the use of a freed object of a struct violates. */
export function usedAfterFree(program: Program, struct: number): string {
  return program.structs[struct]?.property ?? "uaf";
}

/** The cell kind that a register's type stands for. */
export function typeKind(type: ValueType): "int" | "bool" | "cpu" | "mask" | "ptr" {
  switch (type.kind) {
    case "atomic":
    case "lock":
    case "word":
      return internalBug(`a register of type ${type.kind}`);
    case "int":
    case "bool":
    case "cpu":
    case "mask":
    case "ptr":
      return type.kind;
    default:
      return assertNever(type);
  }
}
