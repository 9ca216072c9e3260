/**
 * The compiled machine: its steps by number, what they stand for, and what generated code (`emit.ts`) needs of the world.
 *
 * Step ids are given by the bodies and their cuts alone, so every world of a program numbers alike and a witness found by
 * one replays in another.
 */
import { present } from "../base/assert.ts";
import type { FuncId, Op, Pc, Reg, ValueType } from "../ir/types.ts";
import type { Cover } from "./cover.ts";
import type { CutBody } from "./cuts.ts";
import type { GraphOptions } from "./graph_text.ts";
import type { Role } from "./ownership.ts";

/** What generated code calls; `world.ts` implements it. */
export interface Runtime {
  /** Records a violation at source position `at`; the step ends, and with it what its CPU does. */
  fail(property: string, at: number, struct: number, object: number): void;
  /** The same of a violation that does not stop the CPU. False where the step goes on: a read still waits for its write. */
  fails(property: string, at: number, struct: number, object: number): boolean;
  /** CPU `c` has accessed `object` in a way that nothing orders before the `free` that has just happened. */
  failsLate(struct: number, object: number, c: number): boolean;
  /** An `alloc` found no object left; the step ends. */
  exhausted(struct: number): void;
  /** The first object of `struct` that was never used, made alive; 0 if there is none. */
  allocate(s: Int32Array, struct: number): number;
  /** A CPU or task still refers to `mm`: then a violation is recorded and true returned. */
  rootsUse(s: Int32Array, at: number, mm: number): boolean;
  /** Number of tasks that CPU `c` may run next. */
  candidates(s: Int32Array, c: number): number;
  /** The a-th of them, reserved for CPU `c`. */
  pick(s: Int32Array, c: number, a: number): number;
  /** Whether a task other than the idle task waits to run on CPU `c`. */
  someoneWaits(s: Int32Array, c: number): boolean;
  /** Whether every ordinary task other than `self` has ended. */
  othersEnded(s: Int32Array, self: number): boolean;
  onlineMask(s: Int32Array): number;
  /** Set by a store that finds its buffer full. */
  bufferFull: boolean;
  /** Some call is on its way to CPU `c` or being handled there. */
  callsTo(s: Int32Array, c: number): boolean;
  /** TSO: what the CPU whose block is at `C` sees in `cell`, and appending to its store buffer. */
  view(s: Int32Array, C: number, cell: number): number;
  push(s: Int32Array, C: number, cell: number, value: number): void;
  /** TSO: the CPU has freed the object in cells `first` … `last`. */
  dropStores(s: Int32Array, C: number, first: number, last: number): void;
  /** RCU: task `t` on CPU `c` begins to wait for a grace period; or a callback does, false when there is no room. */
  beginGrace(s: Int32Array, c: number, t: number): void;
  callRcu(s: Int32Array, c: number, handler: number, arg: number): boolean;
  /** The handler on CPU `c` has returned. */
  handled(s: Int32Array, c: number): void;
  /** Tracing: op `pc` of body `func` ran on CPU `c`; the meaning of the values depends on the op. */
  note(func: number, pc: number, c: number, object: number, before: number, after: number): void;
}

export type StepFn = (s: Int32Array, c: number, a: number) => void;
export type GuardFn = (s: Int32Array, c: number) => number;

/** What a step id stands for. */
export interface StepInfo {
  readonly func: FuncId;
  readonly role: Role;
  readonly pc: Pc;
  /** The step begins at the return of the `switch_to` at `pc`. */
  readonly resume: boolean;
  readonly op: Op;
  /** Types of the frame's slots here; absent slots hold nothing. */
  readonly slotTypes: readonly (ValueType | undefined)[];
}

/** The compiled machine. Index 0 of the arrays is unused: step id 0 means "none". */
export interface Machine {
  readonly steps: readonly (StepFn | undefined)[];
  readonly guards: readonly (GuardFn | undefined)[];
  readonly info: readonly (StepInfo | undefined)[];
  /** Per body and role, the step id of its start. */
  readonly entry: ReadonlyMap<string, number>;
  /** Fills `steps` and `guards`; later calls do nothing. */
  compile(): void;
}

export interface RoleBody {
  readonly func: FuncId;
  readonly role: Role;
  readonly cut: CutBody;
}

export interface EmitOptions {
  readonly anyOrder: boolean;
  readonly trace: boolean;
  /** Where executed ops are noted; absent, nowhere. */
  readonly cover?: Cover;
  /** Fields whose stores go through the store buffer; absent under sequential consistency. */
  readonly buffered?: ReadonlySet<string>;
  /** Memory is an execution graph. */
  readonly graph?: GraphOptions;
  /** Per body, the number by which `callFn` cells name it as a handler. */
  readonly handlerNumber: ReadonlyMap<FuncId, number>;
  /** The same as the handler of a non-maskable interrupt. */
  readonly nmiNumber: ReadonlyMap<FuncId, number>;
}

export function entryKey(func: FuncId, role: Role): string {
  return `${role}:${func}`;
}

/** Numbers the steps of all bodies; the same bodies always get the same numbers. */
export function numberSteps(bodies: readonly RoleBody[]): {
  readonly info: StepInfo[];
  readonly entry: Map<string, number>;
  readonly id: (body: RoleBody, pc: Pc, resume: boolean) => number;
} {
  const info: StepInfo[] = [];
  const ids = new Map<string, number>();
  const entry = new Map<string, number>();
  let next = 1;
  const add = (b: RoleBody, pc: Pc, resume: boolean, live: readonly Reg[]): void => {
    const slotTypes = new Array<ValueType | undefined>(b.cut.slots).fill(undefined);
    for (const r of live) slotTypes[present(b.cut.slot[r], "slot")] = b.cut.body.regs[r]?.type;
    info[next] = { func: b.func, role: b.role, pc, resume, op: present(b.cut.body.ops[pc], "op"), slotTypes };
    ids.set(`${entryKey(b.func, b.role)}@${pc}${resume ? "r" : ""}`, next++);
  };
  for (const b of bodies) {
    entry.set(entryKey(b.func, b.role), next);
    for (const [pc, live] of b.cut.live) add(b, pc, false, live);
    for (const [pc, live] of b.cut.resume) add(b, pc, true, live);
  }
  const id = (b: RoleBody, pc: Pc, resume: boolean): number =>
    present(ids.get(`${entryKey(b.func, b.role)}@${pc}${resume ? "r" : ""}`), "step id");
  return { info, entry, id };
}
