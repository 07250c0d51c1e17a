/** A replica from its start without a store to its stop with feeds open. */
import { join } from "node:path";
import { Client } from "pg";
import { LocalIssuer } from "../../../../sandbox/issuer";
import { createLog } from "../../../../services/resolution/log";
import { ResolutionService, type ServicePorts } from "../../../../services/resolution/service";
import { readSettings } from "../../../../services/resolution/settings";
import { TestPostgres, type PostgresAddress } from "../../../support/postgres";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { CLUSTERS, writeClusters } from "../../support/clusters";
import { freePort } from "../../support/free-port";

// Starting PostgreSQL takes a while on a machine that is busy with other tests.
jest.setTimeout(30_000);

const AUDIENCE = "https://resolution.hosting.example";
const OPERATOR = "operator@example.org";

let postgres: TestPostgres;
let issuer: LocalIssuer;
let service: ResolutionService;
let started: Promise<ServicePorts>;
let url: string;
let database: PostgresAddress;

beforeAll(async () => {
  [postgres, issuer] = await Promise.all([TestPostgres.start({ durable: true }), LocalIssuer.start()]);
  database = await postgres.createDatabase();
  await postgres.kill();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const settings = readSettings(variables(port));
  const accessToken = () => Promise.resolve("none");
  service = new ResolutionService({ settings, log: createLog("silent"), accessToken, schemaCheckMs: 100 });
  started = service.start();
});
afterAll(async () => {
  await service.stop();
  await issuer.stop();
  await postgres.stop();
  removeTempDirs();
});

function variables(port: number): Record<string, string> {
  const clusters = join(tempDir(), "clusters");
  writeClusters(clusters, CLUSTERS);
  return {
    ENVIRONMENT: "test",
    REGION: "europe-west1",
    PORT: String(port),
    METRICS_PORT: "0",
    ZONE: "apps.example",
    PARENT_ZONE: "hosting.example",
    TTL_SECONDS: "60",
    GRACE_SECONDS: "30",
    DEFAULT_CLUSTER: "free",
    PLANS: "free,pro",
    CLUSTERS_DIRECTORY: clusters,
    CONTROL_API_AUDIENCE: AUDIENCE,
    DNS_IDENTITY: "dns@nodes.test",
    ROLE_BINDINGS: JSON.stringify({ operator: [OPERATOR] }),
    OIDC_ISSUER: issuer.url,
    OIDC_JWKS_URL: issuer.jwksUrl,
    DATABASE_HOST: database.host,
    DATABASE_PORT: String(database.port),
    DATABASE_NAME: database.database,
    DATABASE_USER: database.user,
  };
}

async function get(path: string, email = OPERATOR, signal = AbortSignal.timeout(10_000)): Promise<Response> {
  const token = await issuer.token({ email, audience: AUDIENCE });
  return await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` }, signal });
}

async function statusOf(path: string): Promise<number | undefined> {
  return await get(path).then(
    ({ status }) => status,
    () => undefined,
  );
}

it("is alive but not ready, and refuses requests, for as long as it has never seen its store", async () => {
  await until("a listening server", async () => (await statusOf("/healthz")) === 200);
  expect(await statusOf("/readyz")).toBe(503);
  const refused = await get("/v1/resolve?user=jane");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await refused.json()).toMatchObject({ type: "urn:failure-domains:problem:store-unavailable" });
});

it("becomes ready by itself when the store comes", async () => {
  await postgres.restart(true);
  const { metricsPort } = await started;
  await until("readiness", async () => (await statusOf("/readyz")) === 200);
  expect(await (await get("/v1/clusters")).json()).toMatchObject({
    items: [{ name: "free" }, { name: "pro" }, { name: "reserve" }],
  });
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  expect(metrics).toMatch(/^resolution_http_request_seconds_count\{operation="listClusters",status="200"\} 1$/m);
});

it("is not ready any more when another release has migrated its store away from it, but goes on resolving", async () => {
  const client = new Client(database);
  await client.connect();
  await client.query(
    "insert into migrations (id, name, compatibility) values (9001, 'of_another_release', 'breaking')",
  );
  await client.end();
  await until("the verdict", async () => (await statusOf("/readyz")) === 503);
  expect([await statusOf("/healthz"), await statusOf("/v1/resolve?user=nobody")]).toEqual([200, 404]);
});

it("stops in time, and ends the feeds that nodes follow rather than breaking them off", async () => {
  const query = "kind=edge&cluster=free&node=e1&incarnation=6ab72b23-fc6c-4b5e-a58c-ef71d13b05a0";
  const feed = await get(`/v1/feed?${query}`, "free-edge@nodes.test");
  expect(feed.status).toBe(200);
  let text = "";
  const ended = (async () => {
    for await (const chunk of feed.body ?? []) text += Buffer.from(chunk).toString();
  })();
  await until("the entries", () => text.includes('"key":"cluster/pro"'));
  const begin = performance.now();
  await service.stop();
  expect(performance.now() - begin).toBeLessThan(5_000);
  await ended;
  expect(await statusOf("/healthz")).toBeUndefined();
});
