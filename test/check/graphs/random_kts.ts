/** Random threads in Kernel TypeScript, whose registers end up in fields of an object of their own. */

import fc from "fast-check";
import { bareMachine } from "../programs.ts";

export const REGISTERS = 6;

/** One statement as text; `r` numbers the registers that it may read and the one that it defines. */
type Writer = (r: { readonly defined: number; readonly from: number }) => {
  readonly text: string;
  readonly defines: boolean;
};

const cell = fc.constantFrom("G.x", "G.y");
const used = ({ defined, from }: { readonly defined: number; readonly from: number }): string =>
  defined === 0 ? "1" : `r${from % defined}`;

const unconditional: fc.Arbitrary<Writer> = fc.oneof(
  cell.map(
    (x): Writer =>
      ({ defined }) => ({ text: `const r${defined} = READ_ONCE(${x});`, defines: true }),
  ),
  fc.record({ x: cell, value: fc.constantFrom("1", "2", "r") }).map(
    ({ x, value }): Writer =>
      (r) => ({
        text: `WRITE_ONCE(${x}, ${value === "r" ? used(r) : value});`,
        defines: false,
      }),
  ),
  cell.map(
    (x): Writer =>
      ({ defined }) => ({ text: `const r${defined} = xchg(${x}, 3);`, defines: true }),
  ),
  cell.map(
    (x): Writer =>
      ({ defined }) => ({
        text: `const r${defined} = cmpxchg_relaxed(${x}, 0, 2);`,
        defines: true,
      }),
  ),
  fc.constant<Writer>(({ defined }) => ({
    text: `const r${defined} = atomic_inc_return(G.n);`,
    defines: true,
  })),
  fc.constant<Writer>(({ defined }) => ({ text: `const r${defined} = atomic_read(G.n);`, defines: true })),
  fc.constant<Writer>(() => ({ text: "smp_mb();", defines: false })),
  cell.map(
    (x): Writer =>
      () => ({
        text: `spin_lock(G.l); ${x} = 1 + ${x}; spin_unlock(G.l);`,
        defines: false,
      }),
  ),
  fc.constant<Writer>(() => ({ text: "smp_cond_load_acquire(G.flag, 1);", defines: false })),
  fc.constant<Writer>(() => ({ text: "WRITE_ONCE(G.flag, 1);", defines: false })),
);

const statement: fc.Arbitrary<Writer> = fc.oneof(
  { weight: 10, arbitrary: unconditional },
  {
    weight: 1,
    arbitrary: cell.map(
      (x): Writer =>
        (r) => ({ text: `if (${used(r)} === 1) ${x} = 2; else smp_mb();`, defines: false }),
    ),
  },
);

const ordered: fc.Arbitrary<Writer> = fc.oneof(
  cell.map(
    (x): Writer =>
      ({ defined }) => ({ text: `const r${defined} = smp_load_acquire(${x});`, defines: true }),
  ),
  fc.record({ x: cell, value: fc.constantFrom("1", "2", "r") }).map(
    ({ x, value }): Writer =>
      (r) => ({ text: `smp_store_release(${x}, ${value === "r" ? used(r) : value});`, defines: false }),
  ),
  fc.constantFrom("smp_wmb();", "smp_rmb();", "atomic_inc(G.n);").map(
    (text): Writer =>
      () => ({ text, defines: false }),
  ),
);

export interface Step {
  readonly write: Writer;
  readonly from: number;
}
export type Steps = readonly Step[];

/** Two threads of a few statements, or three of fewer. */
function threadsOf(step: fc.Arbitrary<Step>): fc.Arbitrary<Step[][]> {
  return fc.oneof(
    fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 2 }),
    fc.array(fc.array(step, { minLength: 1, maxLength: 2 }), { minLength: 3, maxLength: 3 }),
  );
}

/** Threads of the statements that sequential consistency and store buffers tell apart. */
export const threads = threadsOf(fc.record({ write: statement, from: fc.nat(3) }));

/** Threads with all orders of accesses and all fences, but without conditions. */
export const orderedThreads = threadsOf(
  fc.record({ write: fc.oneof(unconditional, ordered), from: fc.nat(3) }),
);

/** What may stand between a load and a store that a processor would like to swap. */
const between: fc.Arbitrary<Writer> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Writer>(() => ({ text: "", defines: false })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("smp_mb();", "smp_rmb();", "smp_wmb();", "atomic_inc(G.n);").map(
      (text): Writer =>
        () => ({ text, defines: false }),
    ),
  },
  { weight: 1, arbitrary: unconditional },
);

/** Loads, and updates that a later store may pass. */
const early: fc.Arbitrary<Writer> = fc
  .record({
    x: cell,
    how: fc.constantFrom(
      "READ_ONCE(X)",
      "READ_ONCE(X)",
      "smp_load_acquire(X)",
      "xchg_relaxed(X, 2)",
      "cmpxchg_relaxed(X, 0, 2)",
      "atomic_inc_return_relaxed(G.n)",
      "atomic_read(G.n)",
    ),
  })
  .map(
    ({ x, how }): Writer =>
      ({ defined }) => ({ text: `const r${defined} = ${how.replace("X", x)};`, defines: true }),
  );

/** Stores of a constant or of a register, under a condition or behind one. */
const passing: fc.Arbitrary<Writer> = fc
  .record({
    x: cell,
    value: fc.constantFrom("1", "1", "2", "r"),
    how: fc.constantFrom("once", "once", "once", "release", "if", "behind", "inc"),
  })
  .map(({ x, value, how }): Writer => {
    return (r) => {
      const v = value === "r" ? used(r) : value;
      const text = {
        once: `WRITE_ONCE(${x}, ${v});`,
        release: `smp_store_release(${x}, ${v});`,
        if: `if (${used(r)} === 1) WRITE_ONCE(${x}, ${v});`,
        behind: `if (${used(r)} === 1) atomic_inc(G.n); WRITE_ONCE(${x}, ${v});`,
        inc: "atomic_inc(G.n);",
      }[how];
      return { text: text ?? "", defines: false };
    };
  });

const stepOf = (write: fc.Arbitrary<Writer>): fc.Arbitrary<Step> => fc.record({ write, from: fc.nat(3) });

/** Threads that load, and then store what another one loads: two, or three shorter ones. */
export const bufferingThreads: fc.Arbitrary<Step[][]> = fc.oneof(
  fc.array(fc.tuple(stepOf(early), stepOf(between), stepOf(passing), stepOf(fc.oneof(between, passing))), {
    minLength: 2,
    maxLength: 2,
  }),
  fc.array(fc.tuple(stepOf(early), stepOf(passing)), { minLength: 3, maxLength: 3 }),
);

/** A thread's text; its registers end up in fields of its own. */
export function bodyOf(steps: Steps, t: number): string {
  const lines: string[] = [];
  let defined = 0;
  for (const { write, from } of steps) {
    const { text, defines } = write({ defined, from });
    lines.push(text);
    if (defines) defined++;
  }
  for (let r = 0; r < defined; r++) lines.push(`G.o${t}${r} = r${r};`);
  return lines.join("\n");
}

export function machineOf(all: readonly Steps[]): string {
  const outputs = all.flatMap((_, t) => Array.from({ length: REGISTERS }, (_, r) => `o${t}${r}: int;`));
  const fields = `x: int; y: int; flag: int; n: atomic_t; l: spinlock_t; ${outputs.join(" ")}`;
  const declarations = `export interface g extends struct { ${fields} }\nexport const G = DEFINE<g>();\n`;
  return bareMachine(declarations, all.map(bodyOf));
}
