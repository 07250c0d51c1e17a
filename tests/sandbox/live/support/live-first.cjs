const { default: Sequencer } = require("@jest/test-sequencer");

const LIVE = "/tests/sandbox/live/";

/**
 * Begins with the live sandbox, which takes longer than any other file, where there is more than one worker. Jest itself goes by what
 * files took the last time, and on a fresh clone by their size.
 */
module.exports = class LiveFirst extends Sequencer {
  sort(tests) {
    const isLive = ({ path }) => path.includes(LIVE);
    const sorted = super.sort(tests);
    return [...sorted.filter(isLive), ...sorted.filter((test) => !isLive(test))];
  }
};
