/**
 * All executions of small threads by brute force: guess the value of every read, enumerate who reads from whom and in
 * which order writes hit memory, and keep what the axioms accept. Shares no code with the engine.
 *
 * An execution's name is its threads' events in program order, each read with its source, and the coherence orders.
 */

import type { Func, Op, Operand, Order } from "../../../src/ir/types.ts";
import { binary } from "../../../src/world/arith.ts";
import type { Axioms, Execution } from "./axioms.ts";

export interface Event {
  readonly thread: number;
  readonly kind: "R" | "W" | "F";
  readonly location: number;
  readonly value: number;
  readonly atomic: boolean;
  readonly acquire: boolean;
  /** The write of the update whose read this event is comes next in its thread. */
  readonly paired: boolean;
  /** Sets of a memory model that it is in. */
  readonly sets: readonly string[];
  /** Earlier events of the thread that it depends on, by index in the thread. */
  readonly addr: ReadonlySet<number>;
  readonly data: ReadonlySet<number>;
  readonly ctrl: ReadonlySet<number>;
}

export type Path = readonly Event[];

interface Value {
  readonly value: number;
  readonly from: ReadonlySet<number>;
}

const NOTHING: ReadonlySet<number> = new Set();
export const union = (...sets: readonly ReadonlySet<number>[]): ReadonlySet<number> =>
  new Set(sets.flatMap((s) => [...s]));

/** All ways through a thread when reads return any of `values`. Branch bodies are found as the engine must find them. */
export function pathsOf(
  func: Func,
  thread: number,
  values: readonly number[],
  stored: Set<number> = new Set(),
): Path[] {
  const paths: Path[] = [];
  const walk = (pc: number, regs: readonly Value[], open: readonly Scope[], events: Path): void => {
    const op = func.ops[pc];
    const scopes = open.filter((scope) => scope.end !== pc);
    const control = union(...scopes.map((scope) => scope.from));
    const get = (operand: Operand): Value =>
      "imm" in operand
        ? { value: operand.imm, from: NOTHING }
        : (regs[operand.reg] ?? { value: 0, from: NOTHING });
    const put = (dst: number | undefined, value: Value): readonly Value[] => {
      const next = [...regs];
      if (dst !== undefined) next[dst] = value;
      return next;
    };
    if (op === undefined) return;
    if (op.op === "ret") {
      paths.push(events);
      return;
    }
    if (op.op === "jmp") {
      walk(op.to, regs, scopes, events);
      return;
    }
    if (op.op === "br") {
      const condition = get(op.a);
      const end = joinOf(func, pc);
      const to = condition.value !== 0 ? op.then : op.otherwise;
      walk(to, regs, [...scopes, { end, from: condition.from }], events);
      return;
    }
    for (const each of outcomes(op, thread, events.length, get, control, values)) {
      for (const event of each.events) if (event.kind === "W") stored.add(event.value);
      walk(pc + 1, each.result === undefined ? regs : put(dstOf(op), each.result), scopes, [
        ...events,
        ...each.events,
      ]);
    }
  };
  walk(0, [], [], []);
  return paths;
}

export interface Scope {
  readonly end: number;
  readonly from: ReadonlySet<number>;
}

/** Generated bodies are laid out so that both arms come before the join and jump forwards only. */
export function joinOf(func: Func, branch: number): number {
  const reach = (from: number): Set<number> => {
    const seen = new Set<number>();
    const todo = [from];
    for (let pc = todo.pop(); pc !== undefined; pc = todo.pop()) {
      if (seen.has(pc)) continue;
      seen.add(pc);
      const op = func.ops[pc];
      if (op?.op === "jmp") todo.push(op.to);
      else if (op?.op === "br") todo.push(op.then, op.otherwise);
      else if (op !== undefined && op.op !== "ret") todo.push(pc + 1);
    }
    return seen;
  };
  const op = func.ops[branch];
  if (op?.op !== "br") throw new Error("not a branch");
  const both = [...reach(op.then)].filter((pc) => reach(op.otherwise).has(pc));
  return Math.min(...both);
}

export const FENCES: Readonly<Record<string, string>> = { mb: "Mb", rmb: "Rmb", wmb: "Wmb" };
const TAGS: Readonly<Record<string, string>> = { once: "Once", acquire: "Acquire", release: "Release" };
const tagOf = (order: string): string[] => (order === "plain" ? [] : [TAGS[order] ?? "?"]);

export function storeSets(op: Op): string[] {
  return op.op === "store" ? ["W", "M", ...tagOf(op.order)] : ["UL"];
}

export function readSets(op: Op, writes: boolean): string[] {
  switch (op.op) {
    case "lock":
      return ["LKR"];
    case "trylock":
      return writes ? ["LKR"] : ["LF"];
    case "await":
      return ["R", "M", "Acquire"];
    case "load":
      return ["R", "M", ...tagOf(op.order)];
    default:
      return ["R", "M", "RMW", "X", writes ? updateTag(op, "release") : "Once"];
  }
}

