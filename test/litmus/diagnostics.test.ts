/** One bad test per message, and some more; what is rendered is a golden. */

import { expect, test } from "vitest";
import { parseDefinitions } from "../../src/compile/litmus/def.ts";
import { catalogue } from "../../src/diag/catalogue.ts";
import { renderDiagnostic } from "../../src/diag/render.ts";
import { expectGolden } from "../support/golden.ts";
import { complaintOf } from "../support/litmus.ts";

const inThread = (body: string, question = "exists (x=1)"): string =>
  `C t\n{}\nP0(int *x, int *y)\n{\n\t${body}\n}\n${question}\n`;

const cases: Readonly<Record<string, string>> = {
  nothing: "",
  "another language": "X86_64 SB\n{}\n P0 | P1 ;\n",
  "no initial state": "C t\n\nP0(int *x)\n",
  "an initial state that does not end": "C t\n{ x=1; ",
  "a comment that does not end": "C t\n{ x=1; (* }\nP0(int *x) {}\n",
  "no value": "C t\n{ int x = ; }\nP0(int *x) {}\n",
  "a wrong number of elements": "C t\n{ int a[3] = {1, 2}; }\nP0(int *a) {}\n",
  "an element that is not there": "C t\n{ int a[2]; }\nP0(int *a) {}\nexists (a[2]=0)\n",
  "too many elements": "C t\n{ int a[100000000]; }\nP0(int *a) {}\n",
  "no thread": "C t\n{}\nexists (x=1)\n",
  "a thread out of order": "C t\n{}\nP0(int *x) {}\nP2(int *x) {}\n",
  "a missing semicolon": inThread("WRITE_ONCE(*x, 1)"),
  "a missing brace": "C t\n{}\nP0(int *x) { if (1) { r0 = 1;\n",
  "a misspelled primitive": inThread("r0 = READ_OCNE(*x);"),
  "a value where a variable is wanted": inThread("WRITE_ONCE(x, 1);"),
  "a missing argument": inThread("WRITE_ONCE(*x);"),
  "a missing argument of a built-in": inThread("__store{once}(*x);"),
  "a fence as a value": inThread("r0 = smp_mb();"),
  "a built-in as a value": inThread("r0 = __fence{mb};"),
  "an assignment to a sum": inThread("x + y = 1;"),
  "a value that nobody gets": inThread("r0 + READ_ONCE(*y);"),
  "a for loop": inThread("for (;;) smp_mb();"),
  "a jump": inThread("goto again;"),
  "a number of more than 32 bits": inThread("WRITE_ONCE(*x, 4294967296);"),
  "a negative one": inThread("WRITE_ONCE(*x, -2147483649);"),
  "one in the initial state": "C t\n{ int x = 2147483648; }\nP0(int *x) {}\n",
  "one in the condition": inThread("WRITE_ONCE(*x, 0xffffffff);", "exists (x=0x100000000)"),
  "a number that looks like an address": inThread("WRITE_ONCE(*x, 1073741825);"),
  "a lock of another kind": inThread("read_lock(x);"),
  "a callback": inThread("call_rcu(x, y);"),
  "a character from elsewhere": inThread("r0 = 1 @ 2;"),
  "try_cmpxchg without a register": inThread("r0 = try_cmpxchg(x, 1, 2);"),
  "too deep": inThread(`r0 = ${"(".repeat(101)}1${")".repeat(101)};`),
  "a register of no thread": inThread("*x = 1;", "exists (1:r0=1)"),
  "filter before locations": inThread("*x = 1;", "filter (x=1) locations [x;] exists (x=1)"),
  "a condition that goes on": inThread("*x = 1;", "exists (x=1) (y=1)"),
  "an unbalanced condition": inThread("*x = 1;", "exists (x=1 /\\ (y=1)"),
  "a condition without a value": inThread("*x = 1;", "exists (x)"),
  "another word": inThread("*x = 1;", "exist (x=1)"),
};

const rendered = Object.entries(cases).map(([name, text]) => [name, complaintOf(text)] as const);

test.each(rendered)("%s: something is reported, with a place", (_, text) => {
  expect(text).toMatch(/^t\.litmus:\d+:\d+: error\[litmus-[\w-]+\]: ./);
});

test("the messages, rendered", () => {
  const text = rendered.map(([name, complaint]) => `## ${name}\n${complaint}\n`).join("\n");
  expectGolden(import.meta.url, "diagnostics.golden.txt", text);
});

test("every message is provoked", () => {
  const provoked = rendered.map(([, text]) => /error\[([\w-]+)\]/.exec(text)?.[1]);
  const known = Object.keys(catalogue).filter((id) => id.startsWith("litmus-"));
  expect(known.filter((id) => !provoked.includes(id))).toEqual([]);
});

test("a definition file that does not parse is reported with a place", () => {
  const parsed = parseDefinitions({ name: "my.def", text: "smp_mb() { __fence{mb}; }\nsmp_rmb( { }\n" });
  expect(parsed.ok ? "" : renderDiagnostic(parsed.error).split("\n")[0]).toBe(
    "my.def:2:10: error[litmus-syntax]: expected an argument's name, found `{`",
  );
});

test("macros that call each other for ever are reported", () => {
  const parsed = parseDefinitions({ name: "my.def", text: "f(X) g(X) + g(X)\ng(X) f(X) + f(X)\n" });
  if (!parsed.ok) throw new Error("does not parse");
  expect(complaintOf(inThread("r0 = f(*x);"), parsed.value)).toMatch(/more than 50 macros within macros/);
});
