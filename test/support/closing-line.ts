import type { Reporter, TestModule } from "vitest/node";

/**
 * Prints the plain closing line that CI reads: `N passed, N failed`; before it a line for each test that was skipped for a reason, and how many
 * were skipped.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const result = test.result();
        count[result.state] += 1;
        if (result.state === "skipped" && result.note !== undefined)
          console.log(`skipped: ${test.fullName}: ${result.note}`);
      }
      // A file that does not even load runs no test; it must not look like a pass.
      if (module.errors().length > 0) count.failed += 1;
    }
    count.failed += errors.length;
    const skipped = count.skipped + count.pending;
    if (skipped > 0) console.log(`\n${skipped} skipped`);
    console.log(`\n${count.passed} passed, ${count.failed} failed`);
  }
}