/** The tag of one half of an update: a release is none for the read, an acquire none for the write. */
function updateTag(op: Op, other: Order): string {
  const order = "order" in op ? op.order : "relaxed";
  if (order === "full") return "Mb";
  return order === other ? "Once" : (TAGS[order] ?? "Once");
}

export const dstOf = (op: Op): number | undefined => ("dst" in op ? op.dst : undefined);

interface Outcome {
  readonly events: readonly Event[];
  readonly result?: Value;
}

type Get = (operand: Operand) => Value;

function outcomes(
  op: Op,
  thread: number,
  at: number,
  get: Get,
  control: ReadonlySet<number>,
  values: readonly number[],
): readonly Outcome[] {
  if (op.op === "mov") return [{ events: [], result: get(op.a) }];
  if (op.op === "bin") {
    const [a, b] = [get(op.a), get(op.b)];
    return [{ events: [], result: { value: binary(op.fn, a.value, b.value), from: union(a.from, b.from) } }];
  }
  if (op.op === "fence") {
    const event: Event = {
      thread,
      kind: "F",
      location: -1,
      value: 0,
      atomic: false,
      acquire: false,
      paired: false,
      sets: ["F", FENCES[op.kind] ?? "?"],
      addr: NOTHING,
      data: NOTHING,
      ctrl: control,
    };
    return [{ events: [event] }];
  }
  if (!("place" in op)) throw new Error(`no semantics for ${op.op}`);
  const object = get(op.place.obj);
  const base = {
    thread,
    location: object.value - 1,
    atomic: false,
    acquire: false,
    paired: false,
    addr: object.from,
    data: NOTHING,
    ctrl: control,
  };
  if (op.op === "store" || op.op === "unlock") {
    const value = op.op === "store" ? get(op.value) : { value: 0, from: NOTHING };
    return [{ events: [{ ...base, kind: "W", value: value.value, sets: storeSets(op), data: value.from }] }];
  }
  const mine = new Set([at]);
  return values.flatMap((old): readonly Outcome[] => {
    const update = updateOf(op, old, get);
    if (update === "refused") return [];
    const atomic = op.op !== "load" && op.op !== "await";
    const sets = readSets(op, update.writes);
    const acquire = sets.includes("Acquire") || sets.includes("LKR");
    const read: Event = {
      ...base,
      kind: "R",
      value: old,
      atomic,
      acquire,
      paired: update.writes,
      sets: readSets(op, update.writes),
    };
    const result = { value: update.result, from: union(mine, update.resultFrom) };
    if (!update.writes) return [{ events: [read], result }];
    const own = update.computes ? mine : NOTHING;
    const write: Event = {
      ...base,
      kind: "W",
      value: update.value,
      atomic,
      sets:
        op.op === "lock" || op.op === "trylock" ? ["LKW"] : ["W", "M", "RMW", "X", updateTag(op, "acquire")],
      data: union(update.from, own),
    };
    return [{ events: [read, write], result }];
  });
}

interface Update {
  readonly writes: boolean;
  readonly value: number;
  readonly from: ReadonlySet<number>;
  readonly computes: boolean;
  readonly result: number;
  readonly resultFrom: ReadonlySet<number>;
}

function updateOf(op: Op, old: number, get: Get): Update | "refused" {
  const only = (result: number): Update => ({
    writes: false,
    value: 0,
    from: NOTHING,
    computes: false,
    result,
    resultFrom: NOTHING,
  });
  switch (op.op) {
    case "load":
      return only(old);
    case "await":
      return (old === get(op.value).value) === (op.cmp === "eq") ? only(old) : "refused";
    case "lock":
      return old === 0 ? { ...only(0), writes: true, value: 1 } : "refused";
    case "trylock":
      return old === 0 ? { ...only(1), writes: true, value: 1 } : only(0);
    case "rmw": {
      const by = get(op.value);
      const value = op.fn === "xchg" ? by.value : binary(op.fn, old, by.value);
      const fresh = op.result === "new";
      return {
        writes: true,
        value,
        from: by.from,
        computes: op.fn !== "xchg",
        result: fresh ? value : old,
        resultFrom: fresh ? by.from : NOTHING,
      };
    }
    case "cmpxchg":
      if (old !== get(op.old).value) return only(old);
      return { ...only(old), writes: true, value: get(op.value).value, from: get(op.value).from };
    default:
      throw new Error(`no semantics for ${op.op}`);
  }
}

/** Raised for programs whose enumeration would take too long. */
export class TooMany extends Error {}

/**
 * Names of all executions that the axioms accept. `locations` cells start at 0. A value may be stored only if it is read,
 * as where branches are guessed: `seeds` are values to start the search for values with.
 */
export function allExecutions(
  funcs: readonly Func[],
  locations: number,
  axioms: Axioms,
  most = 40_000,
  seeds: readonly number[] = [0],
): Set<string> {
  const values = possibleValues(funcs, seeds);
  const ways = funcs.map((func, t) => pathsOf(func, t, values));
  const combinations = ways.reduce((product, paths) => product * paths.length, 1);
  if (combinations > most) throw new TooMany();
  const names = new Set<string>();
  for (const paths of product(ways)) enumerate(paths, locations, axioms, names, most);
  return names;
}

