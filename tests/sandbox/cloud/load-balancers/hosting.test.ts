import { Agent } from "node:http";
import { removeTempDirs } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { Hosting } from "./support/hosting";
import { PROXIES } from "./support/stack";
import { TestEdge, visit, visitWith, type World } from "./support/world";

jest.setTimeout(60_000);

let hosting: Hosting;
let world: World;
let address: string;
let port: number;

beforeEach(async () => {
  hosting = await Hosting.open();
  ({ world, address, port } = hosting);
});

afterEach(async () => {
  await hosting.close();
  removeTempDirs();
});

test("connections go to the instances' named port, and say whose they are", async () => {
  const edge = await TestEdge.start(world, world.instance("edge-1"));
  await hosting.settled();
  await world.says("hosting", "well");
  const client = world.address("a client");
  const { body } = await visit(address, port, client);
  expect(JSON.parse(body)).toEqual({
    name: "edge-1",
    header: expect.stringMatching(`^PROXY TCP4 ${client} ${address} \\d+ ${port}$`) as string,
  });
  expect(edge.checks[0]).toBe("GET /healthz");
  const { failureDomain, role, region, pids } = world.unit("hosting")!;
  expect({ failureDomain, role, region }).toEqual({ failureDomain: "free", role: "hosting", region: "europe-west1" });
  expect(pids.length).toBeGreaterThanOrEqual(2);
});

test("an instance that fails its health check gets nothing, before it was ever well, and after", async () => {
  const [good, late] = [world.instance("good"), world.instance("late")];
  await TestEdge.start(world, good);
  await hosting.settled();
  await world.says("hosting", "well");
  const edge = await TestEdge.start(world, late);
  edge.isWell = false;
  await until("the other is asked", () => edge.checks.length > 1);
  expect(await hosting.servers()).toEqual(new Set(["good"]));
  expect(edge.connections).toBe(0);

  edge.isWell = true;
  await until("the other serves", async () => (await hosting.servers()).has("late"));
  edge.isWell = false;
  await until("the other serves no more", async () => !(await hosting.servers()).has("late"));
});

test("a new instance gets nothing before it is well, and those that are well go on", async () => {
  await TestEdge.start(world, world.instance("edge-1"));
  await hosting.settled();
  await world.says("hosting", "well");
  const edge = await TestEdge.start(world, world.instance("edge-2"));
  edge.isWell = false;
  await hosting.settled();
  expect(await hosting.servers()).toEqual(new Set(["edge-1"]));
  expect(edge.connections).toBe(0);
});

test.each([
  ["the proxies", PROXIES],
  ["health checks", "130.211.0.0/22"],
])("an instance that the firewall keeps %s from is not reached, and the unit says why", async (_, range) => {
  const edge = await TestEdge.start(world, world.instance("edge-1"));
  world.refusedRanges.add(range);
  await hosting.settled();
  const unit = await world.says("hosting", /firewall/);
  expect(unit.trouble).toBe(`edge-1: no firewall rule allows ${range}`);
  await expect(visit(address, port)).rejects.toThrow();
  expect(edge.connections).toBe(0);

  world.refusedRanges.clear();
  await hosting.settled();
  await world.says("hosting", "well");
  expect(await hosting.servers()).toEqual(new Set(["edge-1"]));
});

test("connections of an instance that leaves go on, and are cut when it has drained", async () => {
  const leaving = world.instance("edge-1");
  await TestEdge.start(world, leaving);
  await hosting.settled();
  await world.says("hosting", "well");
  const agent = new Agent({ keepAlive: true });
  const held = await visitWith(agent, address, port);
  await TestEdge.start(world, world.instance("edge-2"));
  await hosting.settled();
  await until("both serve", async () => (await hosting.servers()).size === 2);

  const cut = new Promise((resolve) => held.socket.once("close", resolve));
  world.change(leaving, { accepting: false });
  await hosting.settled();
  expect(await hosting.servers()).toEqual(new Set(["edge-2"]));
  expect(JSON.parse((await visitWith(agent, address, port)).body)).toMatchObject({ name: "edge-1" });
  await cut;
  agent.destroy();
});
