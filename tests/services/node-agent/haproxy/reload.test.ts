/** Reloads that HAProxy refuses, where nobody can check a configuration beforehand: HAProxy runs in a container of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Configuration, ConfigurationRefused, type Parts } from "../../../../services/node-agent/haproxy/configuration";
import { Master } from "../../../../services/node-agent/haproxy/runtime/master";
import { RuntimeApi } from "../../../../services/node-agent/haproxy/runtime/runtime-api";
import { removeTempDirs } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { DrivenEdge, moved } from "./driven-edge";

jest.setTimeout(60_000);

const PAID = { hostingAddress: "127.255.255.1", workspaceAddress: "127.255.255.2" };
const STATE = new Map<string, unknown>([
  ["cluster/paid", PAID],
  ["tombstone/alice", { cluster: "paid" }],
]);
const NO_RELOAD = () => Promise.resolve();

let edge: DrivenEdge;
let haproxy: ChildProcess;
/** A file of the test's own that HAProxy reads after its configuration. */
let also: string;

beforeEach(async () => {
  edge = await DrivenEdge.create({ limits: { stopSeconds: 2 } }, undefined, { executable: undefined });
  also = join(edge.settings.directory, "also.cfg");
  writeFileSync(also, "");
});
afterEach(async () => {
  await edge.stop();
  if (haproxy.exitCode === null && haproxy.signalCode === null) await once(haproxy, "exit");
  removeTempDirs();
});

function run(): void {
  const { config, masterSocket } = edge.files;
  haproxy = spawn("haproxy", ["-W", "-db", "-S", masterSocket, "-f", config, "-f", also], { stdio: "ignore" });
}

const configFile = () => readFileSync(edge.files.config, "utf8");
const status = async (user: string) => (await edge.get(user)).status;

describe("a configuration that HAProxy refuses at a reload", () => {
  let configuration: Configuration;
  let parts: Parts;

  beforeEach(async () => {
    const driver = await edge.startDriver(STATE);
    run();
    await driver.reconcile(STATE);
    await driver.stop();
    const { runtimeSocket, masterSocket } = edge.files;
    configuration = new Configuration(
      edge.settings.directory,
      new RuntimeApi({ socket: runtimeSocket, timeoutMs: 5_000 }),
      new Master({ socket: masterSocket, timeoutMs: 5_000 }),
    );
    parts = { settings: edge.settings, siblings: [{ name: "paid", ...PAID }], members: [] };
  });

  it("is taken back from the disk, and HAProxy serves on and can be started with the one before", async () => {
    expect(await configuration.load(parts, NO_RELOAD)).toBe(false);
    const [before, worker] = [configFile(), await edge.worker()];
    const refused = { ...parts, settings: { ...edge.settings, threads: 100_000 } };
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(configuration.load(refused, NO_RELOAD)).rejects.toThrow(ConfigurationRefused);
      expect(configFile()).toBe(before);
      expect([await edge.worker(), await status("alice")]).toEqual([worker, 502]);
    }
    await edge.kill();
    await once(haproxy, "exit");
    run();
    expect(await until("an answer", () => status("alice").catch(() => undefined))).toBe(502);
  });

  it("keeps no other one from being loaded afterwards", async () => {
    await configuration.load(parts, NO_RELOAD);
    const refused = { ...parts, settings: { ...edge.settings, threads: 100_000 } };
    await expect(configuration.load(refused, NO_RELOAD)).rejects.toThrow(ConfigurationRefused);
    const other = { ...parts, siblings: [...parts.siblings, { name: "team", ...PAID }] };
    expect(await configuration.load(other, NO_RELOAD)).toBe(true);
    expect(await edge.runtime("show backend")).toContain("sibling-hosting-team");
    expect((await edge.processes()).failedReloads).toBe(0);
  });
});

it("maps that were damaged on disk are written again before HAProxy reads them at a reload", async () => {
  await edge.stop();
  edge = await DrivenEdge.create({}, undefined, {
    executable: undefined,
    tuning: { answerMs: 5_000, watchMs: 60_000 },
  });
  also = join(edge.settings.directory, "also.cfg");
  writeFileSync(also, "");
  const driver = await edge.startDriver(STATE);
  run();
  await driver.reconcile(STATE);
  writeFileSync(edge.files.maps.tombstones.base, "");
  await driver.apply([{ key: "cluster/team", value: PAID, revision: 1 }]);
  expect(await edge.inForce("tombstones")).toEqual(new Map([["alice", "paid"]]));
});

it("tombstones are obeyed and nothing is acknowledged while HAProxy refuses to reload, and all is in force once it does", async () => {
  const driver = await edge.startDriver(STATE);
  run();
  await driver.reconcile(STATE);
  const [before, worker] = [configFile(), await edge.worker()];
  writeFileSync(also, "nonsense\n");
  let isAcknowledged = false;
  const applied = driver
    .apply([{ key: "cluster/team", value: PAID, revision: 1 }, ...moved(["bob"], "paid")])
    .then(() => (isAcknowledged = true));
  await until("the tombstone", async () => (await status("bob")) === 502);
  await until("another attempt", () => edge.recorded.lines.filter(isRefusal).length > 1);
  await until("the configuration of before", () => configFile() === before);
  expect([isAcknowledged, await edge.worker(), await status("alice")]).toEqual([false, worker, 502]);
  writeFileSync(also, "");
  await applied;
  expect(await edge.runtime("show backend")).toContain("sibling-hosting-team");
  expect(await edge.inForce("tombstones")).toEqual(new Map(["alice", "bob"].map((user) => [user, "paid"])));
  expect(
    await driver.reconcile(new Map([...STATE, ["cluster/team", PAID], ["tombstone/bob", { cluster: "paid" }]])),
  ).toBe(0);
});

function isRefusal({ message, fields }: (typeof edge.recorded.lines)[number]): boolean {
  const isFailure = message.startsWith("putting changes in force failed");
  return isFailure && fields.err instanceof ConfigurationRefused;
}
