/** Random threads that run the same text on a node of their own, and hand nodes to each other. */

import fc from "fast-check";
import type { GraphProgram } from "../../../src/check/graphs/instance.ts";
import { FuncBuilder, imm, type NewOp, ProgramBuilder, reg } from "../../../src/ir/builder.ts";
import type { Func, Operand, Order, Place, Reg } from "../../../src/ir/types.ts";

export type Deed =
  | { readonly kind: "set" | "look"; readonly value: number }
  /** The node goes to where the others look for it. */
  | { readonly kind: "publish" | "swap" | "claim"; readonly order: Order }
  /** What is found there: fails when it holds the value; or is changed; or fails when it is one's own. */
  | { readonly kind: "take" | "change" | "mine"; readonly value: number }
  | { readonly kind: "count" | "check"; readonly value: number }
  | { readonly kind: "fence" };

const order = fc.constantFrom<Order>("relaxed", "acquire", "release", "full");
const value = fc.integer({ min: 1, max: 2 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constantFrom("set" as const, "look" as const), value }),
  fc.record({ kind: fc.constantFrom("publish" as const, "swap" as const, "claim" as const), order }),
  fc.record({ kind: fc.constantFrom("take" as const, "change" as const, "mine" as const), value }),
  fc.record({ kind: fc.constantFrom("count" as const, "check" as const), value }),
  fc.record({ kind: fc.constant("fence" as const) }),
);

export interface Deeds {
  readonly twins: number;
  readonly text: readonly Deed[];
  /** Of one more thread, whose own node is another one, or that of the first twin, which then is nobody's. */
  readonly other: readonly Deed[];
  readonly steals: boolean;
}

export const anyDeeds: fc.Arbitrary<Deeds> = fc.record({
  twins: fc.integer({ min: 2, max: 3 }),
  text: fc.array(deed, { minLength: 1, maxLength: 3 }),
  other: fc.array(deed, { maxLength: 2 }),
  steals: fc.boolean(),
});

/** Two nodes are nobody's by text: the first, and the last, which is the other thread's. */
export function programOfDeeds({ twins, text, other, steals }: Deeds): GraphProgram {
  const program = new ProgramBuilder();
  const int = { kind: "int" } as const;
  const shared = program.struct("shared", { pointer: int, number: int });
  const node = program.struct("node", { value: int });
  program.global("s", shared);
  for (let i = 0; i < twins + 2; i++) program.global(`node${i}`, node);
  const place = {
    pointer: program.place(imm(1), shared, "pointer"),
    number: program.place(imm(1), shared, "number"),
    node: (of: Operand) => program.place(of, node, "value"),
  };
  const write = (deeds: readonly Deed[], own: number): Func => new Thread(place, own).write(deeds);
  const funcs = Array.from({ length: twins }, (_, t) => write(text, t + 2));
  if (other.length > 0) funcs.push(write(other, steals ? 2 : twins + 2));
  const ids = funcs.map((func) => program.func(func));
  return { program: program.finish(), threads: ids.map((func) => ({ func })), initial: [] };
}

interface Places {
  readonly pointer: Place;
  readonly number: Place;
  readonly node: (of: Operand) => Place;
}

class Thread {
  readonly #builder = new FuncBuilder("thread");
  readonly #place: Places;
  readonly #me: Operand;

  constructor(place: Places, own: number) {
    this.#place = place;
    this.#me = imm(own);
  }

  write(deeds: readonly Deed[]): Func {
    for (const each of deeds) this.#one(each);
    this.#emit({ op: "ret" });
    return this.#builder.finish();
  }

  #emit(op: NewOp): void {
    this.#builder.emit(op);
  }

  #fresh(): Reg {
    return this.#builder.reg(`r${this.#builder.regs.length}`, { kind: "int" });
  }

  #load(place: Place): Reg {
    const dst = this.#fresh();
    this.#emit({ op: "load", dst, place, order: "once" });
    return dst;
  }

  #failIf(a: Reg, b: Operand): void {
    const dst = this.#fresh();
    this.#emit({ op: "bin", fn: "eq", dst, a: reg(a), b });
    this.#emit({ op: "bug", a: reg(dst), warn: false });
  }

  #when(condition: Reg, body: () => void): void {
    const builder = this.#builder;
    const [then, end] = [builder.label(), builder.label()];
    builder.br(reg(condition), then, end);
    builder.bind(then);
    body();
    builder.bind(end);
  }

  #one(deed: Deed): void {
    const place = this.#place;
    const mine = place.node(this.#me);
    switch (deed.kind) {
      case "set":
        this.#store(mine, imm(deed.value));
        break;
      case "look":
        this.#failIf(this.#load(mine), imm(deed.value));
        break;
      case "publish":
        this.#store(place.pointer, this.#me, deed.order === "release" ? "release" : "once");
        break;
      case "swap":
      case "claim":
        this.#update(deed.kind, deed.order);
        break;
      case "mine":
        this.#failIf(this.#load(place.pointer), this.#me);
        break;
      case "take":
      case "change":
        this.#found(deed.kind, deed.value);
        break;
      case "count":
        this.#store(place.number, imm(deed.value));
        break;
      case "check":
        this.#failIf(this.#load(place.number), imm(deed.value));
        break;
      case "fence":
        this.#emit({ op: "fence", kind: "mb" });
    }
  }

  #store(place: Place, value: Operand, order: Order = "once"): void {
    this.#emit({ op: "store", place, value, order });
  }

  #update(kind: "swap" | "claim", order: Order): void {
    const dst = this.#fresh();
    const place = this.#place.pointer;
    if (kind === "claim") this.#emit({ op: "cmpxchg", dst, place, old: imm(0), value: this.#me, order });
    else this.#emit({ op: "rmw", fn: "xchg", place, value: this.#me, order, result: "old", dst });
    this.#when(dst, () => this.#failIf(this.#load(this.#place.node(reg(dst))), imm(1)));
  }

  #found(kind: "take" | "change", value: number): void {
    const found = this.#load(this.#place.pointer);
    const place = this.#place.node(reg(found));
    this.#when(found, () => {
      if (kind === "take") this.#failIf(this.#load(place), imm(value));
      else this.#store(place, imm(value));
    });
  }
}
