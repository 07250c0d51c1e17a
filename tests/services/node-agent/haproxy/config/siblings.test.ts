/** A sibling cluster that does not answer costs the users who have moved there, soon little, and nobody else. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { removeTempDirs } from "../../../../support/temp-dir";
import { until } from "../../../../support/until";
import { ask, raw, seen, statusOf } from "./clients";
import { Cluster, siblingsOf, sites, type Site } from "./cluster";
import { ZONE } from "./edge";

jest.setTimeout(25_000);

const HERE = `shop.anna.${ZONE}`;
const AWAY = `shop.berta.${ZONE}`;
const LIMITS = { connectSeconds: 1, queueSeconds: 1, checkSeconds: 1, connectionsPerSibling: 4, queuePerSibling: 2 };

let free: Cluster;
let pro: Cluster;
let port: number;
let proSite: Site;

beforeAll(async () => {
  const { port: shared, sites: all } = await sites("free", "pro");
  port = shared;
  proSite = all.pro;
  const maps = { tombstones: { berta: "pro" } };
  free = await Cluster.start(all.free, { port, siblings: siblingsOf(all.free, all), maps, limits: LIMITS });
  pro = await Cluster.start(all.pro, { port, siblings: siblingsOf(all.pro, all) });
  await free.edge.siblingsAnswer();
});
afterAll(async () => {
  await Promise.all([free, pro].map(async (cluster) => await cluster.stop()));
  removeTempDirs();
});

async function isUp(up = true): Promise<void> {
  const state = async () => await free.edge.serverState("sibling-hosting-pro", "load-balancer");
  await until(`pro is ${up ? "up" : "down"}`, async () => (await state())?.startsWith(up ? "UP" : "DOWN"), 8000);
}

test("edges ask each other whether they can be reached, of load balancer and edge", async () => {
  for (const purpose of ["hosting", "workspace"] as const) {
    const answer = await ask(pro[purpose], `PRO.clusters.${ZONE}:80`, { path: "/healthz" });
    expect(answer).toMatchObject({ status: 200, body: "" });
    const another = await ask(pro[purpose], `free.clusters.${ZONE}`, { path: "/healthz" });
    expect(another.status).toBe(404);
  }
  expect(pro.edge.log.filter(({ path, status }) => path === "/healthz" && status === 200)).toEqual([]);
});

test("the app's own 503 passes as it is", async () => {
  expect(await ask(free.hosting, AWAY, { path: "/own-503" })).toMatchObject({ status: 503, body: "the app's own" });
});

describe("a connection that ends without an answer", () => {
  const runs = () => pro.origins[0]?.requests.length ?? 0;

  test("on the way is tried once more for GET, and not for what must not be done twice", async () => {
    for (const [method, body, status] of [
      ["GET", undefined, 200],
      ["POST", "x", 502],
      ["DELETE", undefined, 502],
      ["GET", "x", 502],
    ] as const) {
      pro.balancers.hosting.toDrop = 1;
      const headers = body === undefined ? {} : { "content-length": body.length };
      const asked = { method, headers, ...(body !== undefined && { body }) };
      expect({ method, body, status: (await ask(free.hosting, AWAY, asked)).status }).toEqual({ method, body, status });
    }
  });

  test("on the way twice is 502", async () => {
    pro.balancers.hosting.toDrop = 2;
    expect((await ask(free.hosting, AWAY)).status).toBe(502);
    expect(pro.balancers.hosting.toDrop).toBe(0);
  });

  test("at the container VM is not tried again where that would do it twice", async () => {
    const before = runs();
    for (let count = 1; count <= 5; count++) {
      const asked = { path: "/hang-up", method: "POST", body: "x" };
      expect((await ask(free.hosting, AWAY, asked)).status).toBe(502);
      expect(runs() - before).toBe(count);
    }
  });
});

test("requests beyond its connections wait in a short queue; those beyond are told when to come again", async () => {
  const many = Array.from(
    { length: 12 },
    async (_, index) => await ask(free.hosting, `x-${index}.berta.${ZONE}`, { path: "/held" }),
  );
  const busy = await free.edge.logged("one too many", ({ path, status }) => path === "/held" && status === 503);
  expect(busy).toMatchObject({ sibling: "pro", backend: "hosting" });
  expect((await ask(free.hosting, HERE)).status).toBe(200);
  const release = setInterval(() => pro.origins[0]?.release(), 20);
  const answers = await Promise.all(many);
  clearInterval(release);
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThanOrEqual(1);
  expect(refused[0]).toMatchObject({ headers: { "retry-after": "5" } });
  expect(refused[0]?.body).toContain("too many requests wait for it");
});

describe("gone", () => {
  beforeAll(async () => await pro.balancers.hosting.stop());

  test("it is 502, which names both clusters, for users who have moved there and for nobody else", async () => {
    const answer = await ask(free.hosting, AWAY);
    expect(answer).toMatchObject({ status: 502, headers: { "retry-after": "5", connection: "close" } });
    expect(answer.headers).not.toHaveProperty("x-edge-error");
    expect(answer.body).toContain("moved from cluster free to cluster pro, which cannot be reached");
    expect((await seen(free.hosting, HERE)).origin).toBe("free-vm-0");
  });

  test("it is soon known to be, and then costs no attempt", async () => {
    await isUp(false);
    const begin = performance.now();
    const answers = await Promise.all(Array.from({ length: 20 }, async () => await ask(free.hosting, AWAY)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 502));
    expect(performance.now() - begin).toBeLessThan(1000);
  });

  test("with packets that nobody answers, requests end in time, and others notice nothing", async () => {
    const hole = await blackHole(proSite.hostingAddress, port);
    await free.edge.runtime("set server sibling-hosting-pro/load-balancer health up");
    const away = ask(free.hosting, AWAY);
    const begin = performance.now();
    expect((await ask(free.hosting, HERE)).status).toBe(200);
    expect(performance.now() - begin).toBeLessThan(500);
    expect((await away).status).toBe(502);
    expect(performance.now() - begin).toBeGreaterThan(900);
    expect(performance.now() - begin).toBeLessThan(4000);
    await hole.close();
  });

  test("and back, it is used again", async () => {
    await pro.balancers.hosting.start(port);
    await isUp();
    expect((await seen(free.hosting, AWAY)).origin).toBe("pro-vm-0");
  });
});

test("an edge alone in the world serves its own users", async () => {
  await pro.stop();
  expect(statusOf(await raw(free.hosting, `GET / HTTP/1.1\r\nHost: ${HERE}\r\n\r\n`, 300))).toBe(200);
});

/** A listener whose process is stopped and whose backlog is full: whoever connects gets no answer. */
async function blackHole(host: string, at: number): Promise<{ close(): Promise<void> }> {
  const program = `require("net").createServer().listen(${JSON.stringify({ host, port: at, backlog: 1 })}, () => console.log("on"))`;
  const listener = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(listener.stdout, "data");
  listener.kill("SIGSTOP");
  const fillers = Array.from({ length: 4 }, () => connect(at, host).on("error", () => undefined));
  return {
    close: async () => {
      for (const filler of fillers) filler.destroy();
      listener.kill("SIGKILL");
      await once(listener, "exit");
    },
  };
}
