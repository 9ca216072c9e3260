/** Every complaint about a model, as the user sees it: `diagnostics.golden.txt`. */

import { describe, expect, it } from "vitest";
import { InputError } from "../../src/base/input_error.ts";
import { renderDiagnostic } from "../../src/diag/render.ts";
import { loadModel } from "../../src/memory/load.ts";
import { expectGolden } from "../support/golden.ts";
import { modelText, ownModel } from "./models.ts";
import { TestGraph } from "./test_graph.ts";

/** Files by name; `m.cat` or `m.cfg` is the model. */
type Files = Readonly<Record<string, string>>;

const cat = (text: string): Files => ({ "m.cat": text });

const doubling = Array.from({ length: 30 }, (_, i) => `let f${i + 1} x = f${i} (f${i} x)`);

const CASES: readonly Files[] = [
  cat("let a = "),
  cat("let a = (po ; rf"),
  cat("let a = po |\n  & rf"),
  cat("acyclic po as 'tag"),
  cat("let a = po\nwhatever else"),
  cat("let = po"),
  cat("flag ~po"),
  cat("let a = po @ rf"),
  cat("(* never closed"),
  cat('include "cos.cat'),
  cat(`let a = ${"(".repeat(400)}`),
  cat("procedure p() = empty po"),
  cat('if "v" let a = po'),
  cat("enum E = once"),
  cat("let a = po ; nosuch"),
  cat("let a = po\nlet b = f a"),
  cat("let a = R ; po"),
  cat("let a = R | po"),
  cat("let a = [po]"),
  cat("let f (x, y) = x ; y\nlet a = f po"),
  cat("acyclic R"),
  cat("let f x = x ; x\nacyclic f"),
  cat("call po(rf)"),
  cat("call nosuch(rf)"),
  cat("let rec f x = f x"),
  cat("let rec a = (let rec b = a | b in b) | po"),
  cat("let a = po ++ rf"),
  cat("let a = { R }"),
  cat("forall e in R do empty po end"),
  cat("with rf from po"),
  cat("let rec a = po when acyclic a"),
  cat("~empty rf as some-rf"),
  cat("let a = if R = W then po else rf"),
  cat("let a = match R with {} -> 0 || e ++ es -> po end"),
  cat("let a = match 'x with 'y -> po end"),
  cat("let f x = x x\nacyclic f f"),
  cat(`let f0 x = x ; po\n${doubling.join("\n")}\nacyclic f30 po`),
  cat('include "other.cat"'),
  { "m.cat": 'include "other.cat"', "other.cat": "let a = po ; ; rf" },
  { "m.cfg": "bell m.bell\n" },
  { "m.cfg": "model\n" },
  { "m.cfg": "model nosuch.cat\n" },
  { "m.cat": "acyclic po", "m.bell": "enum E = 'once || || 'two" },
];

describe("complaints about models", () => {
  it("are as the golden has them", () => {
    const shown = CASES.map((files) => {
      const name = "m.cfg" in files ? "m.cfg" : "m.cat";
      const loaded = loadModel(name, (file) => (Object.hasOwn(files, file) ? files[file] : undefined));
      const text = loaded.ok ? "accepted" : renderDiagnostic(loaded.error);
      return text
        .split("\n")
        .map((line) => (line.length > 160 ? `${line.slice(0, 160)}…` : line))
        .join("\n");
    });
    expect(shown.filter((text) => text === "accepted")).toEqual([]);
    expectGolden(import.meta.url, "diagnostics.golden.txt", `${shown.join("\n\n")}\n`);
  });

  it("say when a recursion does not settle, once there is something to recur on", () => {
    const { compiled } = modelText("let rec a = po \\ a\nacyclic a as flickers");
    const graph = new TestGraph(32, compiled);
    const checker = compiled.bind(graph);
    expect(checker.consistent()).toBe(true);
    graph.add({ thread: 0, sets: [] });
    graph.add({ thread: 0, sets: [] });
    expect(() => checker.consistent()).toThrow(InputError);
  });

  it("name what an engine does not supply, unless it is not needed", () => {
    const { compiled } = ownModel("lkmm");
    const graph = new TestGraph(32, compiled);
    graph.relations.delete("different-values");
    expect(() => compiled.bind(graph)).toThrow(/different-values/);
    expect(compiled.bind(graph, new Set(["Srcu-lock"])).consistent()).toBe(true);
  });
});
