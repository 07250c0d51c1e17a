/**
 * The sandbox from its first run to its last, as its user drives it: real commands on the real engine, real processes behind them. One
 * sandbox for all of it, in the order of a life, since bringing one up takes a minute and gigabytes: this is the only file that does,
 * so that no two of them ever share the processors.
 */
import { removeTempDirs } from "../../support/temp-dir";
import { changes } from "./chapters/changes";
import { drills } from "./chapters/drills";
import { end } from "./chapters/end";
import { fourthCluster } from "./chapters/fourth-cluster";
import { proof } from "./chapters/proof";
import { statusPage } from "./chapters/status-page";
import { LiveSandbox } from "./support/live-sandbox";

/** Far beyond what any of it takes: commands have bounds of their own. */
jest.setTimeout(600_000);

describe("the live sandbox", () => {
  const sandbox = new LiveSandbox();

  afterAll(async () => {
    await sandbox.end();
    removeTempDirs();
  });

  describe("comes up", () => proof(sandbox));

  describe("which is up", () => {
    // Without it everything else would fail as well, after minutes and for no reason of its own.
    beforeAll(() => {
      if (!sandbox.isUp) throw new Error("the sandbox has not come up");
    });
    describe("on its page", () => statusPage(sandbox));
    describe("with a fourth cluster", () => fourthCluster(sandbox));
    describe("changed", () => changes(sandbox));
    describe("in drills", () => drills(sandbox));
    describe("at its end", () => end(sandbox));
  });
});