/** Values that reads may return: what starts in memory, and whatever is stored when reads return those. */
function possibleValues(funcs: readonly Func[], seeds: readonly number[]): readonly number[] {
  let values = seeds;
  for (let round = 0; round < 6; round++) {
    // What a thread stores on its way counts, even if it then waits for ever.
    const stored = new Set(seeds);
    for (const [t, func] of funcs.entries()) pathsOf(func, t, values, stored);
    const next = [...stored].sort((a, b) => a - b);
    if (next.length === values.length) return values;
    if (next.length > 6) throw new TooMany();
    values = next;
  }
  return values;
}

function enumerate(
  paths: readonly Path[],
  locations: number,
  axioms: Axioms,
  names: Set<string>,
  most: number,
): void {
  const initial = Array.from(
    { length: locations },
    (_, location): Event => ({
      thread: -1 - location,
      kind: "W",
      location,
      value: 0,
      atomic: false,
      acquire: false,
      paired: false,
      sets: ["W", "M", "IW"],
      addr: NOTHING,
      data: NOTHING,
      ctrl: NOTHING,
    }),
  );
  const events = [...initial, ...paths.flat()];
  const offsets = paths.map(
    (_, t) => locations + paths.slice(0, t).reduce((sum, path) => sum + path.length, 0),
  );
  const numbered = [...events.entries()];
  const reads = numbered.filter(([, e]) => e.kind === "R");
  const sources = reads.map(([, read]) =>
    numbered
      .filter(([, w]) => w.kind === "W" && w.location === read.location && w.value === read.value)
      .map(([i]) => i),
  );
  const orders = initial.map((_, location) => {
    const writes = numbered.filter(([i, e]) => i >= locations && e.kind === "W" && e.location === location);
    return permutations(writes.map(([i]) => i)).map((order) => [location, ...order]);
  });
  const total = [...sources, ...orders].reduce((count, choices) => count * choices.length, 1);
  if (total > most) throw new TooMany();
  for (const chosen of product(sources)) {
    const from = new Map(reads.map(([i], k) => [i, chosen[k] ?? -1]));
    for (const order of product(orders)) {
      if (axioms(execution(events, offsets, from, order))) names.add(nameOf(events, offsets, from, order));
    }
  }
}

export function execution(
  events: readonly Event[],
  offsets: readonly number[],
  from: ReadonlyMap<number, number>,
  orders: readonly (readonly number[])[],
): Execution {
  const of = (e: number): Event => events[e] as Event;
  const depends = (a: number, b: number, how: "addr" | "data" | "ctrl"): boolean => {
    const { thread } = of(b);
    return thread >= 0 && of(a).thread === thread && of(b)[how].has(a - (offsets[thread] ?? 0));
  };
  const position = new Map(orders.flatMap((order) => order.map((e, i): [number, number] => [e, i])));
  return {
    n: events.length,
    thread: (e) => of(e).thread,
    location: (e) => of(e).location,
    isRead: (e) => of(e).kind === "R",
    isWrite: (e) => of(e).kind === "W",
    isFence: (e) => of(e).kind === "F" && of(e).sets.includes("Mb"),
    isAtomic: (e) => of(e).atomic,
    isAcquire: (e) => of(e).acquire,
    po: (a, b) => of(a).thread === of(b).thread && a < b,
    rf: (a, b) => from.get(b) === a,
    co: (a, b) =>
      of(a).kind === "W" &&
      of(b).kind === "W" &&
      of(a).location === of(b).location &&
      (position.get(a) ?? 0) < (position.get(b) ?? 0),
    rmw: (a, b) => of(a).paired && b === a + 1,
    addr: (a, b) => depends(a, b, "addr"),
    data: (a, b) => depends(a, b, "data"),
    ctrl: (a, b) => depends(a, b, "ctrl"),
    sets: (e) => of(e).sets,
  };
}

export function nameOf(
  events: readonly Event[],
  offsets: readonly number[],
  from: ReadonlyMap<number, number>,
  orders: readonly (readonly number[])[],
): string {
  const id = (e: number): string => {
    const { thread, location } = events[e] as Event;
    return thread < 0 ? `i${location}` : `${thread}.${e - (offsets[thread] ?? 0)}`;
  };
  const text = events.flatMap(({ thread, kind, location, value }, e) => {
    if (thread < 0) return [];
    const source = from.get(e);
    return [
      `${thread}:${kind}${location}=${kind === "F" ? 0 : value}${source === undefined ? "" : `<${id(source)}`}`,
    ];
  });
  return `${text.join(" ")} | ${orders.map((order) => order.map(id).join(",")).join(" ")}`;
}

export function* product<T>(lists: readonly (readonly T[])[]): Generator<readonly T[]> {
  const [head, ...rest] = lists;
  if (head === undefined) {
    yield [];
    return;
  }
  for (const each of head) for (const others of product(rest)) yield [each, ...others];
}

export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) =>
    permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]),
  );
}
