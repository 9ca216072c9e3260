/** Which models are local, and that it is true of those which are: executions cut at random are judged by their parts. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forwardLocal, type Local } from "../../src/memory/locality.ts";
import type { Model } from "../../src/memory/model.ts";
import { nothingLeft, part, rest, restOf } from "./cut_graph.ts";
import { modelText, ownModel } from "./models.ts";
import { randomAxiom } from "./random_cat.ts";
import { randomSrcuText, randomText, someExecution } from "./random_program.ts";
import type { TestGraph } from "./test_graph.ts";

const RCU = ["Rcu-lock", "Rcu-unlock", "Sync-rcu"];
const SRCU = ["Srcu-lock", "Srcu-unlock", "Sync-srcu"];
const SECTION = { opens: "Rcu-lock", closes: "Rcu-unlock" };
const SRCU_SECTION = { opens: "Srcu-lock", closes: "Srcu-unlock", anywhere: true };
const NAMES = ["sc", "tso", "aarch64", "power", "lkmm"];

describe("our models", () => {
  it.each(NAMES)("%s is local, with sections of RCU and SRCU whole", (name) => {
    const { compiled } = ownModel(name);
    const halves = ["rmw", "lk-rmw"];
    expect(forwardLocal(compiled, new Set([...RCU, ...SRCU]))).toEqual({ local: true, halves, sections: [] });
    expect(forwardLocal(compiled, new Set(SRCU))).toEqual({ local: true, halves, sections: [SECTION] });
    expect(forwardLocal(compiled)).toEqual({ local: true, halves, sections: [SRCU_SECTION, SECTION] });
  });
});

const locality = (text: string) => forwardLocal(modelText(text).compiled);
const local = (halves: readonly string[] = []): Local => ({ local: true, halves, sections: [] });

describe("small models", () => {
  it.each([
    ["acyclic po | rf | co | fr"],
    ["acyclic po-loc | rf | co | fr"],
    ["irreflexive (po & int) ; (rf & ext) ; ((co | fr) \\ po)"],
    ["let rec x = po | (x ; rf) | (rf ; x) acyclic x"],
    ["acyclic ((ext & (R * W)) & fr) ; po"],
    // Backwards all the way is as good.
    ["acyclic po^-1 | rf^-1 | co^-1"],
    // A pair of a relation and an inverse is a cycle, which is in one part.
    ["empty (po ; rf) & co^-1"],
    ["empty (W * R) & rf & (po | co)^-1"],
  ])("%s", (text) => expect(locality(text)).toEqual(local()));

  it.each([
    // A model without a bell file takes the halves of a lock's acquisition for an update.
    ["empty rmw & (fre ; coe)", ["rmw", "lk-rmw"]],
    ["acyclic po ; [domain(rmw)] ; rf", ["rmw", "lk-rmw"]],
    ["acyclic po ; [range(lk-rmw)] ; rf", ["lk-rmw"]],
  ])("%s needs whole updates", (text, halves) => expect(locality(text)).toEqual(local(halves)));

  it.each([
    ["acyclic po | rf^-1", "`(po | rf^-1)`"],
    ["acyclic rf^-1 ; rf", "`(rf^-1 ; rf)`"],
    ["acyclic po ; ext ; po", "`(po ; ext)`"],
    ["acyclic po ; (R * R)", ";"],
    ["acyclic [domain(rf)] ; po", "`domain(rf)`"],
    ["acyclic po ; [range(co)]", "`range(co)`"],
    ["acyclic (po \\ (ext ; po)) ; rf", "ext"],
    ["irreflexive [FW] ; po ; po^-1", "FW"],
    ["acyclic [FW] ; po", "`FW`"],
    ["empty rf & (R * W)^-1", "much later"],
    ["empty different-values(po) ; rf ; co", "different-values"],
    ["acyclic loc & (co | rf^-1)", "loc"],
    ["let rec x = po | (x ; rf^-1) acyclic x", "rf"],
  ])("%s is not local", (text, why) => {
    expect(locality(text)).toMatchObject({ local: false, why: expect.stringMatching(RegExp(quoted(why))) });
  });
});

const quoted = (text: string): string => text.replace(/[\\^$*+?.()[\]{}]/g, "\\$&");

// ---- the theorem ----

const RUNS = Number(process.env.LOCALITY_RUNS ?? 1500);
const choices = fc.array(fc.nat({ max: 1000 }), { minLength: 5, maxLength: 20 });
const seeds = fc.array(fc.nat({ max: 20 }), { maxLength: 3 });

/** What cutting an execution at these events says; undefined when the past alone is refused in any case. */
function cut(
  graph: TestGraph,
  model: Model,
  known: Local,
  at: readonly number[],
): { readonly whole: boolean; readonly parts: boolean } | undefined {
  const consistent = (of: TestGraph): boolean => model.bind(of).consistent();
  const events = graph.ids().filter((id) => (graph.events[id]?.thread ?? -1) >= 0);
  const start = at.flatMap((each) => events[each % Math.max(1, events.length)] ?? []);
  const reached = restOf(graph, start, known);
  const live = graph.ids().filter((id) => reached.has(id));
  if (!consistent(nothingLeft(graph, model))) return undefined;
  const past = graph.ids().filter((id) => !reached.has(id));
  const parts = consistent(part(graph, past, model)) && consistent(rest(graph, live, model));
  return { whole: consistent(graph), parts };
}

