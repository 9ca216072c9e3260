/**
 * Runs a scenario's `setup` once, by itself, before any CPU moves: it creates the tasks and objects that fix the
 * shape of the state vector (`layout.ts`) and the initial values in it.
 *
 * An interpreter of its own, over growable tables, because the shape is not known yet. It accepts what makes sense
 * alone on CPU 0 with nobody to wait for; anything that would block is the scenario's fault and says so.
 */

import { present } from "../base/assert.ts";
import { InputError } from "../base/input_error.ts";
import type { Op, Operand, Place, Program, StructId } from "../ir/types.ts";
import { binary } from "./arith.ts";

/** A task that `setup` created; its number (from 1) is its object's number in the task struct. */
export interface BootTask {
  /** Index of its body in `Program.funcs`. */
  readonly main: number;
  /** Bit c: may run on CPU c. */
  readonly affinity: number;
  /** `TASK_…` flags. */
  readonly flags: number;
}

/** What `setup` leaves behind. */
export interface Boot {
  readonly cpus: number;
  /** Per struct, per object (from 0; object number − 1), the fields' values. */
  readonly objects: readonly (readonly number[][])[];
  /** Per struct, how many objects are globals (never freed); later ones came from `alloc`. */
  readonly globals: readonly number[];
  readonly tasks: readonly BootTask[];
  /** Per CPU, the number of the task it starts with. */
  readonly current: readonly number[];
  /** Per CPU, the mm whose root is loaded at the start, 0 for none. */
  readonly roots: readonly number[];
}

/** Steps after which `setup` is taken to loop for ever. */
const SETUP_LIMIT = 100_000;

/** Runs `setup` of `program` on a machine of `cpus` CPUs. Throws `InputError` where the scenario is at fault. */
export function boot(program: Program, cpus: number): Boot {
  return new Booter(program, cpus).run();
}

class Booter {
  private readonly objects: number[][][];
  private readonly globals: number[];
  private readonly tasks: BootTask[] = [];
  private readonly current: number[];
  private readonly roots: number[];
  private regs: number[] = [];
  private readonly program: Program;
  private readonly cpus: number;

  constructor(program: Program, cpus: number) {
    this.program = program;
    this.cpus = cpus;
    this.globals = program.structs.map(() => 0);
    for (const g of program.globals) this.globals[g.struct] = this.countOf(g.struct) + (g.percpu ? cpus : 1);
    this.objects = program.structs.map((_, id) =>
      Array.from({ length: this.countOf(id) }, () => this.zeroed(id)),
    );
    this.current = new Array<number>(cpus).fill(0);
    this.roots = new Array<number>(cpus).fill(0);
    if (program.addressBase !== undefined) {
      throw new InputError("a litmus test has no CPUs and tasks: the graph checker runs it");
    }
    const task = program.taskStruct;
    if (task !== undefined && this.countOf(task) > 0) {
      throw new InputError("a global of the task struct: tasks are made by task_create in setup");
    }
  }

  run(): Boot {
    const setup = this.program.entries.get("setup");
    if (setup === undefined) throw new InputError("the scenario exports no function setup()");
    const body = present(this.program.funcs[setup], "setup");
    this.regs = body.regs.map(() => 0);
    let pc = 0;
    for (let steps = 0; pc >= 0; steps++) {
      if (steps > SETUP_LIMIT) throw new InputError("setup() does not end");
      pc = this.step(present(body.ops[pc], "op"), pc);
    }
    for (let c = 0; c < this.cpus; c++) {
      if (this.current[c] === 0) throw new InputError(`setup() gives CPU ${c} no task to start with`);
    }
    const { objects, globals, tasks, current, roots, cpus } = this;
    return { cpus, objects, globals, tasks, current, roots };
  }

  private countOf(struct: StructId): number {
    return this.globals[struct] ?? 0;
  }

  private zeroed(struct: StructId): number[] {
    return present(this.program.structs[struct], "struct").fields.map(() => 0);
  }

  private val(operand: Operand): number {
    return "imm" in operand ? operand.imm : (this.regs[operand.reg] ?? 0);
  }

  private fields(place: Place): number[] {
    const object = this.objects[place.struct]?.[this.val(place.obj) - 1];
    if (object === undefined) throw new InputError("setup() dereferences NULL");
    return object;
  }

  private get(place: Place): number {
    return this.fields(place)[place.field] ?? 0;
  }

  private allocate(struct: StructId): number {
    return present(this.objects[struct], "struct").push(this.zeroed(struct));
  }

