import { once } from "node:events";
import { Agent } from "node:http";
import { connect, createServer } from "node:net";
import { removeTempDirs } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { Hosting, RULE } from "./support/hosting";
import { edit, TYPES } from "./support/stack";
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

test("nothing is reloaded where nothing has changed, and a reload keeps open connections", async () => {
  await TestEdge.start(world, world.instance("edge-1"));
  await hosting.settled();
  const before = (await world.says("hosting", "well")).pids;
  await hosting.settled();
  expect(world.unit("hosting")?.pids).toEqual(before);

  const agent = new Agent({ keepAlive: true });
  const { socket } = await visitWith(agent, address, port);
  edit(world.records, TYPES.backendService, { timeoutSec: 61 });
  await hosting.settled();
  await until("another process", () => world.unit("hosting")?.pids.some((pid) => !before.includes(pid)));
  expect((await visitWith(agent, address, port)).socket).toBe(socket);
  agent.destroy();
});

test("a load balancer that is deleted refuses connections", async () => {
  await TestEdge.start(world, world.instance("edge-1"));
  await hosting.settled();
  await world.says("hosting", "well");
  world.records.remove(TYPES.rule, RULE);
  await hosting.settled();
  await expect(visit(address, port)).rejects.toThrow("ECONNREFUSED");
  expect(world.balancers.units()).toEqual([]);
});

test("an HAProxy that dies is started again", async () => {
  await TestEdge.start(world, world.instance("edge-1"));
  await hosting.settled();
  const [master = 0] = (await world.says("hosting", "well")).pids;
  process.kill(master, "SIGKILL");
  await until("another process", () => !(world.unit("hosting")?.pids.includes(master) ?? true));
  await world.says("hosting", "well");
  expect(await hosting.servers()).toEqual(new Set(["edge-1"]));
});

test("one that a drill has killed serves nobody, cuts what it has, and comes back", async () => {
  await TestEdge.start(world, world.instance("edge-1"));
  await hosting.settled();
  await world.says("hosting", "well");
  const socket = connect(port, address);
  await once(socket, "connect");
  socket.on("error", () => undefined);
  const cut = new Promise((resolve) => socket.once("close", resolve));
  world.context.injected = { down: ["hosting"], partitioned: [] };
  await hosting.settled();
  await cut;
  await until("nobody listens", () =>
    visit(address, port).then(
      () => false,
      () => true,
    ),
  );
  expect(world.unit("hosting")).toMatchObject({ healthy: false, trouble: "down: a fault was injected", pids: [] });

  world.context.injected = { down: [], partitioned: [] };
  await hosting.settled();
  await world.says("hosting", "well");
  expect(await hosting.servers()).toEqual(new Set(["edge-1"]));
});

test("a port that somebody else listens at is told, and taken when it is free", async () => {
  const other = createServer();
  other.listen(port, address);
  await once(other, "listening");
  const resource = { scope: "gcp", type: TYPES.rule, id: RULE };
  const standing = await until("it is told", async () => {
    const found = await world.standing(resource);
    return found.is === "pending" && found.because.includes("ended with code 1") ? found : undefined;
  });
  expect(standing.because).toMatch(/HAProxy ended with code 1/);
  other.close();
  await once(other, "close");
  await hosting.settled();
});
