/** What outlives the death of Knot, of its agent, and of its disk. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { KnotSettings } from "../../../../services/node-agent/knot";
import { isLater } from "../../../../services/node-agent/knot/serial";
import { TestKnot, ZONE } from "../../../support/knot";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { servedSerial, servedZone, wantedZone } from "./zone-in-knot";

jest.setTimeout(60_000);

const STATE = new Map<string, unknown>([
  ["zone", { defaultCluster: "free" }],
  ["cluster/free", { ipv4: "192.0.2.1" }],
  ["cluster/paid", { ipv4: "192.0.2.2" }],
  ["user/alice", { cluster: "paid" }],
]);
const TYPESCRIPT = join(__dirname, "..", "..", "..", "..", "tools", "typescript.cjs");

let knot: TestKnot;

afterEach(async () => {
  await knot.stop();
  removeTempDirs();
});

test("Knot that is killed again and again comes back with every change that was said to be in force", async () => {
  knot = await TestKnot.start(STATE);
  const state = new Map(STATE);
  const kill = async () => process.kill(await knot.pid(), "SIGKILL");
  for (let round = 0; round < 4; round++) {
    const changes = Array.from({ length: 30 }, (_, index) => ({
      key: `user/u${index}`,
      value: (round + index) % 4 === 0 ? null : { cluster: round % 2 === 0 ? "paid" : "free" },
      revision: round * 30 + index,
    }));
    // Some calls are over when Knot dies, some are under way.
    const calls = changes.map((change) => knot.driver.apply([change]));
    await calls[round * 5];
    await kill();
    await Promise.all(calls);
    for (const { key, value } of changes)
      if (value === null) state.delete(key);
      else state.set(key, value);
    expect(await zoneAfterReturn()).toEqual(wantedZone(knot, state));
  }
  await kill();
  expect(await zoneAfterReturn()).toEqual(wantedZone(knot, state));
  expect(await knot.driver.reconcile(state)).toBe(0);
});

/** The zone that Knot has when it is back, before anything else is done to it. */
async function zoneAfterReturn(): Promise<string[]> {
  return await until("Knot's return", () => servedZone(knot).catch(() => undefined));
}

test("Knot that ends by itself is started again", async () => {
  knot = await TestKnot.start(STATE);
  const before = await knot.pid();
  await knot.control("stop");
  const after = await until("another Knot", () => (knot.driver.knotPid === before ? undefined : knot.driver.knotPid));
  expect(after).not.toBe(before);
  await knot.driver.apply([{ key: "user/bob", value: { cluster: "paid" }, revision: 1 }]);
  expect(await servedZone(knot)).toEqual(wantedZone(knot, new Map([...STATE, ["user/bob", { cluster: "paid" }]])));
});

test("a pid file that was left behind, of a process that is somebody else's now, is no hindrance", async () => {
  knot = await TestKnot.start(STATE);
  await knot.driver.stop();
  writeFileSync(join(knot.folder, "run", "knot.pid"), `${process.pid}\n`);
  await knot.startDriver(STATE);
  expect(await servedZone(knot)).toEqual(wantedZone(knot, STATE));
});

test("an agent that is killed leaves Knot answering; the next one takes it over with all that was in force", async () => {
  knot = await TestKnot.create();
  const { pid, published } = await runAndKillAgent();
  expect(await knot.dig("+short", `app.u${published}.${ZONE}`, "CNAME")).toBe(`paid.clusters.${ZONE}.\n`);
  const driver = await knot.startDriver(new Map());
  expect(driver.knotPid).toBe(pid);
  const served = await servedZone(knot);
  for (let user = 1; user <= published; user++)
    expect(served).toContain(`u${user}.${ZONE} 60 CNAME paid.clusters.${ZONE}`);
  // What it was asked to write to the log after its agent's death has not ended it either.
  await knot.control("zone-reload", ZONE);
  await driver.stop();
  expect(isRunning(pid)).toBe(false);
});

