/** Ends a run of the unit tests with one plain line, `N passed, N failed`, that any script can read. */

import type { Reporter, TestCase, TestModule } from "vitest/node";

export default class SummaryReporter implements Reporter {
  /** After the default reporter, whose own summary comes last otherwise. */
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = count(tests, "passed");
    // A module that does not load has no tests, yet it is a failure.
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const failed = count(tests, "failed") + broken + unhandled.length;
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  }
}

function count(tests: readonly TestCase[], state: "passed" | "failed"): number {
  return tests.filter((test) => test.result().state === state).length;
}
