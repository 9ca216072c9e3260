/** Files that are no trace, or not a whole one: the message is the interface, so it is compared as it stands. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { memorySource } from "../../src/base/byte_source.ts";
import { InputError } from "../../src/base/input_error.ts";
import { openFileSource } from "../../src/cli/file_source.ts";
import { openTrace } from "../../src/trace/open.ts";
import { buildTrace, type Entry, PLAIN } from "./build_trace.ts";
import { sampleBytes } from "./samples.ts";
import { tiny, tinyTrace } from "./tiny.ts";

/** The message with which reading `bytes` ends. */
async function refusal(bytes: Uint8Array): Promise<string> {
  return openTrace(memorySource(bytes, "x.dat"), {}).then(
    (totals) => `read ${totals.total} records`,
    (error: unknown) => {
      expect(error).toBeInstanceOf(InputError);
      return error instanceof Error ? error.message : "";
    },
  );
}

const text = (value: string) => new TextEncoder().encode(value);

/** `bytes` with some replaced. */
function patched(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const out = bytes.slice();
  out.set(values, at);
  return out;
}

describe("what is no trace", () => {
  it.each([
    ["an empty file", text(""), "x.dat: byte 0: expected a trace (trace.dat), found an empty file"],
    [
      "text",
      text("hello, this is text\n"),
      'x.dat: byte 0: expected a trace (trace.dat), found text that starts with "hello, this is t"',
    ],
    [
      "a perf.data",
      text("PERFILE2\0\0\0\0\0\0\0\0"),
      "x.dat: byte 0: expected a trace (trace.dat), found a perf.data, which is not supported yet",
    ],
    [
      "the text of ftrace",
      text("# tracer: nop\n#\n"),
      "x.dat: byte 0: expected a trace (trace.dat), found the text of ftrace (cat trace), which is not supported yet",
    ],
    [
      "other bytes",
      Uint8Array.of(0x7f, 0x45, 0x4c, 0x46),
      "x.dat: byte 0: expected a trace (trace.dat), found 7f 45 4c 46",
    ],
  ])("%s is named", async (_what, bytes, message) => {
    expect(await refusal(bytes)).toBe(message);
  });
});

describe("a damaged header", () => {
  const sound = sampleBytes("exit.v7zstd.dat");
  it.each([
    [
      "another version",
      patched(sound, 10, 0x38),
      'x.dat: byte 10: expected trace.dat version 6 or 7, found version "8"',
    ],
    [
      "no byte order",
      patched(sound, 12, 9),
      "x.dat: byte 12: expected endianness 0 (little) or 1 (big), found 9",
    ],
    ["an odd long", patched(sound, 13, 5), "x.dat: byte 13: expected a long of 4 or 8 bytes, found 5"],
    [
      "no page size",
      patched(sound, 14, 0, 0),
      "x.dat: byte 14: expected a page size from 64 to 16777216 bytes, found 0",
    ],
    [
      "another compression",
      patched(sound, 18, 0x78),
      'x.dat: byte 18: expected compression none, zlib or zstd, found "xstd"',
    ],
    [
      "only the magic",
      sound.slice(0, 10),
      "x.dat: byte 10: expected the file version (1 bytes), found the end",
    ],
  ])("with %s is refused at its byte", async (_what, bytes, message) => {
    expect(await refusal(bytes)).toBe(message);
  });
});

describe("a file cut off", () => {
  it("in version 7 misses its options, which come last", async () => {
    const bytes = sampleBytes("exit.v7zstd.dat");
    expect(await refusal(bytes.slice(0, bytes.length >> 1))).toMatchInlineSnapshot(
      `"x.dat: byte 35439: expected an options section at byte 70543, found the end (truncated?)"`,
    );
  });

  it("in version 6 misses a CPU's data", async () => {
    const bytes = sampleBytes("exit.v6.dat");
    expect(await refusal(bytes.slice(0, bytes.length - 5000))).toMatchInlineSnapshot(
      `"x.dat: byte 31742: expected the data of CPU 7 inside the 183416 bytes of the file, found 20480 bytes from byte 167936 (truncated?)"`,
    );
  });

  it("in its formats is refused where they end", async () => {
    expect(await refusal(sampleBytes("exit.v6.dat").slice(0, 5000))).toMatchInlineSnapshot(
      `"x.dat: byte 4407: expected an event format of ftrace (733 bytes), found the end after 593 bytes"`,
    );
  });
});

describe("damaged options", () => {
  const shape = { ...PLAIN, version: 7 } as const;

  it("of absurd size are refused", async () => {
    const bytes = buildTrace(tinyTrace([[]], { options: [[9, "AAAA"]] }));
    const at = Buffer.from(bytes).indexOf("AAAA") - 4;
    expect(await refusal(patched(bytes, at, 0, 0, 0, 0x7f))).toMatchInlineSnapshot(
      `"x.dat: byte 1090: expected an option of at most 1048576 bytes, found 2130706432"`,
    );
  });

  it("that point at a section twice are refused", async () => {
    const bytes = buildTrace(tinyTrace([[]], { shape, options: [[19, new Uint8Array(8)]] }));
    expect(await refusal(bytes)).toMatchInlineSnapshot(
      `"x.dat: option 19 at byte 1212: byte 0: expected kallsyms once, found a second option that points at them"`,
    );
  });

  it("that form a ring are refused", async () => {
    const bytes = buildTrace(tinyTrace([[]], { shape }));
    const first = bytes.slice(27, 35);
    // The file ends with the last DONE option, whose content is the offset of the next options section.
    expect(await refusal(patched(bytes, bytes.length - 8, ...first))).toMatchInlineSnapshot(
      `"x.dat: byte 1140: expected an options section not read before, found a ring of them"`,
    );
  });
});

