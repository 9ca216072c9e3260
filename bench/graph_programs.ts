/**
 * The programs that the graph checker is measured on, each for any number of CPUs: counters, locks, a stack, a sequence
 * lock, and the life of a reference-counted object. Written as IR; cells are the fields of one global object.
 */

import type { GraphProgram } from "../src/check/graphs/instance.ts";
import { FuncBuilder, imm, type NewOp, ProgramBuilder, reg } from "../src/ir/builder.ts";
import type { BinaryOp, Func, Operand, Order, Place, Reg, StructId } from "../src/ir/types.ts";

/** One thread under construction. */
class Thread {
  readonly builder: FuncBuilder;
  readonly #family: Family;

  constructor(family: Family, name: string) {
    this.builder = new FuncBuilder(name);
    this.#family = family;
  }

  emit(op: NewOp): void {
    this.builder.emit(op);
  }

  at(cell: string): Place {
    return this.#family.program.place(imm(1), this.#family.cells, cell);
  }

  /** A field of the queue node that a register points at. */
  node(pointer: Operand, field: "next" | "locked"): Place {
    return this.#family.program.place(pointer, this.#family.nodes, field);
  }

  fresh(): Reg {
    return this.builder.reg(`r${this.builder.regs.length}`, { kind: "int" });
  }

  load(place: Place, order: Order = "once"): Reg {
    const dst = this.fresh();
    this.emit({ op: "load", dst, place, order });
    return dst;
  }

  store(place: Place, value: Operand, order: Order = "once"): void {
    this.emit({ op: "store", place, value, order });
  }

  add(place: Place, by: number, order: Order, result: "old" | "new"): Reg {
    const dst = this.fresh();
    this.emit({ op: "rmw", fn: "add", place, value: imm(by), order, result, dst });
    return dst;
  }

  compute(fn: BinaryOp, a: Operand, b: Operand): Reg {
    const dst = this.fresh();
    this.emit({ op: "bin", fn, dst, a, b });
    return dst;
  }

  when(condition: Reg, body: () => void, otherwise: () => void = () => undefined): void {
    const { builder } = this;
    const [then, other, end] = [builder.label(), builder.label(), builder.label()];
    builder.br(reg(condition), then, other);
    builder.bind(then);
    body();
    builder.jmp(end);
    builder.bind(other);
    otherwise();
    builder.bind(end);
  }

  /** Repeats `body` until the register that it returns is not 0. */
  until(body: () => Reg): void {
    const { builder } = this;
    const [again, end] = [builder.label(), builder.label()];
    builder.bind(again);
    builder.br(reg(body()), end, again);
    builder.bind(end);
  }

  increment(cell: string): void {
    const old = this.load(this.at(cell));
    this.store(this.at(cell), reg(this.compute("add", reg(old), imm(1))));
  }
}

/** A program under construction: CPUs, their cells and their queue nodes (node i + 1 is CPU i's). */
class Family {
  readonly program = new ProgramBuilder();
  readonly cells: StructId;
  readonly nodes: StructId;
  readonly #cpus: number;
  readonly #values: Readonly<Record<string, number>>;

  constructor(cpus: number, values: Readonly<Record<string, number>>) {
    this.#cpus = cpus;
    this.#values = values;
    const int = { kind: "int" } as const;
    this.cells = this.program.struct(
      "cells",
      Object.fromEntries(Object.keys(values).map((name) => [name, int])),
    );
    this.nodes = this.program.struct("node", { next: int, locked: int });
    this.program.global("g", this.cells);
    for (let i = 0; i < cpus; i++) this.program.global(`node${i}`, this.nodes);
  }

  finish(write: (thread: Thread, cpu: number) => void, threads = this.#cpus): GraphProgram {
    const funcs = Array.from({ length: threads }, (_, cpu): Func => {
      const thread = new Thread(this, `cpu${cpu}`);
      write(thread, cpu);
      thread.emit({ op: "ret" });
      return thread.builder.finish();
    });
    const ids = funcs.map((func) => this.program.func(func));
    const initial = Object.values(this.#values).map((value, field) => ({
      struct: this.cells,
      object: 1,
      field,
      value,
    }));
    return { program: this.program.finish(), threads: ids.map((func) => ({ func })), initial };
  }
}

/** Each CPU counts one up and looks: (N!)² executions under SC. */
export function counter(cpus: number): GraphProgram {
  return new Family(cpus, { n: 0 }).finish((t) => {
    t.add(t.at("n"), 1, "relaxed", "old");
    t.load(t.at("n"));
  });
}

/** A spinlock around a counter of plain accesses. */
export function spinlock(cpus: number): GraphProgram {
  return new Family(cpus, { lock: 0, n: 0 }).finish((t) => {
    t.emit({ op: "lock", place: t.at("lock") });
    const old = t.load(t.at("n"), "plain");
    t.store(t.at("n"), reg(t.compute("add", reg(old), imm(1))), "plain");
    t.emit({ op: "unlock", place: t.at("lock") });
  });
}

