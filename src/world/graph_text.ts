/**
 * The text of ops where memory is an execution graph (`graph_memory.ts`), for `emit.ts`.
 *
 * In generated code `G` is the memory and `D` its dependencies: `d3` beside `r3` holds the reads that register 3 depends
 * on. `D` has a cell for each cell of the state vector, of which those of registers are used, and behind these `slots` for
 * each: those of a program counter hold what the conditions that its frame is under depend on (`control.ts`).
 */
import { present } from "../base/assert.ts";
import { defOf, operandsOf } from "../ir/operands.ts";
import type { Func, MemoryOp, Op, Operand, Pc, Place } from "../ir/types.ts";
import type { Control } from "./control.ts";
import { type GraphMemory, isPlacedEvent } from "./graph_memory.ts";
import type { Layout } from "./layout.ts";
import type { RoleBody } from "./machine.ts";
import type { Role } from "./ownership.ts";

export interface GraphOptions {
  readonly memory: GraphMemory;
  /** Fields that several CPUs access. */
  readonly shared: ReadonlySet<string>;
  /** The number of the site at an op of a body in a role. */
  readonly site: (func: number, role: Role, pc: Pc) => number;
  /** Which conditions the ops of each body are under. */
  readonly control: ReadonlyMap<Func, Control>;
  /** Slots for conditions that a frame has: as many as the body with the most needs. */
  readonly slots: number;
}

type Value = (operand: Operand) => string;
type Access = MemoryOp & { readonly place: Place };

export class GraphText {
  readonly #layout: Layout;
  readonly #body: RoleBody;
  readonly #options: GraphOptions;
  readonly #control: Control;
  readonly #frame: string;

  /** @param frame Index of the cell of its program counter, as text. */
  constructor(layout: Layout, body: RoleBody, options: GraphOptions, frame: string) {
    this.#layout = layout;
    this.#body = body;
    this.#options = options;
    this.#control = present(options.control.get(body.cut.body), "control of a body");
    this.#frame = frame;
  }

