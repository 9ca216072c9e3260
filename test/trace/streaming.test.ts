/** Memory does not follow the size of the file: what the reader asks of a source stays small, however long it is. */

import { expect, it } from "vitest";
import type { ByteSource } from "../../src/base/byte_source.ts";
import { readTraceDat } from "../../src/trace/tracedat/read.ts";
import { buildTrace, PLAIN, pageBytes } from "./build_trace.ts";
import { tiny, tinyTrace } from "./tiny.ts";

const PAGES = 20_000;
const RECORDS = 5;
const PAGE = 4096;

/** A version 6 file of one CPU with many pages, which exist only while they are read. */
function endless(onRead: (length: number) => void): ByteSource {
  const entries = Array.from({ length: RECORDS }, (_, i) => tiny(i, i));
  const page = pageBytes(PLAIN, { time: 0n, entries });
  const head = buildTrace(tinyTrace([[{ time: 0n, entries }]])).slice(0, -PAGE);
  const size = head.length + PAGES * PAGE;
  const table = head.lastIndexOf(0x64) + 2;
  new DataView(head.buffer).setBigUint64(table + 8, BigInt(PAGES * PAGE), true);
  const read = (offset: number, length: number) => {
    onRead(length);
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at++) {
      const place = offset + at;
      if (place >= head.length && (place - head.length) % PAGE === 0 && at + PAGE <= length) {
        out.set(page, at);
        new DataView(out.buffer, at).setBigUint64(0, BigInt(place), true);
        at += PAGE - 1;
      } else out[at] = head[place] ?? page[(place - head.length) % PAGE] ?? 0;
    }
    return out;
  };
  return { name: "endless.dat", size, read };
}

it("a file of 80 MB is read in windows, with progress", async () => {
  let largest = 0;
  let reads = 0;
  const source = endless((length) => {
    largest = Math.max(largest, length);
    reads++;
  });
  const fractions: number[] = [];
  const totals = await readTraceDat(source, {}, { onProgress: (fraction) => fractions.push(fraction) });
  expect(totals.total).toBe(PAGES * RECORDS);
  expect(largest).toBeLessThanOrEqual(128 * 1024);
  expect(reads).toBeLessThan((PAGES * PAGE) / (64 * 1024));
  expect(fractions.length).toBeGreaterThan(10);
  expect(fractions.length).toBeLessThanOrEqual(101);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
});
