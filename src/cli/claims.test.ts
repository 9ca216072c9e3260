import { describe, expect, it } from "vitest";
import { concessionFor, isAboutArches, namesIn, readClaims } from "./claims.ts";

const claims = readClaims([
  "cpu-offline, exec-user: both",
  "* on arm64, s390: no mask: none at all",
  "fork-exit on mips under tso: late",
]);
const at = (scenario: string, arch: string, model = "sc"): string | undefined =>
  concessionFor(claims, { scenario, arch, model })?.reason;

describe("what a scheme does not claim", () => {
  it("is read by scenario, architecture and model", () => {
    expect(at("cpu-offline", "generic")).toBe("both");
    expect(at("exec-user", "arm64", "tso")).toBe("both");
    expect(at("fork-exit", "s390")).toBe("no mask: none at all");
    expect(at("fork-exit", "generic")).toBeUndefined();
    expect(at("fork-exit", "mips")).toBeUndefined();
    expect(at("fork-exit", "mips", "tso")).toBe("late");
  });

  it("knows when architectures are the reason", () => {
    expect(Object.keys(claims).map(isAboutArches)).toEqual([false, true, true]);
  });

  it("lists the names that it mentions", () => {
    expect(namesIn(claims)).toEqual({
      scenarios: ["cpu-offline", "exec-user", "fork-exit"],
      arches: ["arm64", "s390", "mips"],
      models: ["tso"],
    });
  });
});
