/**
 * Threads that run the same code on things of their own: each has its queue node, its per-CPU object, its CPU's number.
 * Exchanging two of them together with their things maps executions to executions.
 *
 * Nothing is annotated. Threads are matched whose code differs in immediates alone, and in those only where they are
 * names (`kinds.ts`); a thing that one of them names in a place where another names another is its own. What remains to
 * be shown is that things are owned consistently: the same number of them each, in corresponding places, none named by
 * anybody else's code, and memory that starts alike. Otherwise nobody is matched.
 */

import type { Op } from "../../../ir/types.ts";
import type { ThreadCode } from "../code.ts";
import type { Instance } from "../instance.ts";
import { OP } from "../opcodes.ts";
import { CPU, type Immediate, Kinds, NUMBER, POINTER } from "./kinds.ts";
import type { Observation } from "./merger.ts";
import type { Prospects } from "./prospects.ts";

/** A thing that belongs to a thread: the thread, and which of its things it is. */
export interface Owned {
  readonly thread: number;
  readonly index: number;
}

export interface Renaming {
  /** Per thread, the first that it may be exchanged with. */
  readonly twins: Int32Array;
  readonly kinds: Kinds;
  /** What a value of a kind names; undefined for what nobody owns. */
  owner(kind: number, value: number): Owned | undefined;
  /** Kinds of which somebody owns something; names of other kinds are as good as numbers. */
  readonly owning: ReadonlySet<number>;
  /** Whose a location is. */
  readonly locations: readonly (Owned | undefined)[];
  /** Per location, the kind of what it holds. */
  readonly holds: readonly number[];
}

/** The matching of threads by name; undefined when no two of them match, or what is observed tells them apart. */
export function findRenaming(
  instance: Instance,
  prospects: readonly Prospects[],
  observe: Observation,
): Renaming | undefined {
  const { program, codes } = instance;
  if ((program.addressBase ?? 0) !== 0) return undefined;
  const kinds = new Kinds(program, codes);
  if (!kinds.understood) return undefined;
  const finder = new Finder(instance, kinds, prospects);
  return finder.match(observe) ? finder : undefined;
}

/** Tokens beyond this are not exchanged. */
export const MOST_TOKENS = 4095;

const nameOf = (kind: number, value: number): string => `${kind} ${value}`;

class Finder implements Renaming {
  readonly twins: Int32Array;
  readonly kinds: Kinds;
  readonly holds: number[];
  readonly owning = new Set<number>();
  readonly locations: (Owned | undefined)[];
  readonly #instance: Instance;
  readonly #prospects: readonly Prospects[];
  readonly #owners = new Map<string, Owned>();
  /** Named by code that does not own it. */
  readonly #shared = new Set<string>();
  readonly #things: number[];