/** A ticket lock around a counter. */
export function ticketLock(cpus: number): GraphProgram {
  return new Family(cpus, { next: 0, owner: 0, n: 0 }).finish((t) => {
    const mine = t.add(t.at("next"), 1, "relaxed", "old");
    t.emit({ op: "await", place: t.at("owner"), cmp: "eq", value: reg(mine) });
    t.increment("n");
    t.store(t.at("owner"), reg(t.compute("add", reg(mine), imm(1))), "release");
  });
}

/** The queue lock of Mellor-Crummey and Scott (1991) around a counter. */
export function mcsLock(cpus: number): GraphProgram {
  return new Family(cpus, { tail: 0, n: 0 }).finish((t, cpu) => {
    const me = imm(cpu + 1);
    t.store(t.node(me, "locked"), imm(1));
    const previous = t.fresh();
    const place = t.at("tail");
    t.emit({ op: "rmw", fn: "xchg", place, value: me, order: "full", result: "old", dst: previous });
    t.when(previous, () => {
      t.store(t.node(reg(previous), "next"), me, "release");
      t.emit({ op: "await", place: t.node(me, "locked"), cmp: "eq", value: imm(0) });
    });
    t.increment("n");
    unlockMcs(t, me);
  });
}

function unlockMcs(t: Thread, me: Operand): void {
  const successor = t.load(t.node(me, "next"), "acquire");
  const handOver = (): void => {
    t.emit({ op: "await", place: t.node(me, "next"), cmp: "ne", value: imm(0) });
    const next = t.load(t.node(me, "next"));
    t.store(t.node(reg(next), "locked"), imm(0), "release");
  };
  t.when(successor, handOver, () => {
    const seen = t.fresh();
    const place = t.at("tail");
    t.emit({ op: "cmpxchg", dst: seen, place, old: me, value: imm(0), order: "release" });
    t.when(t.compute("ne", reg(seen), me), handOver);
  });
}

/** Treiber's stack: each CPU pushes a node. A failed attempt is repeated as often as others can make it fail. */
export function treiberStack(cpus: number): GraphProgram {
  return new Family(cpus, { top: 0 }).finish((t, cpu) => {
    const me = imm(cpu + 1);
    t.until(() => {
      const top = t.load(t.at("top"));
      t.store(t.node(me, "next"), reg(top));
      const seen = t.fresh();
      const place = t.at("top");
      t.emit({ op: "cmpxchg", dst: seen, place, old: reg(top), value: me, order: "release" });
      return t.compute("eq", reg(seen), reg(top));
    });
  });
}

/** A sequence lock: CPU 0 writes two words twice, the others read them until they are consistent. */
export function seqlock(cpus: number): GraphProgram {
  return new Family(cpus, { seq: 0, a: 0, b: 0 }).finish((t, cpu) => {
    if (cpu === 0) return writeTwice(t);
    t.until(() => {
      const before = t.load(t.at("seq"), "acquire");
      const a = t.load(t.at("a"));
      const b = t.load(t.at("b"));
      t.emit({ op: "fence", kind: "rmb" });
      const behind = t.load(t.at("seq"));
      const odd = t.compute("and", reg(before), imm(1));
      const same = t.compute("eq", reg(before), reg(behind));
      const good = t.compute("andnot", reg(same), reg(odd));
      const torn = t.compute("ne", reg(a), reg(b));
      t.emit({ op: "bug", a: reg(t.compute("and", reg(good), reg(torn))), warn: false });
      return good;
    });
  });
}

function writeTwice(t: Thread): void {
  for (const value of [1, 2]) {
    t.store(t.at("seq"), imm(2 * value - 1));
    t.emit({ op: "fence", kind: "wmb" });
    t.store(t.at("a"), imm(value));
    t.store(t.at("b"), imm(value));
    t.store(t.at("seq"), imm(2 * value), "release");
  }
}

/**
 * The life of an object with a reference count of CPUs + 1: each CPU takes a reference, looks whether the object has
 * been freed, and drops two; its owner drops one. Whoever drops the last frees it.
 */
export function refcount(cpus: number): GraphProgram {
  const family = new Family(cpus, { count: cpus + 1, freed: 0 });
  const put = (t: Thread): void => {
    const left = t.add(t.at("count"), -1, "full", "new");
    t.when(t.compute("eq", reg(left), imm(0)), () => t.store(t.at("freed"), imm(1)));
  };
  return family.finish((t, cpu) => {
    if (cpu < cpus) {
      t.add(t.at("count"), 1, "relaxed", "old");
      t.emit({ op: "bug", a: reg(t.load(t.at("freed"))), warn: false });
      put(t);
    }
    put(t);
  }, cpus + 1);
}