describe("an execution is consistent if its past is and the rest is", () => {
  it.each(NAMES)("under %s", (name) => {
    const { compiled } = ownModel(name);
    const known = forwardLocal(compiled, new Set(SRCU)) as Local;
    const seen = { consistent: 0, inconsistent: 0 };
    const property = fc.property(randomText, choices, seeds, (text, chosen, at) => {
      const graph = someExecution(text, chosen, compiled);
      const said = cut(graph, compiled, known, at);
      expect(said?.parts).toBe(said?.whole);
      seen[said?.whole === true ? "consistent" : "inconsistent"]++;
    });
    fc.assert(property, { numRuns: 300 });
    expect(Math.min(seen.consistent, seen.inconsistent)).toBeGreaterThan(30);
  });

  it("under lkmm, with sections of SRCU", () => {
    const { compiled } = ownModel("lkmm");
    const known = forwardLocal(compiled, new Set(RCU)) as Local;
    const seen = { consistent: 0, inconsistent: 0, cut: 0 };
    const property = fc.property(randomSrcuText, choices, seeds, (text, chosen, at) => {
      const graph = someExecution(text, chosen, compiled);
      const said = cut(graph, compiled, known, at);
      expect(said?.parts).toBe(said?.whole);
      seen[said?.whole === true ? "consistent" : "inconsistent"]++;
      if (text.includes("srcu-unlock") && text.includes("sync-srcu")) seen.cut++;
    });
    fc.assert(property, { numRuns: RUNS });
    expect(Math.min(seen.consistent, seen.inconsistent, seen.cut)).toBeGreaterThan(RUNS / 20);
  });

  it("but not where sections of SRCU are cut", () => {
    const { compiled } = ownModel("lkmm");
    const known = forwardLocal(compiled, new Set(RCU)) as Local;
    // The grace period cannot be between the section's writes: what refuses that is a pair of the section's ends.
    const text = "R.srcu-lock s ; W x ; W y ; W.srcu-unlock s <data || W y ; F.sync-srcu s ; W x";
    const property = fc.property(choices, seeds, (chosen, at) => {
      const said = cut(someExecution(text, chosen, compiled), compiled, { ...known, sections: [] }, at);
      expect(said?.parts).toBe(said?.whole);
    });
    expect(fc.check(property, { numRuns: 500 }).failed).toBe(true);
  });

  it("under random models that are local", () => {
    let judged = 0;
    const property = fc.property(randomAxiom, randomText, choices, seeds, (model, text, chosen, at) => {
      const { compiled } = modelText(model);
      const known = forwardLocal(compiled);
      if (!known.local) return;
      const said = cut(someExecution(text, chosen, compiled), compiled, known, at);
      if (said === undefined) return;
      judged++;
      expect(said.parts).toBe(said.whole);
    });
    fc.assert(property, { numRuns: RUNS });
    expect(judged).toBeGreaterThan(RUNS / 8);
  });

  it.each([
    ["acyclic po | rf^-1"],
    ["acyclic po ; ext ; po"],
    ["acyclic rf^-1 ; rf ; po"],
    ["empty rf ; po"],
    ["acyclic po | co^-1"],
  ])("but not under %s", (model) => {
    const { compiled } = modelText(model);
    const property = fc.property(randomText, choices, seeds, (text, chosen, at) => {
      const said = cut(someExecution(text, chosen, compiled), compiled, local(["rmw", "lk-rmw"]), at);
      expect(said?.parts).toBe(said?.whole);
    });
    expect(fc.check(property, { numRuns: 500 }).failed).toBe(true);
  });
});
