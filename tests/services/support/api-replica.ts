/** One replica of the control API, as a process. */
import type { PostgresAddress } from "../../support/postgres";
import { Child } from "./child";
import { DEFAULT_CLUSTER, PLANS } from "./clusters";
import { freePort } from "./free-port";
import { probe, type CommandLine } from "./program";

export const ZONE = "apps.example";
export const PARENT_ZONE = "hosting.example";
export const AUDIENCE = "https://resolution.hosting.example";
/** Who calls, by role. */
export const CALLERS = {
  operator: "operator@example.org",
  platform: "platform@example.org",
  resolver: "web-server-1@example.org",
  dns: "dns@nodes.test",
} as const;

/** All that may resolve: each has a rate of its own, and a benchmark exceeds one. */
export const RESOLVERS = [CALLERS.resolver, ...[2, 3, 4, 5].map((index) => `web-server-${index}@example.org`)];

/** Times that tests shorten, in seconds; see services/resolution/transfers/timings.ts. */
export interface Timings {
  readonly TTL_SECONDS: number;
  readonly GRACE_SECONDS: number;
  readonly QUIET_SECONDS: number;
  readonly MAX_SETTLE_SECONDS: number;
  readonly PHASE_DEADLINE_SECONDS: number;
  readonly STOPPING_DEADLINE_SECONDS: number;
}

/** A transfer settles within seconds, whoever still comes by an old answer, and a phase outlasts any restart. */
export const SHORT_TIMINGS: Timings = {
  TTL_SECONDS: 1,
  GRACE_SECONDS: 1,
  QUIET_SECONDS: 20,
  MAX_SETTLE_SECONDS: 2,
  PHASE_DEADLINE_SECONDS: 60,
  STOPPING_DEADLINE_SECONDS: 60,
};

export interface ReplicaOptions {
  readonly name: string;
  readonly command: CommandLine;
  readonly database: PostgresAddress;
  readonly issuer: { readonly url: string; readonly jwksUrl: string };
  readonly clustersDirectory: string;
  readonly timings: Timings;
  readonly domainResolver: string | undefined;
}

export class ApiReplica extends Child {
  private constructor(
    options: ReplicaOptions,
    readonly port: number,
    readonly metricsPort: number,
  ) {
    super({
      name: options.name,
      command: options.command,
      environment: variables(options, port, metricsPort),
      isReady: () => probe(port, "/readyz"),
    });
  }

  static async create(options: ReplicaOptions): Promise<ApiReplica> {
    return new ApiReplica(options, await freePort(), await freePort());
  }
}

function variables(options: ReplicaOptions, port: number, metricsPort: number): Record<string, string> {
  const { database, issuer, timings, domainResolver } = options;
  const { operator, platform, dns } = CALLERS;
  return {
    ENVIRONMENT: "test",
    REGION: "europe-west1",
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    ZONE,
    PARENT_ZONE,
    DEFAULT_CLUSTER,
    PLANS: PLANS.join(","),
    CLUSTERS_DIRECTORY: options.clustersDirectory,
    CONTROL_API_AUDIENCE: AUDIENCE,
    DNS_IDENTITY: dns,
    ROLE_BINDINGS: JSON.stringify({ operator: [operator], platform: [platform], resolver: RESOLVERS }),
    OIDC_ISSUER: issuer.url,
    OIDC_JWKS_URL: issuer.jwksUrl,
    DATABASE_HOST: database.host,
    DATABASE_PORT: String(database.port),
    DATABASE_NAME: database.database,
    DATABASE_USER: database.user,
    ...(domainResolver !== undefined && { DNS_RESOLVERS: domainResolver }),
    ...Object.fromEntries(Object.entries(timings).map(([name, value]) => [name, String(value)])),
  };
}
