/**
 * What each built-in of a `.def` file is in the IR.
 *
 * Tags go to the ops as they are written: what `acquire` or `after-spinlock` means is the model's business. Only the
 * order of an op, for models that know no tags, and the fences of the older dialect (`def.ts`) follow from their names.
 */

import type { FenceKind, Operand, Order, Reg } from "../../ir/types.ts";
import type { Definitions } from "./def.ts";
import { BUILTINS, type Builtin, type Expr } from "./syntax.ts";
import type { Env, ValueLowerer } from "./values.ts";

/** The value, undefined when it has none. */
export function lowerBuiltin(
  to: ValueLowerer,
  builtin: Builtin,
  env: Env,
  as: "statement" | "value",
  wanted?: Reg,
): Operand | undefined {
  if (as === "value" && !BUILTINS[builtin.name].value) return undefined;
  return new BuiltinLowerer(to, builtin, env, wanted).lower(as);
}

const ORDERS: Readonly<Record<string, Order>> = {
  once: "once",
  acquire: "acquire",
  release: "release",
  mb: "full",
  noreturn: "relaxed",
};

const FENCES: Readonly<Record<string, FenceKind>> = {
  mb: "mb",
  rmb: "rmb",
  wmb: "wmb",
  "before-atomic": "before-atomic",
  "after-atomic": "after-atomic",
  "after-spinlock": "after-spinlock",
  "after-unlock-lock": "after-unlock-lock",
  barrier: "compiler",
};

const RCU: Readonly<Record<string, "rcu.lock" | "rcu.unlock" | "rcu.sync">> = {
  "rcu-lock": "rcu.lock",
  "rcu-unlock": "rcu.unlock",
  "sync-rcu": "rcu.sync",
};

/** Loads that a read barrier for dependent accesses follows, in definitions before Linux 4.15. */
const DEPENDENT = new Set(["deref", "lderef"]);

/** Tags and order of a read-modify-write. */
interface Update {
  readonly order: Order;
  readonly tag?: string;
  readonly writeTag?: string;
  readonly fenced?: string;
}

class BuiltinLowerer {
  readonly #to: ValueLowerer;
  readonly #builtin: Builtin;
  readonly #env: Env;
  readonly #wanted: Reg | undefined;
  readonly #tag: string | undefined;

  constructor(to: ValueLowerer, builtin: Builtin, env: Env, wanted: Reg | undefined) {
    this.#to = to;
    this.#builtin = builtin;
    this.#env = env;
    this.#wanted = wanted;
    this.#tag = builtin.tags[0];
  }

  lower(as: "statement" | "value"): Operand | undefined {
    switch (this.#builtin.name) {
      case "__load":
        return this.#load();
      case "__store":
        return this.#store();
      case "__fence":
        return this.#fence(this.#tag ?? "mb");
      case "__xchg":
      case "__atomic_op":
      case "__atomic_op_return":
      case "__atomic_fetch_op":
        return this.#update();
      case "__cmpxchg":
        return this.#cmpxchg();
      case "__atomic_add_unless":
        return this.#addUnless();
      case "__srcu":
        return this.#srcu(as);
      default:
        return this.#lock(this.#builtin.name);
    }
  }

