/** Container VMs that come, go, move and fail, on real HAProxies. */
import { forEachBounded } from "../../../../deploy/pool";
import { serverIds } from "../../../../services/node-agent/haproxy/server-id";
import type { Member } from "../../../../services/node-agent/haproxy/settings";
import { removeTempDirs } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { freePort, ownAddress } from "./config/addresses";
import { Origin } from "./config/origin";
import { DrivenEdge, FakeSource, users } from "./driven-edge";

jest.setTimeout(60_000);

const APPS = users(150, "app");

let origins: Origin[] = [];
let port: number;
const edges: DrivenEdge[] = [];

beforeEach(async () => {
  const addresses = Array.from({ length: 5 }, ownAddress);
  port = await freePort(addresses[0] ?? "");
  origins = await Promise.all(addresses.map((address, index) => new Origin(`vm-${index}`, address).start(port)));
});
afterEach(async () => {
  await Promise.all(edges.splice(0).map((edge) => edge.stop()));
  await Promise.all(origins.map((origin) => origin.stop()));
  removeTempDirs();
});

const members = (...indexes: readonly number[]): Member[] =>
  indexes.map((index) => ({ name: `vm-${index}`, address: origins[index]?.address ?? "" }));

async function startEdge(...indexes: readonly number[]): Promise<DrivenEdge> {
  const limits = { checkSeconds: 1, stopSeconds: 1 };
  const edge = await DrivenEdge.start(
    new Map(),
    { hostPort: port, limits },
    new FakeSource({ z: members(...indexes) }),
  );
  edges.push(edge);
  return edge;
}

/** Which container VM an app is served by; the status of what is no success. */
async function servedBy(edge: DrivenEdge, app: string): Promise<string> {
  const { status, body } = await edge.get(app);
  return status === 200 ? (JSON.parse(body) as { origin: string }).origin : String(status);
}

async function placesOf(edge: DrivenEdge): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  // Not all at once: health checks have a second on a busy machine, and the VMs are in this process.
  await forEachBounded(APPS, 8, async (app) => void places.set(app, await servedBy(edge, app)));
  return places;
}

/** Waits until every server has passed its checks and has its whole share. */
async function settled(edge: DrivenEdge, ...indexes: readonly number[]): Promise<void> {
  const names = indexes.map((index) => `vm-${index}`);
  await until(`${names.join()} have settled`, async () => {
    const [head = "", ...rows] = (await edge.runtime("show stat hosts 4 -1")).split("\n");
    const columns = head.replace("# ", "").split(",");
    const up = rows.flatMap((row) => {
      const value = (name: string) => row.split(",")[columns.indexOf(name)] ?? "";
      return value("status") === "UP" && ["", "100"].includes(value("throttle")) ? [value("svname")] : [];
    });
    return JSON.stringify(up.sort()) === JSON.stringify(names.sort()) && rows.length === names.length;
  });
}

test("two edges send each app to the same container VM, in whatever order they came to know these", async () => {
  const first = await startEdge(0, 1, 2, 3);
  const second = await startEdge(3);
  for (const known of [
    [3, 1],
    [0, 1, 2, 3],
  ]) {
    second.source.byZone.z = members(...known);
    await settled(second, ...known);
  }
  await settled(first, 0, 1, 2, 3);
  const places = await placesOf(first);
  expect(new Set(places.values())).toEqual(new Set(["vm-0", "vm-1", "vm-2", "vm-3"]));
  expect(await placesOf(second)).toEqual(places);
});

test("one of five that leaves takes its own apps along, and nobody else's; all come back with it", async () => {
  const edge = await startEdge(0, 1, 2, 3, 4);
  await settled(edge, 0, 1, 2, 3, 4);
  const pid = await edge.worker();
  const before = await placesOf(edge);
  edge.source.byZone.z = members(0, 1, 2, 3);
  await settled(edge, 0, 1, 2, 3);
  const after = await placesOf(edge);
  const movedApps = APPS.filter((app) => before.get(app) !== after.get(app));
  expect(movedApps.every((app) => before.get(app) === "vm-4")).toBe(true);
  // 30 of 150 on average; the hash is a fixed one, and so is what comes out.
  expect(movedApps.length).toBeGreaterThan(10);
  expect(movedApps.length).toBeLessThan(60);
  edge.source.byZone.z = members(0, 1, 2, 3, 4);
  await settled(edge, 0, 1, 2, 3, 4);
  expect(await placesOf(edge)).toEqual(before);
  expect(await edge.worker()).toBe(pid);
});

test("one that fails its checks is out within seconds, though it is still a member", async () => {
  const edge = await startEdge(0, 1);
  await settled(edge, 0, 1);
  const [failing] = origins;
  if (failing !== undefined) failing.isHealthy = false;
  const start = performance.now();
  await settledWithout(edge, "vm-0");
  expect(performance.now() - start).toBeLessThan(5_000);
  expect(new Set((await placesOf(edge)).values())).toEqual(new Set(["vm-1"]));
});

async function settledWithout(edge: DrivenEdge, name: string): Promise<void> {
  await until(`${name} is out`, async () => {
    const row = (await edge.runtime("show stat hosts 4 -1"))
      .split("\n")
      .find((line) => line.startsWith(`hosts,${name},`));
    return row?.includes(",DOWN,");
  });
}

test("one that leaves finishes what it has begun", async () => {
  const edge = await startEdge(0, 1);
  await settled(edge, 0, 1);
  const places = await placesOf(edge);
  const app = APPS.find((one) => places.get(one) === "vm-0") ?? "";
  const [leaving] = origins;
  const answer = edge.get(app, { path: "/held" });
  await until("the request is under way", () => leaving?.waiting === 1);
  edge.source.byZone.z = members(1);
  await until("others go elsewhere", async () => (await servedBy(edge, app)) === "vm-1");
  expect(await edge.runtime("show servers state hosts")).toContain(" vm-0 ");
  leaving?.release();
  expect(JSON.parse((await answer).body)).toMatchObject({ origin: "vm-0" });
  await settled(edge, 1);
});

test("one that comes back under its name at another address is found there", async () => {
  const edge = await startEdge(0, 1);
  await settled(edge, 0, 1);
  const places = await placesOf(edge);
  const app = APPS.find((one) => places.get(one) === "vm-0") ?? "";
  edge.source.byZone.z = [{ name: "vm-0", address: origins[2]?.address ?? "" }, ...members(1)];
  await until("its new address", async () => (await servedBy(edge, app)) === "vm-2");
  await settled(edge, 0, 1);
  expect(await servedBy(edge, app)).toBe("vm-2");
});

test("an edge that starts while nobody can tell it serves with the container VMs that it knew", async () => {
  const edge = await startEdge(0, 1);
  await settled(edge, 0, 1);
  const places = await placesOf(edge);
  await edge.driver.stop();
  edge.source.failing.add("z");
  await edge.startDriver(new Map());
  await settled(edge, 0, 1);
  expect(await placesOf(edge)).toEqual(places);
});

test("a server that somebody else has added or taken out is put right by a reconciliation", async () => {
  const edge = await startEdge(0, 1);
  await settled(edge, 0, 1);
  const free = Math.max(...serverIds(["vm-0", "vm-1"]).values()) + 1;
  await edge.runtime(`add server hosts/stranger 127.0.0.1:1 id ${free}`);
  await edge.runtime("set server hosts/vm-0 state maint");
  expect(await edge.driver.reconcile(new Map())).toBe(1);
  expect(await edge.driver.reconcile(new Map())).toBe(0);
  await settled(edge, 0, 1);
});
