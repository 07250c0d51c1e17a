const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * Files that take a minute or more on two processors, the longest first. Jest itself goes by what files took the last time, and on a
 * fresh clone by their size: one of these would be alone at the end, with a processor to spare.
 */
const LONGEST = [
  "sandbox/live/live",
  "engine/environment",
  "deploy/operations",
  "services/resolution/transfers/model",
  "engine/plain-pulumi",
  "sandbox/engine",
  "deploy/interruption",
  "services/resolution/transfers/broken-promises",
  "deploy/google-site",
  "sandbox/program-types",
].map((name) => `/tests/${name}.test.ts`);

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rankOf = ({ path }) => {
      const index = LONGEST.findIndex((file) => path.endsWith(file));
      return index === -1 ? LONGEST.length : index;
    };
    // A stable sort: the others stay in Jest's order.
    return [...super.sort(tests)].sort((a, b) => rankOf(a) - rankOf(b));
  }
};
