/** A control API for tests: the real server on a real PostgreSQL, with callers of every role; asked in memory, without a port. */
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import type { Pool } from "pg";
import { LocalIssuer } from "../../../../../sandbox/issuer";
import { syncClusters } from "../../../../../services/resolution/clusters";
import { Directory, followDirectory } from "../../../../../services/resolution/directory";
import type { DomainLookup } from "../../../../../services/resolution/domains";
import { FeedHub } from "../../../../../services/resolution/feed/hub";
import { Identity, type Role } from "../../../../../services/resolution/identity";
import { IssuerKeys } from "../../../../../services/resolution/identity/issuer-keys";
import { TokenVerifier } from "../../../../../services/resolution/identity/tokens";
import { createLog } from "../../../../../services/resolution/log";
import { NodeRegistry } from "../../../../../services/resolution/nodes/registry";
import { createServer } from "../../../../../services/resolution/server";
import type { RateLimits } from "../../../../../services/resolution/server/rate-limits";
import { openPool, transaction } from "../../../../../services/resolution/store/database";
import { migrate } from "../../../../../services/resolution/store/migrate";
import { TestPostgres } from "../../../../support/postgres";
import { until } from "../../../../support/until";
import { clusterDocument } from "../../../support/clusters";
import { deviation, operations } from "./document";

export const ZONE = "apps.example";
export const PARENT_ZONE = "hosting.example";
const AUDIENCE = "https://resolution.hosting.example";

/** Who calls, by what they are. A node's name says of which cluster it is. */
export const CALLERS = {
  resolver: "web-server@example.org",
  platform: "platform@example.org",
  operator: "operator@example.org",
  dns: "dns@nodes.test",
  "edge of free": "free-edge@nodes.test",
  "host of free": "free-host@nodes.test",
  "edge of pro": "pro-edge@nodes.test",
  "host of pro": "pro-host@nodes.test",
  stranger: "stranger@example.org",
} as const;
export type CallerName = keyof typeof CALLERS;

/** Roles of a caller. */
export function rolesOf(caller: CallerName): readonly Role[] {
  if (caller === "stranger") return [];
  return caller === "resolver" || caller === "platform" || caller === "operator" ? [caller] : ["node"];
}

/** Two clusters with plans, one without that takes users, and one of each kind that takes none. */
const CLUSTERS = [
  clusterDocument("free", 1, { plans: ["free"] }),
  clusterDocument("pro", 2, { plans: ["pro"] }),
  clusterDocument("reserve", 3),
  clusterDocument("tiny", 4, { maxUsers: 1 }),
  clusterDocument("new", 5, { lifecycle: "provisioned" }),
  clusterDocument("old", 6, { lifecycle: "draining" }),
];

export interface ApiOptions {
  readonly rateLimits?: RateLimits;
  /** What the public DNS says. Default: nothing. */
  readonly lookup?: DomainLookup;
  /** The store survives being killed. */
  readonly durable?: boolean;
  /** Milliseconds that the store has for an answer. Default: as in production. */
  readonly answerWithinMs?: number;
  /** Whether the schema is said to be one that the program may run on. */
  readonly schemaFits?: () => boolean;
}

/** A request without its caller. */
export interface TestRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Far above what tests send. */
const NO_LIMITS: RateLimits = { resolve: 1e6, read: 1e6, write: 1e6, node: 1e6 };
const NO_RECORDS: DomainLookup = { cname: () => Promise.resolve([]), txt: () => Promise.resolve([]) };

export class TestApi {
  private readonly tokens = new Map<string, Promise<string>>();
  /** Answers that are not as the OpenAPI document says. */
  readonly deviations: string[] = [];

  private constructor(
    readonly app: FastifyInstance,
    readonly postgres: TestPostgres,
    readonly pool: Pool,
    readonly issuer: LocalIssuer,
    readonly directory: Directory,
    private readonly ends: (() => unknown)[],
  ) {}