test("a Knot that was left with another configuration is replaced", async () => {
  knot = await TestKnot.create();
  const { pid } = await runAndKillAgent();
  const driver = await knot.startDriver(STATE, { udpWorkers: 1 });
  expect(driver.knotPid).not.toBe(pid);
  expect(isRunning(pid)).toBe(false);
});

test("a Knot that was left and has lost its zone file since is replaced, and loses nothing more when it is killed", async () => {
  knot = await TestKnot.create();
  const { pid } = await runAndKillAgent();
  rmSync(join(knot.folder, "storage", `${ZONE}.zone`));
  const driver = await knot.startDriver(STATE);
  expect(driver.knotPid).not.toBe(pid);
  await driver.apply([{ key: "user/bob", value: { cluster: "paid" }, revision: 1 }]);
  process.kill(await knot.pid(), "SIGKILL");
  expect(await zoneAfterReturn()).toEqual(wantedZone(knot, new Map([...STATE, ["user/bob", { cluster: "paid" }]])));
});

/** Runs an agent in a process of its own until it has published some users, and kills it alone. */
async function runAndKillAgent(): Promise<{ pid: number; published: number }> {
  const file = join(tempDir(), "settings.json");
  writeFileSync(file, JSON.stringify(knot.settings));
  const args = ["--require", TYPESCRIPT, join(__dirname, "agent-killed.ts"), file];
  const agent = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let published = 0;
  for await (const line of createInterface({ input: agent.stdout })) {
    if (line !== "serving") published = Number(line);
    if (published === 20) agent.kill("SIGKILL");
  }
  const pid = Number(readFileSync(join(knot.folder, "run", "knot.pid"), "utf8"));
  expect(isRunning(pid)).toBe(true);
  return { pid, published };
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/status`, "utf8").includes("State:\tZ");
}

describe("an agent that starts with a state that Knot does not have", () => {
  test.each([
    ["nothing", () => [] as string[]],
    ["the journal only, the zone file having been lost", () => [`${ZONE}.zone`]],
    ["the zone file only, the journal having been lost", () => ["journal"]],
    ["neither of them", () => readdirSync(join(knot.folder, "storage"))],
  ])("finds the differences when %s is left as it was", async (_, lost) => {
    knot = await TestKnot.start(STATE);
    for (let revision = 0; revision < 30; revision++)
      await knot.driver.apply([{ key: `user/old${revision}`, value: { cluster: "paid" }, revision }]);
    const before = await servedSerial(knot);
    await knot.driver.stop();
    for (const name of lost()) rmSync(join(knot.folder, "storage", name), { recursive: true });

    const state = new Map([...STATE, ["user/alice", { cluster: "free" }], ["user/new", { cluster: "paid" }]]);
    const driver = await knot.startDriver(state);
    await driver.reconcile(state);
    expect(await servedZone(knot)).toEqual(wantedZone(knot, state));
    expect(isLater(await servedSerial(knot), before)).toBe(true);
  });

  test("serves what it knows from the beginning when the journal alone was lost, not what was true when the zone began", async () => {
    knot = await TestKnot.start(STATE);
    await knot.driver.apply([{ key: "user/bob", value: { cluster: "paid" }, revision: 1 }]);
    const before = await servedSerial(knot);
    await knot.driver.stop();
    rmSync(join(knot.folder, "storage", "journal"), { recursive: true });
    const state = new Map([...STATE, ["user/bob", { cluster: "paid" }]]);
    await knot.startDriver(state);
    expect(await servedZone(knot)).toEqual(wantedZone(knot, state));
    expect(isLater(await servedSerial(knot), before)).toBe(true);
  });

  test("leaves a zone alone that has not changed since it began, and so has no journal", async () => {
    knot = await TestKnot.start(STATE);
    const before = await servedSerial(knot);
    await knot.driver.stop();
    await knot.startDriver(STATE);
    expect(await servedSerial(knot)).toBe(before);
  });

  test("the zone's serial goes on where it was when Knot has lost everything", async () => {
    knot = await TestKnot.start(STATE);
    let last = await servedSerial(knot);
    for (let round = 0; round < 3; round++) {
      await knot.driver.apply([{ key: `user/u${round}`, value: { cluster: "paid" }, revision: round }]);
      expect(isLater(await servedSerial(knot), last)).toBe(true);
      last = await servedSerial(knot);
      await knot.driver.stop();
      rmSync(join(knot.folder, "storage"), { recursive: true });
      await knot.startDriver(STATE);
      expect(isLater(await servedSerial(knot), last)).toBe(true);
      last = await servedSerial(knot);
    }
  });
});

test("name servers and TTL that have changed in the settings are changed in the zone that Knot has", async () => {
  knot = await TestKnot.start(STATE);
  await knot.driver.stop();
  const changed = { nameServers: { [`asia.ns.${ZONE}`]: "192.0.2.55" }, ttlSeconds: 30 };
  const driver = await knot.startDriver(STATE, changed);
  // Name servers and SOA, the wildcard, two clusters, one user.
  expect(await driver.reconcile(STATE)).toBe(5);
  const settings = { ...knot.settings, ...changed };
  expect(await servedZone(knot)).toEqual(wantedZone({ settings }, STATE));
  expect(await knot.dig("+short", ZONE, "SOA")).toMatch(/^asia\.ns\..* 30\n$/);
  expect(await driver.reconcile(STATE)).toBe(0);
});

test("an agent whose Knot somebody else runs waits for it, and publishes what came meanwhile", async () => {
  knot = await TestKnot.create();
  const settings: KnotSettings = { ...knot.settings };
  delete (settings as { supervise?: unknown }).supervise;
  const driver = knot.createDriver(settings);
  await driver.start(STATE);
  const applied = driver.apply([{ key: "user/bob", value: { cluster: "paid" }, revision: 1 }]);
  const server = spawn("/usr/sbin/knotd", ["--config", settings.configFile], { stdio: "ignore" });
  try {
    await applied;
    expect(await servedZone(knot)).toEqual(wantedZone(knot, new Map([...STATE, ["user/bob", { cluster: "paid" }]])));
    await driver.stop();
    expect(server.exitCode).toBeNull();
  } finally {
    server.kill("SIGKILL");
  }
});

describe("Knot's program", () => {
  async function startWith(script: string | undefined) {
    knot = await TestKnot.create();
    const executable = join(knot.folder, "knotd");
    if (script !== undefined) writeFileSync(executable, `#!/bin/sh\n${script}\n`);
    if (script !== undefined) chmodSync(executable, 0o755);
    const started = knot.startDriver(STATE, { supervise: { ...knot.settings.supervise, executable } });
    return { executable, started };
  }

  test.each([
    [
      "is too old",
      "echo 'knotd (Knot DNS), version 3.1.9'",
      "is Knot 3.1, which is too old; install knot 3.2 or later",
    ],
    ["is something else", "echo 'BIND 9.18'", 'is not Knot: --version prints "BIND 9.18"; install knot 3.2 or later'],
    ["fails", "exit 3", "--version failed"],
    ["is not there", undefined, "cannot be run; install knot 3.2 or later"],
  ])("that %s is named, with what to do", async (_, script, message) => {
    const { executable, started } = await startWith(script);
    await expect(started).rejects.toThrow(executable);
    await expect(started).rejects.toThrow(message);
  });

  test("that is newer is taken", async () => {
    const real = execFileSync("sh", ["-c", "command -v knotd || echo /usr/sbin/knotd"], { encoding: "utf8" }).trim();
    const { started } = await startWith(
      `test "$1" = --version && { echo 'knotd (Knot DNS), version 10.0'; exit; }; exec ${real} "$@"`,
    );
    await started;
    expect(await servedZone(knot)).toEqual(wantedZone(knot, STATE));
  });
});