describe("CPUs that share data", () => {
  it("are refused", async () => {
    const shape = { ...PLAIN, version: 7 } as const;
    const pages = [{ time: 1n, entries: [tiny(0, 1)] }];
    const bytes = buildTrace(tinyTrace([pages, pages, pages], { shape }));
    // Behind the data: per CPU its number, offset and size, then the DONE option.
    const table = bytes.length - 14 - 3 * 20;
    expect(await refusal(bytes)).toBe("read 3 records");
    expect(await refusal(patched(bytes, table + 20, 0))).toMatchInlineSnapshot(
      `"x.dat: byte 4096: expected data of 3 different CPUs inside the file, found 2 CPUs with 12288 bytes"`,
    );
    const whole = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40];
    const overlapping = patched(patched(bytes, table + 4, ...whole), table + 24, ...whole);
    expect(await refusal(overlapping)).toMatchInlineSnapshot(
      `"x.dat: byte 0: expected data of 3 different CPUs inside the file, found 3 CPUs with 36864 bytes"`,
    );
  });
});

describe("damage inside a page", () => {
  const page = (entries: readonly Entry[]) =>
    buildTrace(tinyTrace([[{ time: 1n, entries }]], { clock: "local" }));
  const start = 4096;

  it("that claims more data than a page has", async () => {
    const bytes = page([tiny(0, 1)]);
    expect(await refusal(patched(bytes, start + 8, 0, 0x20))).toMatchInlineSnapshot(
      `"x.dat: byte 4104: CPU 0: expected at most 4080 bytes in use in a page, a multiple of 4, found 8192"`,
    );
  });

  it("that makes a record cross its page's end", async () => {
    const bytes = page([tiny(0, 1)]);
    expect(await refusal(patched(bytes, start + 16, 28))).toMatchInlineSnapshot(
      `"x.dat: byte 4112: CPU 0: expected a record inside the 24 bytes in use of its page, found one of 112 bytes"`,
    );
  });

  it("that makes a record too short for its event", async () => {
    const short: Entry = { kind: "record", delta: 0, data: Uint8Array.of(700 & 255, 700 >> 8, 0, 0) };
    const bytes = buildTrace(tinyTrace([[{ time: 1n, entries: [short] }]]));
    const seen = openTrace(memorySource(bytes, "x.dat"), { finishCpu: () => undefined });
    await expect(seen).rejects.toThrowErrorMatchingInlineSnapshot(
      `[InputError: x.dat: byte 4116: CPU 0: expected a record of at least 20 bytes, found 4]`,
    );
  });

  it("that leaves half an entry at a page's end", async () => {
    const bytes = page([tiny(0, 1), { kind: "extend", delta: 1 }]);
    // The size in use, four bytes less: the second word of the time extension is outside.
    expect(await refusal(patched(bytes, start + 8, 28))).toMatchInlineSnapshot(
      `"x.dat: byte 4136: CPU 0: expected a record inside the 28 bytes in use of its page, found one of 8 bytes"`,
    );
  });

  it("of a compressed chunk names the chunk", async () => {
    const shape = { ...PLAIN, version: 7, compression: "zlib" } as const;
    const bytes = buildTrace(tinyTrace([[{ time: 1n, entries: [tiny(0, 1, shape)] }]], { shape }));
    const chunk = bytes.length - 1;
    expect(await refusal(bytes)).toBe("read 1 records");
    const at = findChunk(bytes);
    expect(at).toBeLessThan(chunk);
    expect(await refusal(patched(bytes, at + 4, 0xff, 0xff, 0xff, 0xff))).toMatchInlineSnapshot(
      `"x.dat: byte 4104: expected at most 1048576 bytes of a chunk of CPU 0, found 4294967295"`,
    );
    expect(await refusal(patched(bytes, at + 20, 0x55))).toMatchInlineSnapshot(
      `"x.dat: byte 4108: expected a chunk of CPU 0, compressed to 4096 bytes, found damaged data"`,
    );
  });
});

/** Where the first chunk of the first CPU is: behind the count, at the first page boundary. */
function findChunk(bytes: Uint8Array): number {
  const at = 4096 + 4;
  expect(bytes[4096]).toBe(1);
  return at;
}

describe("a path", () => {
  const dir = mkdtempSync(join(tmpdir(), "trace-"));
  afterAll(() => rmSync(dir, { recursive: true }));

  it("of a directory, or of nothing, is refused", () => {
    expect(() => openFileSource(dir)).toThrow(new InputError(`${dir}: expected a file, found a directory`));
    const none = join(dir, "none");
    expect(() => openFileSource(none)).toThrow(
      new InputError(`${none}: expected a readable file, found no such file or directory`),
    );
  });

  it("of a file gives its bytes", () => {
    const path = join(dir, "bytes");
    writeFileSync(path, Uint8Array.of(1, 2, 3, 4, 5));
    const source = openFileSource(path);
    expect([source.size, ...source.read(1, 3)]).toEqual([5, 2, 3, 4]);
    source.close();
  });
});