  static async start(options: ApiOptions = {}): Promise<TestApi> {
    const postgres = await TestPostgres.start({ durable: options.durable ?? false });
    const pool = openPool(await postgres.createDatabase());
    const issuer = await LocalIssuer.start();
    await migrate(pool);
    await transaction(pool, (tx) => syncClusters(tx, CLUSTERS, "free"));
    const hub = new FeedHub({ pool, heartbeatMs: 200 });
    const registry = new NodeRegistry({ pool });
    const directory = new Directory({ zone: ZONE, ttlSeconds: 60 });
    const stopping = new AbortController();
    hub.start();
    registry.start();
    const following = followDirectory(directory, hub, stopping.signal);
    const app = await createServer({
      log: createLog("silent"),
      pool,
      identity: identityOf(issuer),
      directory,
      hub,
      registry,
      zones: { zone: ZONE, parentZone: PARENT_ZONE },
      placement: { defaultCluster: "free", plans: ["free", "pro", "empty"] },
      lookup: options.lookup ?? NO_RECORDS,
      rateLimits: options.rateLimits ?? NO_LIMITS,
      ...(options.answerWithinMs !== undefined && { answerWithinMs: options.answerWithinMs }),
      ...(options.schemaFits && { schemaFits: options.schemaFits }),
    });
    await app.ready();
    await until("the directory", () => directory.isReady);
    const ends = [
      () => stopping.abort(),
      () => hub.stop(),
      () => app.close(),
      () => registry.stop(),
      () => following,
      () => pool.end(),
      () => issuer.stop(),
      () => postgres.stop(),
    ];
    return new TestApi(app, postgres, pool, issuer, directory, ends);
  }

  /** Stops everything; once more does nothing. */
  async stop(): Promise<void> {
    for (const end of this.ends.splice(0)) await end();
  }

  /** Sends a request as somebody, and notes where the answer is not as the document says. */
  async as(
    caller: CallerName,
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    { body, headers }: TestRequest = {},
  ): Promise<LightMyRequestResponse> {
    const json = body === undefined ? undefined : JSON.stringify(body);
    const answer = await this.app.inject({
      method,
      url: path,
      headers: {
        authorization: `Bearer ${await this.token(caller)}`,
        ...(json !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(json !== undefined && { payload: json }),
    });
    this.check(method, path, answer);
    return answer;
  }

  /** Notes where an answer is not as the document says. */
  check(method: string, path: string, answer: LightMyRequestResponse): void {
    const operation = operationOf(method, path);
    if (operation === undefined) return;
    const { statusCode: status, headers, body: text } = answer;
    const found = deviation(operation, { status, contentType: String(headers["content-type"]), text });
    if (found !== undefined) this.deviations.push(found);
  }

  /** A caller's token, the same for an hour. */
  token(caller: CallerName): Promise<string> {
    const known = this.tokens.get(caller);
    const token = known ?? this.makeToken(caller);
    if (known === undefined) this.tokens.set(caller, token);
    return token;
  }

  /** A token of a caller's with claims of a test's own. */
  makeToken(caller: CallerName, claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return this.issuer.token({ email: CALLERS[caller], audience: AUDIENCE, claims });
  }

  /** Creates a user, on the plan and in the cluster that is named. */
  async createUser(label: string, { plan = "free", cluster }: { plan?: string; cluster?: string } = {}): Promise<void> {
    const body = { label, plan, ...(cluster !== undefined && { cluster }) };
    const { statusCode, body: text } = await this.as("platform", "POST", "/v1/users", { body });
    if (statusCode !== 201) throw new Error(text);
  }

  /** Every row of every table but what passes by itself: to see that nothing has changed. */
  async contents(): Promise<Record<string, unknown[]>> {
    const { rows } = await this.pool.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' order by name`,
    );
    const tables = rows.map(async ({ name }) => {
      const { rows: found } = await this.pool.query<{ row: unknown }>(
        `select to_jsonb(content) as row from ${name} content order by to_jsonb(content)::text`,
      );
      return [name, found.map(({ row }) => row)] as const;
    });
    return Object.fromEntries(await Promise.all(tables));
  }
}

function identityOf(issuer: LocalIssuer): Identity {
  const keys = new IssuerKeys(issuer.jwksUrl);
  return new Identity(new TokenVerifier({ issuer: issuer.url, audience: AUDIENCE, keys }), {
    bindings: { resolver: [CALLERS.resolver], platform: [CALLERS.platform], operator: [CALLERS.operator] },
    dnsIdentity: CALLERS.dns,
    clusters: CLUSTERS,
  });
}

/** The document's operation behind a request; none where it has none. */
function operationOf(method: string, path: string) {
  const segments = new URL(path, "http://test").pathname.split("/");
  return operations.find((operation) => {
    const own = operation.path.split("/");
    const fits = own.every((part, index) => part.startsWith("{") || part === segments[index]);
    return operation.method === method && own.length === segments.length && fits;
  });
}
