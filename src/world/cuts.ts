/**
 * Cuts a body into steps.
 *
 * A *cut* is an op at which a context may stop while others run. A step starts at a cut, executes it and runs on
 * until the next one, so local ops never become states. There are two kinds:
 *
 * - A *hard* cut is an op that others can tell from its neighbours: one is executed per step.
 * - A *soft* cut is a point where this context may be interrupted or preempted but whose op nobody else notices
 *   (`local_irq_disable`, the start of a body, the first op after `switch_to`). A step that starts at one goes on
 *   through the next hard op, unless that op may block; one with several outcomes it takes along where the way there
 *   has no branch (`choiceAhead`), so that the outcome can be chosen before the step begins.
 *
 * With each cut comes what is live there; live registers are mapped to few slots of the frame and everything else is
 * zeroed on the way out, so that states that differ only in dead values are one state.
 */
import { present } from "../base/assert.ts";
import { livenessOf } from "../ir/liveness.ts";
import { placeOf, successors } from "../ir/operands.ts";
import type { Func, Op, Pc, Place, Program, Reg } from "../ir/types.ts";
import { isPlacedEvent } from "./graph_memory.ts";
import {
  type BodyFacts,
  fieldKey,
  isInterrupt,
  isPureRead,
  type NestedAccesses,
  type Role,
} from "./ownership.ts";
import { isBufferedStore, needsEmptyBuffer } from "./store_buffer.ts";

/** `stall`: a cut only while the CPU's store buffer is in the way (`store_buffer.ts`); quiet otherwise. */
export type CutKind = "none" | "soft" | "hard" | "stall";

/** A body with its cuts. */
export interface CutBody {
  readonly body: Func;
  readonly facts: BodyFacts;
  readonly kind: readonly CutKind[];
  /** Per cut, the registers that are live there, ascending. */
  readonly live: ReadonlyMap<Pc, readonly Reg[]>;
  /** Per `switch_to`, the registers that are live when it returns, but its result: that the switching CPU delivers. */
  readonly resume: ReadonlyMap<Pc, readonly Reg[]>;
  /** Per register, its slot in the frame; −1 for those never live at a cut. */
  readonly slot: readonly number[];
  readonly slots: number;
}

/** Settings that move cuts. */
export interface CutOptions {
  /** Whether a CPU loop takes its CPUs in any order (a choice) or in ascending order. */
  readonly anyOrder: boolean;
  /** Fields that more than one CPU accesses, see `ownership.ts`. */
  readonly shared: ReadonlySet<string>;
  /** Fields that something on top of a task accesses. */
  readonly nested: NestedAccesses;
  /** The same of non-maskable interrupts; undefined where there are none, and in their own bodies. */
  readonly nmi: NestedAccesses | undefined;
  /** Whether owned accesses are swallowed at all; off to measure what that saves. */
  readonly partialOrder: boolean;
  /** The body is the main of a preemptible task. */
  readonly preemptible: boolean;
  /** CPUs have store buffers. */
  readonly tso: boolean;
  /** The program has grace periods, so that read-side sections are noticed. */
  readonly rcu: boolean;
  readonly role: Role;
}

/** Ops that no other context notices and that need no interruption point of their own. */
const QUIET: ReadonlySet<string> = new Set([
  "mov",
  "bin",
  "not",
  "cpuid",
  "current",
  "percpu",
  "irqs-off?",
  "ncpus",
  "mask.none",
  "mask.possible",
  "mask.of",
  "mask.with",
  "mask.without",
  "mask.has",
  "mask.empty",
  "mask.pick",
  "jmp",
  "br",
  "ret",
  "bug",
  // Sequential consistency: a fence changes nothing. Turning interrupts or preemption on only opens what follows.
  "fence",
  "irq.on",
  "irq.restore",
  "preempt.on",
  "cpu.relax",
  "tlb.flush-local",
  "task.fork-prev",
]);

