/** Random small threads over two or three cells: accesses of all kinds, dependencies of all kinds, branches. */

import fc from "fast-check";
import { imm, reg } from "../../../src/ir/builder.ts";
import type { FenceKind, Func, Operand, Order, Reg } from "../../../src/ir/types.ts";
import { at, cell, type ThreadBuilder, thread } from "./cells.ts";

export type Statement =
  | { readonly kind: "load"; readonly at: number; readonly order: Order }
  | { readonly kind: "store"; readonly at: number; readonly value: number; readonly order: Order }
  /** Stores a register, or one of its bits plus a constant. */
  | { readonly kind: "copy"; readonly at: number; readonly from: number; readonly mask: boolean }
  /** Loads from or stores to a cell that a register chooses. */
  | { readonly kind: "index"; readonly from: number; readonly store: boolean }
  | { readonly kind: "add" | "xchg"; readonly at: number; readonly fresh: boolean; readonly order: Order }
  | {
      readonly kind: "cmpxchg";
      readonly at: number;
      readonly old: number;
      readonly value: number;
      readonly order: Order;
    }
  | { readonly kind: "trylock"; readonly at: number }
  | { readonly kind: "fence"; readonly fence: FenceKind }
  | { readonly kind: "await"; readonly at: number; readonly value: number }
  | {
      readonly kind: "if";
      readonly from: number;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
      /** What the arms leave in the register that is read behind them; what was loaded last when absent. */
      readonly leave?: readonly [Left, Left];
    }
  /** Inside an RCU section, or a spinlock that all share. */
  | { readonly kind: "section" | "locked"; readonly body: readonly Statement[] }
  /** Ends of a critical section alone: who ends one that it is not in stops there. */
  | { readonly kind: "grace" | "lock" | "try" | "unlock" }
  /** Fails when a register holds the value. */
  | { readonly kind: "check"; readonly from: number; readonly value: number };

/** A register, with some bits set. */
interface Left {
  readonly from: number;
  readonly set: number;
}

export const CELLS = 2;
/** The cell of the spinlock. */
export const LOCK = CELLS;
const cellNumber = fc.nat(CELLS - 1);
const from = fc.nat(3);
const order = (strong: Order) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Order>("once") },
    { weight: 1, arbitrary: fc.constant<Order>("plain") },
    { weight: 1, arbitrary: fc.constant<Order>(strong) },
  );

const updateOrder = fc.constantFrom<Order>("relaxed", "acquire", "release", "full");

const simple: fc.Arbitrary<Statement> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("load" as const), at: cellNumber, order: order("acquire") }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("store" as const),
      at: cellNumber,
      value: fc.constantFrom(1, 2),
      order: order("release"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("copy" as const), at: cellNumber, from, mask: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("index" as const), from, store: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("add" as const, "xchg" as const),
      at: cellNumber,
      fresh: fc.boolean(),
      order: updateOrder,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("cmpxchg" as const),
      at: cellNumber,
      old: fc.nat(1),
      value: fc.nat(2),
      order: updateOrder,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("trylock" as const), at: cellNumber }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("fence" as const),
      fence: fc.constantFrom<FenceKind>("mb", "rmb", "wmb"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("await" as const), at: cellNumber, value: fc.nat(1) }),
  },
);

const body = (most: number, statement: fc.Arbitrary<Statement>): fc.Arbitrary<readonly Statement[]> =>
  fc.array(statement, { minLength: 1, maxLength: most });

const branch: fc.Arbitrary<Statement> = fc.record({
  kind: fc.constant("if" as const),
  from,
  body: body(2, simple),
  otherwise: fc.oneof(fc.constant([]), body(1, simple)),
});

const statement = fc.oneof({ weight: 6, arbitrary: simple }, { weight: 1, arbitrary: branch });

