/**
 * All executions of small threads as herd7 finds them: every read has a variable for its value, every way through the
 * branches and every reads-from gives equations, and a candidate counts if solving them leaves none. Shares no code with
 * the engine. (herd7 7.58: `mem.ml`, `valconstraint.ml`, `symbValue.ml`; read, not copied.)
 */

import type { BinaryOp, Func, Op, Operand, Reg } from "../../../src/ir/types.ts";
import { binary } from "../../../src/world/arith.ts";
import type { Axioms } from "./axioms.ts";
import {
  type Event,
  execution,
  FENCES,
  joinOf,
  nameOf,
  permutations,
  product,
  readSets,
  type Scope,
  storeSets,
  TooMany,
  union,
} from "./brute.ts";

/** A number or a variable. */
type Term = number | string;

/** left = a, or left = fn(a, b). */
interface Equation {
  readonly left: Term;
  readonly fn?: BinaryOp;
  readonly a: Term;
  readonly b?: Term;
}

interface Value {
  readonly term: Term;
  readonly from: ReadonlySet<number>;
}

type SymbolicEvent = Event & { readonly term: Term };

interface Way {
  readonly events: readonly SymbolicEvent[];
  readonly equations: readonly Equation[];
}

const NONE: ReadonlySet<number> = new Set();

// ---- ways through a thread -----------------------------------------------------------------------------------

class Walker {
  readonly ways: Way[] = [];
  readonly #func: Func;
  readonly #thread: number;
  #variables = 0;

  constructor(func: Func, thread: number) {
    this.#func = func;
    this.#thread = thread;
    this.#walk(0, [], [], { events: [], equations: [] });
  }

  #variable(): string {
    return `${this.#thread}v${this.#variables++}`;
  }

  #walk(pc: number, regs: readonly Value[], open: readonly Scope[], way: Way): void {
    const op = this.#func.ops[pc];
    if (op === undefined) return;
    const scopes = open.filter((scope) => scope.end !== pc);
    const get = (operand: Operand): Value =>
      "imm" in operand ? { term: operand.imm, from: NONE } : (regs[operand.reg] ?? { term: 0, from: NONE });
    if (op.op === "ret") this.ways.push(way);
    else if (op.op === "jmp") this.#walk(op.to, regs, scopes, way);
    else if (op.op === "br") this.#branch(pc, op, get(op.a), regs, scopes, way);
    else {
      const control = union(...scopes.map((scope) => scope.from));
      for (const { dst, value, events, equations } of this.#outcomes(op, way.events.length, get, control)) {
        const next = [...regs];
        if (dst !== undefined && value !== undefined) next[dst] = value;
        this.#walk(pc + 1, next, scopes, {
          events: [...way.events, ...events],
          equations: [...way.equations, ...equations],
        });
      }
    }
  }

  #branch(
    pc: number,
    op: Op & { readonly op: "br" },
    condition: Value,
    regs: readonly Value[],
    scopes: readonly Scope[],
    { events, equations }: Way,
  ): void {
    const inside = [...scopes, { end: joinOf(this.#func, pc), from: condition.from }];
    const test = this.#compute("ne", condition.term, 0);
    for (const way of [1, 0]) {
      this.#walk(way === 1 ? op.then : op.otherwise, regs, inside, {
        events,
        equations: [...equations, ...test.equations, { left: test.term, a: way }],
      });
    }
  }

  /** What can be computed at once is; the rest becomes an equation. */
  #compute(fn: BinaryOp, a: Term, b: Term): { readonly term: Term; readonly equations: Equation[] } {
    const known = evaluate(fn, a, b);
    if (known !== undefined) return { term: known, equations: [] };
    const term = this.#variable();
    return { term, equations: [{ left: term, fn, a, b }] };
  }

  #outcomes(
    op: Op,
    at: number,
    get: (operand: Operand) => Value,
    ctrl: ReadonlySet<number>,
  ): readonly Outcome[] {
    if (op.op === "mov") return [{ dst: op.dst, value: get(op.a), events: [], equations: [] }];
    if (op.op === "bin") {
      const [a, b] = [get(op.a), get(op.b)];
      const { term, equations } = this.#compute(op.fn, a.term, b.term);
      return [{ dst: op.dst, value: { term, from: union(a.from, b.from) }, events: [], equations }];
    }
    const none = { atomic: false, acquire: false, paired: false, addr: NONE, data: NONE, ctrl, value: 0 };
    const { thread } = { thread: this.#thread };
    if (op.op === "fence") {
      const sets = ["F", FENCES[op.kind] ?? "?"];
      return [{ events: [{ ...none, thread, kind: "F", location: -1, sets, term: 0 }], equations: [] }];
    }
    if (!("place" in op)) throw new Error(`no semantics for ${op.op}`);
    const object = get(op.place.obj);
    if (typeof object.term === "string") throw new TooMany();
    const base = { ...none, thread, location: object.term - 1, addr: object.from };
    if (op.op === "store") {
      const { term, from } = get(op.value);
      return [{ events: [{ ...base, kind: "W", sets: storeSets(op), data: from, term }], equations: [] }];
    }
    return this.#reading(op, base, at, get);
  }

  #reading(
    op: Op,
    base: Omit<Event, "kind" | "sets">,
    at: number,
    get: (operand: Operand) => Value,
  ): readonly Outcome[] {
    const old = this.#variable();
    const value = { term: old, from: new Set([at]) };
    const read = (writes: boolean, atomic: boolean): SymbolicEvent => ({
      ...{ ...base, kind: "R", atomic, paired: writes },
      ...{ sets: readSets(op, writes), term: old },
    });
    const write = ({ term, from }: Value): SymbolicEvent => ({
      ...{ ...base, kind: "W", atomic: true, term, data: from },
      sets: ["W", "M", "RMW", "X", "Once"],
    });
    switch (op.op) {
      case "load":
        return [{ dst: op.dst, value, events: [read(false, false)], equations: [] }];
      case "rmw":
        return [{ dst: op.dst, value, events: [read(true, true), write(get(op.value))], equations: [] }];
      case "cmpxchg": {
        const expected = get(op.old).term;
        const differs = this.#variable();
        return [
          {
            ...{ dst: op.dst, value, events: [read(true, true), write(get(op.value))] },
            equations: [{ left: old, a: expected }],
          },
          {
            ...{ dst: op.dst, value, events: [read(false, true)] },
            equations: [
              { left: differs, fn: "ne", a: old, b: expected },
              { left: differs, a: 1 },
            ],
          },
        ];
      }
      default:
        throw new Error(`no semantics for ${op.op}`);
    }
  }
}

