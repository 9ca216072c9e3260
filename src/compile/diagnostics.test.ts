/**
 * One source per message of the catalogue; what is rendered is a golden. A message that no source provokes is an error
 * of the test: its code may be dead.
 */

import { expect, test } from "vitest";
import { expectGolden } from "../../test/support/golden.ts";
import { diagnosticsOf, expectDiagnostic, inMain } from "../../test/support/kts.ts";
import { catalogue } from "../diag/catalogue.ts";
import type { CompileRequest } from "./compile.ts";

type Files = string | Readonly<Record<string, string>>;
interface Case {
  readonly files: Files;
  readonly request?: Partial<CompileRequest>;
}

const noEntry = { entries: [] };
const top = (text: string): Case => ({ files: text, request: noEntry });
const main = (statements: string, more = ""): Case => ({ files: inMain(statements, more) });
const defaults = "export function hook(n: int): void {}\nexport function other(): void {}\n";

const cases: Readonly<Record<string, Case>> = {
  "several syntax errors": top(
    "export function main(): void {\n  let a = 08;\n  let b = 1;\n  let b = 2;\n}\n",
  ),
  "a syntax error that ends parsing": top("export function main(: void {}\n"),
  "a syntax error in a file that others import": {
    files: {
      "t.ts": 'import { f } from "./a.ts";\nexport function main(): void { f(); }\n',
      "a.ts": "export function f(: void {}\n",
    },
  },
  "a hole in the syntax": top("export function main(): void { f(,1); var a = 1; }\n"),
  "a file that is not there": { files: { "t.ts": "" }, request: { ...noEntry, root: "missing.ts" } },
  "an import that is not there": top('import { a } from "./missing.ts";\n'),
  "an import of a package": top('import { a } from "react";\n'),
  "an import of a name that is not exported": {
    files: { "t.ts": 'import { schedul } from "./s.ts";\n', "s.ts": "export function schedule(): void {}\n" },
    request: noEntry,
  },
  "forms of import": {
    files: {
      "t.ts":
        'import * as s from "./s.ts";\nimport s2 from "./s.ts";\nexport * from "./s.ts";\nexport default 1;\nexport { main };\n',
      "s.ts": "",
    },
    request: noEntry,
  },
  "a circle of re-exports": {
    files: {
      "t.ts": 'import { a } from "./u.ts";\n',
      "u.ts": 'export { a } from "./v.ts";\n',
      "v.ts": 'export { a } from "./u.ts";\n',
    },
    request: noEntry,
  },
  "a misspelled hook": {
    files: {
      "t.ts": 'import { hook } from "#scheme";\nexport function main(): void { hook(1); }\n',
      "kernel/scheme.ts": defaults,
      "mine.ts": "export function hok(n: int): void {}\n",
    },
    request: { scheme: "mine.ts" },
  },
  "a hook with another signature": {
    files: {
      "t.ts": 'import { other } from "#scheme";\nexport function main(): void { other(); }\n',
      "kernel/scheme.ts": defaults,
      "mine.ts": "export function hook(n: int, m: int): void {}\n",
    },
    request: { scheme: "mine.ts" },
  },
  "an entry that is not there": {
    files: "export function setup(): void {}\n",
    request: { entries: ["setupp"] },
  },

  "other statements at the top level": top(
    "let a = 1;\nif (a) {}\ntype T = int;\nfoo();\ndeclare const x: int;\n",
  ),
  "a name declared twice": main(
    "const a = 1; const a = 2;",
    "function G(): void {}\nfunction f(x: int, x: int): void {}\n",
  ),
  "an interface that is no struct": top(
    "export interface a { x: int }\nexport interface b extends struct, a { }\n",
  ),
  "properties that are none": main(
    "VIOLATION_ON('uaf', true); VIOLATION_ON(tlb, true);",
    'interface a extends struct<"bug"> { x: int }\ninterface b extends struct<int> { x: int }\n',
  ),
  "members that are no fields": top(
    "interface a extends struct { f(): void; x?: int; [k: string]: int; x: int; x: int }\n",
  ),
  "types outside the subset": top(
    "interface a extends struct { x: number; y: string; z: a | int; l: int[]; f: () => void; m: Map<a>; n: unknwn }\n",
  ),
  "cells as values": top(
    "interface a extends struct { c: atomic_t }\nfunction f(c: atomic_t): spinlock_t { let m: cpumask_t; }\n",
  ),
  "a field of a mask's value type": top("interface a extends struct { m: cpumask_value }\n"),
  "missing annotations": top(
    "function f(a, b = 1, ...c): void { let d; let e = NULL; }\nfunction g() {}\ninterface a extends struct { x }\n",
  ),
  "parameters outside the subset": top("function f({ a }: int, b?: int, c: int = 1): void {}\n"),
  generics: top("interface a<T> extends struct { x: int }\nfunction f<T>(a: int): void {}\n"),
  "a global of no struct": top("const A = DEFINE();\nconst B = DEFINE_PER_CPU<int>();\n"),
  "a per-CPU struct with other objects": top(
    "interface a extends struct { x: int }\nconst A = DEFINE_PER_CPU<a>();\nconst B = DEFINE<a>();\nfunction f(): void { const n = alloc<a>(); n.x = 1; }\n",
  ),
  "a constant that is none": top("const A = f();\nfunction f(): int { return 1; }\nconst B: boolean = 3;\n"),
  "constants in a circle": top("const A = B + 1;\nconst B = A;\n"),
  "CONFIG without a fallback": main('if (CONFIG("X")) return; if (CONFIG(G, true)) return;'),
  recursion: top(
    "function a(): void { b(); }\nfunction b(): void { c(); }\nfunction c(): void { a(); c(); }\n",
  ),
  "recursion through a handler": main("f(G);", "function f(n: node): void { on_each_cpu(f, n, true); }"),

  "calls that multiply": {
    files: `${Array.from({ length: 18 }, (_, i) => `function f${i}(): void { f${i + 1}(); f${i + 1}(); }\n`).join("")}function f18(): void { cpu_relax(); }\nexport function main(): void { f0(); }\n`,
  },

  closures: main(
    "const f = () => 1; const g = function () {}; function h(): void {} call_rcu((n) => {}, G);",
  ),
  classes: top(
    "class A {}\nenum E { A }\nfunction f(): void { class B {} const x = this; x.foo(); super.y; }\n",
  ),
  strings: main("const a = 'x'; const b = `y`; const c = /z/; G.value = \"s\";"),
  "arrays, objects and new": main("const a = [1]; const b = { x: 1 }; const c = new node();"),
  exceptions: main("try { G.value = 1; } catch { } throw 1;"),
  async: top("async function f(): void { await g(); }\nfunction* g(): void { yield 1; }\n"),
  var: main("var a = 1; G.value = a;"),
  equality: main("if (G.value == 1 || G.next != NULL) return;"),
  operators: main(
    "let a = G.value * 2; a = a % 3; a **= 2; a = a >>> 1; a = +a; a = a ?? 1; G.flag = typeof a; delete G.next;",
  ),
  "numbers that are no integers": main("let a = 1.5; a = 1e3; a = 99999999999; a = 10n; a = 0xffffffff;"),
  "null and undefined": main("G.next = null; G.next = undefined;"),
  "destructuring and spread": main(
    "const { value } = G; const [a] = G; [G.value] = G; f(...G);",
    "function f(n: int): void {}",
  ),
  "optional chaining and computed names": main("G.value = G?.value; G[0] = 1; G.next?.f();"),
  casts: main(
    "const a = G.next as node; const b = G.next!; const c = <node>G.next; const d = G satisfies node;",
  ),
  "switch, labels and other loops": main(
    "switch (G.value) { case 1: break; } out: for (;;) { break out; } for (const k in G) {} for (let cpu of for_each_online_cpu()) {} for (const c of G.mask) {} for (const c of for_each_cpu()) {}",
  ),
  "other statements": main("debugger; interface x extends struct { a: int } type y = int;"),
  "assignments and values": main(
    "let a = 1; const b = (a = 2); G.value = a++; if ((a = G.value)) return; a === b; G.value; (a, b);",
  ),

  "names that are not declared": main(
    "G.valu = 1; foo(); bar = 2; const a: nod = G; smp_mbb(); const b = G.nxt.next;",
  ),
  "what is no value": main(
    "const a = node; const b = smp_mb; SLOTS.hits = 1; const c = f; const d = SLOTS; const e = f();",
    "function f(): void {}",
  ),
  "what cannot be called": main("G(); G.next.f(); (1 + 2)(); DEFINE<node>(); for_each_possible_cpu();"),
  "what cannot be assigned": main(
    "const a = 1; a = 2; G = H; (1 + 2) = 3; f = g; LIMIT++;",
    "const LIMIT = 1; function f(): void {} function g(): void {}",
  ),
  mismatches: main(
    "G.next = this_cpu(SLOTS); G.flag = 1; G.value = G.flag; let a = 1; a = G.next; f(1, G); if (G === this_cpu(SLOTS)) return; const b = G.flag ? G : 1; (1).x = 2;",
    "function f(n: node, v: int): void {}",
  ),
  "CPU numbers are no integers": main(
    "let a = 0; a = smp_processor_id(); cpumask_set_cpu(G.value, G.mask); const c = G.owner + 1; if (G.owner < 2) return; if (G.owner === G.value) return; G.owner = 1; G.owner = G.flag ? 0 : 1;",
  ),
  "operators on other types": main(
    "const a = G + 1; if (G.next && cpumask_none()) return; const b = G.value || G.flag; const c = -G.flag; if (cpumask_none() === cpumask_none()) return;",
  ),
  "numbers of arguments": main(
    "smp_mb(1); atomic_add(G.count); f(); for (const c of for_each_online_cpu(1)) {}",
    "function f(a: int): void {}",
  ),
  "locations wanted": main(
    "const v = G.value; READ_ONCE(v); WRITE_ONCE(1, 2); atomic_inc(G.value); atomic_inc(v); spin_lock(G.count); READ_ONCE(f()); on_each_cpu_mask(cpumask_none(), t, G, true);",
    "function f(): int { return 1; } function t(n: node): void {}",
  ),
  "cells used like fields": main(
    "G.count = 1; const a = G.count; READ_ONCE(G.mask); if (G.lock) return; G.count++; G.value = G.count + 1;",
  ),
  "type arguments": main(
    "const a = alloc(); const b = get_current(); const c = alloc<int>(); const d = this_cpu(G); load_cr3(NULL);",
  ),
  "two structs of tasks": main(
    "const a = get_current<node>(); const b = get_current<slot>(); load_cr3(G); load_cr3(b);",
  ),
  handlers: main(
    "call_rcu(G, G); call_rcu(two, G); call_rcu(one, this_cpu(SLOTS)); const t = task_create<node>(one, cpumask_none(), 0); call_rcu(smp_mb, G);",
    "function one(n: node): void {} function two(n: node, m: node): void {}",
  ),
  "a wait that is no constant": main(
    "f(G.flag); f(true);",
    "function f(wait: boolean): void { on_each_cpu(t, G, wait); } function t(n: node): void {}",
  ),

  returns: top(
    "function a(): int { }\nfunction b(): int { if (nr_cpu_ids > 1) return 1; }\nfunction c(): void { return 1; }\nfunction d(): int { return; }\nfunction e(): int { for (;;) {} }\nfunction f(): int { while (true) { break; } }\nfunction g(): cpu_t { return true; }\n",
  ),
  unreachable: main("for (;;) { return; G.value = 1; H.value = 2; } G.value = 3;"),
  "jumps outside of loops": main("break; if (G.flag) continue;"),
  "errors in several files": {
    files: {
      "t.ts": 'import { f } from "./a.ts";\nexport function main(): void { f(1); var x = 1; }\n',
      "a.ts": "export function f(): void { var y = 2; }\n",
    },
  },
};

