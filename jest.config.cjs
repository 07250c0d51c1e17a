/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/tests"],
  reporters: ["default", "<rootDir>/tests/support/summary-reporter.cjs"],
  // Tests wait for what they await, never longer than this: a hang ends, and a machine of two busy cores is no failure.
  testTimeout: 30_000,
  testMatch: ["**/*.test.ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } },
    ],
  },
};
