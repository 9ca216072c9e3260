/**
 * Whether the values of some reads follow from an execution's equations, without having been put in.
 *
 * The execution is complete: who reads from whom and which way each branch went is fixed. Every read begins as a variable of
 * its own; then the threads are run over and over with what their reads' sources are known to store, until nothing
 * changes (`undetermined.ts` says what may be computed with a variable).
 */

import type { Site, ThreadCode } from "./code.ts";
import { type ExecutionGraph, NOBODY } from "./graph.ts";
import type { Instance } from "./instance.ts";
import { COND, OP, VISIBLE } from "./opcodes.ts";
import { writes } from "./threads.ts";
import { applyOpenly, isVariable, resultOpenly, variable } from "./undetermined.ts";

/** Undefined: hangs on a variable in a way that leaves an equation. */
type Value = number | undefined;

/** A read that was supposed to have read a number, or what another read was supposed to have read. */
export interface Claim {
  readonly read: number;
  readonly is: { readonly number: number } | { readonly read: number };
}

export function areGrounded(instance: Instance, claims: readonly Claim[]): boolean {
  const found = new Equations(instance).solve();
  return claims.every(({ read, is }) => found(read) === ("number" in is ? is.number : found(is.read)));
}

class Equations {
  readonly #instance: Instance;
  readonly #graph: ExecutionGraph;
  /** Variables, one per event, that are known to be something else. */
  readonly #equal = new Map<number, number>();
  #changed = true;

  constructor(instance: Instance) {
    this.#instance = instance;
    const { graph } = instance;
    this.#graph = graph;
    for (let e = 0; e < graph.n; e++)
      if (graph.thread[e] === NOBODY) this.#unite(variable(e), graph.value[e] ?? 0);
  }

  /** What each event reads or writes; a variable where nothing says more. */
  solve(): (event: number) => number {
    // Each round makes more known, or two variables one, or is the last.
    for (let rounds = 4 * this.#graph.n; this.#changed && rounds > 0; rounds--) {
      this.#changed = false;
      for (const [t, code] of this.#instance.codes.entries()) this.#run(t, code);
    }
    return (event) => this.#resolve(variable(event));
  }

  /** Along the way that the thread took: `actual` registers decide branches, `known` is what follows. */
  #run(t: number, code: ThreadCode): void {
    const { threads } = this.#instance;
    const known: Value[] = Array.from(code.init);
    const actual = Int32Array.from(code.init);
    const put = (dst: number, value: Value, real: number): void => {
      known[dst] = value;
      actual[dst] = real;
    };
    let pc = 0;
    while (pc >= 0 && pc < code.length) {
      const op = code.op[pc] ?? 0;
      const a = code.a[pc] ?? 0;
      let next = code.next[pc] ?? -1;
      if (op === OP.mov) put(code.dst[pc] ?? 0, known[a], actual[a] ?? 0);
      else if (op === OP.bin) this.#compute(code, pc, known, actual, put);
      else if (op === OP.branch) next = actual[a] !== 0 ? next : (code.other[pc] ?? -1);
      else if (op === OP.end || op === OP.cut || op === OP.bug) return;
      else if (op >= VISIBLE) {
        const event = (threads.heap[(threads.issued[t] ?? 0) + pc] ?? 0) - 1;
        const site = code.sites[pc];
        if (event < 0 || site === undefined) return;
        this.#access(event, site, known, actual, put);
      }
      pc = next;
    }
  }

  #compute(
    code: ThreadCode,
    pc: number,
    known: readonly Value[],
    actual: Int32Array,
    put: (dst: number, value: Value, real: number) => void,
  ): void {
    const [fn, a, b] = [code.fn[pc] ?? 0, code.a[pc] ?? 0, code.b[pc] ?? 0];
    const [x, y] = [known[a], known[b]];
    const value =
      x === undefined || y === undefined ? undefined : applyOpenly(fn, this.#resolve(x), this.#resolve(y));
    put(code.dst[pc] ?? 0, value, applyOpenly(fn, actual[a] ?? 0, actual[b] ?? 0) ?? 0);
  }

  #access(
    event: number,
    site: Site,
    known: readonly Value[],
    actual: Int32Array,
    put: (dst: number, value: Value, real: number) => void,
  ): void {
    const { value, source, partner } = this.#graph;
    if (site.kind === OP.store || site.kind === OP.unlock) {
      this.#unite(variable(event), site.kind === OP.unlock ? 0 : known[site.value]);
      return;
    }
    if (site.kind === OP.fence || site.kind === OP.placed) return;
    const real = value[event] ?? 0;
    const wrote = writes(site.cond, real, actual[site.extra] ?? 0);
    const old = this.#read(event, source[event] ?? 0, site, wrote, known[site.extra]);
    const operand = known[site.value];
    const write = partner.indexOf(event);
    if (write >= 0 && operand !== undefined)
      this.#unite(variable(write), applyOpenly(site.fn, old, this.#resolve(operand)));
    if (site.dst < 0) return;
    const result =
      operand === undefined ? undefined : resultOpenly(site.result, site.fn, old, operand, wrote);
    put(site.dst, result, resultOpenly(site.result, site.fn, real, actual[site.value] ?? 0, wrote) ?? 0);
  }

  /** A read's value is what its source stored; a comparison that was equal is an equation, too. */
  #read(event: number, source: number, site: Site, wrote: boolean, comparand: Value): number {
    const own = variable(event);
    this.#unite(own, variable(source));
    if ((site.cond === COND.equal && wrote) || (site.cond === COND.differs && !wrote))
      this.#unite(own, comparand);
    return this.#resolve(own);
  }

  #unite(a: number, b: Value): void {
    if (b === undefined) return;
    const [x, y] = [this.#resolve(a), this.#resolve(b)];
    const [name, value] = isVariable(x) ? [x, y] : [y, x];
    if (x === y || !isVariable(name)) return;
    this.#equal.set(name, value);
    this.#changed = true;
  }

  #resolve(value: number): number {
    const known = this.#equal.get(value);
    return known === undefined ? value : this.#resolve(known);
  }
}
