const { availableParallelism } = require("node:os");

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/tests"],
  reporters: ["default", "<rootDir>/tests/support/summary-reporter.cjs"],
  // Tests wait for what they await, never longer than this: a hang ends, and a machine of two busy cores is no failure.
  testTimeout: 30_000,
  // Many tests wait for servers more than they compute, so that three at once suit a machine of two processors, too.
  maxWorkers: Math.max(3, availableParallelism() - 1),
  testMatch: ["**/*.test.ts"],
  setupFiles: ["<rootDir>/tests/support/plain-promises.cjs"],
  globalSetup: "<rootDir>/tests/support/run-folder.cjs",
  globalTeardown: "<rootDir>/tests/support/run-folder-end.cjs",
  moduleNameMapper: { "/typescript-shim$|^@npmcli/arborist$": "<rootDir>/tests/support/no-serializer.cjs" },
  testSequencer: "<rootDir>/tests/support/longest-first.cjs",
  // Workers keep something of every file that they ran. Beyond this, collecting garbage took more time than the tests did.
  workerIdleMemoryLimit: "600MB",
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } },
    ],
  },
};
