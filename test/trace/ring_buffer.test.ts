/** Ring-buffer pages as the kernel writes them, in every shape of file, against what they mean. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/base/byte_source.ts";
import { buildTrace, type Contents, type Entry, type Page, PLAIN, type Shape } from "./build_trace.ts";
import { type Reading, readLines } from "./event_lines.ts";
import { SHAPES, shapeName, tiny, tinyTrace } from "./tiny.ts";

function read(contents: Contents): Promise<Reading> {
  return readLines(memorySource(buildTrace(contents), "built.dat"));
}

/** Lines of a trace of one CPU with one page that starts at 1000. */
async function onePage(entries: readonly Entry[], shape: Shape = PLAIN): Promise<readonly string[]> {
  const reading = await read(tinyTrace([[{ time: 1000n, entries }]], { shape }));
  return reading.lines;
}

describe.each(SHAPES.map((shape) => [shapeName(shape), shape] as const))("a page in %s", (_name, shape) => {
  it("adds deltas up from the page's timestamp", async () => {
    expect(await onePage([tiny(0, 1, shape), tiny(5, 2, shape), tiny(7, 3, shape)], shape)).toEqual([
      "0 [0] finishCpu 7 1",
      "5 [0] finishCpu 7 2",
      "12 [0] finishCpu 7 3",
    ]);
  });

  it("takes time extensions of more than 27 bits", async () => {
    const far = 5 * 2 ** 27 + 3;
    const lines = await onePage(
      [tiny(0, 1, shape), { kind: "extend", delta: far }, tiny(2, 2, shape)],
      shape,
    );
    expect(lines).toEqual(["0 [0] finishCpu 7 1", `${far + 2} [0] finishCpu 7 2`]);
  });

  it("takes absolute time stamps", async () => {
    const lines = await onePage(
      [tiny(0, 1, shape), { kind: "stamp", time: 123_456n }, tiny(0, 2, shape)],
      shape,
    );
    expect(lines).toEqual(["0 [0] finishCpu 7 1", "122456 [0] finishCpu 7 2"]);
  });

  it("takes records longer than a head can say", async () => {
    const lines = await onePage([tiny(0, 1, shape, 400), tiny(1, 2, shape)], shape);
    expect(lines).toEqual(["0 [0] finishCpu 7 1", "1 [0] finishCpu 7 2"]);
  });

  it("counts what pages say was lost", async () => {
    const { lines, totals } = await read(
      tinyTrace(
        [
          [
            { time: 1000n, entries: [tiny(0, 1, shape)] },
            { time: 2000n, entries: [tiny(0, 2, shape)], missed: 41 },
            { time: 3000n, entries: [tiny(0, 3, shape)], missed: "some" },
          ],
        ],
        { shape },
      ),
    );
    expect(lines).toEqual([
      "0 [0] finishCpu 7 1",
      "1000 [0] lost 41",
      "1000 [0] finishCpu 7 2",
      "2000 [0] lost undefined",
      "2000 [0] finishCpu 7 3",
    ]);
    expect([totals.lost, totals.lostPlaces, totals.total]).toEqual([41, 1, 3]);
  });
});

describe("a page", () => {
  it("skips discarded records but keeps their time, except the 1 that only marks them", async () => {
    const gone = (delta: number): Entry => ({ kind: "discarded", delta, words: 3 });
    expect(await onePage([gone(1), tiny(5, 1), gone(10), tiny(5, 2)])).toEqual([
      "5 [0] finishCpu 7 1",
      "20 [0] finishCpu 7 2",
    ]);
  });

  it("ends at padding without a time", async () => {
    expect(await onePage([tiny(0, 1), { kind: "page end" }, tiny(1, 2)])).toEqual(["0 [0] finishCpu 7 1"]);
  });

  it("may be empty", async () => {
    const pages: Page[] = [
      { time: 1n, entries: [] },
      { time: 9n, entries: [tiny(0, 1)], missed: 3 },
      { time: 20n, entries: [], missed: 5 },
    ];
    const { lines, totals } = await read(tinyTrace([pages, [], [{ time: 4n, entries: [], missed: 2 }]]));
    expect(lines).toEqual(["8 [0] lost 3", "8 [0] finishCpu 7 1", "8 [0] lost 5", "8 [2] lost 2"]);
    expect(totals.lost).toBe(10);
  });

  it("keeps times exact beyond 2^53", async () => {
    const start = 2n ** 63n + 12_345n;
    const pages: Page[] = [
      { time: start, entries: [tiny(0, 1)] },
      {
        time: start + 3n,
        entries: [{ kind: "stamp", time: (start + 2n ** 40n + 1n) % 2n ** 59n }, tiny(0, 2)],
      },
    ];
    const { info, lines } = await read(tinyTrace([pages]));
    expect(info.origin).toBe(start);
    expect(lines).toEqual(["0 [0] finishCpu 7 1", `${2 ** 40 + 1} [0] finishCpu 7 2`]);
  });
});

