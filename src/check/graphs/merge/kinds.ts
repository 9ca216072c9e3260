/**
 * Which registers and fields hold names: pointers to objects of one struct, numbers of CPUs, or values that are only
 * copied and compared, whatever they mean. Found by what flows where, since types do not say it of every program (in
 * litmus tests and hand-written ones all is `int`).
 *
 * Everything that is copied to, loaded from, stored to or compared with a thing is of its kind; what a place's object is
 * taken from points at objects of that struct. What is computed with, or ordered, is a number, and so is all that is
 * connected with it: exchanging names under it would change what the program does. 0 is no name, in any kind.
 */

import { operandsOf, placeOf } from "../../../ir/operands.ts";
import type { Op, Operand, Program } from "../../../ir/types.ts";
import type { ThreadCode } from "../code.ts";

/** Not a name. */
export const NUMBER = 0;
/** A CPU. Pointers to objects of struct s have kind `POINTER + s`; kinds beyond those are of tokens. */
export const CPU = 1;
export const POINTER = 2;

/** What an op may be exchanged with its twin's in: an immediate operand, and the kind of thing that it must be. */
export interface Immediate {
  readonly kind: number;
  readonly value: number;
}

export class Kinds {
  /** False when some op is one that names are not understood in. */
  readonly understood: boolean;
  readonly #program: Program;
  /** Union-find over registers by thread, then fields by struct, then pointers by struct, then CPUs. */
  readonly #parent: Int32Array;
  readonly #registers: readonly number[];
  readonly #fields: readonly number[];
  readonly #pointers: number;
  readonly #cpu: number;
  /** By representative: computed with. */
  readonly #numbers = new Set<number>();
  /** Compared with 0, which is the number of a CPU. */
  readonly #tested: number[] = [];
  readonly #kinds = new Map<number, number>();