  isAccess(op: Op): op is Access {
    return isPlacedEvent(op, this.#options.shared);
  }

  /** The end of a guard: how many outcomes the access has. */
  outcomesText(op: Access, pc: Pc, cell: string, saved: Value): string {
    return `return G.outcomes(${this.#site(pc)}, c, ${cell}, ${extraOf(op, saved)});`;
  }

  /** Makes the access at cell `p`; the step ends when it is refused. */
  accessText(op: Access, pc: Pc, val: Value): string {
    const value = storedBy(op);
    const addr = depends([op.place.obj]);
    const data = depends(value === undefined ? [] : [value]);
    const args = [this.#site(pc), "c", "p", "a", value === undefined ? "0" : val(value), extraOf(op, val)];
    const conditions = (this.#control.under[pc] ?? []).map((slot) => this.#condition(slot)).join(" | ");
    return `if (!G.access(${args.join(", ")}, ${addr}, ${data}, ${conditions || "0"})) return;`;
  }

  /** Puts the result of an access into its register. */
  resultText(op: Access, val: Value): string {
    if (!("dst" in op) || op.dst === undefined) return "";
    switch (op.op) {
      case "rmw":
        return `r${op.dst} = ${op.result === "old" ? "G.value" : "G.now"};`;
      case "add-unless":
      case "trylock":
        return `r${op.dst} = G.wrote ? 1 : 0;`;
      case "mask.test":
      case "mask.set":
      case "mask.clear":
        return `r${op.dst} = (G.value >> ${val(op.cpu)}) & 1;`;
      default:
        return `r${op.dst} = G.value;`;
    }
  }

  /** A condition has been looked at. */
  branchText(condition: Operand, pc: Pc): string {
    const reads = depends([condition]);
    const slot = this.#control.slotOf.get(pc);
    return reads === "0" || slot === undefined ? "" : `${this.#condition(slot)} |= ${reads}; `;
  }

  /** Ways have met before op `pc`. */
  joinText(pc: Pc): string {
    return (this.#control.emptied.get(pc) ?? []).map((slot) => `${this.#condition(slot)} = 0; `).join("");
  }

  /** The frame is left for good. */
  leaveText(): string {
    return Array.from({ length: this.#control.slots }, (_, slot) => `${this.#condition(slot)} = 0; `).join(
      "",
    );
  }

  #condition(slot: number): string {
    return `D[${this.#layout.size + slot} + (${this.#frame}) * ${this.#options.slots}]`;
  }

  fenceText(op: Op, pc: Pc): string {
    if (op.op === "fence" && op.kind === "compiler") return "";
    return `if (!G.fence(${this.#site(pc)}, c)) return;`;
  }

  /** What the register that an op defines depends on. */
  dependsText(op: Op): string {
    const dst = defOf(op);
    if (dst === undefined) return "";
    if (!this.isAccess(op))
      return `d${dst} = ${"place" in op ? "0" : depends(operandsOf(op).map(({ operand }) => operand))};`;
    const value = storedBy(op);
    const own = op.op === "rmw" && op.result === "new" && value !== undefined ? ` | ${depends([value])}` : "";
    return `d${dst} = G.bit${own};`;
  }

  /** Calls between CPUs: the events beside what the machine does. */
  machineText(op: Op, val: Value): string {
    switch (op.op) {
      case "ipi.send":
        return `for (let x = m; x !== 0; x &= x - 1) if (!G.send("ipi", c, 31 - Math.clz32(x & -x))) return;`;
      case "ipi.wait":
        return `for (let x = 0; x < ${this.#layout.cpus}; x++) if (x !== c && !G.receive("ipi-done", x, c)) return;`;
      case "nmi.send":
        return `if (!G.send("nmi", c, ${val(op.cpu)})) return;`;
      default:
        return "";
    }
  }

  /** Hand-overs of the scheduler and of CPUs that come and go. */
  messageText(op: Op, val: Value): string {
    const schedule = (what: string, task: string): string =>
      `if (!G.schedule("${what}", c, ${task})) return;`;
    switch (op.op) {
      case "task.finish":
        return `if (${val(op.task)} !== 0) ${schedule("finish", val(op.task))}`;
      case "task.wake":
        return schedule("wake", val(op.task));
      case "task.die":
        return schedule("die", "t");
      case "task.wait-others":
        return "if (!G.joinTasks(c)) return;";
      case "cpu.set-online":
      case "cpu.set-active":
        return "if (!G.barrier(c)) return;";
      case "cpu.die":
        return `if (!G.send("dead", c, c)) return;`;
      case "cpu.wait-dead":
        return `if (!G.receive("dead", ${val(op.cpu)}, c)) return;`;
      default:
        return "";
    }
  }

  /** The main of a task ends. */
  endText(): string {
    return `G.schedule("die", c, t);`;
  }

  #site(pc: Pc): number {
    const { func, role } = this.#body;
    return this.#options.site(func, role, pc);
  }
}

function depends(operands: readonly Operand[]): string {
  const regs = operands.flatMap((operand) => ("reg" in operand ? [`d${operand.reg}`] : []));
  return regs.length === 0 ? "0" : regs.join(" | ");
}

/** What an access stores, or computes with. */
function storedBy(op: Access): Operand | undefined {
  switch (op.op) {
    case "store":
    case "rmw":
    case "cmpxchg":
    case "add-unless":
      return op.value;
    case "mask.set":
    case "mask.clear":
      return op.cpu;
    case "lock":
    case "trylock":
      return { imm: 1 };
    default:
      return undefined;
  }
}

/** What an access compares with. */
function extraOf(op: Access, val: Value): string {
  switch (op.op) {
    case "await":
      return val(op.value);
    case "cmpxchg":
      return val(op.old);
    case "add-unless":
      return val(op.unless);
    case "mask.set":
    case "mask.clear":
    case "mask.test":
      return val(op.cpu);
    default:
      return "0";
  }
}