  private update(place: Place, value: number): number {
    const fields = this.fields(place);
    const old = fields[place.field] ?? 0;
    fields[place.field] = value;
    return old;
  }

  /** Executes one op; returns the next pc, −1 at the end. */
  private step(op: Op, pc: number): number {
    const { regs } = this;
    switch (op.op) {
      case "ret":
        return -1;
      case "jmp":
        return op.to;
      case "br":
        return this.val(op.a) !== 0 ? op.then : op.otherwise;
      case "mov":
        regs[op.dst] = this.val(op.a);
        break;
      case "bin":
        regs[op.dst] = binary(op.fn, this.val(op.a), this.val(op.b));
        break;
      case "not":
        regs[op.dst] = this.val(op.a) === 0 ? 1 : 0;
        break;
      case "cpuid":
        regs[op.dst] = 0;
        break;
      case "percpu":
        regs[op.dst] = present(this.program.globals[op.global], "global").first + this.val(op.cpu);
        break;
      case "ncpus":
        regs[op.dst] = this.cpus;
        break;
      case "bug":
        if (this.val(op.a) !== 0) throw new InputError("a BUG_ON fires in setup()");
        break;
      default:
        if (!this.stepMask(op) && !this.stepMemory(op) && !this.stepTask(op)) {
          throw new InputError(`setup() cannot do "${op.op}": it runs alone, before the machine starts`);
        }
    }
    return pc + 1;
  }

  private stepMask(op: Op): boolean {
    const { regs } = this;
    switch (op.op) {
      case "mask.none":
        regs[op.dst] = 0;
        return true;
      case "mask.possible":
      case "cpu.online-mask":
        regs[op.dst] = (1 << this.cpus) - 1;
        return true;
      case "mask.of":
        regs[op.dst] = 1 << this.val(op.cpu);
        return true;
      case "mask.with":
        regs[op.dst] = this.val(op.mask) | (1 << this.val(op.cpu));
        return true;
      case "mask.without":
        regs[op.dst] = this.val(op.mask) & ~(1 << this.val(op.cpu));
        return true;
      case "mask.has":
        regs[op.dst] = (this.val(op.mask) >> this.val(op.cpu)) & 1;
        return true;
      case "mask.empty":
        regs[op.dst] = this.val(op.mask) === 0 ? 1 : 0;
        return true;
      case "mask.pick":
        regs[op.dst] = this.val(op.mask) === 0 ? -1 : 31 - Math.clz32(this.val(op.mask) & -this.val(op.mask));
        return true;
      default:
        return false;
    }
  }

  private stepMemory(op: Op): boolean {
    const { regs } = this;
    switch (op.op) {
      case "load":
      case "mask.load":
        regs[op.dst] = this.get(op.place);
        return true;
      case "store":
        this.update(op.place, this.val(op.value));
        return true;
      case "rmw": {
        const now =
          op.fn === "xchg" ? this.val(op.value) : binary(op.fn, this.get(op.place), this.val(op.value));
        const old = this.update(op.place, now);
        if (op.dst !== undefined) regs[op.dst] = op.result === "old" ? old : now;
        return true;
      }
      case "mask.set":
      case "mask.clear": {
        const bit = 1 << this.val(op.cpu);
        const now = op.op === "mask.set" ? this.get(op.place) | bit : this.get(op.place) & ~bit;
        const old = this.update(op.place, now);
        if (op.dst !== undefined) regs[op.dst] = (old & bit) !== 0 ? 1 : 0;
        return true;
      }
      case "mask.test":
        regs[op.dst] = (this.get(op.place) >> this.val(op.cpu)) & 1;
        return true;
      case "alloc":
        regs[op.dst] = this.allocate(op.struct);
        return true;
      case "fence":
      case "irq.off":
      case "irq.on":
      case "preempt.off":
      case "preempt.on":
      case "lock":
      case "unlock":
      case "tlb.flush-local":
        return true;
      case "irq.save":
        regs[op.dst] = 0;
        return true;
      case "irq.restore":
        return true;
      default:
        return false;
    }
  }

  private stepTask(op: Op): boolean {
    switch (op.op) {
      case "task.create": {
        const struct = present(this.program.taskStruct, "task struct");
        this.regs[op.dst] = this.allocate(struct);
        this.tasks.push({ main: op.main, affinity: this.val(op.affinity), flags: this.val(op.flags) });
        return true;
      }
      case "task.start-on":
        this.current[this.val(op.cpu)] = this.val(op.task);
        return true;
      case "cpu.start-root":
        this.roots[this.val(op.cpu)] = this.val(op.mm);
        return true;
      default:
        return false;
    }
  }
}
