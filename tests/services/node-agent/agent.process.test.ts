/** The agent as a process, with a real Knot that it runs itself. */
import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalIssuer } from "../../../sandbox/issuer";
import type { FeedLine } from "../../../services/contracts/feed";
import { removeTempDirs, tempDir } from "../../support/temp-dir";
import { until } from "../../support/until";
import { Child, type ChildOptions } from "../support/child";
import { ask } from "../support/dns-client";
import { freePort } from "../support/free-port";
import { probe, program } from "../support/program";
import { StubFeed } from "./stub-feed";

// Processes start, on a machine that has other tests to run.
jest.setTimeout(60_000);

const ZONE = "apps.example.dev";
const FREE = "203.0.113.7";
const FREE2 = "203.0.113.8";
const START: FeedLine[] = [
  { type: "entry", revision: 1, key: "cluster/free", value: { ipv4: FREE } },
  { type: "entry", revision: 2, key: "cluster/free2", value: { ipv4: FREE2 } },
  { type: "entry", revision: 3, key: "zone", value: { defaultCluster: "free" } },
  { type: "live", revision: 3 },
];

let feed: StubFeed;
let issuer: LocalIssuer;
let options: ChildOptions;
let agent: Child;
let dnsPort: number;
let healthPort: number;
let metricsPort: number;

beforeAll(async () => {
  const directory = tempDir();
  // Knot runs as another user, who has to get there.
  chmodSync(directory, 0o755);
  [feed, issuer] = [await StubFeed.start(), await LocalIssuer.start()];
  [dnsPort, healthPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
  const keyFile = join(directory, "key");
  writeFileSync(keyFile, `${Buffer.alloc(32, 7).toString("base64")}\n`);
  options = {
    name: "node agent",
    command: program("services/node-agent/main.ts"),
    environment: {
      ENVIRONMENT: "test",
      REGION: "europe-west1",
      NODE_KIND: "dns",
      NODE_NAME: "name-server-0",
      HEALTH_PORT: String(healthPort),
      METRICS_PORT: String(metricsPort),
      ZONE,
      TTL_SECONDS: "60",
      NAME_SERVERS: JSON.stringify({ [`europe-west1.ns.${ZONE}`]: "203.0.113.53" }),
      CONTROL_API_URL: feed.url,
      CONTROL_API_AUDIENCE: "https://resolution.example.dev",
      GCE_METADATA_HOST: await issuer.metadataServer("name-servers@example.iam.gserviceaccount.com"),
      DNS_UPDATE_KEY_FILE: keyFile,
      KNOT_ADDRESS: `127.0.0.1:${dnsPort}`,
      KNOT_LISTEN: `127.0.0.1@${dnsPort}`,
      KNOT_CONFIG: join(directory, "run", "knot.conf"),
      KNOT_STATE_DIRECTORY: join(directory, "knot"),
      KNOT_EXECUTABLE: "knotd",
      ...(process.getuid?.() === 0 && { KNOT_USER: `${idOf("-u")}:${idOf("-g")}` }),
      STATE_DIRECTORY: join(directory, "agent"),
    },
    isReady: () => probe(healthPort, "/readyz"),
  };
  agent = new Child(options);
});
afterAll(async () => {
  await agent.stop();
  await Promise.all([feed.stop(), issuer.stop()]);
  removeTempDirs();
});

/** Debian's package has made a user for Knot. */
function idOf(flag: "-u" | "-g"): string {
  return execFileSync("id", [flag, "knot"], { encoding: "utf8" }).trim();
}

const addressOf = async (name: string) => {
  const { addresses } = await ask({ address: "127.0.0.1", port: dnsPort }, `${name}.${ZONE}`);
  return addresses[0];
};
const metric = async (name: string) => {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return text
    .split("\n")
    .find((line) => line.startsWith(`node_agent_${name} `))
    ?.split(" ")[1];
};

it("is not ready before it has heard a whole state, then serves it, acknowledges it and follows changes", async () => {
  agent.launch();
  await until("the feed's being opened", () => feed.opened.length > 0);
  expect(Object.fromEntries(feed.opened[0] ?? [])).toMatchObject({ kind: "dns", node: "name-server-0", after: "0" });
  await expect(probe(healthPort, "/healthz")).rejects.toThrow("fetch failed");
  feed.say(...START);
  await agent.ready();
  await until("the acknowledgement", () => feed.revision === 3);
  expect([await addressOf("app.jane"), await addressOf("anybody")]).toEqual([FREE, FREE]);
  feed.say(
    { type: "entry", revision: 4, key: "user/jane", value: { cluster: "free2" } },
    { type: "live", revision: 6 },
  );
  await until("the acknowledgement", () => feed.revision === 6);
  expect([await addressOf("app.jane"), await addressOf("jane"), await addressOf("app.john")]).toEqual([
    FREE2,
    FREE2,
    FREE,
  ]);
  expect([await metric("applied_revision"), await metric("entries"), await metric("feed_connected")]).toEqual([
    "6",
    "4",
    "1",
  ]);
});

it("stops when it is asked to, without saying goodbye, and its state stays", async () => {
  expect(await agent.stop()).toBe(0);
  expect(agent.log).toContain('"msg":"stopped"');
  expect(feed.acknowledged.some(({ leaving }) => leaving)).toBe(false);
  await expect(addressOf("app.jane")).rejects.toThrow();
});

it("serves from its disk when the control API is away, also after it was killed", async () => {
  const { port } = feed;
  await feed.stop();
  await agent.start();
  await until("Knot", async () => (await addressOf("app.jane").catch(() => undefined)) === FREE2);
  expect(await metric("feed_connected")).toBe("0");
  await agent.kill();
  await agent.start();
  await until("Knot", async () => (await addressOf("app.jane").catch(() => undefined)) === FREE2);
  feed = await StubFeed.start(port);
  feed.say({ type: "entry", revision: 9, key: "user/jane", value: null }, { type: "live", revision: 9 });
  await until("the acknowledgement", () => feed.revision === 9);
  expect(feed.opened[0]?.get("after")).toBe("6");
  expect(await addressOf("app.jane")).toBe(FREE);
});

it("refuses to run beside another agent on the same state", async () => {
  const second = new Child({ ...options, name: "second agent", isReady: () => Promise.resolve(false) });
  await expect(second.start()).rejects.toThrow("is in use by another node agent");
  expect(agent.running).toBe(true);
});
