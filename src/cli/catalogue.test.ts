/** The folder `model/` as the command line lists it: every entry says what a user needs to know. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCatalogue } from "./catalogue.ts";
import { namesIn } from "./claims.ts";
import { modelFolder, specimenHost } from "./specimen_host.ts";

const catalogue = readCatalogue(modelFolder(), specimenHost());
const names = (items: readonly { readonly name: string }[]): string[] => items.map((item) => item.name);

describe("the catalogue", () => {
  it("has the schemes, the counted one first", () => {
    expect(names(catalogue.schemes)[0]).toBe("refcount");
    expect(names(catalogue.schemes)).toEqual(
      expect.arrayContaining(["refcount", "no-lazy", "shoot-lazies", "hazard-pointers"]),
    );
  });

  it.each(catalogue.schemes)(
    "$name says where it is from, where it stands, what it costs and needs",
    (scheme) => {
      expect(scheme.summary).not.toBe("");
      expect(scheme.title).not.toBe(scheme.name);
      expect(Object.keys(scheme.facts)).toEqual(
        expect.arrayContaining(["origin", "status", "state", "switch-cost", "exit-cost", "requires"]),
      );
      const named = namesIn(scheme.notClaimed);
      expect(names(catalogue.scenarios)).toEqual(expect.arrayContaining(named.scenarios));
      expect(catalogue.arches).toEqual(expect.arrayContaining(named.arches));
      expect([...catalogue.models, ...catalogue.graphModels]).toEqual(expect.arrayContaining(named.models));
      if (scheme.facts.arch !== undefined) expect(catalogue.arches).toContain(scheme.facts.arch);
    },
  );

  it.each(catalogue.scenarios)("$name tells its story in a sentence, and its numbers of CPUs", (scenario) => {
    expect(scenario.title.length).toBeGreaterThan(20);
    expect(scenario.minCpus).toBeLessThanOrEqual(scenario.cpus);
    expect(scenario.maxCpus).toBeGreaterThanOrEqual(scenario.cpus);
    const named = namesIn(scenario.notClaimed ?? {});
    expect(named.scenarios).toEqual([]);
    expect(catalogue.arches).toEqual(expect.arrayContaining(named.arches));
    expect([...catalogue.models, ...catalogue.graphModels]).toEqual(expect.arrayContaining(named.models));
  });

  it.each(catalogue.mutations)("$id names a scheme, scenarios and properties that exist", (mutation) => {
    expect(names(catalogue.schemes)).toContain(mutation.scheme);
    expect(names(catalogue.scenarios)).toEqual(expect.arrayContaining([...mutation.scenarios]));
    expect(mutation.scenarios).not.toEqual([]);
    expect(mutation.violates).not.toEqual([]);
    expect(mutation.file).toBe(`mutations/${mutation.id}.json`);
  });

  it("has the bundled trace", () => {
    expect(existsSync(catalogue.defaultTrace)).toBe(true);
    expect(existsSync(join(modelFolder(), "traces"))).toBe(true);
  });
});
