/** What outlives the death of HAProxy, of its agent, and of its files. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { EdgeDriverSettings } from "../../../../services/node-agent/haproxy";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { DrivenEdge, moved, users } from "./driven-edge";

jest.setTimeout(60_000);

const PAID = { hostingAddress: "127.255.255.1", workspaceAddress: "127.255.255.2" };
const STATE = new Map<string, unknown>([
  ["cluster/paid", PAID],
  ["tombstone/alice", { cluster: "paid" }],
]);
const TYPESCRIPT = join(__dirname, "..", "..", "..", "..", "tools", "typescript.cjs");

let edge: DrivenEdge;
afterEach(async () => {
  await edge.stop();
  removeTempDirs();
});

const paid = (names: readonly string[]) => new Map(names.map((name) => [name, "paid"]));

/** The first answer that somebody gets from the HAProxy that comes after this one's death. */
async function firstAnswer(user: string): Promise<number> {
  return await until("an answer", async () => (await edge.get(user).catch(() => undefined))?.status);
}

test("HAProxy that is killed right after an acknowledgement obeys the tombstone with its first request", async () => {
  edge = await DrivenEdge.start(STATE);
  for (const user of users(4, "killed")) {
    await edge.driver.apply(moved([user], "paid"));
    await edge.kill();
    expect(await firstAnswer(user)).toBe(502);
  }
  await edge.driver.apply(moved(["alice"], null));
  await edge.kill();
  expect(await firstAnswer("alice")).toBe(503);
});

test("changes that come while HAProxy is away are in force when they are acknowledged", async () => {
  edge = await DrivenEdge.start(STATE);
  const before = await edge.worker();
  await edge.kill();
  await edge.driver.apply(moved(users(100), "paid"));
  expect(await edge.worker()).not.toBe(before);
  expect(await edge.inForce("tombstones")).toEqual(paid(["alice", ...users(100)]));
  expect(
    await edge.driver.reconcile(
      new Map([...STATE, ...users(100).map((user) => [`tombstone/${user}`, { cluster: "paid" }] as const)]),
    ),
  ).toBe(0);
});

test("HAProxy whose worker alone is killed comes back with everything, and the agent looks at it again", async () => {
  edge = await DrivenEdge.start(STATE);
  await edge.driver.apply(moved(["bob"], "paid"));
  const seen = () =>
    edge.recorded.messages("info").filter((message) => message === "HAProxy answers as another process").length;
  const before = seen();
  process.kill(await edge.worker(), "SIGKILL");
  await until("another process is seen", () => seen() > before);
  expect(await edge.inForce("tombstones")).toEqual(paid(["alice", "bob"]));
  expect(edge.recorded.messages("warn")).not.toContain("what another HAProxy serves was repaired");
});

test("an agent that is killed amid batches leaves HAProxy serving all that it had acknowledged; the next one takes over", async () => {
  edge = await DrivenEdge.create();
  const acknowledged = await runAndKillAgent(2000);
  const pid = await edge.worker();
  const before = await edge.inForce("tombstones");
  expect([...Array(acknowledged).keys()].filter((index) => before.get(`u${index}`) !== "paid")).toEqual([]);
  const state = new Map<string, unknown>([["cluster/paid", PAID]]);
  for (let index = 0; index < acknowledged + 70; index++) state.set(`tombstone/u${index}`, { cluster: "paid" });
  const driver = await edge.startDriver(state);
  expect(await edge.inForce("tombstones")).toEqual(
    paid([...Array(acknowledged + 70).keys()].map((index) => `u${index}`)),
  );
  expect(await driver.reconcile(state)).toBe(0);
  expect(await edge.worker()).toBe(pid);
});

/** Runs an agent in a process of its own until it has acknowledged so many, and kills it alone, amid what it does next. */
async function runAndKillAgent(count: number): Promise<number> {
  const file = join(tempDir(), "settings.json");
  const { edge: settings, executable } = edge.driverSettings;
  const told: Partial<EdgeDriverSettings> = { edge: settings, executable, tuning: { foldAt: 300 } };
  writeFileSync(file, JSON.stringify(told));
  const args = ["--require", TYPESCRIPT, join(__dirname, "agent-killed.ts"), file];
  const agent = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let acknowledged = 0;
  for await (const line of createInterface({ input: agent.stdout })) {
    if (line !== "serving") acknowledged = Number(line);
    if (acknowledged === count) agent.kill("SIGKILL");
  }
  return acknowledged;
}