  #arg(index: number): Expr {
    return this.#builtin.args[index] ?? { kind: "number", at: this.#builtin.at, value: 0 };
  }

  #value(index: number): Operand {
    return this.#to.value(this.#arg(index), this.#env);
  }

  /** What argument 0, `*x` there, names; or what it points at. */
  #named() {
    return this.#to.named(this.#arg(0), this.#env, this.#builtin.at);
  }

  #pointedAt() {
    return this.#to.pointedAt(this.#arg(0), this.#env);
  }

  #result(): { readonly dst: Reg; readonly value: Operand } {
    const dst = this.#to.result(this.#wanted);
    return { dst, value: { reg: dst } };
  }

  // ---- reads, writes, fences ----

  #load(): Operand {
    const tag = this.#tag ?? "once";
    const place = this.#named();
    const { dst, value } = this.#result();
    if (tag === "srcu-lock") this.#to.emit({ op: "srcu.lock", dst, place, tag });
    else if (DEPENDENT.has(tag)) {
      this.#to.emit({ op: "load", dst, place, order: "once", tag: "once" });
      this.#fence("rb_dep");
    } else this.#to.emit({ op: "load", dst, place, order: orderOf(tag), tag });
    return value;
  }

  #store(): undefined {
    const tag = this.#tag ?? "once";
    const place = this.#named();
    const value = this.#value(1);
    if (tag === "srcu-unlock") this.#to.emit({ op: "srcu.unlock", place, value, tag });
    else this.#to.emit({ op: "store", place, value, order: orderOf(tag), tag });
  }

  #fence(tag: string): undefined {
    const rcu = RCU[tag];
    if (rcu !== undefined) this.#to.emit({ op: rcu });
    else this.#to.emit({ op: "fence", kind: FENCES[tag.toLowerCase()] ?? "tagged", tag });
  }

  /**
   * SRCU as it was before its sections became reads and writes: every step is an event of its own kind, and the start of
   * a section makes up a cookie.
   */
  #srcu(as: "statement" | "value"): Operand | undefined {
    const tag = this.#tag ?? "srcu-lock";
    const place = this.#pointedAt();
    if (as === "value") {
      const { dst, value } = this.#result();
      const cookie = { imm: this.#to.cookie() };
      this.#to.emit({ op: "srcu.sync", place, tag, value: cookie });
      this.#to.emit({ op: "mov", dst, a: cookie });
      return value;
    }
    const value = this.#builtin.args.length === 1 ? {} : { value: this.#value(1) };
    this.#to.emit({ op: "srcu.sync", place, tag, ...value });
    return undefined;
  }

  #lock(name: "__lock" | "__unlock" | "__trylock" | "__islocked"): Operand | undefined {
    const place = this.#pointedAt();
    if (name === "__lock" || name === "__unlock") {
      this.#to.emit({ op: name === "__lock" ? "lock" : "unlock", place });
      return undefined;
    }
    const { dst, value } = this.#result();
    this.#to.emit({ op: name === "__trylock" ? "trylock" : "lock.test", place, dst });
    return value;
  }

  // ---- read-modify-writes ----

  #update(): Operand | undefined {
    const { name, fn } = this.#builtin;
    const place = this.#pointedAt();
    const value = this.#value(1);
    const { fenced, ...how } = this.#how();
    if (fenced !== undefined) this.#fence(fenced);
    const op = { op: "rmw", fn: fn ?? "xchg", place, value, ...how } as const;
    let result: Operand | undefined;
    if (name === "__atomic_op") this.#to.emit({ ...op, result: "none" });
    else {
      const made = this.#result();
      result = made.value;
      this.#to.emit({ ...op, dst: made.dst, result: name === "__atomic_op_return" ? "new" : "old" });
    }
    if (fenced !== undefined) this.#fence(fenced);
    return result;
  }

  #cmpxchg(): Operand {
    const place = this.#pointedAt();
    const old = this.#value(1);
    const next = this.#value(2);
    const { dst, value } = this.#result();
    this.#to.emit({ op: "cmpxchg", dst, place, old, value: next, ...this.#how() });
    return value;
  }

  #addUnless(): Operand {
    const place = this.#pointedAt();
    const add = this.#value(1);
    const unless = this.#value(2);
    const { dst, value } = this.#result();
    this.#to.emit({ op: "add-unless", dst, place, value: add, unless, ...this.#how() });
    return value;
  }

  #how(): Update {
    const fallback = this.#builtin.name === "__atomic_op" ? "noreturn" : "mb";
    return updateOf(this.#to.shared.definitions, this.#tag ?? fallback, this.#tag !== undefined);
  }
}

/** How an update with this tag is tagged in the dialect of the definitions (`def.ts`). */
function updateOf({ dialect }: Definitions, tag: string, written: boolean): Update {
  const order = ORDERS[tag.toLowerCase()] ?? "relaxed";
  if (dialect === "tags")
    return { order: order === "once" ? "relaxed" : order, tag: written ? tag : tag.toUpperCase() };
  switch (tag) {
    case "mb":
      return { order: "relaxed", tag: "once", fenced: "mb" };
    case "acquire":
      return { order, tag, writeTag: "once" };
    case "release":
      return { order, tag: "once", writeTag: tag };
    case "noreturn":
      return { order: "relaxed", tag, writeTag: "once" };
    default:
      return { order: "relaxed", tag };
  }
}

function orderOf(tag: string): Order {
  const order = ORDERS[tag.toLowerCase()];
  return order === "acquire" || order === "release" ? order : "once";
}