  constructor(program: Program, codes: readonly ThreadCode[]) {
    this.#program = program;
    let next = 0;
    const take = (count: number): number => {
      next += count;
      return next - count;
    };
    this.#registers = codes.map((code) => take(code.registers));
    this.#fields = program.structs.map(({ fields }) => take(fields.length));
    this.#pointers = take(program.structs.length);
    this.#cpu = take(1);
    this.#parent = Int32Array.from({ length: next }, (_, i) => i);
    this.understood = codes.every((code, t) => code.ops.every((op) => op === undefined || this.#link(t, op)));
    this.#decide();
  }

  ofRegister(t: number, reg: number): number {
    return this.#kindOf((this.#registers[t] ?? 0) + reg);
  }

  ofField(struct: number, field: number): number {
    return struct < 0 ? NUMBER : this.#kindOf((this.#fields[struct] ?? 0) + field);
  }

  /** Whether pointers to objects of a struct are names. */
  ofPointer(struct: number): number {
    return this.#kindOf(this.#pointers + struct);
  }

  get ofCpu(): number {
    return this.#kindOf(this.#cpu);
  }

  /** The immediates of a thread's op, in the order of its operands. */
  immediates(t: number, op: Op): readonly Immediate[] {
    return operandsOf(op).flatMap(({ name, operand }) =>
      "imm" in operand ? [{ kind: this.#kindAt(t, op, name), value: operand.imm }] : [],
    );
  }

  /** The kind of thing that an operand is, by what it flows to. */
  #kindAt(t: number, op: Op, name: string): number {
    const place = placeOf(op);
    const register = (operand: Operand): number =>
      "reg" in operand ? this.ofRegister(t, operand.reg) : NUMBER;
    if (name === "place" && place !== undefined) return this.ofPointer(place.struct);
    if (op.op === "mov") return this.ofRegister(t, op.dst);
    if (op.op === "bin") return register(name === "a" ? op.b : op.a);
    if (op.op === "percpu") return this.ofCpu;
    return place === undefined ? NUMBER : this.ofField(place.struct, place.field);
  }

  // ---- what flows where ----------------------------------------------------------------------------------------

  /** False for an op that is not understood. */
  #link(t: number, op: Op): boolean {
    const register = (reg: number | undefined): number =>
      reg === undefined ? -1 : (this.#registers[t] ?? 0) + reg;
    const place = placeOf(op);
    const field = place === undefined ? -1 : (this.#fields[place.struct] ?? 0) + place.field;
    const operand = (of: Operand): number => ("reg" in of ? register(of.reg) : -1);
    if (place !== undefined) this.#join(operand(place.obj), this.#pointers + place.struct);
    switch (op.op) {
      case "mov":
        return this.#join(register(op.dst), operand(op.a));
      case "bin":
        this.#count(register(op.dst));
        if (op.fn === "eq" || op.fn === "ne") return this.#join(operand(op.a), operand(op.b));
        return this.#count(operand(op.a), operand(op.b));
      case "not":
        this.#tested.push(operand(op.a));
        return this.#count(register(op.dst));
      case "br":
      case "bug":
        this.#tested.push(operand(op.a));
        return true;
      case "cpuid":
        return this.#join(register(op.dst), this.#cpu);
      case "percpu": {
        const struct = this.#program.globals[op.global]?.struct ?? 0;
        this.#join(operand(op.cpu), this.#cpu);
        return this.#join(register(op.dst), this.#pointers + struct);
      }
      case "alloc":
        return this.#join(register(op.dst), this.#pointers + op.struct);
      default:
        return this.#access(t, op, field);
    }
  }

  /** What goes to memory and comes from it. */
  #access(t: number, op: Op, field: number): boolean {
    const base = this.#registers[t] ?? 0;
    const operand = (of: Operand): number => ("reg" in of ? base + of.reg : -1);
    const loaded = "dst" in op && op.dst !== undefined ? base + op.dst : -1;
    switch (op.op) {
      case "load":
        return this.#join(loaded, field);
      case "store":
      case "await":
        return this.#join(operand(op.value), field);
      case "cmpxchg":
        this.#join(operand(op.old), field);
        this.#join(operand(op.value), field);
        return this.#join(loaded, field);
      case "rmw":
        if (op.fn !== "xchg") return this.#count(field, operand(op.value), loaded);
        this.#join(operand(op.value), field);
        return this.#join(loaded, field);
      default:
        return this.#other(t, op, field);
    }
  }

  /** Ops that compute with all that they touch, or touch nothing. */
  #other(t: number, op: Op, field: number): boolean {
    const base = this.#registers[t] ?? 0;
    switch (op.op) {
      case "jmp":
      case "ret":
      case "fence":
      case "rcu.lock":
      case "rcu.unlock":
      case "rcu.sync":
        return true;
      case "ncpus":
      case "add-unless":
      case "lock":
      case "unlock":
      case "trylock":
      case "lock.test":
        for (const { name, operand } of operandsOf(op))
          if (name !== "place" && "reg" in operand) this.#count(base + operand.reg);
        return this.#count(field, "dst" in op && op.dst !== undefined ? base + op.dst : -1);
      default:
        return false;
    }
  }

  #find(element: number): number {
    let at = element;
    while (this.#parent[at] !== at) at = this.#parent[at] ?? at;
    this.#parent[element] = at;
    return at;
  }

  #join(a: number, b: number): true {
    if (a < 0 || b < 0) return true;
    const [from, to] = [this.#find(a), this.#find(b)];
    this.#parent[from] = to;
    if (this.#numbers.delete(from)) this.#numbers.add(to);
    return true;
  }

  #count(...elements: readonly number[]): true {
    for (const element of elements) if (element >= 0) this.#numbers.add(this.#find(element));
    return true;
  }

  /** A connected set of things is one kind of names if it is not computed with and points to one struct. */
  #decide(): void {
    const claim = (element: number, kind: number): void => {
      const root = this.#find(element);
      this.#kinds.set(root, this.#kinds.has(root) || this.#numbers.has(root) ? NUMBER : kind);
    };
    for (const struct of this.#program.structs.keys()) claim(this.#pointers + struct, POINTER + struct);
    claim(this.#cpu, CPU);
    let token = POINTER + this.#program.structs.length;
    const [from = 0] = this.#fields;
    for (let field = from; field < this.#pointers; field++)
      if (!this.#kinds.has(this.#find(field))) claim(field, token++);
    const cpus = this.#find(this.#cpu);
    if (this.#tested.some((element) => element >= 0 && this.#find(element) === cpus))
      this.#kinds.set(cpus, NUMBER);
  }

  #kindOf(element: number): number {
    return this.#kinds.get(this.#find(element)) ?? NUMBER;
  }
}
