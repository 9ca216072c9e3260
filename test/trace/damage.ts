/**
 * Damaged traces: sound files with a few bytes changed, fields set to extremes, or the end cut off. What must hold
 * for every one of them is in `survives`; the tests try some, `scripts/soak-trace.ts` many.
 */

import fc from "fast-check";
import { memorySource } from "../../src/base/byte_source.ts";
import { InputError } from "../../src/base/input_error.ts";
import type { TraceSink } from "../../src/trace/events.ts";
import { openTrace } from "../../src/trace/open.ts";
import { buildTrace, type Entry } from "./build_trace.ts";
import { METHODS } from "./event_lines.ts";
import { sampleBytes } from "./samples.ts";
import { SHAPES, shapeName, tiny, tinyTrace } from "./tiny.ts";

/** One change to the bytes of a file. Positions are shares of the file, so that they suit every file. */
export type Damage =
  | { readonly kind: "flip"; readonly where: number; readonly bit: number }
  | { readonly kind: "set"; readonly where: number; readonly width: 1 | 2 | 4 | 8; readonly value: number }
  | { readonly kind: "cut"; readonly where: number }
  | { readonly kind: "copy"; readonly from: number; readonly to: number; readonly length: number };

export interface Victim {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Real files of either version, and built ones of every shape, where the structure is a large part of the bytes. */
export function victims(): Victim[] {
  const real = ["exit.v7zstd.dat", "exit.v7zstd.to-none.dat", "exit.v7zstd.to-v6.dat"];
  return [...real.map((name) => ({ name, bytes: sampleBytes(name) })), ...SHAPES.map(builtVictim)];
}

function builtVictim(shape: (typeof SHAPES)[number]): Victim {
  const entries: Entry[] = [
    tiny(0, 1, shape),
    { kind: "extend", delta: 2 ** 30 },
    tiny(3, 2, shape, 200),
    { kind: "discarded", delta: 4, words: 2 },
    { kind: "stamp", time: 2n ** 31n },
    tiny(1, 3, shape),
  ];
  const page = { time: 1000n, entries };
  const small = { ...shape, pageSize: 512 };
  const cpus = [[page, { ...page, missed: 9 }, page], [], [{ ...page, missed: "some" as const }]];
  const options = [[2, "CPU: 1\noverrun: 4\n"]] as const;
  const bytes = buildTrace(tinyTrace(cpus, { shape: small, clock: "local", kallsyms: KALLSYMS, options }));
  return { name: shapeName(shape), bytes };
}

const KALLSYMS = "ffffffff81000000 T _text\nffffffff82d69180 D init_mm\n";

const EXTREMES = [
  0,
  1,
  2,
  7,
  28,
  0x7f,
  0xff,
  0xffff,
  2 ** 26,
  2 ** 30,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 40,
  2 ** 53,
  2 ** 63,
];

/** Where damage goes: anywhere, but half of it into the first and last parts, where the structure is. */
const where = fc.oneof(
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  fc.double({ min: 0, max: 0.02, noNaN: true }),
  fc.double({ min: 0.98, max: 1, maxExcluded: true, noNaN: true }),
);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), where, bit: fc.nat(7) }),
  fc.record({
    kind: fc.constant("set" as const),
    where,
    width: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
    value: fc.constantFrom(...EXTREMES),
  }),
  fc.record({ kind: fc.constant("cut" as const), where }),
  fc.record({
    kind: fc.constant("copy" as const),
    from: where,
    to: where,
    length: fc.integer({ min: 1, max: 64 }),
  }),
);

export const damages: fc.Arbitrary<readonly Damage[]> = fc.array(damage, { minLength: 1, maxLength: 4 });

export function inflict(bytes: Uint8Array, all: readonly Damage[]): Uint8Array {
  let out: Uint8Array = bytes.slice();
  for (const one of all) out = inflictOne(out, one);
  return out;
}

function inflictOne(bytes: Uint8Array, one: Damage): Uint8Array {
  const at = (share: number) => Math.min(bytes.length - 1, Math.floor(share * bytes.length));
  if (bytes.length === 0) return bytes;
  switch (one.kind) {
    case "flip":
      bytes[at(one.where)] = (bytes[at(one.where)] ?? 0) ^ (1 << one.bit);
      return bytes;
    case "set":
      for (let i = 0, rest = BigInt(one.value); i < one.width; i++, rest >>= 8n) {
        if (at(one.where) + i < bytes.length) bytes[at(one.where) + i] = Number(rest & 0xffn);
      }
      return bytes;
    case "cut":
      return bytes.slice(0, at(one.where));
    case "copy":
      bytes.copyWithin(at(one.to), at(one.from), at(one.from) + one.length);
      return bytes;
  }
}

const LIMIT_MS = 5000;

/**
 * Reads a damaged file. It must end, soon, in totals that agree with what the sink saw or in an `InputError` that
 * names the file and a byte; and no read may leave the file.
 */
export async function survives(name: string, bytes: Uint8Array): Promise<"read" | "refused"> {
  const inner = memorySource(bytes, name);
  const source = {
    ...inner,
    read: (offset: number, length: number) => {
      if (offset < 0 || length < 0 || offset + length > bytes.length)
        throw new Error(`read ${offset}+${length}`);
      return inner.read(offset, length);
    },
  };
  const start = performance.now();
  const outcome = await attempt(source, name);
  const took = performance.now() - start;
  if (took > LIMIT_MS) throw new Error(`took ${took.toFixed(0)} ms`);
  return outcome;
}

async function attempt(source: ReturnType<typeof memorySource>, name: string): Promise<"read" | "refused"> {
  let calls = 0;
  const sink: TraceSink = {};
  for (const method of METHODS) Object.assign(sink, { [method]: () => void calls++ });
  try {
    const totals = await openTrace(source, sink);
    const lost = totals.lost + totals.lostPlaces;
    if (calls > totals.total + lost) throw new Error(`${calls} calls for ${totals.total} records`);
    return "read";
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (!error.message.startsWith(`${name}: `)) throw new Error(`no file in: ${error.message}`);
    const placed = /byte \d+/.test(error.message);
    const complete = error.message.includes("expected ") && error.message.includes("found ");
    if (!placed || !complete || error.message.length > 600) throw new Error(`not clear: ${error.message}`);
    return "refused";
  }
}
