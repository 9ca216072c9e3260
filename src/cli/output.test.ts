/** What writing a report does to what is there already. */

import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeTarget } from "./output.ts";

const folder = mkdtempSync(join(tmpdir(), "lazytlb-output-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

describe("a report", () => {
  it("takes the place of an older one, and leaves nothing beside it", () => {
    writeFileSync(at("a.json"), "old");
    writeTarget({ path: at("a.json") }, "new");
    expect(readFileSync(at("a.json"), "utf8")).toBe("new");
    expect(readdirSync(folder)).toEqual(["a.json"]);
  });

  it("goes where a link points", () => {
    symlinkSync(at("a.json"), at("link.json"));
    writeTarget({ path: at("link.json") }, "newer");
    expect(lstatSync(at("link.json")).isSymbolicLink()).toBe(true);
    expect(readFileSync(at("a.json"), "utf8")).toBe("newer");
  });

  it("is written to a device, which stays one", () => {
    symlinkSync("/dev/null", at("null.svg"));
    writeTarget({ path: at("null.svg") }, "text");
    expect(lstatSync(at("null.svg")).isSymbolicLink()).toBe(true);
    expect(lstatSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it("that cannot be written leaves what was there, and no temporary file", () => {
    const before = readdirSync(folder);
    // A name as long as a name may be leaves no room for the temporary one.
    const path = at(`${"x".repeat(250)}.json`);
    expect(() => writeTarget({ path }, "text", "--svg")).toThrow(/^--svg .*cannot be written: ENAMETOOLONG/);
    expect(readdirSync(folder)).toEqual(before);
  });
});
