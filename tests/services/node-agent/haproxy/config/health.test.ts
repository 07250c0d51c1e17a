/** What load balancers and siblings are told of an edge, from its start to its end. */
import { JOIN_COMMAND, STOP_COMMAND } from "../../../../../services/node-agent/haproxy/config";
import { removeTempDirs } from "../../../../support/temp-dir";
import { until } from "../../../../support/until";
import { ask } from "./clients";
import { Cluster, sites } from "./cluster";
import { Edge, ZONE } from "./edge";

jest.setTimeout(25_000);

let cluster: Cluster;
beforeEach(async () => {
  const { port, sites: all } = await sites("free");
  cluster = await Cluster.start(all.free, { port });
});
afterEach(async () => await cluster.stop());
afterAll(removeTempDirs);

const APP = `x.anna.${ZONE}`;
const atHealth = async (path = "/healthz") => (await ask(cluster.edge.health, "10.0.0.1", { path })).status;
const forSiblings = async () => (await ask(cluster.hosting, `free.clusters.${ZONE}`, { path: "/healthz" })).status;

test("an edge that serves is healthy, and has nothing else to say there", async () => {
  expect([await atHealth(), await forSiblings(), await atHealth("/")]).toEqual([200, 200, 404]);
});

test("one that is new is healthy once it is told to join", async () => {
  const edge = await Edge.start({ joined: false });
  const status = async () => (await ask(edge.health, "10.0.0.1", { path: "/healthz" })).status;
  expect(await status()).toBe(503);
  await edge.runtime(JOIN_COMMAND);
  expect(await status()).toBe(200);
  await edge.runtime(STOP_COMMAND);
  expect(await status()).toBe(503);
  await edge.stop();
});

test("one that is to stop says so, and takes requests all the same", async () => {
  await cluster.edge.runtime(STOP_COMMAND);
  expect([await atHealth(), await forSiblings()]).toEqual([503, 503]);
  expect((await ask(cluster.hosting, APP)).status).toBe(200);
});

test("one that stops finishes what is under way, takes nothing new, and ends", async () => {
  const download = ask(cluster.edge.hosting, APP, { path: "/download" }).catch((error: unknown) => error);
  const held = ask(cluster.hosting, APP, { path: "/held" });
  await until("they are under way", () => cluster.origins[0]?.waiting === 1, 5000);
  cluster.edge.signal("SIGUSR1");
  await until(
    "nothing new is taken",
    async () =>
      await atHealth().then(
        () => false,
        () => true,
      ),
    5000,
  );
  expect(cluster.edge.isRunning).toBe(true);
  cluster.origins[0]?.release();
  expect((await held).status).toBe(200);
  await download;
  await until("it has ended", () => !cluster.edge.isRunning, 5000);
});

test("a flood of connections does not make it unhealthy", async () => {
  await cluster.stop();
  const { port, sites: all } = await sites("free");
  cluster = await Cluster.start(all.free, { port, acceptProxyHeader: false, limits: { connections: 5 } });
  const held = Array.from({ length: 10 }, async () => await ask(cluster.edge.hosting, APP, { path: "/held" }));
  await until("it is full", () => cluster.origins[0]?.waiting === 5, 5000);
  expect(await atHealth()).toBe(200);
  const release = setInterval(() => cluster.origins[0]?.release(), 20);
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual(held.map(() => 200));
  clearInterval(release);
});
