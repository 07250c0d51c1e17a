/** What the edge's container runs: HAProxy only with what is whole, and an end that load balancers see coming. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { REPOSITORY } from "../../../support/environments";
import { removeTempDirs } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { ask } from "./config/clients";
import { DrivenEdge, moved, ZONE } from "./driven-edge";

jest.setTimeout(60_000);

const PAID = { hostingAddress: "127.255.255.1", workspaceAddress: "127.255.255.2" };
const STATE = new Map<string, unknown>([
  ["cluster/paid", PAID],
  ["tombstone/alice", { cluster: "paid" }],
]);

let edge: DrivenEdge;
let container: ChildProcess | undefined;
let said: string;

beforeEach(async () => {
  edge = await DrivenEdge.create({ limits: { stopSeconds: 2 } }, undefined, { executable: undefined });
});
afterEach(async () => {
  if (container?.exitCode === null && container.signalCode === null) {
    container.kill("SIGKILL");
    await once(container, "exit");
  }
  await edge.stop();
  removeTempDirs();
});

function run(): ChildProcess {
  said = "";
  const environment = { ...process.env, EDGE_DIRECTORY: edge.settings.directory, EDGE_NOTICE_SECONDS: "1" };
  const child = spawn(join(REPOSITORY, "services", "edge", "entrypoint.sh"), {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  container = child;
  return child;
}

async function ending(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

const health = () =>
  ask({ host: edge.settings.bindAddress, port: edge.settings.ports.health }, "edge", { path: "/healthz" });

test("nothing is started before the agent has written a configuration", async () => {
  expect(await ending(run())).toBe(1);
  expect(said).toBe("edge: there is no configuration yet; the node agent writes it\n");
});

test.each(["tombstones.base", "tombstones.recent", "domains.base", "domains.recent"])(
  "nothing is started with a damaged map: %s; it is once an agent has written that again",
  async (name) => {
    await (await edge.startDriver(STATE)).stop();
    const path = join(edge.settings.directory, "maps", `${name}.map`);
    const before = readFileSync(path, "utf8");
    writeFileSync(path, `mallory paid\n${before}`);
    expect(await ending(run())).toBe(1);
    expect(said).toBe(`edge: ${path} is not as it was written\n`);
    const driver = await edge.startDriver(STATE);
    run();
    await driver.reconcile(STATE);
    expect((await edge.get("alice")).status).toBe(502);
  },
);

test("a map that is gone keeps it from being started", async () => {
  await (await edge.startDriver(STATE)).stop();
  rmSync(edge.files.maps.domains.base);
  expect(await ending(run())).toBe(1);
  expect(said).toContain("domains.base.map is not as it was written\n");
});

test.each(["SIGTERM", "SIGUSR1"] as const)(
  "%s is seen by health checks first, while requests are answered, and then ends it",
  async (signal) => {
    const driver = await edge.startDriver(STATE);
    const child = run();
    await driver.reconcile(STATE);
    await until("health says that it serves", async () => (await health()).status === 200);
    child.kill(signal);
    await until("health says so", async () => (await health()).status === 503);
    expect((await edge.get("alice")).status).toBe(502);
    expect(await ending(child)).toBe(0);
  },
);

test("an agent that leaves puts changes in force until HAProxy has answered its last request, and is told then", async () => {
  const driver = await edge.startDriver(STATE);
  const child = run();
  await driver.reconcile(STATE);
  const socket = connect(edge.settings.ports.hosting, edge.settings.bindAddress);
  await once(socket, "connect");
  await until("the connection is accepted", async () => /CurrConns: [1-9]/.test(await edge.runtime("show info")));
  let isOver = false;
  const over = driver.outlast(AbortSignal.timeout(30_000)).then((value) => (isOver = value));
  child.kill("SIGTERM");
  await until("nothing new is taken", () =>
    health().then(
      () => false,
      () => true,
    ),
  );
  await driver.apply(moved(["bob"], "paid"));
  expect(isOver).toBe(false);
  const answer = once(socket, "data") as Promise<[Buffer]>;
  socket.write(`GET / HTTP/1.1\r\nhost: app.bob.${ZONE}\r\n\r\n`);
  expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 502 /);
  expect(await ending(child)).toBe(0);
  expect(await over).toBe(true);
  // Nobody is left who would have to be told.
  await driver.apply(moved(["carol"], "paid"));
});

test("an agent that leaves alone learns that HAProxy serves on", async () => {
  const driver = await edge.startDriver(STATE);
  run();
  await driver.reconcile(STATE);
  expect(await driver.outlast(AbortSignal.timeout(600))).toBe(false);
  expect((await edge.get("alice")).status).toBe(502);
});

test("it ends when HAProxy does, and says so", async () => {
  const driver = await edge.startDriver(STATE);
  const child = run();
  await driver.reconcile(STATE);
  await driver.stop();
  await edge.kill();
  expect(await ending(child)).not.toBe(0);
});
