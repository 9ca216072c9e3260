/**
 * Translates one IR body to a JavaScript function for the counting machine: a loop over basic blocks, registers in
 * local variables, counted ops as calls on the machine. Ops that only matter under interleaving (locks, interrupt and
 * preemption flags, run queue bookkeeping) disappear; waits must already be over, as nobody else could end them.
 */
import { present } from "../base/assert.ts";
import { InputError } from "../base/input_error.ts";
import type { FuncId, Op, Operand, Place, Program, Reg } from "../ir/types.ts";
import { binaryText } from "../world/arith.ts";
import { type Dialect, localText, maskCalls } from "../world/local_text.ts";
import type { Machine } from "./machine.ts";
import type { Mask, MaskOps } from "./masks.ts";

/** `m` the machine, `F` its columns, `M` mask operations, `c` the CPU, then up to three arguments. */
export type BodyFn = (
  m: Machine,
  F: (Int32Array | Mask[])[],
  M: MaskOps,
  c: number,
  a0: number,
  a1: number,
  a2: number,
) => number;

export function emitBody(
  program: Program,
  func: FuncId,
  columnBase: Int32Array,
  lineBase: Int32Array,
): BodyFn {
  const body = present(program.funcs[func], "body");
  if (body.params > 3) throw new InputError(`${body.name}: an entry point takes up to 3 arguments`);
  const emitter = new BodyEmitter(program, columnBase, lineBase);
  const params = body.regs.slice(0, body.params).map((_, i) => `r${i} = a${i}`);
  const locals = body.regs.slice(body.params).map((r, i) => {
    return `r${i + body.params} = ${r.type.kind === "mask" ? "M.none" : "0"}`;
  });
  const declared = [...params, ...locals];
  const text = `${declared.length === 0 ? "" : `let ${declared.join(", ")};`} let pc = 0;
for (;;) switch (pc) {\n${emitter.blocks(body.ops)}\n}`;
  return new Function("m", "F", "M", "c", "a0", "a1", "a2", text) as BodyFn;
}

class BodyEmitter {
  private readonly program: Program;
  private readonly columnBase: Int32Array;
  private readonly lineBase: Int32Array;
  private readonly locals = this.dialect();

  constructor(program: Program, columnBase: Int32Array, lineBase: Int32Array) {
    this.program = program;
    this.columnBase = columnBase;
    this.lineBase = lineBase;
  }

  /** All ops as `case` blocks; only branch targets get a label. */
  blocks(ops: readonly Op[]): string {
    const targets = new Set<number>([0]);
    for (const op of ops) {
      if (op.op === "jmp") targets.add(op.to);
      if (op.op === "br") targets.add(op.then).add(op.otherwise);
    }
    return ops.map((op, pc) => `${targets.has(pc) ? `case ${pc}: ` : ""}${this.text(op)}`).join("\n");
  }

  private text(op: Op): string {
    switch (op.op) {
      case "jmp":
        return `pc = ${op.to}; continue;`;
      case "br":
        return `pc = ${this.val(op.a)} !== 0 ? ${op.then} : ${op.otherwise}; continue;`;
      case "ret":
        return `return ${op.value === undefined ? "0" : this.val(op.value)};`;
      default: {
        const text =
          localText(this.program, this.locals, op) ??
          this.memory(op) ??
          this.processor(op) ??
          this.scheduler(op);
        if (text === undefined) throw new InputError(`a replay cannot do "${op.op}"`);
        return text === "" ? "" : `{ ${text} }`;
      }
    }
  }

  private val(operand: Operand): string {
    return "imm" in operand ? `${operand.imm}` : `r${operand.reg}`;
  }

  /** How ops on registers are written here: a mask is an object of `masks.ts` in a variable like any other. */
  private dialect(): Dialect {
    const set = (dst: Reg, text: string): string => `r${dst} = ${text};`;
    const val = (operand: Operand): string => this.val(operand);
    return {
      val,
      set,
      mask: val,
      setMask: set,
      isMask: () => false,
      current: "m.current[c]",
      irqsOff: "0",
      cpus: "m.cpus",
      masks: maskCalls(set),
      fault: (op) => `m.fault("${assertionName(op)}", ${op.at});`,
    };
  }

  /** Declares `o`, the object, after checking it, and `f`, the column. */
  private at(place: Place, at: number): string {
    const check = `m.check(${place.struct}, o, ${at});`;
    return `const o = ${this.val(place.obj)}; ${check} const f = F[${(this.columnBase[place.struct] ?? 0) + place.field}];`;
  }

  private lineOf(place: Place): number {
    return (
      (this.lineBase[place.struct] ?? 0) +
      (this.program.structs[place.struct]?.fields[place.field]?.line ?? 0)
    );
  }