/** Two or three threads of a few statements each. */
export const anyThreads: fc.Arbitrary<readonly (readonly Statement[])[]> = fc.oneof(
  fc.array(body(4, statement), { minLength: 2, maxLength: 2 }),
  fc.array(body(3, statement), { minLength: 3, maxLength: 3 }),
);

const anyLeft: fc.Arbitrary<Left> = fc.record({ from: fc.constantFrom(0, 1, 2, 2, 2), set: fc.nat(1) });

/** A load, a branch on what it read, and a store of what the arms leave: rings of such threads need guesses. */
const passingOn: fc.Arbitrary<readonly Statement[]> = fc
  .record({
    load: fc.record({ kind: fc.constant("load" as const), at: cellNumber, order: order("acquire") }),
    early: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: body(1, simple) }),
    branch: fc.record({
      kind: fc.constant("if" as const),
      from: fc.constantFrom(0, 0, 0, 1),
      body: fc.oneof(fc.constant([]), body(2, simple)),
      otherwise: fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: body(1, simple) },
      ),
      leave: fc.tuple(anyLeft, anyLeft),
    }),
    late: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: body(1, statement) }),
    store: fc.oneof<fc.Arbitrary<Statement>[]>(
      fc.record({
        kind: fc.constant("copy" as const),
        at: cellNumber,
        from: fc.constantFrom(0, 0, 0, 1),
        mask: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant("index" as const),
        from: fc.constantFrom(0, 1),
        store: fc.constant(true),
      }),
    ),
  })
  .map(({ load, early, branch, late, store }) => [load, ...early, branch, ...late, store]);

/** Threads that feed each other through what their branches leave. */
export const feedingThreads: fc.Arbitrary<readonly (readonly Statement[])[]> = fc.oneof(
  fc.tuple(passingOn, passingOn),
  fc.tuple(passingOn, passingOn, body(1, simple)),
);

const rest: fc.Arbitrary<Statement> = fc.oneof(
  fc.record({ kind: fc.constantFrom("section" as const, "locked" as const), body: body(2, simple) }),
  fc.record({ kind: fc.constantFrom("grace" as const, "lock" as const, "try" as const, "unlock" as const) }),
  fc.record({ kind: fc.constant("check" as const), from, value: fc.nat(2) }),
);
const rich = fc.oneof({ weight: 6, arbitrary: statement }, { weight: 2, arbitrary: rest });

/** Two to four threads, some of which may run the same code, with assertions, sections, grace periods and locks. */
export const richThreads: fc.Arbitrary<readonly (readonly Statement[])[]> = fc.oneof(
  fc.array(body(5, rich), { minLength: 2, maxLength: 2 }),
  fc.array(body(3, rich), { minLength: 3, maxLength: 3 }),
  fc.tuple(body(3, rich), fc.integer({ min: 2, max: 3 })).map(([one, n]) => Array(n).fill(one)),
  fc.tuple(body(3, rich), body(3, rich)).map(([one, other]) => [one, other, one]),
  fc.tuple(body(2, rich), body(2, rich)).map(([one, other]) => [one, other, one, other]),
);

export function compile(statements: readonly Statement[]): Func {
  return thread((t) => new Writer(t).write(statements));
}

class Writer {
  readonly #t: ThreadBuilder;
  readonly #loaded: Reg[] = [];

  constructor(t: ThreadBuilder) {
    this.#t = t;
    // A register that every path has written.
    const zero = t.fresh();
    t.emit({ op: "mov", dst: zero, a: imm(0) });
    this.#loaded.push(zero);
  }

  write(statements: readonly Statement[]): void {
    for (const each of statements) this.#one(each);
  }