describe("an absolute time stamp", () => {
  it("keeps counting when its 59 bits wrap", async () => {
    const start = 2n ** 59n - 10n;
    const entries: Entry[] = [tiny(0, 1), { kind: "stamp", time: 5n }, tiny(0, 2)];
    const { lines } = await read(tinyTrace([[{ time: start, entries }]]));
    expect(lines).toEqual(["0 [0] finishCpu 7 1", "15 [0] finishCpu 7 2"]);
  });

  it("may be before the origin", async () => {
    const entries: Entry[] = [{ kind: "stamp", time: 90n }, tiny(0, 1)];
    const { lines } = await read(tinyTrace([[{ time: 100n, entries }]]));
    expect(lines).toEqual(["-10 [0] finishCpu 7 1"]);
  });
});

describe("CPUs", () => {
  it("are merged by time, at equal times the lower first", async () => {
    const { lines, info } = await read(
      tinyTrace([
        [{ time: 20n, entries: [tiny(0, 1), tiny(10, 2)] }],
        [{ time: 10n, entries: [tiny(0, 3), tiny(10, 4), tiny(10, 5), tiny(1, 6)] }],
      ]),
    );
    expect(info.origin).toBe(10n);
    expect(lines.map((line) => line.replace(" finishCpu 7", ""))).toEqual([
      "0 [1] 3",
      "10 [0] 1",
      "10 [1] 4",
      "20 [0] 2",
      "20 [1] 5",
      "21 [1] 6",
    ]);
  });

  it("count records of events that nobody described", async () => {
    const stranger: Entry = { kind: "record", delta: 0, data: Uint8Array.of(0x34, 0x12, 0, 0, 0, 0, 0, 0) };
    const { totals } = await read(tinyTrace([[{ time: 1n, entries: [stranger, tiny(0, 1), stranger] }]]));
    expect([...totals.events]).toEqual([
      ["lazy/finish_cpu", 1],
      ["event#4660", 2],
    ]);
  });

  it("report a clock that goes backwards", async () => {
    const pages: Page[] = [
      { time: 50n, entries: [tiny(0, 1)] },
      { time: 40n, entries: [tiny(0, 2), tiny(20, 3)] },
    ];
    expect((await read(tinyTrace([pages]))).totals.backwards).toBe(1);
  });
});

/** A recording: per CPU the deltas of its records, and after how many of them a page ends. */
const recordings = fc.record({
  shape: fc.constantFrom(...SHAPES),
  cpus: fc.array(
    fc.record({
      start: fc.bigInt({ min: 0n, max: 2n ** 45n }),
      deltas: fc.array(fc.oneof(fc.nat(50), fc.nat(2 ** 31)), { maxLength: 60 }),
      perPage: fc.integer({ min: 1, max: 20 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});

it("any recording reads back as the merge of its CPUs, in any shape", async () => {
  await fc.assert(
    fc.asyncProperty(recordings, async ({ shape, cpus }) => {
      const expected: { ts: bigint; cpu: number; n: number }[] = [];
      let n = 0;
      const pages = cpus.map(({ start, deltas, perPage }, cpu) => {
        const out: { time: bigint; entries: Entry[] }[] = [];
        let ts = start;
        deltas.forEach((delta, i) => {
          ts += BigInt(delta);
          expected.push({ ts, cpu, n });
          if (i % perPage === 0) out.push({ time: ts, entries: [] });
          const inPage = i % perPage === 0 ? 0 : delta;
          if (inPage >= 2 ** 27) out.at(-1)?.entries.push({ kind: "extend", delta: inPage });
          out.at(-1)?.entries.push(tiny(inPage >= 2 ** 27 ? 0 : inPage, n++, shape));
        });
        return out;
      });
      const { lines, info } = await read(tinyTrace(pages, { shape }));
      // A stable sort keeps a CPU's own order, which a reader may never change.
      expected.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : a.cpu - b.cpu));
      expect(lines).toEqual(expected.map((e) => `${e.ts - info.origin} [${e.cpu}] finishCpu 7 ${e.n}`));
    }),
    { seed: 20_251, numRuns: 200 },
  );
});
