const { chmodSync, mkdtempSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

/** Makes the folder that the workers of a run share, for what takes long to make and is the same for all of them. */
module.exports = () => {
  const folder = mkdtempSync(join(tmpdir(), "failure-domains-run-"));
  // PostgreSQL's user passes through it.
  chmodSync(folder, 0o711);
  process.env.TEST_RUN_FOLDER = folder;
};
