import { describe, expect, test } from "vitest";
import { expectProgram, inMain } from "../../test/support/kts.ts";
import { resolveSpecifier, userFileName } from "./host.ts";
import { placeFields } from "./layout.ts";

describe("names of files", () => {
  test.each([
    ["./mm.ts", "kernel/sched.ts", "kernel/mm.ts"],
    ["../kernel/mm.ts", "schemes/mine.ts", "kernel/mm.ts"],
    ["../../etc/passwd", "kernel/sched.ts", undefined],
    ["lazytlb/kernel/mm.ts", "./mine.ts", "kernel/mm.ts"],
    ["./util.ts", "./dir/mine.ts", "./dir/util.ts"],
    ["../util.ts", "./mine.ts", "../util.ts"],
    ["./util.ts", "/home/me/mine.ts", "/home/me/util.ts"],
    ["react", "./mine.ts", undefined],
  ])("%s in %s is %s", (specifier, importer, expected) => {
    expect(resolveSpecifier(specifier, importer)).toBe(expected);
  });

  test("a user's path never reads as one of the package's", () => {
    expect(userFileName("schemes/refcount.ts")).toBe("./schemes/refcount.ts");
    expect(userFileName("../x.ts")).toBe("../x.ts");
    expect(userFileName("/x.ts")).toBe("/x.ts");
  });
});

describe("virtual imports", () => {
  const scheme = {
    "kernel/scheme.ts":
      "export function enter(): void { smp_mb(); }\nexport function leave(): void { smp_wmb(); }\n",
    "t.ts":
      'import { enter, leave } from "#scheme";\nimport { FAST } from "#arch";\nexport function main(): void { enter(); leave(); if (FAST) smp_rmb(); }\n',
    "mine.ts": "export function leave(): void { barrier(); }\n",
    "arch/generic.ts": "export const FAST = false;\n",
    "arch/fast.ts": "export const FAST = true;\n",
  };
  const fences = (request: { scheme?: string; arch?: string }) => {
    const ops = expectProgram(scheme, request).funcs[0]?.ops ?? [];
    return ops.flatMap((op) => (op.op === "fence" ? [op.kind] : []));
  };

  test("without a scheme, every hook is the kernel's default", () => {
    expect(fences({})).toEqual(["mb", "wmb"]);
  });

  test("a scheme replaces what it exports, an architecture too", () => {
    expect(fences({ scheme: "mine.ts", arch: "arch/fast.ts" })).toEqual(["mb", "compiler", "rmb"]);
  });
});

test("imports may form circles, and types may", () => {
  const program = expectProgram({
    "t.ts":
      'import { g, type b } from "./u.ts";\nexport interface a extends struct { b: b }\nexport const A = DEFINE<a>();\nexport function main(): void { g(A.b); }\n',
    "u.ts":
      'import type { a } from "./t.ts";\nexport interface b extends struct { a: a }\nexport function g(x: b): void { free(x.a); }\n',
  });
  expect(program.structs.map(({ name }) => name)).toEqual(["a", "b"]);
});

test("two structs of one name are two structs", () => {
  const program = expectProgram({
    "t.ts": `import { f } from "./u.ts";\n${inMain("f(); G.value = 1;")}`,
    "u.ts":
      "interface node extends struct { x: int }\nconst N = DEFINE<node>();\nexport function f(): void { N.x = 2; }\n",
  });
  expect(program.structs.map(({ name }) => name)).toEqual(["node", "node"]);
});

test("a program holds what its code reaches, and nothing else", () => {
  const program = expectProgram(
    inMain('if (CONFIG("X", false)) SLOTS;'.replace("SLOTS;", "this_cpu(SLOTS).hits = 1;")),
  );
  expect([program.structs, program.globals]).toEqual([[], []]);
});

test("cache lines: natural alignment, lines that are started, lines that are owned", () => {
  const packed = (bytes: number) => ({ bytes, placement: "packed" as const });
  expect(placeFields([packed(60), packed(8)])).toEqual([0, 1]);
  expect(placeFields([packed(4), { bytes: 4, placement: "aligned" }, packed(8)])).toEqual([0, 1, 1]);
  expect(placeFields([packed(4), { bytes: 4, placement: "own" }, packed(8)])).toEqual([0, 1, 2]);
  expect(
    placeFields([
      { bytes: 4, placement: "own" },
      { bytes: 4, placement: "own" },
    ]),
  ).toEqual([0, 1]);
});

test("the placement of fields reaches the program", () => {
  const program = expectProgram(
    "export interface m extends struct { count: own_cacheline<atomic_t>; users: atomic_t; mask: cacheline_aligned<cpumask_t>; n: u64 }\nexport const M = DEFINE<m>();\nexport function main(): void { atomic_inc(M.count); }\n",
  );
  expect(program.structs[0]?.fields.map(({ name, bytes, line }) => [name, bytes, line])).toEqual([
    ["count", 4, 0],
    ["users", 4, 1],
    ["mask", 8, 2],
    ["n", 8, 2],
  ]);
});
