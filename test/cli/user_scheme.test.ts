/** A scheme outside the package type-checks with plain `tsc`, against what the package exports. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/built.ts";

const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const OPTIONS = {
  target: "es2022",
  module: "nodenext",
  lib: ["es2023"],
  types: ["lazytlb/kts"],
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lazytlb-user-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/lazytlb"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: OPTIONS, include: ["*.ts"] }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function typeCheck(body: string): { status: number | null; out: string } {
  const text = `import { mmdrop, type mm_struct } from "lazytlb/kernel/mm.ts";\n${body}`;
  writeFileSync(join(folder, "mine.ts"), text);
  const { status, stdout } = spawnSync(process.execPath, [TSC, "-p", "."], { cwd: folder, encoding: "utf8" });
  return { status, out: stdout };
}

describe("a user's scheme", () => {
  it("finds the primitives and the kernel", () => {
    const body = "export function mmdrop_lazy_tlb(mm: mm_struct): void {\n  smp_mb();\n  mmdrop(mm);\n}\n";
    expect(typeCheck(body)).toEqual({ status: 0, out: "" });
  });

  it("is told what does not exist, or has another type", () => {
    const { status, out } = typeCheck(
      "export function f(mm: mm_struct): void {\n  smp_nb();\n  mmdrop(1);\n}\n",
    );
    expect(status).not.toBe(0);
    expect(out).toMatch(/mine\.ts.*smp_nb/);
    expect(out).toMatch(/mine\.ts.*mm_struct/);
  });
});