describe("files that were damaged", () => {
  test.each(["base", "recent"] as const)(
    "a %s map is never loaded: HAProxy comes back with the right one",
    async (kind) => {
      edge = await DrivenEdge.start(STATE);
      await edge.driver.apply(moved(["bob"], "paid"));
      const path = edge.files.maps.tombstones[kind];
      writeFileSync(path, "");
      expect((await edge.get("alice")).status).toBe(502);
      await edge.kill();
      expect(await firstAnswer("bob")).toBe(502);
      expect((await edge.get("alice")).status).toBe(502);
      expect(edge.recorded.messages("error")).toContain("files of HAProxy were not as they were written; now they are");
    },
  );

  test("a map is put right from the state by an agent that starts", async () => {
    edge = await DrivenEdge.start(STATE);
    await edge.driver.stop();
    for (const kind of ["base", "recent"] as const) writeFileSync(edge.files.maps.tombstones[kind], "mallory paid\n");
    await edge.startDriver(STATE);
    expect(await edge.inForce("tombstones")).toEqual(paid(["alice"]));
  });

  test("the configuration is put right before HAProxy is started", async () => {
    edge = await DrivenEdge.start(STATE);
    writeFileSync(edge.files.config, "nonsense\n");
    await edge.kill();
    expect(await firstAnswer("alice")).toBe(502);
  });
});

test("what cannot be written is not acknowledged, and is once it can", async () => {
  edge = await DrivenEdge.start(STATE);
  // Stands for a full disk, which a test cannot make for this file alone.
  const obstacle = `${edge.files.maps.tombstones.recent}.unfinished`;
  mkdirSync(obstacle);
  let isAcknowledged = false;
  const applied = edge.driver.apply(moved(["bob"], "paid")).then(() => (isAcknowledged = true));
  await until(
    "attempts",
    () => edge.recorded.lines.filter(({ message }) => message.startsWith("putting changes in force failed")).length > 2,
  );
  expect(isAcknowledged).toBe(false);
  expect(await edge.inForce("tombstones")).toEqual(paid(["alice"]));
  rmdirSync(obstacle);
  await applied;
  expect(await edge.inForce("tombstones")).toEqual(paid(["alice", "bob"]));
});

test("a runtime socket that hangs is given up again and again, and nothing is acknowledged until it answers", async () => {
  edge = await DrivenEdge.create({}, undefined, { executable: undefined, tuning: { answerMs: 100, watchMs: 50 } });
  const driver = await edge.startDriver(STATE);
  const sockets: Socket[] = [];
  const hung = createServer((socket) => sockets.push(socket)).listen(edge.files.runtimeSocket);
  let isAcknowledged = false;
  const applied = driver.apply(moved(["bob"], "paid")).then(() => (isAcknowledged = true));
  await until("attempts", () => sockets.length > 5);
  expect(isAcknowledged).toBe(false);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => hung.close(resolve));
  rmSync(edge.files.runtimeSocket, { force: true });
  const haproxy = spawn("haproxy", ["-W", "-db", "-S", edge.files.masterSocket, "-f", edge.files.config], {
    stdio: "ignore",
  });
  await applied;
  expect(await edge.inForce("tombstones")).toEqual(paid(["alice", "bob"]));
  await driver.stop();
  expect(haproxy.exitCode).toBeNull();
});

test("a configuration that HAProxy refuses never gets to the disk, and tombstones are obeyed meanwhile", async () => {
  const folder = tempDir();
  const executable = join(folder, "haproxy");
  const verdict = (refused: string) =>
    writeFileSync(executable, `#!/bin/sh\n${refused}exec /usr/sbin/haproxy "$@"\n`, { mode: 0o755 });
  verdict('[ "$1" = -c ] && grep -q sibling-hosting-team "$4" && { echo "no" >&2; exit 1; }\n');
  edge = await DrivenEdge.start(STATE, {}, undefined, { executable });
  const before = readFileSync(edge.files.config, "utf8");
  let isAcknowledged = false;
  const applied = edge.driver
    .apply([{ key: "cluster/team", value: PAID, revision: 1 }, ...moved(["bob"], "paid")])
    .then(() => (isAcknowledged = true));
  await until("the tombstone", async () => (await edge.inForce("tombstones")).has("bob"));
  expect([isAcknowledged, readFileSync(edge.files.config, "utf8") === before]).toEqual([false, true]);
  const failure = edge.recorded.lines.find(({ message }) => message.startsWith("putting changes in force failed"));
  expect(String(failure?.fields.err)).toBe("ConfigurationRefused: haproxy -c refuses the configuration: no");
  verdict("");
  await applied;
  expect(readFileSync(edge.files.config, "utf8")).toContain("backend sibling-hosting-team");
});