  #pick(n: number): Reg {
    return this.#loaded[n % this.#loaded.length] ?? 0;
  }

  #computed(fn: "and" | "add" | "or", a: Reg, b: number): Operand {
    const dst = this.#t.fresh();
    this.#t.emit({ op: "bin", fn, dst, a: reg(a), b: imm(b) });
    return reg(dst);
  }

  #one(s: Statement): void {
    const t = this.#t;
    switch (s.kind) {
      case "load":
        this.#loaded.unshift(t.load(s.at, s.order));
        break;
      case "store":
        t.store(s.at, s.value, s.order);
        break;
      case "copy": {
        const value = s.mask ? this.#computed("and", this.#pick(s.from), 1) : reg(this.#pick(s.from));
        t.emit({ op: "store", place: at(s.at), value, order: "once" });
        break;
      }
      case "index":
        this.#index(s.from, s.store);
        break;
      case "if":
        this.#branch(s);
        break;
      case "fence":
        t.emit({ op: "fence", kind: s.fence });
        break;
      case "section":
      case "locked":
        this.#inside(s);
        break;
      case "grace":
        t.emit({ op: "rcu.sync" });
        break;
      case "lock":
      case "unlock":
        t.emit({ op: s.kind, place: at(LOCK) });
        break;
      case "try":
        t.emit({ op: "trylock", dst: t.fresh(), place: at(LOCK) });
        break;
      case "check": {
        const failed = t.fresh();
        t.emit({ op: "bin", fn: "eq", dst: failed, a: reg(this.#pick(s.from)), b: imm(s.value + 1) });
        t.emit({ op: "bug", a: reg(failed), warn: false });
        break;
      }
      default:
        this.#update(s);
    }
  }

  #inside({ kind, body }: Statement & { readonly kind: "section" | "locked" }): void {
    const t = this.#t;
    const place = at(LOCK);
    t.emit(kind === "section" ? { op: "rcu.lock" } : { op: "lock", place });
    this.write(body);
    t.emit(kind === "section" ? { op: "rcu.unlock" } : { op: "unlock", place });
  }

  #index(from: number, store: boolean): void {
    const t = this.#t;
    const bit = this.#computed("and", this.#pick(from), 1);
    const place = cell(this.#computed("add", "reg" in bit ? bit.reg : 0, 1));
    if (store) {
      t.emit({ op: "store", place, value: imm(1), order: "once" });
    } else {
      const dst = t.fresh();
      t.emit({ op: "load", dst, place, order: "once" });
      this.#loaded.unshift(dst);
    }
  }

  #update(s: Statement & { readonly kind: "add" | "xchg" | "cmpxchg" | "trylock" | "await" }): void {
    const t = this.#t;
    const place = at(s.at);
    if (s.kind === "await") {
      t.emit({ op: "await", place, cmp: "eq", value: imm(s.value) });
      return;
    }
    const dst = t.fresh();
    if (s.kind === "add" || s.kind === "xchg") {
      const result = s.fresh ? "new" : "old";
      t.emit({ op: "rmw", fn: s.kind, place, value: imm(1), order: s.order, result, dst });
    } else if (s.kind === "cmpxchg") {
      t.emit({ op: "cmpxchg", dst, place, old: imm(s.old), value: imm(s.value), order: s.order });
    } else {
      t.emit({ op: "trylock", place, dst });
    }
    this.#loaded.unshift(dst);
  }

  /** Registers that only an arm writes are read by nothing behind it, but for one that both ways write. */
  #branch(s: Statement & { readonly kind: "if" }): void {
    const t = this.#t;
    const merged = t.fresh();
    const before = [...this.#loaded];
    const arm = (statements: readonly Statement[], left: Left | undefined) => () => {
      this.write(statements);
      const a = reg(this.#pick(left?.from ?? 0));
      if (left === undefined) t.emit({ op: "mov", dst: merged, a });
      else t.emit({ op: "bin", fn: "or", dst: merged, a, b: imm(left.set) });
      this.#loaded.splice(0, this.#loaded.length, ...before);
    };
    t.when(this.#pick(s.from), arm(s.body, s.leave?.[0]), arm(s.otherwise, s.leave?.[1]));
    this.#loaded.unshift(merged);
  }
}
