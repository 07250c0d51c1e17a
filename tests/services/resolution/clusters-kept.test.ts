/** A cluster that is taken out of the environment while users live there, as its own nodes see it. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { LocalIssuer } from "../../../sandbox/issuer";
import { createLog } from "../../../services/resolution/log";
import { ResolutionService } from "../../../services/resolution/service";
import { readSettings } from "../../../services/resolution/settings";
import { TestPostgres, type PostgresAddress } from "../../support/postgres";
import { removeTempDirs, tempDir } from "../../support/temp-dir";
import { until } from "../../support/until";
import { clusterDocument, CLUSTERS, writeClusters } from "../support/clusters";

jest.setTimeout(30_000);

const AUDIENCE = "https://resolution.hosting.example";

let postgres: TestPostgres;
let issuer: LocalIssuer;
let database: PostgresAddress;
let service: ResolutionService;
let port: number;
const clusters = join(tempDir(), "clusters");

beforeAll(async () => {
  [postgres, issuer] = await Promise.all([TestPostgres.start(), LocalIssuer.start()]);
  database = await postgres.createDatabase();
  writeClusters(clusters, [...CLUSTERS, clusterDocument("spare", 9)]);
  const settings = readSettings({
    ENVIRONMENT: "test",
    REGION: "europe-west1",
    PORT: "0",
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
    ROLE_BINDINGS: "{}",
    OIDC_ISSUER: issuer.url,
    OIDC_JWKS_URL: issuer.jwksUrl,
    DATABASE_HOST: database.host,
    DATABASE_PORT: String(database.port),
    DATABASE_NAME: database.database,
    DATABASE_USER: database.user,
  });
  service = new ResolutionService({ settings, log: createLog("silent"), accessToken: () => Promise.resolve("none") });
  ({ port } = await service.start());
});
afterAll(async () => {
  await service.stop();
  await issuer.stop();
  await postgres.stop();
  removeTempDirs();
});

/** What an edge of the cluster is answered that wants to follow the feed. */
async function feedOfEdge(cluster: string): Promise<number> {
  const done = new AbortController();
  const token = await issuer.token({ email: `${cluster}-edge@nodes.test`, audience: AUDIENCE });
  const query = `kind=edge&cluster=${cluster}&node=e1&incarnation=6ab72b23-fc6c-4b5e-a58c-ef71d13b05a1`;
  try {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`http://127.0.0.1:${port}/v1/feed?${query}`, { headers, signal: done.signal })).status;
  } finally {
    done.abort();
  }
}

test("they are heard for as long as somebody lives there: otherwise nobody could be moved away", async () => {
  const client = new Client(database);
  await client.connect();
  await client.query(
    `with settled as (update clusters set users = 1 where name = 'reserve')
     insert into users (label, plan, home) values ('left-behind', 'free', 'reserve')`,
  );
  await client.end();
  for (const name of ["reserve", "spare"]) rmSync(join(clusters, `${name}.json`));
  await until("the empty cluster's nodes being nobody's", async () => (await feedOfEdge("spare")) === 403, 15_000);
  expect(await feedOfEdge("reserve")).toBe(200);
});
