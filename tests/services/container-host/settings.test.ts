/** The host runs with what the stack sets, and says what it lacks. */
import { containerHostEnvironment } from "../../../components/cluster/machine-containers";
import { scopeOf } from "../../../components/cluster/scope";
import { readEnvironmentFile } from "../../../config";
import { readSettings } from "../../../services/container-host/settings";
import { DEFAULT_LIMITS } from "../../../services/node-agent/haproxy";
import { transferTimings } from "../../../services/resolution/transfers/timings";
import { committedFile } from "../../support/environments";

const environment = readEnvironmentFile(committedFile("prod"));
const [found] = Object.entries(environment.clusters);
if (found === undefined) throw new Error("the environment has no cluster");
const [cluster, config] = found;
const variables = containerHostEnvironment(scopeOf(environment, cluster, config), "standard");

it("takes what the stack sets and needs nothing else", () => {
  const settings = readSettings(variables);
  expect(settings).toMatchObject({ cluster, zone: environment.domain.zone, tier: "standard", leaveOnStop: true });
  expect(settings.agent.stateDirectory).toBe(variables.STATE_DIRECTORY);
  expect(settings.appsDirectory).toBe(`${variables.STATE_DIRECTORY}/apps`);
  expect(settings.appsPort).toBe(Number(variables.APPS_PORT));
});

it.each(Object.keys(variables))("needs %s", (name) => {
  expect(() => readSettings({ ...variables, [name]: undefined })).toThrow(`${name} is not set: set `);
});

it("stops within what a machine's unit allows", () => {
  const { noticeMs, drainMs, stopMs } = readSettings(variables);
  // Beside it the process ends its feed and its listeners, in 12 s at most; docker kills it after 60.
  expect(noticeMs + drainMs + stopMs + 12_000).toBeLessThan(60_000);
});

it("holds a request for as long as its user's transfer may take to stop them elsewhere, and their app to start here", () => {
  const { holdMs, startMs } = readSettings(variables);
  const { forwarding, stopping } = transferTimings({ ttlSeconds: 1, graceSeconds: 0 }).phaseSeconds;
  const toldMs = 10_000;
  expect(holdMs).toBeGreaterThanOrEqual((forwarding + stopping) * 1000 + startMs + toldMs);
  // Edges wait for an answer for longer than that.
  expect(holdMs).toBeLessThan(DEFAULT_LIMITS.idleSeconds * 1000);
});

it.each([
  ["NODE_NAME", "-"],
  ["BIND_ADDRESS", "localhost"],
  ["IDLE_SECONDS", "0"],
  ["HOLD_SECONDS", "soon"],
  ["MAX_APPS", "301"],
  ["APP_MEMORY_MB", "1"],
  ["ZONE", "Apps.Example.com."],
])("refuses %s=%s, and says what to set", (name, value) => {
  expect(() => readSettings({ ...variables, [name]: value })).toThrow(`${name} is ${JSON.stringify(value)}: set `);
});
