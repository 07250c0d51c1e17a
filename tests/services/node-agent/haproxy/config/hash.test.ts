/** Which container VM an app goes to: nearly evenly, the same at every edge, and mostly unmoved when one comes or goes. */
import { memberServer } from "../../../../../services/node-agent/haproxy/config";
import { serverIds } from "../../../../../services/node-agent/haproxy/server-id";
import type { Member } from "../../../../../services/node-agent/haproxy/settings";
import { removeTempDirs } from "../../../../support/temp-dir";
import { until } from "../../../../support/until";
import { freePort, ownAddress } from "./addresses";
import { seen } from "./clients";
import { Edge, ZONE } from "./edge";
import { Origin } from "./origin";

jest.setTimeout(25_000);

const APPS = Array.from({ length: 600 }, (_, index) => `app-${index}.user-${index % 101}.${ZONE}`);
// Members are in this process, which stands still for a second at times on a busy machine: that is not to fail a check.
const LIMITS = { requestRatePerUser: 10_000, slowStartSeconds: 1, checkSeconds: 5 };
const members: Member[] = Array.from({ length: 6 }, (_, index) => ({
  name: `prod-free-container-vm-standard-${"bcdfgh".charAt(index)}x1${index}`,
  address: ownAddress(),
}));
const [spare, ...present] = members;
const edges: Edge[] = [];
let everywhere: Origin;

beforeAll(async () => {
  const hostPort = await freePort("0.0.0.0");
  everywhere = await new Origin("everywhere", "0.0.0.0").start(hostPort);
  edges.push(await Edge.start({ members: present, hostPort, limits: LIMITS }));
  edges.push(await Edge.start({ members: [...present].reverse(), hostPort, limits: LIMITS }));
});
afterAll(async () => {
  await Promise.all(edges.map(async (edge) => await edge.stop()));
  await everywhere.stop();
  removeTempDirs();
});

/** The member of each app. */
async function placement(edge: Edge | undefined): Promise<Map<string, string>> {
  if (edge === undefined) throw new Error("no edge");
  const placed = new Map<string, string>();
  const nameAt = new Map(members.map(({ name, address }) => [address, name]));
  for (let start = 0; start < APPS.length; start += 50) {
    const some = APPS.slice(start, start + 50);
    const addresses = await Promise.all(some.map(async (app) => (await seen(edge.hosting, app)).address));
    some.forEach((app, index) => placed.set(app, nameAt.get(addresses[index] ?? "") ?? ""));
  }
  return placed;
}

function moved(from: Map<string, string>, to: Map<string, string>): string[] {
  return APPS.filter((app) => from.get(app) !== to.get(app));
}

test("edges agree, whatever order they know the members in", async () => {
  expect(await placement(edges[1])).toEqual(await placement(edges[0]));
});

test("members have nearly equal shares", async () => {
  const shares = new Map<string, number>();
  for (const server of (await placement(edges[0])).values()) shares.set(server, (shares.get(server) ?? 0) + 1);
  const even = APPS.length / present.length;
  expect(Math.min(...shares.values())).toBeGreaterThan(0.6 * even);
  expect(Math.max(...shares.values())).toBeLessThan(1.4 * even);
});

test("one more takes about its share, from all others, without a reload; when it goes, everything is as before", async () => {
  const edge = edges[0];
  if (edge === undefined || spare === undefined) throw new Error("unreachable");
  const before = await placement(edge);
  const id = serverIds(members.map(({ name }) => name)).get(spare.name) ?? 0;
  const server = `hosts/${spare.name}`;
  const said = await edge.runtime(`add server hosts/${memberServer(edge.settings, spare, id)}`);
  expect(said).toContain("New server registered.");
  await edge.runtime(`enable health ${server}`);
  await edge.runtime(`enable server ${server}`);
  const grown = await until(
    "its share is whole",
    async () =>
      (await edge.runtime(`get weight ${server}`)).startsWith("1 ") &&
      (await edge.serverState("hosts", spare.name)) === "UP",
    15_000,
  );
  expect(grown).toBe(true);
  const after = await placement(edge);
  const taken = moved(before, after);
  expect(taken.every((app) => after.get(app) === spare.name)).toBe(true);
  expect(taken.length).toBeGreaterThan(0.5 * (APPS.length / members.length));
  expect(taken.length).toBeLessThan(1.7 * (APPS.length / members.length));
  await edge.runtime(`set server ${server} state maint`);
  expect(await placement(edge)).toEqual(before);
  expect(await edge.runtime(`del server ${server}`)).toContain("Server deleted.");
});

test("one that fails its checks is out, and only its apps move", async () => {
  const edge = edges[0];
  const lost = present[2];
  if (edge === undefined || lost === undefined) throw new Error("unreachable");
  const before = await placement(edge);
  await edge.runtime(`set server hosts/${lost.name} check-port 1`);
  await until("it is out", async () => (await edge.serverState("hosts", lost.name)) === "DOWN", 15_000);
  const taken = moved(before, await placement(edge));
  expect(taken).toEqual(APPS.filter((app) => before.get(app) === lost.name));
});

describe("ids", () => {
  test("are the same for the same names, and fit HAProxy's ring", () => {
    const names = Array.from({ length: 3000 }, (_, index) => `vm-${index}`);
    const ids = serverIds(names);
    expect(serverIds([...names].reverse())).toEqual(ids);
    expect(new Set(ids.values()).size).toBe(names.length);
    expect([...ids.values()].every((id) => Number.isInteger(id) && id >= 1 && id < 2 ** 20)).toBe(true);
  });

  test("of one name hardly ever depend on the others", () => {
    const names = Array.from({ length: 50 }, (_, index) => `vm-${index}`);
    const all = serverIds(names);
    expect(names.filter((name) => serverIds([name]).get(name) !== all.get(name))).toEqual([]);
  });
});