  private rmw(place: Place, at: number, now: string, result: string): string {
    return `${this.at(place, at)} m.rmw(${this.lineOf(place)}, o, c); const old = f[o]; const now = ${now}; f[o] = now; ${result}`;
  }

  private memory(op: Op): string | undefined {
    switch (op.op) {
      case "load":
      case "mask.load":
        return `${this.at(op.place, op.at)} ${this.scan(op.place)} r${op.dst} = f[o];`;
      case "mask.test":
        return `${this.at(op.place, op.at)} r${op.dst} = M.has(f[o], ${this.val(op.cpu)});`;
      case "store":
        return `${this.at(op.place, op.at)} m.write(${this.lineOf(op.place)}, o, c); f[o] = ${this.val(op.value)};`;
      case "await": {
        const met = `f[o] ${op.cmp === "eq" ? "===" : "!=="} ${this.val(op.value)}`;
        return `${this.at(op.place, op.at)} if (!(${met})) m.fault("a wait that nobody ends", ${op.at});`;
      }
      case "rmw": {
        const now = op.fn === "xchg" ? this.val(op.value) : binaryText(op.fn, "old", this.val(op.value));
        const result = op.dst === undefined ? "" : `r${op.dst} = ${op.result === "old" ? "old" : "now"};`;
        return this.rmw(op.place, op.at, now, result);
      }
      case "cmpxchg":
        return this.rmw(
          op.place,
          op.at,
          `old === ${this.val(op.old)} ? ${this.val(op.value)} : old`,
          `r${op.dst} = old;`,
        );
      case "add-unless": {
        const unless = this.val(op.unless);
        const now = `old === ${unless} ? old : old + ${this.val(op.value)}`;
        return this.rmw(op.place, op.at, now, `r${op.dst} = old === ${unless} ? 0 : 1;`);
      }
      case "mask.set":
      case "mask.clear": {
        const now = `M.${op.op === "mask.set" ? "with" : "without"}(old, ${this.val(op.cpu)})`;
        const result = op.dst === undefined ? "" : `r${op.dst} = M.has(old, ${this.val(op.cpu)});`;
        return this.rmw(op.place, op.at, now, result);
      }
      case "fence":
        return op.kind === "mb" ? "m.barrier();" : "";
      case "alloc":
        return `r${op.dst} = m.allocate(${op.struct});`;
      case "free":
        return `m.free(${op.struct}, ${this.val(op.obj)}, c, ${op.at});`;
      case "lock":
      case "unlock":
        // An uncontended lock on a line of its own holder: left out, as it is the same in every scheme.
        return "";
      default:
        return undefined;
    }
  }

  /** A load from another CPU's instance of a per-CPU struct is a scan's. */
  private scan(place: Place): string {
    const percpu = this.program.globals.find((g) => g.percpu && g.struct === place.struct);
    return percpu === undefined ? "" : `if (o !== c + ${percpu.first}) m.scanLoad();`;
  }

  private processor(op: Op): string | undefined {
    switch (op.op) {
      case "irq.off":
      case "irq.on":
      case "irq.restore":
      case "preempt.off":
      case "preempt.on":
      case "ipi.wait":
      case "cpu.relax":
      case "tlb.flush-local":
      case "user.access":
      case "cpu.set-active":
      case "cpu.wait-dead":
      case "rcu.lock":
      case "rcu.unlock":
        return "";
      case "irq.save":
        return `r${op.dst} = 0;`;
      case "ipi.send":
        return `r${op.dst} = m.send(${this.val(op.mask)}, ${op.handler}, ${this.val(op.arg)}, c, ${op.at});`;
      case "rcu.call":
        return `m.callLater(${op.handler}, ${this.val(op.arg)}, c);`;
      case "root.load":
        return `m.loadRoot(c, ${this.val(op.mm)});`;
      case "root.read":
        return `r${op.dst} = m.roots[c];`;
      case "cpu.set-online":
        return `m.setOnline(${this.val(op.cpu)}, ${this.val(op.online)});`;
      case "cpu.online?":
        return `r${op.dst} = M.has(m.online, ${this.val(op.cpu)});`;
      case "cpu.online-mask":
        return `r${op.dst} = m.online;`;
      default:
        return undefined;
    }
  }

  private scheduler(op: Op): string | undefined {
    switch (op.op) {
      case "task.switch":
        return `m.current[c] = ${this.val(op.next)}; r${op.dst} = ${this.val(op.prev)};`;
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

/** The primitive that an assertion was written as. */
function assertionName(op: Extract<Op, { op: "bug" }>): string {
  if (op.property !== undefined) return "VIOLATION_ON";
  return op.warn ? "WARN_ON" : "BUG_ON";
}
