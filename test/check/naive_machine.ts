/**
 * What one op does to a naive state, written from the comments of `kts.d.ts` and `src/ir/types.ts` alone.
 *
 * The machine shares no code with `src/world`: arithmetic, object life, the scheduler's half and the interrupts are all
 * here a second time. An op that breaks a property throws `Broken`; an `alloc` beyond the bound throws `OutOfObjects`.
 */

import { InputError } from "../../src/base/input_error.ts";
import {
  type BinaryOp,
  type FuncId,
  type Op,
  type Operand,
  type Pc,
  type Place,
  type Program,
  type StructId,
  TASK_IDLE,
  TASK_LATE,
  TASK_NEW,
} from "../../src/ir/types.ts";
import { type Frame, newFrame, type State, type Task, type TaskFacts, type Thing } from "./naive_state.ts";

/** A property does not hold. */
export class Broken {
  readonly property: string;
  constructor(property: string) {
    this.property = property;
  }
}

/** A bound on objects was reached. */
export class OutOfObjects {}

/** Objects that may be allocated after `setup` where the scenario does not say. */
const DEFAULT_ROOM = 2;

/** Who executes an op. */
export interface Context {
  readonly state: State;
  readonly cpu: number;
  readonly frame: Frame;
  readonly kind: "setup" | "task" | "preempt" | "handler" | "nmi";
}

/** Told of op `pc` of body `func` before it is executed; of a branch, which way. */
export type OnOp = (func: FuncId, pc: Pc, then: boolean) => void;

export class Machine {
  readonly #onOp: OnOp | undefined;
  readonly #early: boolean;
  readonly program: Program;
  readonly cpus: number;
  readonly facts: TaskFacts[] = [{ main: -1, affinity: 0, flags: 0 }];
  /** Per struct, objects that are globals (and tasks): nobody may free them. */
  readonly globals: number[];
  /** Per struct, how many objects there may be; no limit during `setup`. */
  #most: number[] | undefined;
  readonly #activeMm: { readonly struct: StructId; readonly field: number } | undefined;

  /** `early`: tasks that come last on a CPU may come before the others have ended. */
  constructor(program: Program, cpus: number, onOp?: OnOp, early = false) {
    this.#onOp = onOp;
    this.#early = early;
    this.program = program;
    this.cpus = cpus;
    this.globals = program.structs.map((_, id) =>
      program.globals.filter((g) => g.struct === id).reduce((n, g) => n + (g.percpu ? cpus : 1), 0),
    );
    const { taskStruct } = program;
    const field =
      taskStruct === undefined
        ? -1
        : (program.structs[taskStruct]?.fields.findIndex((f) => f.name === "active_mm") ?? -1);
    this.#activeMm = taskStruct === undefined || field < 0 ? undefined : { struct: taskStruct, field };
  }

