/** What is said below the table of a check. */

import { expect, it } from "vitest";
import { checkOf } from "../../test/support/evidence.ts";
import type { Verdict } from "../evidence/types.ts";
import { remarks } from "./check_report.ts";

const limited = (limit: string): Verdict => ({ kind: "bounded", limit, detail: `more ${limit}` });

it("says of a scheme's scenarios once what is the same for all of them", () => {
  const checks = [
    checkOf("refcount", "fork-exit", 10, limited("states")),
    checkOf("refcount", "exec-user", 10, limited("memory")),
    checkOf("refcount", "fork-storm", 10),
    checkOf("refcount", "efi-call", 10, limited("states")),
    // The same scenario on another architecture.
    { ...checkOf("refcount", "fork-exit", 10, limited("states")), arch: "mips" },
    checkOf("no-lazy", "fork-exit", 10, limited("states")),
  ];
  const heads = remarks(checks, 300).map((line) => line.slice(0, line.indexOf(": not a proof")));
  expect(heads).toEqual(["refcount, fork-exit, efi-call", "refcount, exec-user", "no-lazy, fork-exit"]);
});
