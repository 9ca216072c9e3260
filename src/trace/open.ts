/**
 * Opens a trace of any format: looks at the first bytes and picks the reader. A new format is one more line in
 * `READERS`, or in `KNOWN` as long as nobody has written its reader.
 */

import type { ByteSource } from "../base/byte_source.ts";
import { InputError } from "../base/input_error.ts";
import type { TraceSink, TraceTotals } from "./events.ts";
import { type ReadOptions, readTraceDat, sniffTraceDat } from "./tracedat/read.ts";

/** A format that can be read. */
interface Reader {
  readonly name: string;
  readonly sniff: (source: ByteSource) => boolean;
  readonly read: (source: ByteSource, sink: TraceSink, options?: ReadOptions) => Promise<TraceTotals>;
}

const READERS: readonly Reader[] = [{ name: "trace.dat", sniff: sniffTraceDat, read: readTraceDat }];

/** Formats that are recognised, so that the message can say what the file is. */
const KNOWN: readonly { readonly magic: string; readonly name: string }[] = [
  { magic: "PERFILE2", name: "a perf.data" },
  { magic: "# tracer:", name: "the text of ftrace (cat trace)" },
];

/** Reads `source` into `sink`. Anything that is no trace we can read ends in an `InputError`. */
export async function openTrace(
  source: ByteSource,
  sink: TraceSink,
  options?: ReadOptions,
): Promise<TraceTotals> {
  const reader = READERS.find((candidate) => candidate.sniff(source));
  if (reader === undefined) throw new InputError(`${source.name}: byte 0: ${refusal(source)}`);
  return reader.read(source, sink, options);
}

function refusal(source: ByteSource): string {
  const expected = `expected a trace (${READERS.map((reader) => reader.name).join(", ")})`;
  if (source.size === 0) return `${expected}, found an empty file`;
  const start = source.read(0, Math.min(16, source.size));
  const text = String.fromCharCode(...start);
  const known = KNOWN.find(({ magic }) => text.startsWith(magic));
  if (known !== undefined) return `${expected}, found ${known.name}, which is not supported yet`;
  return `${expected}, found ${describe(start, text)}`;
}

function describe(bytes: Uint8Array, text: string): string {
  if (/^[\t\n\r -~]+$/.test(text)) return `text that starts with ${JSON.stringify(text)}`;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
