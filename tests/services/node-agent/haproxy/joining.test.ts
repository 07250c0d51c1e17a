/** Edges and container VMs that join a cluster: what gets requests when, on a real HAProxy. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { removeTempDirs } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { freePort, ownAddress } from "./config/addresses";
import { ask } from "./config/clients";
import { Origin } from "./config/origin";
import { DrivenEdge, FakeSource, users } from "./driven-edge";

jest.setTimeout(60_000);

let origin: Origin;
let hostPort: number;
let edge: DrivenEdge;

beforeEach(async () => {
  const address = ownAddress();
  hostPort = await freePort(address);
  origin = await new Origin("vm-0", address).start(hostPort);
});
afterEach(async () => {
  await edge.stop();
  await origin.stop();
  removeTempDirs();
});

const members = () => [{ name: origin.name, address: origin.address }];

async function create(source: FakeSource, joinMs?: number, isSupervised = true): Promise<void> {
  const limits = { checkSeconds: 1, stopSeconds: 1, slowStartSeconds: 60 };
  const tuning = { watchMs: 50, answerMs: 5_000, membersMs: 50, joinMs };
  edge = await DrivenEdge.create({ hostPort, limits }, source, {
    tuning,
    executable: isSupervised ? "haproxy" : undefined,
  });
}

async function start(source: FakeSource, joinMs?: number): Promise<void> {
  await create(source, joinMs);
  await edge.startDriver(new Map());
}

/** What load balancers and autohealing are told. */
async function health(): Promise<number> {
  const { bindAddress: host, ports } = edge.settings;
  return (await ask({ host, port: ports.health }, "edge", { path: "/healthz" })).status;
}

const healthIs = (status: number) => until(`health ${status}`, async () => (await health()) === status, 10_000);

async function stateIs(state: string): Promise<void> {
  await until(`vm-0 ${state}`, async () =>
    (await edge.runtime("show stat hosts 4 -1"))
      .split("\n")
      .some((line) => line.startsWith("hosts,vm-0,") && line.includes(`,${state},`)),
  );
}

/** The first answer of the HAProxy that comes after this one's death. */
async function firstHealth(): Promise<number> {
  return await until("an answer", () => health().catch(() => undefined));
}

describe("an edge that is new", () => {
  it("takes requests once it has found a container VM healthy, and from then on whatever becomes of that", async () => {
    origin.isHealthy = false;
    await start(new FakeSource({ z: members() }));
    await stateIs("DOWN");
    expect(await health()).toBe(503);
    origin.isHealthy = true;
    await healthIs(200);
    expect((await edge.get("anna")).status).toBe(200);
    origin.isHealthy = false;
    await stateIs("DOWN");
    expect(await health()).toBe(200);
    await edge.kill();
    expect(await firstHealth()).toBe(200);
    await edge.driver.stop();
    await edge.startDriver(new Map());
    expect(await firstHealth()).toBe(200);
  });

  it("does not believe HAProxy, which takes container VMs of its configuration for healthy before it has asked them", async () => {
    origin.isHealthy = false;
    await create(new FakeSource({ z: members() }), undefined, false);
    await edge.startDriver(new Map());
    await until("vm-0 in the configuration", () => readFileSync(edge.files.config, "utf8").includes("server vm-0 "));
    const { config, masterSocket } = edge.files;
    spawn("haproxy", ["-W", "-db", "-S", masterSocket, "-f", config], { stdio: "ignore" });
    expect(await firstHealth()).toBe(503);
    await stateIs("DOWN");
    expect(await health()).toBe(503);
    origin.isHealthy = true;
    await healthIs(200);
  });

  it("takes requests once every zone has said that its cluster has no container VM, and so does each HAProxy from then on", async () => {
    const source = new FakeSource({ y: [], z: [] });
    source.failing.add("z");
    await start(source);
    await until("several questions", () => source.asked > 6);
    expect(await health()).toBe(503);
    source.failing.clear();
    await healthIs(200);
    await edge.kill();
    expect(await firstHealth()).toBe(200);
  });

  it.each([
    { why: "no container VM is healthy", isToldOf: true },
    { why: "nobody can tell of container VMs", isToldOf: false },
  ])("takes requests after a while all the same when $why: some of its users have moved away", async ({ isToldOf }) => {
    origin.isHealthy = false;
    const source = new FakeSource({ z: members() });
    if (!isToldOf) source.failing.add("z");
    await start(source, 1_500);
    expect(await health()).toBe(503);
    await healthIs(200);
    expect(edge.recorded.messages("warn")).toContain("no container VM was found healthy; the edge takes requests");
  });
});

it("a container VM that gets little yet does at once what it gets", async () => {
  await start(new FakeSource({ z: members() }));
  await healthIs(200);
  // As WebSockets do, these stay; HAProxy looks at what waits for a server when something ends there.
  const answers = users(20).map((user) => edge.get(user, { path: "/held" }));
  await until("all of them", () => origin.waiting === answers.length, 5_000);
  origin.release();
  expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
});