/** Ops that must be at the start of a step because they may have to wait or have several outcomes. */
const GUARDED: ReadonlySet<string> = new Set([
  "await",
  "lock",
  "ipi.send",
  "ipi.wait",
  "nmi.send",
  "task.pick",
  "choose",
  "task.park",
  "task.wait-others",
  "task.idle-wait",
  "cpu.wait-dead",
  "cpu.die",
  "rcu.sync",
]);

/** Ops with several outcomes that depend on the state of the world only, not on registers. */
export function isFreeChoice(op: Op): boolean {
  return op.op === "task.pick" || (op.op === "choose" && "imm" in op.n);
}

/** The free choice that a step from the soft cut at `pc` runs into without branching or passing another cut. */
export function choiceAhead(cut: Pick<CutBody, "body" | "kind">, pc: Pc): Pc | undefined {
  for (let at = pc; ; at++) {
    const op = cut.body.ops[at];
    if (op === undefined || op.op === "br" || op.op === "jmp" || op.op === "ret" || op.op === "task.switch")
      return undefined;
    if (opensUp(op)) return undefined;
    if (at !== pc && cut.kind[at] === "hard") return isFreeChoice(op) ? at : undefined;
    if (at !== pc && cut.kind[at] !== "none") return undefined;
  }
}

/**
 * After this op an interrupt or a preemption may come that could not before: a step that has executed it swallows no
 * hard op any more.
 */
export function opensUp(op: Op): boolean {
  return op.op === "irq.on" || op.op === "irq.restore" || op.op === "preempt.on";
}

/** Whether an op has to be at the start of a step. `events`: the fields whose accesses a graph memory gives outcomes. */
export function isGuarded(op: Op, anyOrder: boolean, events?: ReadonlySet<string>): boolean {
  if (events !== undefined && isPlacedEvent(op, events)) return true;
  return GUARDED.has(op.op) || (anyOrder && op.op === "mask.pick");
}

export function cutBody(program: Program, body: Func, facts: BodyFacts, options: CutOptions): CutBody {
  const kind = body.ops.map((op, pc) => kindOf(program, op, pc, facts, options));
  if (kind[0] === "none") kind[0] = "soft";
  breakLocalLoops(body, kind);
  const { live, resume } = liveAtCuts(body, kind);
  const { slot, slots } = assignSlots(body, [...live.values(), ...resume.values()]);
  return { body, facts, kind, live, resume, slot, slots };
}

function kindOf(program: Program, op: Op, pc: Pc, facts: BodyFacts, options: CutOptions): CutKind {
  const off = facts.irqsOff[pc] === 1;
  if (options.anyOrder && op.op === "mask.pick") return "hard";
  if (op.op === "rcu.lock" || op.op === "rcu.unlock") return options.rcu ? "hard" : "none";
  if (options.tso) {
    // Leaving an interrupt drains the buffer, as entering one does.
    if (op.op === "ret") return isInterrupt(options.role) ? "stall" : "none";
    if (op.op === "fence") return needsEmptyBuffer(op) ? "stall" : "none";
    if (op.op === "task.finish") return off ? "stall" : "hard";
  }
  // A preempted task may go on elsewhere: its CPU can change before this op and after it.
  if (op.op === "cpuid" && options.preemptible && !off) return "hard";
  // The handler of an IPI may change the root.
  if (op.op === "root.read") return off && options.nmi === undefined ? "none" : "hard";
  // Whose registers are on the CPU is nobody else's business: the step that reaches the switch performs it.
  if (op.op === "task.switch") return off && options.nmi === undefined ? "none" : "hard";
  if (QUIET.has(op.op)) return "none";
  if (op.op === "preempt.off") return off || !options.preemptible ? "none" : "soft";
  if (op.op === "irq.off" || op.op === "irq.save") return off ? "none" : "soft";
  if (isSeenByNmi(op, options)) return "hard";
  const alone = options.partialOrder && isAlone(program, op, pc, facts, options);
  if (!options.tso) return alone ? "none" : "hard";
  if (alone) return needsEmptyBuffer(op) ? "stall" : "none";
  // Nobody sees a store go into the buffer, but whoever asks what its owner sees. And an interrupt that comes before it, and
  // not after it, leaves it there.
  const place = placeOf(op);
  const watched = place !== undefined && isWatched(program, place);
  return off && isBufferedStore(op) && !watched ? "stall" : "hard";
}

