const { writeSync } = require("node:fs");

const STANDARD_OUTPUT = 1;

/**
 * Closes a run with one line that people and CI can read: `N passed, N failed`, and how many were skipped. It is written
 * when the process ends, because jest's own summary comes after all reporters.
 */
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    // A file that could not even be loaded ran no test, and must not look like success.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`;
    process.once("exit", () => writeSync(STANDARD_OUTPUT, line));
  }
};