  constructor(instance: Instance, kinds: Kinds, prospects: readonly Prospects[]) {
    const { codes, locations } = instance;
    this.#instance = instance;
    this.#prospects = prospects;
    this.kinds = kinds;
    this.twins = Int32Array.from(codes, (code, t) =>
      codes.findIndex((other, first) => this.#alike(code, t, other, first)),
    );
    this.#things = codes.map(() => 0);
    this.locations = Array.from({ length: locations.count });
    this.holds = Array.from({ length: locations.count }, (_, x) => {
      const { struct, field } = locations.placeOf(x);
      return kinds.ofField(struct, field);
    });
  }

  owner(kind: number, value: number): Owned | undefined {
    return kind === NUMBER ? undefined : this.#owners.get(nameOf(kind, value));
  }

  /** Finds who owns what. False when there is nothing to gain or something is wrong. */
  match(observe: Observation): boolean {
    const { codes } = this.#instance;
    const groups = [...new Set(this.twins)].map((first) =>
      [...this.twins.keys()].filter((t) => this.twins[t] === first),
    );
    const matched = groups.filter((group) => group.length > 1);
    if (matched.length === 0 || !groups.every((group) => this.#own(group))) return false;
    for (const owned of this.#owners.keys()) if (this.#shared.has(owned)) return false;
    if (this.owning.has(CPU) && codes.some((_, t) => this.#guessesCpu(t))) return false;
    if (!this.#mayLookAt(matched.flat(), observe)) return false;
    this.#ownLocations();
    for (const [x, kind] of this.holds.entries()) if (!this.owning.has(kind)) this.holds[x] = NUMBER;
    return matched.every((group) => this.#startAlike(group)) && this.#mayObserve(observe);
  }

  /** Whether a thread may use a CPU's number before it has one: registers start as 0, which names a CPU. */
  #guessesCpu(t: number): boolean {
    const code = this.#instance.codes[t];
    const registers = [...Array(code?.registers ?? 0).keys()].slice(code?.args.length ?? 0);
    return registers.some(
      (reg) => this.kinds.ofRegister(t, reg) === CPU && this.#prospects[t]?.isLive(0, reg) === true,
    );
  }

  // ---- code ----------------------------------------------------------------------------------------------------

  #alike(code: ThreadCode, t: number, other: ThreadCode, first: number): boolean {
    if (t === first) return true;
    if (code.ops.length !== other.ops.length || !sameArguments(code, other)) return false;
    if (!same(code.next, other.next) || !same(code.other, other.other)) return false;
    return code.ops.every((op, pc) => this.#alikeOps(op, t, other.ops[pc], first));
  }

  #alikeOps(op: Op | undefined, t: number, other: Op | undefined, first: number): boolean {
    if (op === undefined || other === undefined) return op === other;
    if (shape(op) !== shape(other)) return false;
    if ((op.op === "cpuid" || op.op === "percpu") && this.kinds.ofCpu === NUMBER) return false;
    if (op.op === "alloc" && this.kinds.ofPointer(op.struct) === NUMBER) return false;
    const theirs = this.kinds.immediates(first, other);
    return this.kinds.immediates(t, op).every(({ kind, value }, i) => {
      const there = theirs[i];
      return there !== undefined && there.kind === kind && (kind !== NUMBER || there.value === value);
    });
  }

  // ---- things --------------------------------------------------------------------------------------------------

  /** Finds what each thread of a group owns. A group of one owns nothing, and everything that it names is shared. */
  #own(group: readonly number[]): boolean {
    const names = group.map((t) => this.#namesIn(t));
    return (names[0] ?? []).every((_, k) =>
      this.#ownOne(
        group,
        names.map((each) => each[k] ?? NOTHING),
      ),
    );
  }

  #ownOne(group: readonly number[], named: readonly Immediate[]): boolean {
    const [first = NOTHING] = named;
    if (first.kind === NUMBER) return true;
    const names = named.map(({ kind, value }) => nameOf(kind, value));
    if (names.every((name) => name === names[0])) {
      // 0 names nothing, but for CPUs.
      if (first.value !== 0 || first.kind === CPU) this.#shared.add(names[0] ?? "");
      return true;
    }
    if (new Set(names).size < names.length || named.some((each) => !this.#exists(each))) return false;
    const owners = names.map((name) => this.#owners.get(name));
    if (owners.every((owner) => owner === undefined)) {
      for (const [i, t] of group.entries()) this.#give(t, names[i] ?? "");
      this.owning.add(first.kind);
      return true;
    }
    return owners.every((owner, i) => owner?.thread === group[i] && owner?.index === owners[0]?.index);
  }

  #give(t: number, name: string): void {
    const index = this.#things[t] ?? 0;
    this.#things[t] = index + 1;
    this.#owners.set(name, { thread: t, index });
  }

  #exists({ kind, value }: Immediate): boolean {
    if (kind === CPU) return true;
    const { locations, program } = this.#instance;
    const struct = kind - POINTER;
    return (
      value >= 1 && value <= (struct < program.structs.length ? locations.objectsOf(struct) : MOST_TOKENS)
    );
  }

  /** What a thread names, place by place: in its arguments and immediates, by allocating, by asking for its CPU. */
  #namesIn(t: number): readonly Immediate[] {
    const code = this.#instance.codes[t];
    const args = (code?.args ?? []).map((value, i) => ({ kind: this.kinds.ofRegister(t, i), value }));
    const inText = (code?.ops ?? []).flatMap((op, pc): readonly Immediate[] => {
      if (op === undefined || code === undefined) return [];
      const immediates = this.kinds.immediates(t, op);
      if (op.op === "cpuid") return [...immediates, { kind: this.kinds.ofCpu, value: t }];
      if (op.op === "percpu") {
        const kind = this.kinds.ofPointer(this.#instance.program.globals[op.global]?.struct ?? 0);
        return [...immediates, { kind: this.kinds.ofCpu, value: t }, { kind, value: t + 1 }];
      }
      if (op.op !== "alloc" || code.op[pc] !== OP.mov) return immediates;
      return [
        ...immediates,
        { kind: this.kinds.ofPointer(op.struct), value: code.init[code.a[pc] ?? 0] ?? 0 },
      ];
    });
    return [...args, ...inText];
  }

  // ---- memory --------------------------------------------------------------------------------------------------

  #ownLocations(): void {
    const { locations, program } = this.#instance;
    const stride = Math.max(...program.structs.map(({ fields }) => fields.length));
    for (let x = 0; x < locations.count; x++) {
      const { struct, object, field } = locations.placeOf(x);
      const owner = this.#owners.get(nameOf(POINTER + struct, object));
      if (owner !== undefined)
        this.locations[x] = { thread: owner.thread, index: owner.index * stride + field };
    }
  }

  /** Whether what twins own starts with the same values, none of them the name of a thing that somebody owns. */
  #startAlike(group: readonly number[]): boolean {
    const { initial } = this.#instance.locations;
    for (let x = 0; x < initial.length; x++)
      if (this.owner(this.holds[x] ?? NUMBER, initial[x] ?? 0) !== undefined) return false;
    const [first = 0] = group;
    return this.locations.every((owned, x) => {
      if (owned === undefined || !group.includes(owned.thread)) return true;
      const there = this.locations.findIndex(
        (other) => other?.thread === first && other.index === owned.index,
      );
      return there >= 0 && initial[there] === initial[x];
    });
  }

  /** Whether registers that are observed belong to nobody's twin and hold no names. */
  #mayLookAt(twins: readonly number[], { registers }: Observation): boolean {
    return registers.every(
      (observed, t) =>
        observed.length === 0 ||
        (!twins.includes(t) && observed.every((reg) => !this.owning.has(this.kinds.ofRegister(t, reg)))),
    );
  }

  #mayObserve({ locations }: Observation): boolean {
    return locations.every((x) => this.locations[x] === undefined && this.holds[x] === NUMBER);
  }
}

const NOTHING: Immediate = { kind: NUMBER, value: 0 };

/** An op without its immediates and its place in the source. */
function shape(op: Op): string {
  return JSON.stringify(op, (key, value: unknown) => {
    if (key === "at") return undefined;
    return typeof value === "object" && value !== null && "imm" in value ? "#" : value;
  });
}

function sameArguments(a: ThreadCode, b: ThreadCode): boolean {
  return same(a.args, b.args);
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
