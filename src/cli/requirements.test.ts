import { describe, expect, it } from "vitest";
import { readCatalogue } from "./catalogue.ts";
import { factsOf, REQUIREMENTS, requirementNotes, supportOf } from "./requirements.ts";
import { modelFolder, specimenHost } from "./specimen_host.ts";

const { schemes, arches } = readCatalogue(modelFolder(), specimenHost());

function givers(scheme: string): string[] {
  const support = schemes.find(({ name }) => name === scheme)?.architectures ?? [];
  expect(support.map(({ arch }) => arch)).toEqual(arches);
  return support.filter(({ lacks }) => lacks.length === 0).map(({ arch }) => arch);
}

describe("what schemes need and architectures give", () => {
  it("is nothing for those that count or scan", () => {
    for (const scheme of ["refcount", "no-lazy", "hazard-pointers", "cached-ref", "lazy-handoff"])
      expect(givers(scheme), scheme).toEqual(arches);
  });

  it("is a mask for those that send, an exact one for the one that counts by it", () => {
    expect(givers("shoot-lazies")).not.toContain("arm64");
    expect(givers("shoot-lazies")).toContain("powerpc-hash");
    expect(givers("cpumask-refcount")).toEqual(["mips", "s390", "x86-6.13"]);
    expect(givers("exit-flush")).not.toContain("loongarch");
    expect(givers("rcu-teardown")).toEqual([]);
  });

  it("agrees with where a scheme says it is at home", () => {
    for (const { name, facts } of schemes) {
      const home = facts.arch ?? arches[0] ?? "";
      if (name !== "rcu-teardown") expect(givers(name), name).toContain(home);
    }
  });

  it("is remarked on once for every pair that lacks something", () => {
    const support = (): ReturnType<typeof supportOf> =>
      supportOf(
        ["lazy-mask"],
        new Map([
          ["a", []],
          ["b", ["lazy-mask"]],
        ]),
      );
    const asked = [
      { scheme: "s", arch: "a" },
      { scheme: "s", arch: "b" },
      { scheme: "s", arch: "a" },
    ];
    expect(
      requirementNotes(asked, () =>
        supportOf(
          ["lazy-mask"],
          new Map([
            ["a", []],
            ["b", []],
          ]),
        ),
      ),
    ).toEqual([`s needs ${REQUIREMENTS["lazy-mask"]}: not given by a, b`]);
    expect(requirementNotes(asked, support)).toEqual([
      `s needs ${REQUIREMENTS["lazy-mask"]}: not given by a`,
    ]);
  });

  it("is a word of the list, or the message says which there are", () => {
    const head = (words: string): string => `/**\n * It.\n *\n * @needs ${words}\n */\n`;
    expect(factsOf("x.ts", head("lazy-mask, exact-mask"), "needs")).toEqual(["lazy-mask", "exact-mask"]);
    expect(factsOf("x.ts", head("nothing"), "needs")).toEqual([]);
    expect(() => factsOf("x.ts", head("a-mask"), "needs")).toThrow(
      /^x\.ts: @needs: expected some of lazy-mask, .*, found "a-mask"$/,
    );
  });
});
