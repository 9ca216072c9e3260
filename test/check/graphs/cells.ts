/** Threads written by hand or at random over cells of one field each, and their executions by the engine. */

import type { Counts } from "../../../src/check/graphs/counts.ts";
import { Explorer } from "../../../src/check/graphs/explore.ts";
import { type GraphProgram, Instance, type InstanceOptions } from "../../../src/check/graphs/instance.ts";
import { FuncBuilder, imm, type NewOp, reg } from "../../../src/ir/builder.ts";
import type { Func, Operand, Order, Place, Program, Reg } from "../../../src/ir/types.ts";
import type { Model } from "../../../src/memory/model.ts";

export const cell = (obj: Operand): Place => ({ obj, struct: 0, field: 0 });
/** Cell number n, from 0. */
export const at = (n: number): Place => cell(imm(n + 1));

/** A thread under construction, with the short forms that tests are written in. */
export class ThreadBuilder {
  readonly builder: FuncBuilder;

  constructor(name: string) {
    this.builder = new FuncBuilder(name);
  }

  emit(op: NewOp): this {
    this.builder.emit(op);
    return this;
  }

  fresh(): Reg {
    return this.builder.reg(`r${this.builder.regs.length}`, { kind: "int" });
  }

  load(location: number, order: Order = "once"): Reg {
    const dst = this.fresh();
    this.emit({ op: "load", dst, place: at(location), order });
    return dst;
  }

  store(location: number, value: number | { readonly reg: Reg }, order: Order = "once"): this {
    return this.emit({
      op: "store",
      place: at(location),
      value: typeof value === "number" ? imm(value) : value,
      order,
    });
  }

  add(location: number, order: Order = "relaxed"): Reg {
    const dst = this.fresh();
    this.emit({ op: "rmw", fn: "add", place: at(location), value: imm(1), order, result: "old", dst });
    return dst;
  }

  fence(): this {
    return this.emit({ op: "fence", kind: "mb" });
  }

  when(condition: Reg, body: () => void, otherwise?: () => void): this {
    const { builder } = this;
    const [then, other, end] = [builder.label(), builder.label(), builder.label()];
    builder.br(reg(condition), then, otherwise === undefined ? end : other);
    builder.bind(then);
    body();
    if (otherwise !== undefined) {
      builder.jmp(end);
      builder.bind(other);
      otherwise();
    }
    builder.bind(end);
    return this;
  }

  done(): Func {
    this.builder.emit({ op: "ret" });
    return this.builder.finish();
  }
}

export function thread(write: (t: ThreadBuilder) => void): Func {
  const builder = new ThreadBuilder("thread");
  write(builder);
  return builder.done();
}

/** A program of threads over `cells` cells that start at 0. */
export function programOf(funcs: readonly Func[], cells: number): GraphProgram {
  const program: Program = {
    structs: [{ name: "cell", fields: [{ name: "v", type: { kind: "int" }, bytes: 4, line: 0 }] }],
    globals: [],
    funcs,
    entries: new Map(),
    positions: [{ file: "by-hand.ts", line: 1, column: 1, func: "by_hand", caller: -1 }],
    constants: new Map(),
    taskStruct: undefined,
    mmStruct: undefined,
  };
  const initial = Array.from({ length: cells }, (_, i) => ({ struct: 0, object: i + 1, field: 0, value: 0 }));
  return { program, threads: funcs.map((_, func) => ({ func })), initial };
}

/** The counts of a search. */
export function explore(funcs: readonly Func[], cells: number, model: Model, unroll = 2): Counts {
  return run(funcs, cells, model, () => undefined, { unroll });
}

export function run(
  funcs: readonly Func[],
  cells: number,
  model: Model,
  complete: (execution: Explorer) => void,
  options: Partial<InstanceOptions> = {},
): Counts {
  const instance = new Instance(programOf(funcs, cells), model, { unroll: 2, ...options });
  return new Explorer(instance, { complete, stuck: () => undefined }).run();
}

/** The name that `brute.ts` gives to the execution in the explorer. */
export function nameOf({ graph, threads }: Explorer, cells: number): string {
  const order = [...Array(graph.n).keys()]
    .filter((e) => (graph.thread[e] ?? 0) >= 0)
    .sort(
      (a, b) => (graph.thread[a] ?? 0) - (graph.thread[b] ?? 0) || (graph.key[a] ?? 0) - (graph.key[b] ?? 0),
    );
  const ids = new Map<number, string>();
  const next = threads.codes.map(() => 0);
  for (const e of order) {
    const t = graph.thread[e] ?? 0;
    ids.set(e, `${t}.${next[t]}`);
    next[t] = (next[t] ?? 0) + 1;
  }
  const id = (e: number): string => ids.get(e) ?? `i${graph.location[e]}`;
  const text = order.map((e) => {
    const kind = (graph.location[e] ?? 0) < 0 ? "F" : (graph.place[e] ?? 0) >= 0 ? "W" : "R";
    const source = graph.source[e] ?? -1;
    return `${graph.thread[e]}:${kind}${graph.location[e]}=${graph.value[e]}${source < 0 ? "" : `<${id(source)}`}`;
  });
  const orders = Array.from({ length: cells }, (_, location) => {
    const writes = [
      ...graph.order.slice(location * graph.writes, location * graph.writes + (graph.count[location] ?? 0)),
    ];
    return writes.length === 0 ? `i${location}` : writes.map(id).join(",");
  });
  return `${text.join(" ")} | ${orders.join(" ")}`;
}