const rendered = Object.entries(cases).map(([name, { files, request }]) => {
  return [name, diagnosticsOf(files, request ?? {})] as const;
});

test.each(rendered)("%s: something is reported", (_, text) => {
  expect(text).not.toBe("");
});

test("the messages, rendered", () => {
  const text = rendered.map(([name, diagnostics]) => `## ${name}\n${diagnostics}\n`).join("\n");
  expectGolden(import.meta.url, "diagnostics.golden.txt", text);
});

test("every message of the catalogue is provoked", () => {
  const provoked = new Set(
    rendered.flatMap(([, text]) => [...text.matchAll(/error\[([\w-]+)\]/g)].map(([, id]) => id)),
  );
  // Patches are not compiled; see patches.test.ts.
  expect(Object.keys(catalogue).filter((id) => id.startsWith("kts-") && !provoked.has(id))).toEqual([
    "kts-patch",
  ]);
});

test("a diagnostic says where, what, why, and what to write instead", () => {
  expectDiagnostic(
    "export function main(): void {\n  const drop = () => 1;\n}\n",
    `
    t.ts:2:16: error[kts-closure]: an arrow function is outside Kernel TypeScript
        2 |   const drop = () => 1;
          |                ^^^^^^^
      why: calls are inlined and handlers run on other CPUs, where no captured variable exists
      instead: declare a function at the top level and pass its name`,
  );
});