interface Outcome extends Way {
  readonly dst?: Reg | undefined;
  readonly value?: Value;
}

// ---- equations -----------------------------------------------------------------------------------------------

/** What a function is as far as variables leave it open; undefined if they do not. */
function evaluate(fn: BinaryOp, a: Term, b: Term): Term | undefined {
  if (typeof a === "number" && typeof b === "number") return binary(fn, a, b);
  if ((fn === "add" || fn === "or") && a === 0) return b;
  if ((fn === "add" || fn === "or") && b === 0) return a;
  if (a !== b) return undefined;
  if (fn === "xor" || fn === "ne") return 0;
  return fn === "eq" ? 1 : undefined;
}

/** The value of each variable, itself where nothing says more; undefined if that is no solution. */
function solve(equations: readonly Equation[]): ((term: Term) => Term) | undefined {
  const parents = new Map<string, string>();
  const rootOf = (name: string): string => {
    const parent = parents.get(name);
    return parent === undefined ? name : rootOf(parent);
  };
  for (const { left, fn, a } of equations) {
    if (fn !== undefined || typeof left === "number" || typeof a === "number") continue;
    if (rootOf(left) !== rootOf(a)) parents.set(rootOf(left), rootOf(a));
  }
  const values = new Map<string, number>();
  const of = (term: Term): Term =>
    typeof term === "number" ? term : (values.get(rootOf(term)) ?? rootOf(term));
  let left = equations;
  for (let changed = true; changed; ) {
    changed = false;
    const rest: Equation[] = [];
    for (const each of left) {
      const to = of(each.left);
      const from = each.fn === undefined ? of(each.a) : evaluate(each.fn, of(each.a), of(each.b ?? 0));
      if (from !== undefined && from === to) continue;
      if (typeof from === "number" && typeof to === "number") return undefined;
      if (typeof from === "number" && typeof to === "string") values.set(to, from);
      else if (typeof from === "string" && typeof to === "number") values.set(from, to);
      else {
        rest.push(each);
        continue;
      }
      changed = true;
    }
    left = rest;
  }
  return left.length === 0 ? of : undefined;
}

// ---- executions ----------------------------------------------------------------------------------------------

/** Names of all executions that the axioms accept, with `S` for what nothing determines. */
export function equationExecutions(
  funcs: readonly Func[],
  locations: number,
  axioms: Axioms,
  most: number,
): readonly string[] {
  const names: string[] = [];
  for (const ways of product(funcs.map((func, t) => new Walker(func, t).ways)))
    candidates(ways, locations, axioms, most, names);
  return names;
}

function candidates(
  ways: readonly Way[],
  locations: number,
  axioms: Axioms,
  most: number,
  names: string[],
): void {
  const initial = Array.from({ length: locations }, (_, location): SymbolicEvent => {
    const bare = {
      atomic: false,
      acquire: false,
      paired: false,
      addr: NONE,
      data: NONE,
      ctrl: NONE,
      value: 0,
    };
    return { ...bare, thread: -1 - location, kind: "W", location, sets: ["W", "M", "IW"], term: 0 };
  });
  const events = [...initial, ...ways.flatMap((way) => way.events)];
  const offsets = ways.map(
    (_, t) => locations + ways.slice(0, t).reduce((sum, way) => sum + way.events.length, 0),
  );
  const numbered = [...events.entries()];
  const reads = numbered.filter(([, e]) => e.kind === "R");
  const writesOf = (location: number): number[] =>
    numbered.filter(([, e]) => e.kind === "W" && e.location === location).map(([i]) => i);
  const sources = reads.map(([, read]) => writesOf(read.location));
  const orders = initial.map((_, location) =>
    permutations(writesOf(location).filter((i) => i >= locations)).map((order) => [location, ...order]),
  );
  const total = [...sources, ...orders].reduce((count, choices) => count * choices.length, 1);
  if (total > most) throw new TooMany();
  for (const chosen of product(sources)) {
    const equations = ways.flatMap((way) => way.equations);
    const readsFrom = reads.map(([, e], k) => ({ left: e.term, a: events[chosen[k] ?? 0]?.term ?? 0 }));
    const values = solve([...equations, ...readsFrom]);
    if (values === undefined) continue;
    const valued = events.map((e) => ({ ...e, value: numberOf(values(e.term)) }));
    const from = new Map(reads.map(([i], k) => [i, chosen[k] ?? -1]));
    for (const order of product(orders)) {
      if (!axioms(execution(valued, offsets, from, order))) continue;
      names.push(nameOf(valued, offsets, from, order).replaceAll(`=${OPEN}`, "=S"));
    }
  }
}

/** A number that no thread stores. */
const OPEN = 777_777;
const numberOf = (term: Term): number => (typeof term === "number" ? term : OPEN);
