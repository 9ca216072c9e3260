import { describe, expect, it } from "vitest";
import { memorySource } from "../../base/byte_source.ts";
import { type EventFormat, parseFields, parseFormat } from "./event_format.ts";

const SOURCE = memorySource(new Uint8Array(0), "x.dat");

function parse(text: string): EventFormat {
  return parseFormat("sys", text, SOURCE, 77);
}

/** The fields of one declaration line. */
function field(line: string): unknown {
  const [only] = parseFields(parse(`name: a\nID: 1\nformat:\n\tfield:${line}\n`)).values();
  return only;
}

describe("a format", () => {
  it("has a name with its system, and an id", () => {
    expect(parse("name: sched_switch\nID: 310\nformat:\n")).toMatchObject({
      name: "sys/sched_switch",
      id: 310,
    });
  });

  it.each(["", "name: a\n", "ID: 5\n", "name: a\nID: 70000\n"])("%j is none", (text) => {
    expect(() => parse(text)).toThrow(
      /^x\.dat: byte 77: expected an event format of sys with a name and an ID, found/,
    );
  });

  it("without fields is refused when they are needed", () => {
    expect(() => parseFields(parse("name: a\nID: 1\nformat:\n"))).toThrow(
      /byte 77: expected fields in the format/,
    );
  });
});

describe("a field", () => {
  it.each([
    [
      "pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;",
      { name: "prev_pid", offset: 24, size: 4, signed: true },
    ],
    ["char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;", { name: "prev_comm", size: 16, place: "inline" }],
    ["char comm[TASK_COMM_LEN];\toffset:8;\tsize:16;\tsigned:1;", { name: "comm", size: 16 }],
    ["void * callsite;\toffset:16;\tsize:8;\tsigned:0;", { name: "callsite", size: 8, signed: false }],
    ["__data_loc char[] filename;\toffset:8;\tsize:4;\tsigned:0;", { name: "filename", place: "data_loc" }],
    ["__data_loc cpumask_t cpumask;\toffset:8;\tsize:4;\tsigned:0;", { name: "cpumask", place: "data_loc" }],
    ["__rel_loc char[] s;\toffset:8;\tsize:4;\tsigned:0;", { name: "s", place: "rel_data_loc" }],
    ["u64 mm;\toffset:20;\tsize:8;", { name: "mm", offset: 20, size: 8, signed: false }],
  ])("%s", (line, expected) => {
    expect(field(line)).toMatchObject(expected);
  });
});