/** A non-maskable interrupt that comes before the op and one that comes after it differ. */
function isSeenByNmi(op: Op, { nmi }: CutOptions): boolean {
  const place = placeOf(op);
  if (nmi === undefined || place === undefined) return false;
  const key = fieldKey(place.struct, place.field);
  return nmi.written.has(key) || (!isPureRead(op) && nmi.read.has(key));
}

/** Nobody else, on this CPU or another, can tell when this access to an owned field happens. */
function isAlone(program: Program, op: Op, pc: Pc, facts: BodyFacts, options: CutOptions): boolean {
  const place = placeOf(op);
  if (place === undefined || op.op === "await") return false;
  const key = fieldKey(place.struct, place.field);
  if (options.shared.has(key) || (!isPureRead(op) && isWatched(program, place))) return false;
  if (facts.irqsOff[pc] === 1) return true;
  return !options.nested.written.has(key) && (isPureRead(op) || !options.nested.read.has(key));
}

/** The field is one that `free` looks at. */
function isWatched(program: Program, place: Place): boolean {
  return (
    place.struct === program.taskStruct &&
    program.structs[place.struct]?.fields[place.field]?.name === "active_mm"
  );
}

/** Makes a cut in every cycle that has none: a step has to end. */
function breakLocalLoops(body: Func, kind: CutKind[]): void {
  const state = new Uint8Array(body.ops.length);
  const visit = (start: Pc): void => {
    const stack: { pc: Pc; next: number }[] = [{ pc: start, next: 0 }];
    state[start] = 1;
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const targets = successors(present(body.ops[top.pc], "op"), top.pc);
      const target = targets[top.next++];
      if (target === undefined) {
        state[top.pc] = 2;
        stack.pop();
      } else if (kind[target] === "none" || kind[target] === "stall") {
        if (state[target] === 1) kind[target] = kind[target] === "none" ? "soft" : "hard";
        else if (state[target] === 0) {
          state[target] = 1;
          stack.push({ pc: target, next: 0 });
        }
      }
    }
  };
  const starts = (pc: Pc): boolean => kind[pc] !== "none" || body.ops[pc - 1]?.op === "task.switch";
  for (let pc = 0; pc < body.ops.length; pc++) if (starts(pc) && state[pc] === 0) visit(pc);
}

/** Liveness at cuts and at the returns of `switch_to`. */
function liveAtCuts(
  body: Func,
  kind: readonly CutKind[],
): { live: Map<Pc, readonly Reg[]>; resume: Map<Pc, readonly Reg[]> } {
  const liveness = livenessOf(body);
  const live = new Map<Pc, readonly Reg[]>();
  const resume = new Map<Pc, readonly Reg[]>();
  body.ops.forEach((op, pc) => {
    if (kind[pc] !== "none") live.set(pc, liveness.at(pc));
    if (op.op !== "task.switch") return;
    resume.set(
      pc,
      liveness.at(pc + 1).filter((r) => r !== op.dst),
    );
  });
  return { live, resume };
}

/** Greedy colouring: registers that are live at one cut get different slots. */
function assignSlots(body: Func, live: readonly (readonly Reg[])[]): { slot: number[]; slots: number } {
  const taken: Set<number>[] = body.regs.map(() => new Set<number>());
  const slot = body.regs.map(() => -1);
  const conflicts: Set<Reg>[] = body.regs.map(() => new Set<Reg>());
  for (const regs of live) for (const a of regs) for (const b of regs) if (a !== b) conflicts[a]?.add(b);
  let slots = 0;
  for (const regs of live) {
    for (const r of regs) {
      if ((slot[r] ?? -1) >= 0) continue;
      let s = 0;
      while (taken[r]?.has(s)) s++;
      slot[r] = s;
      slots = Math.max(slots, s + 1);
      for (const other of conflicts[r] ?? []) taken[other]?.add(s);
    }
  }
  return { slot, slots };
}
