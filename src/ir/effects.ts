/**
 * What each op does outside its registers: the one table that the checkers' reductions and the optimiser trust.
 *
 * An op is *visible* when another CPU, an interrupt handler, the scheduler or a memory model can tell whether it has
 * happened; the optimiser keeps every visible op, in order, and the checkers put their choice points there. The rest
 * is *local*: registers and control flow.
 *
 * Two local ops are not pure. `cpuid` reads which CPU the task is on, which a preemption may change between any two
 * visible ops (`movesWithTask`): whoever glues local steps to a visible one must let a preemptible task be moved before
 * and after it. `bug` ends the execution.
 *
 * State other than memory is divided into classes, coarsely: two visible ops of different CPUs commute when neither
 * writes what the other reads or writes. `Own` classes belong to the CPU that executes the op.
 */

import type { OpName } from "./operands.ts";
import type { Op } from "./types.ts";

/** The parts of the world outside memory. */
export type WorldClass =
  /** The executing CPU's interrupt flag. */
  | "own-irq"
  /** The executing CPU's preemption count. */
  | "own-preempt"
  /** Interrupts sent and not yet handled, on every CPU. */
  | "ipis"
  /** The page-table roots that CPUs have loaded. */
  | "roots"
  /** Translations cached by CPUs. */
  | "tlbs"
  /** Which CPUs are online or dead. */
  | "online"
  /** Which objects are alive. */
  | "objects"
  /** Read-side critical sections and callbacks that wait for them. */
  | "rcu"
  /** Which task is runnable, where, and which ran before. */
  | "tasks";

/** What an op does to its place. `wait` reads and may block. */
export type PlaceEffect = "read" | "write" | "update" | "wait";

/** What one op does outside its registers. */
export interface Effect {
  readonly visible: boolean;
  readonly place: PlaceEffect | undefined;
  /** Orders accesses without being one. */
  readonly fence: boolean;
  /** May not be enabled: the op waits for others. */
  readonly blocks: boolean;
  readonly reads: readonly WorldClass[];
  readonly writes: readonly WorldClass[];
}

interface Given {
  readonly place?: PlaceEffect;
  readonly fence?: boolean;
  readonly blocks?: boolean;
  readonly reads?: readonly WorldClass[];
  readonly writes?: readonly WorldClass[];
}

const NOTHING: readonly WorldClass[] = [];

const local: Effect = {
  visible: false,
  place: undefined,
  fence: false,
  blocks: false,
  reads: NOTHING,
  writes: NOTHING,
};

function visible(given: Given): Effect {
  return { ...local, ...given, visible: true };
}

/** An access to memory also depends on its object being alive: `free` elsewhere does not commute with it. */
function access(place: PlaceEffect): Effect {
  return visible({ place, reads: ["objects"], blocks: place === "wait" });
}

const effects: { readonly [K in OpName]: Effect } = {
  mov: local,
  bin: local,
  not: local,
  cpuid: local,
  current: local,
  percpu: local,
  "irqs-off?": local,
  ncpus: local,
  "mask.none": local,
  "mask.possible": local,
  "mask.of": local,
  "mask.with": local,
  "mask.without": local,
  "mask.has": local,
  "mask.empty": local,
  "mask.pick": local,
  jmp: local,
  br: local,
  ret: local,
  bug: local,

  load: access("read"),
  store: access("write"),
  rmw: access("update"),
  cmpxchg: access("update"),
  "add-unless": access("update"),
  "mask.set": access("update"),
  "mask.clear": access("update"),
  "mask.test": access("read"),
  "mask.load": access("read"),
  await: access("wait"),
  fence: visible({ fence: true }),
  lock: visible({ place: "update", reads: ["objects"], blocks: true }),
  unlock: access("write"),
  trylock: access("update"),
  "lock.test": access("read"),
  alloc: visible({ writes: ["objects"] }),
  // A freed mm must be no CPU's root, so the free reads them.
  free: visible({ reads: ["roots"], writes: ["objects"] }),
  "rcu.lock": visible({ writes: ["rcu"] }),
  "rcu.unlock": visible({ writes: ["rcu"] }),
  "rcu.sync": visible({ reads: ["rcu"], blocks: true }),
  "rcu.call": visible({ writes: ["rcu"] }),
  "srcu.lock": access("read"),
  "srcu.unlock": access("write"),
  "srcu.sync": visible({ fence: true, reads: ["objects"] }),

  "irq.off": visible({ writes: ["own-irq"] }),
  "irq.on": visible({ writes: ["own-irq"] }),
  "irq.save": visible({ writes: ["own-irq"] }),
  "irq.restore": visible({ writes: ["own-irq"] }),
  "preempt.off": visible({ writes: ["own-preempt"] }),
  "preempt.on": visible({ writes: ["own-preempt"] }),
  "ipi.send": visible({ reads: ["online"], writes: ["ipis"] }),
  "nmi.send": visible({ reads: ["online"], writes: ["ipis"], blocks: true }),
  "ipi.wait": visible({ reads: ["ipis", "own-irq"], blocks: true }),
  "root.load": visible({ reads: ["objects"], writes: ["roots"] }),
  "root.read": visible({ reads: ["roots"] }),
  "tlb.flush-local": visible({ writes: ["tlbs"] }),
  "user.access": visible({ reads: ["roots", "objects", "tlbs"], writes: ["tlbs"] }),
  "cpu.set-active": visible({ writes: ["tasks"] }),
  "cpu.set-online": visible({ writes: ["online"] }),
  "cpu.online?": visible({ reads: ["online"] }),
  "cpu.online-mask": visible({ reads: ["online"] }),
  "cpu.die": visible({ writes: ["online", "roots", "ipis", "tasks"] }),
  "cpu.wait-dead": visible({ reads: ["online"], blocks: true }),
  "cpu.relax": visible({}),

  "task.create": visible({ writes: ["tasks", "objects"] }),
  "task.start-on": visible({ writes: ["tasks"] }),
  "cpu.start-root": visible({ writes: ["roots"] }),
  "task.pick": visible({ writes: ["tasks"], blocks: true }),
  "task.switch": visible({ writes: ["tasks"], blocks: true }),
  "task.fork-prev": visible({ reads: ["tasks"] }),
  "task.finish": visible({ writes: ["tasks"] }),
  "task.block": visible({ writes: ["tasks"] }),
  "task.die": visible({ writes: ["tasks"] }),
  "task.park": visible({ writes: ["tasks"], blocks: true }),
  "task.idle-wait": visible({ reads: ["tasks"], blocks: true }),
  "task.wait-others": visible({ reads: ["tasks"], blocks: true }),
  "task.wake": visible({ writes: ["tasks"] }),
  choose: visible({}),
};

/** What the op does outside its registers. */
export function effectOf(op: Op): Effect {
  return effects[op.op];
}

/** Whether anything but this activation can tell that the op has happened. */
export function isVisible(op: Op): boolean {
  return effects[op.op].visible;
}

/** Whether the op's result depends on where the task runs, which a preemption may change. */
export function movesWithTask(op: Op): boolean {
  return op.op === "cpuid";
}

/** A local op that does nothing but compute its result: without a reader it may go. */
export function isPure(op: Op): boolean {
  return !isVisible(op) && op.op !== "bug" && op.op !== "jmp" && op.op !== "br" && op.op !== "ret";
}
