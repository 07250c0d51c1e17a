/** Closes a run with one line that people and CI can read: `N passed, N failed`, and how many were skipped. */
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    // A file that could not even be loaded ran no test, and must not look like success.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    process.stdout.write(
      `\n${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
    );
  }
};