  /** The initial state: `setup` runs alone. */
  boot(): State {
    const state: State = {
      unsettled: false,
      cpus: Array.from({ length: this.cpus }, () => ({
        current: 0,
        irqsOff: true,
        online: true,
        active: true,
        dead: false,
        root: 0,
        call: undefined,
        handling: undefined,
        nmi: undefined,
      })),
      tasks: [],
      things: this.program.structs.map((_, id) => [
        { freed: false, fields: [] },
        ...Array.from({ length: this.globals[id] ?? 0 }, () => this.#zeroed(id)),
      ]),
    };
    const none: Task = {
      state: "dead",
      cpu: undefined,
      before: 0,
      preemptOff: 0,
      main: undefined,
      preempted: undefined,
    };
    state.tasks.push(none);
    const setup = this.program.entries.get("setup");
    if (setup === undefined) throw new InputError("no setup()");
    const frame = newFrame(this.program, setup, []);
    for (let steps = 0; frame.pc >= 0; steps++) {
      if (steps > 100_000) throw new InputError("setup() does not end");
      this.execute({ state, cpu: 0, frame, kind: "setup" }, 0);
    }
    this.#most = this.program.structs.map((struct, id) => {
      const now = (state.things[id]?.length ?? 1) - 1;
      const named = this.program.constants.get(`MAX_${struct.name}`);
      return named === undefined ? now + DEFAULT_ROOM : Math.max(now, named + (this.globals[id] ?? 0));
    });
    for (const task of state.tasks) task.preemptOff = task.cpu === undefined ? 1 : 0;
    for (const cpu of state.cpus) cpu.irqsOff = true;
    if (this.program.taskStruct !== undefined) this.globals[this.program.taskStruct] = state.tasks.length - 1;
    return state;
  }

  /** In how many ways the next op can happen now; 0 when it has to wait. */
  outcomes(ctx: Context, anyOrder: boolean): number {
    const { state, cpu, frame, kind } = ctx;
    const op = this.opAt(frame);
    switch (op.op) {
      case "lock":
      case "await": {
        const thing = this.#find(ctx, op.place);
        if (thing === undefined || thing.freed) return 1;
        const value = thing.fields[op.place.field] ?? 0;
        if (op.op === "lock") return value === 0 ? 1 : 0;
        return (value === this.#val(frame, op.value)) === (op.cmp === "eq") ? 1 : 0;
      }
      case "ipi.send":
        return state.cpus[cpu]?.call === undefined ? 1 : 0;
      case "ipi.wait":
        if (isInterrupt(kind) || state.cpus[cpu]?.irqsOff) return 1;
        return state.cpus[cpu]?.call === undefined ? 1 : 0;
      case "nmi.send":
        return state.cpus[this.#val(frame, op.cpu)]?.nmi === undefined ? 1 : 0;
      case "task.pick":
        return this.#offered(state, cpu).length;
      case "choose":
        return Math.max(0, this.#val(frame, op.n));
      case "mask.pick":
        return anyOrder ? Math.max(1, cpusOf(this.#val(frame, op.mask)).length) : 1;
      case "task.wait-others":
        return this.everyoneEnded(state, state.cpus[cpu]?.current ?? 0) ? 1 : 0;
      case "task.idle-wait":
        return this.waitersFor(state, cpu).length > 0 ? 1 : 0;
      case "cpu.wait-dead":
        return state.cpus[this.#val(frame, op.cpu)]?.dead ? 1 : 0;
      case "cpu.die":
        if (state.cpus[cpu]?.nmi !== undefined) return 0;
        return state.cpus.some(({ call }) => call?.waiting.has(cpu) || call?.running.has(cpu)) ? 0 : 1;
      default:
        return 1;
    }
  }

  opAt(frame: Frame): Op {
    const op = this.program.funcs[frame.func]?.ops[frame.pc];
    if (op === undefined) throw new Error(`no op ${frame.pc} in body ${frame.func}`);
    return op;
  }

  /** Tasks other than idle ones that `cpu` may run next. */
  waitersFor(state: State, cpu: number): number[] {
    const usable = state.cpus[cpu]?.online && state.cpus[cpu]?.active;
    return state.tasks.flatMap((task, t) => {
      const { affinity, flags } = this.#factsOf(t);
      if ((flags & TASK_IDLE) !== 0 || (affinity & (1 << cpu)) === 0) return [];
      if (!usable && affinity !== 1 << cpu) return [];
      if (task.cpu !== undefined) return [];
      // Preempted on its way to sleep: it has yet to get there.
      const ready = task.state === "ready" || (task.state === "asleep" && task.preempted !== undefined);
      if (!ready || ((flags & TASK_LATE) !== 0 && !this.#comes(state, cpu, t))) return [];
      return [t];
    });
  }

  /** The time of a task that comes last has come: all have ended, or, if it may be early, its CPU has nothing to do. */
  #comes(state: State, cpu: number, late: number): boolean {
    if (this.everyoneEnded(state, 0)) return true;
    if (!this.#early || this.#factsOf(late).affinity !== 1 << cpu) return false;
    const ordinary = state.tasks.flatMap((task, t) => {
      const { flags, affinity } = this.#factsOf(t);
      const ended = task.state === "dead" || task.state === "parked";
      return ended || (flags & (TASK_IDLE | TASK_LATE)) !== 0 ? [] : [{ task, t, affinity }];
    });
    const current = state.cpus[cpu]?.current ?? 0;
    const isIdle = (this.#factsOf(current).flags & TASK_IDLE) !== 0;
    if (!isIdle && !["dead", "parked"].includes(state.tasks[current]?.state ?? "")) return false;
    if (!this.#hasAddressSpace(state, cpu, current)) return false;
    const bound = ordinary.some(({ affinity }) => affinity === 1 << cpu);
    const waits = ordinary.some(
      ({ task, affinity }) =>
        (affinity & (1 << cpu)) !== 0 &&
        task.cpu === undefined &&
        (task.state === "ready" || (task.state === "asleep" && task.preempted !== undefined)),
    );
    return !bound && !waits;
  }

  /** A CPU points at an mm that is no global: by its root, the active_mm of what it runs, or data of its own. */
  #hasAddressSpace(state: State, cpu: number, current: number): boolean {
    const { mmStruct, globals, structs } = this.program;
    if (mmStruct === undefined) return true;
    const pointers = [state.cpus[cpu]?.root];
    const active = this.#activeMm;
    if (active !== undefined) pointers.push(state.things[active.struct]?.[current]?.fields[active.field]);
    for (const { percpu, struct } of globals) {
      if (!percpu) continue;
      const fields = state.things[struct]?.[cpu + 1]?.fields ?? [];
      structs[struct]?.fields.forEach(({ type }, i) => {
        if (type.kind === "ptr" && type.struct === mmStruct) pointers.push(fields[i]);
      });
    }
    return pointers.some((mm) => (mm ?? 0) > (this.globals[mmStruct] ?? 0));
  }

  /** Every ordinary task but `self` has ended. */
  everyoneEnded(state: State, self: number): boolean {
    return state.tasks.every(
      (task, t) =>
        t === 0 ||
        t === self ||
        (this.#factsOf(t).flags & (TASK_IDLE | TASK_LATE)) !== 0 ||
        task.state === "dead" ||
        task.state === "parked",
    );
  }

  /** Executes the next op of a context; `choice` is which of its outcomes. */
  execute(ctx: Context, choice: number): void {
    const { frame } = ctx;
    const op = this.opAt(frame);
    this.#onOp?.(frame.func, frame.pc, op.op !== "br" || this.#val(frame, op.a) !== 0);
    frame.pc++;
    if (this.#control(ctx, op) || this.#local(ctx, op, choice) || this.#memory(ctx, op)) return;
    if (this.#life(ctx, op) || this.#processor(ctx, op) || this.#hotplug(ctx, op)) return;
    if (this.#setup(ctx, op) || this.#tasks(ctx, op, choice)) return;
    throw new InputError(`the naive engine does not model "${op.op}"`);
  }

  // ---- operands and objects ----

  #val(frame: Frame, operand: Operand): number {
    return "imm" in operand ? operand.imm : (frame.regs[operand.reg] ?? 0);
  }

  #factsOf(task: number): TaskFacts {
    return this.facts[task] ?? { main: -1, affinity: 0, flags: 0 };
  }

  #zeroed(struct: StructId): Thing {
    return { freed: false, fields: this.program.structs[struct]?.fields.map(() => 0) ?? [] };
  }

  #find({ state, frame }: Context, place: Place): Thing | undefined {
    const object = this.#val(frame, place.obj);
    return object === 0 ? undefined : state.things[place.struct]?.[object];
  }

  /** The object at a place, which must be there and alive. */
  #access({ state, frame }: Context, place: Place): Thing {
    const object = this.#val(frame, place.obj);
    if (object === 0) throw new Broken("bug");
    const thing = state.things[place.struct]?.[object];
    if (thing === undefined) throw new Error(`object ${object} of struct ${place.struct} does not exist`);
    if (thing.freed) throw new Broken(this.program.structs[place.struct]?.property ?? "uaf");
    return thing;
  }

  #read(ctx: Context, place: Place): number {
    return this.#access(ctx, place).fields[place.field] ?? 0;
  }

  #write(ctx: Context, place: Place, value: number): void {
    const thing = this.#access(ctx, place);
    const type = this.program.structs[place.struct]?.fields[place.field]?.type;
    if (type?.kind === "atomic" && value < 0) throw new Broken("underflow");
    thing.fields[place.field] = value;
    const watched = this.#activeMm?.struct === place.struct && this.#activeMm.field === place.field;
    if (watched && type?.kind === "ptr" && ctx.state.things[type.struct]?.[value]?.freed)
      throw new Broken("root");
  }

  // ---- ops ----

  #control({ frame }: Context, op: Op): boolean {
    switch (op.op) {
      case "jmp":
        frame.pc = op.to;
        return true;
      case "br":
        frame.pc = this.#val(frame, op.a) !== 0 ? op.then : op.otherwise;
        return true;
      case "ret":
        frame.pc = -1;
        return true;
      default:
        return false;
    }
  }

  #local(ctx: Context, op: Op, choice: number): boolean {
    const { frame, state, cpu, kind } = ctx;
    const { regs } = frame;
    const val = (operand: Operand): number => this.#val(frame, operand);
    switch (op.op) {
      case "mov":
        regs[op.dst] = val(op.a);
        return true;
      case "bin":
        regs[op.dst] = arithmetic(op.fn, val(op.a), val(op.b));
        return true;
      case "not":
        regs[op.dst] = val(op.a) === 0 ? 1 : 0;
        return true;
      case "cpuid":
        regs[op.dst] = cpu;
        return true;
      case "current":
        regs[op.dst] = state.cpus[cpu]?.current ?? 0;
        return true;
      case "percpu":
        regs[op.dst] = (this.program.globals[op.global]?.first ?? 0) + val(op.cpu);
        return true;
      case "irqs-off?":
        regs[op.dst] = isInterrupt(kind) || state.cpus[cpu]?.irqsOff ? 1 : 0;
        return true;
      case "ncpus":
        regs[op.dst] = this.cpus;
        return true;
      case "bug":
        if (val(op.a) !== 0) throw new Broken(op.property ?? "bug");
        return true;
      default:
        return this.#mask(ctx, op, choice);
    }
  }

  #mask({ frame }: Context, op: Op, choice: number): boolean {
    const { regs } = frame;
    const val = (operand: Operand): number => this.#val(frame, operand);
    switch (op.op) {
      case "mask.none":
        regs[op.dst] = 0;
        return true;
      case "mask.possible":
        regs[op.dst] = 2 ** this.cpus - 1;
        return true;
      case "mask.of":
        regs[op.dst] = 2 ** val(op.cpu);
        return true;
      case "mask.with":
        regs[op.dst] = maskOf([...cpusOf(val(op.mask)), val(op.cpu)]);
        return true;
      case "mask.without":
        regs[op.dst] = maskOf(cpusOf(val(op.mask)).filter((c) => c !== val(op.cpu)));
        return true;
      case "mask.has":
        regs[op.dst] = cpusOf(val(op.mask)).includes(val(op.cpu)) ? 1 : 0;
        return true;
      case "mask.empty":
        regs[op.dst] = val(op.mask) === 0 ? 1 : 0;
        return true;
      case "mask.pick":
        regs[op.dst] = cpusOf(val(op.mask))[choice] ?? -1;
        return true;
      default:
        return false;
    }
  }

  #memory(ctx: Context, op: Op): boolean {
    const { frame } = ctx;
    const { regs } = frame;
    const val = (operand: Operand): number => this.#val(frame, operand);
    switch (op.op) {
      case "load":
      case "mask.load":
        regs[op.dst] = this.#read(ctx, op.place);
        return true;
      case "await":
        this.#access(ctx, op.place);
        return true;
      case "store":
        this.#write(ctx, op.place, val(op.value));
        return true;
      case "rmw": {
        const old = this.#read(ctx, op.place);
        const now = op.fn === "xchg" ? val(op.value) : arithmetic(op.fn, old, val(op.value));
        this.#write(ctx, op.place, now);
        if (op.dst !== undefined) regs[op.dst] = op.result === "old" ? old : now;
        return true;
      }
      case "cmpxchg": {
        const old = this.#read(ctx, op.place);
        if (old === val(op.old)) this.#write(ctx, op.place, val(op.value));
        regs[op.dst] = old;
        return true;
      }
      case "add-unless": {
        const old = this.#read(ctx, op.place);
        const does = old !== val(op.unless);
        if (does) this.#write(ctx, op.place, arithmetic("add", old, val(op.value)));
        regs[op.dst] = does ? 1 : 0;
        return true;
      }
      default:
        return this.#maskField(ctx, op) || this.#lock(ctx, op);
    }
  }

  #maskField(ctx: Context, op: Op): boolean {
    const { frame } = ctx;
    switch (op.op) {
      case "mask.set":
      case "mask.clear": {
        const cpu = this.#val(frame, op.cpu);
        const old = cpusOf(this.#read(ctx, op.place));
        const others = old.filter((c) => c !== cpu);
        this.#write(ctx, op.place, maskOf(op.op === "mask.set" ? [...others, cpu] : others));
        if (op.dst !== undefined) frame.regs[op.dst] = old.includes(cpu) ? 1 : 0;
        return true;
      }
      case "mask.test":
        frame.regs[op.dst] = cpusOf(this.#read(ctx, op.place)).includes(this.#val(frame, op.cpu)) ? 1 : 0;
        return true;
      case "fence":
        return true;
      default:
        return false;
    }
  }

  #lock(ctx: Context, op: Op): boolean {
    switch (op.op) {
      case "lock":
        this.#write(ctx, op.place, ctx.cpu + 1);
        return true;
      case "unlock":
        this.#write(ctx, op.place, 0);
        return true;
      case "trylock": {
        const free = this.#read(ctx, op.place) === 0;
        if (free) this.#write(ctx, op.place, ctx.cpu + 1);
        ctx.frame.regs[op.dst] = free ? 1 : 0;
        return true;
      }
      default:
        return false;
    }
  }

  #life(ctx: Context, op: Op): boolean {
    const { state, frame } = ctx;
    if (op.op === "alloc") {
      const list = state.things[op.struct] ?? [];
      if (this.#most !== undefined && list.length > (this.#most[op.struct] ?? 0)) throw new OutOfObjects();
      frame.regs[op.dst] = list.push(this.#zeroed(op.struct)) - 1;
      return true;
    }
    if (op.op !== "free") return false;
    const object = this.#val(frame, op.obj);
    const thing = state.things[op.struct]?.[object];
    if (object === 0 || thing === undefined || object <= (this.globals[op.struct] ?? 0))
      throw new Broken("bug");
    if (thing.freed) throw new Broken("double-free");
    thing.freed = true;
    thing.fields = thing.fields.map(() => 0);
    if (op.struct !== this.program.mmStruct) return true;
    const watched = this.#activeMm;
    const tasks = watched === undefined ? [] : (state.things[watched.struct] ?? []);
    const held = tasks.some(
      (task, t) => t > 0 && watched !== undefined && task.fields[watched.field] === object,
    );
    if (held || state.cpus.some((cpu) => cpu.root === object)) throw new Broken("root");
    return true;
  }

  #processor(ctx: Context, op: Op): boolean {
    const { state, frame, kind } = ctx;
    const cpu = state.cpus[ctx.cpu];
    const task = state.tasks[cpu?.current ?? 0];
    if (cpu === undefined || task === undefined) return false;
    // A handler runs with interrupts off from start to end, whatever it does about them.
    const handler = isInterrupt(kind);
    switch (op.op) {
      case "irq.off":
        if (!handler) cpu.irqsOff = true;
        return true;
      case "irq.on":
        if (!handler) cpu.irqsOff = false;
        return true;
      case "irq.save":
        frame.regs[op.dst] = handler || cpu.irqsOff ? 1 : 0;
        if (!handler) cpu.irqsOff = true;
        return true;
      case "irq.restore":
        if (!handler) cpu.irqsOff = this.#val(frame, op.a) !== 0;
        return true;
      case "preempt.off":
        if (!handler) task.preemptOff++;
        return true;
      case "preempt.on":
        if (!handler) task.preemptOff--;
        return true;
      case "cpu.relax":
      case "tlb.flush-local":
        return true;
      default:
        return this.#roots(ctx, op) || this.#interrupts(ctx, op);
    }
  }

  #roots({ state, frame, cpu: c }: Context, op: Op): boolean {
    const cpu = state.cpus[c];
    if (cpu === undefined) return false;
    switch (op.op) {
      case "root.load":
        if (state.things[op.struct]?.[this.#val(frame, op.mm)]?.freed) throw new Broken("root");
        cpu.root = this.#val(frame, op.mm);
        return true;
      case "root.read":
        frame.regs[op.dst] = cpu.root;
        return true;
      case "user.access": {
        const mm = this.#val(frame, op.mm);
        if (mm !== 0 && state.things[op.struct]?.[mm]?.freed) throw new Broken("uaf");
        if (mm === 0 || cpu.root !== mm) throw new Broken("bug");
        return true;
      }
      default:
        return false;
    }
  }

  #interrupts({ state, frame, cpu: c, kind }: Context, op: Op): boolean {
    const cpu = state.cpus[c];
    if (cpu === undefined) return false;
    switch (op.op) {
      case "ipi.send": {
        const asked = cpusOf(this.#val(frame, op.mask));
        const waiting = asked.filter((to) => to !== c && state.cpus[to]?.online);
        frame.regs[op.dst] = maskOf(waiting);
        if (waiting.length === 0) return true;
        const arg = this.#val(frame, op.arg);
        cpu.call = { handler: op.handler, arg, waiting: new Set(waiting), running: new Set() };
        return true;
      }
      case "nmi.send": {
        const target = state.cpus[this.#val(frame, op.cpu)];
        if (target?.online)
          target.nmi = { handler: op.handler, arg: this.#val(frame, op.arg), frame: undefined };
        return true;
      }
      case "ipi.wait":
        if (isInterrupt(kind) || cpu.irqsOff) throw new Broken("hang");
        return true;
      default:
        return false;
    }
  }

  #hotplug({ state, frame, cpu: c, kind }: Context, op: Op): boolean {
    const named = (operand: Operand): State["cpus"][number] => {
      const cpu = state.cpus[this.#val(frame, operand)];
      if (cpu === undefined) throw new Error("no such CPU");
      return cpu;
    };
    switch (op.op) {
      case "cpu.set-active":
        named(op.cpu).active = this.#val(frame, op.active) !== 0;
        return true;
      case "cpu.set-online":
        named(op.cpu).online = this.#val(frame, op.online) !== 0;
        return true;
      case "cpu.online?":
        frame.regs[op.dst] = named(op.cpu).online ? 1 : 0;
        return true;
      case "cpu.online-mask":
        frame.regs[op.dst] = maskOf(state.cpus.flatMap((cpu, i) => (cpu.online ? [i] : [])));
        return true;
      case "cpu.wait-dead":
        return true;
      case "cpu.die": {
        const cpu = state.cpus[c];
        if (cpu === undefined || isInterrupt(kind)) throw new Error("a handler plays dead");
        cpu.dead = true;
        cpu.root = 0;
        frame.pc = -1;
        return true;
      }
      default:
        return false;
    }
  }

  #setup({ state, frame, kind }: Context, op: Op): boolean {
    if (kind !== "setup") return false;
    switch (op.op) {
      case "task.create": {
        const { taskStruct } = this.program;
        if (taskStruct === undefined) throw new Error("no struct of tasks");
        const flags = this.#val(frame, op.flags);
        this.facts.push({ main: op.main, affinity: this.#val(frame, op.affinity), flags });
        frame.regs[op.dst] = (state.things[taskStruct] ?? []).push(this.#zeroed(taskStruct)) - 1;
        state.tasks.push({
          state: (flags & TASK_NEW) !== 0 ? "new" : "ready",
          cpu: undefined,
          before: 0,
          preemptOff: 1,
          main: newFrame(this.program, op.main, []),
          preempted: undefined,
        });
        return true;
      }
      case "task.start-on": {
        const cpu = state.cpus[this.#val(frame, op.cpu)];
        const task = state.tasks[this.#val(frame, op.task)];
        if (cpu === undefined || task === undefined)
          throw new InputError("task_start_on: no such CPU or task");
        cpu.current = this.#val(frame, op.task);
        task.cpu = this.#val(frame, op.cpu);
        return true;
      }
      case "cpu.start-root": {
        const cpu = state.cpus[this.#val(frame, op.cpu)];
        if (cpu !== undefined) cpu.root = this.#val(frame, op.mm);
        return true;
      }
      default:
        return false;
    }
  }

  #tasks(ctx: Context, op: Op, choice: number): boolean {
    const { state, frame, cpu } = ctx;
    const task = state.tasks[state.cpus[cpu]?.current ?? 0];
    if (task === undefined) return false;
    switch (op.op) {
      case "task.pick": {
        const picked = this.#offered(state, cpu)[choice] ?? 0;
        const chosen = state.tasks[picked];
        if ((this.#factsOf(picked).flags & TASK_LATE) !== 0 && !this.everyoneEnded(state, 0))
          state.unsettled = true;
        if (chosen !== undefined) chosen.cpu = cpu;
        frame.regs[op.dst] = picked;
        return true;
      }
      case "task.switch":
        this.#switch(ctx, op);
        return true;
      case "task.fork-prev":
        frame.regs[op.dst] = task.before;
        task.before = 0;
        return true;
      case "task.finish": {
        const finished = state.tasks[this.#val(frame, op.task)];
        if (finished !== undefined) finished.cpu = undefined;
        return true;
      }
      case "task.block":
        task.state = "asleep";
        return true;
      case "task.die":
        task.state = "dead";
        return true;
      case "task.park":
        frame.pc = -1;
        return true;
      case "task.wake": {
        const woken = state.tasks[this.#val(frame, op.task)];
        if (woken?.state === "new" || woken?.state === "asleep") woken.state = "ready";
        return true;
      }
      case "task.wait-others":
      case "task.idle-wait":
        return true;
      case "choose":
        frame.regs[op.dst] = choice;
        return true;
      default:
        return false;
    }
  }

  #switch(ctx: Context, op: Extract<Op, { op: "task.switch" }>): void {
    const { state, frame, cpu } = ctx;
    const here = state.cpus[cpu];
    const task = state.tasks[here?.current ?? 0];
    const next = state.tasks[this.#val(frame, op.next)];
    if (here === undefined || task === undefined || next === undefined) throw new Error("a switch to nobody");
    here.current = this.#val(frame, op.next);
    frame.resume = op.dst;
    frame.regs[op.dst] = 0;
    if (task.state === "dead") {
      task.main = undefined;
      task.preempted = undefined;
    }
    const prev = this.#val(frame, op.prev);
    const stack = next.preempted ?? next.main;
    if (stack?.resume === undefined) {
      next.before = prev;
      return;
    }
    stack.regs[stack.resume] = prev;
    stack.resume = undefined;
  }

  #offered(state: State, cpu: number): number[] {
    const waiting = this.waitersFor(state, cpu);
    const current = state.cpus[cpu]?.current ?? 0;
    if (waiting.length > 0 && (this.#factsOf(current).flags & TASK_IDLE) !== 0) return waiting;
    const idle = this.facts.findIndex(
      ({ flags, affinity }) => (flags & TASK_IDLE) !== 0 && affinity === 1 << cpu,
    );
    if (idle < 0) throw new InputError(`no idle task for CPU ${cpu}`);
    return [...waiting, idle];
  }
}

/** Runs with interrupts off from start to end. */
function isInterrupt(kind: Context["kind"]): boolean {
  return kind === "handler" || kind === "nmi";
}

/** The CPUs of a mask, ascending. */
export function cpusOf(mask: number): number[] {
  const cpus: number[] = [];
  for (let c = 0; c < 31; c++) if (Math.floor(mask / 2 ** c) % 2 === 1) cpus.push(c);
  return cpus;
}

function maskOf(cpus: readonly number[]): number {
  return [...new Set(cpus)].reduce((mask, c) => mask + 2 ** c, 0);
}

/** 32-bit arithmetic through BigInt; comparisons give 0 or 1. */
function arithmetic(fn: BinaryOp, a: number, b: number): number {
  const wrap = (value: bigint): number => Number(BigInt.asIntN(32, value));
  const [x, y] = [BigInt(a), BigInt(b)];
  switch (fn) {
    case "add":
      return wrap(x + y);
    case "sub":
      return wrap(x - y);
    case "and":
      return wrap(x & y);
    case "or":
      return wrap(x | y);
    case "xor":
      return wrap(x ^ y);
    case "shl":
      return wrap(x << (y & 31n));
    case "shr":
      return wrap(x >> (y & 31n));
    default:
      return compare(fn, a, b) ? 1 : 0;
  }
}

function compare(fn: BinaryOp, a: number, b: number): boolean {
  if (fn === "eq") return a === b;
  if (fn === "ne") return a !== b;
  if (fn === "lt") return a < b;
  if (fn === "le") return a <= b;
  return fn === "gt" ? a > b : a >= b;
}
