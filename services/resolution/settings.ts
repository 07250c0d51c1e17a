/**
 * Settings of the control API, from environment variables. Their names are those that the Kubernetes objects set
 * (components/resolution-service/manifests/environment.ts); a test holds the two together. Pure.
 */
import { isIP } from "node:net";
import { isAbsolute } from "node:path";
import { z } from "zod";
import { REPORT_SECONDS } from "../contracts/feed";
import { clusterName } from "../contracts/fields";
import {
  commaList,
  dnsName,
  json,
  logLevel,
  port,
  readVariables,
  text,
  url,
  wholeNumber,
  type LogLevel,
} from "../settings/variables";
import { roleBindings, type RoleBindings } from "./identity/roles";
import { transferTimings, type TransferTimings } from "./transfers/timings";

const MOST_SECONDS = 604_800;
const seconds = (least: number, because = "") =>
  wholeNumber(least, MOST_SECONDS).describe(`set whole seconds, ${least} to ${MOST_SECONDS}${because}`);

/** Between two reports nothing is known, and a report takes a moment: silence is silence only where one has come without the user. */
const LEAST_QUIET_SECONDS = 2 * REPORT_SECONDS;
const WHY_QUIET = `: edges report every ${REPORT_SECONDS} s who was asked for, so that a shorter silence says nothing`;

/** Each with the remedy that is named when it is wrong. */
const variables = {
  ENVIRONMENT: text.describe("set the environment's name, as in Pulumi.<environment>.yaml"),
  REGION: text.describe("set the region that this replica runs in"),
  PORT: port,
  METRICS_PORT: port,
  ZONE: dnsName.describe("set the hosting zone in lower case, without trailing dot"),
  PARENT_ZONE: dnsName.describe("set the zone above the hosting zone in lower case, without trailing dot"),
  TTL_SECONDS: seconds(1),
  GRACE_SECONDS: seconds(0),
  /** These four have reasoned defaults: see transfers/timings.ts. */
  QUIET_SECONDS: seconds(LEAST_QUIET_SECONDS, WHY_QUIET).optional(),
  MAX_SETTLE_SECONDS: seconds(0).optional(),
  PHASE_DEADLINE_SECONDS: seconds(1).optional(),
  STOPPING_DEADLINE_SECONDS: seconds(1).optional(),
  DEFAULT_CLUSTER: clusterName.describe("set the name of the cluster that the zone's wildcard answers"),
  PLANS: commaList.describe("set the plans' names, separated by commas"),
  CLUSTERS_DIRECTORY: text.describe("set the directory that holds one <cluster>.json per cluster"),
  CONTROL_API_AUDIENCE: url.describe("set the URL that callers' tokens are made out to"),
  DNS_IDENTITY: z.email().describe("set the email that the name servers' agents authenticate with"),
  /** Nobody but nodes has a role without it. */
  ROLE_BINDINGS: json
    .pipe(roleBindings)
    .prefault("{}")
    .describe('set a JSON object of emails by role, such as {"operator": ["somebody@example.org"]}'),
  OIDC_ISSUER: url.default("https://accounts.google.com").describe("set the URL in the `iss` claim of callers' tokens"),
  OIDC_JWKS_URL: url
    .default("https://www.googleapis.com/oauth2/v3/certs")
    .describe("set the URL of the token issuer's public keys"),
  /** Default: the machine's. */
  DNS_RESOLVERS: commaList
    .pipe(z.array(z.string().refine((address) => isIP(address.replace(/:\d{1,5}$/, "")) !== 0)))
    .optional()
    .describe("set the addresses of the resolvers that prove custom domains, separated by commas"),
  LOG_LEVEL: logLevel,
  DATABASE_HOST: text.describe("set the address of PostgreSQL, or the absolute path of its Unix socket's directory"),
  DATABASE_PORT: wholeNumber(1, 65_535).describe("set a port, 1 to 65535"),
  DATABASE_NAME: text.describe("set the database's name"),
  DATABASE_USER: text.describe("set the database's user"),
  /** Without it, access tokens of the metadata server are the password, except on a Unix socket. */
  DATABASE_PASSWORD: text.optional().describe("set the user's password, or leave the variable out"),
  DATABASE_CA: text.optional().describe("set the PEM certificates that the server's is signed by"),
  DATABASE_SERVER_NAME: text.optional().describe("set the name that the server's certificate carries"),
} as const;
type Variables = z.output<z.ZodObject<typeof variables>>;

/** Names of all variables that are read. */
export const VARIABLE_NAMES = Object.keys(variables) as readonly (keyof Variables)[];
/** Secret, or long. */
const HIDDEN = ["DATABASE_PASSWORD", "DATABASE_CA"];

/** How to reach PostgreSQL: encrypted and verified, or over a Unix socket, whose directory the host then is. */
export interface DatabaseSettings {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password?: string | undefined;
  /** None on a Unix socket. */
  readonly tls?: { readonly authorities: string; readonly serverName: string } | undefined;
}

export interface Settings {
  readonly environment: string;
  readonly region: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly zone: string;
  readonly parentZone: string;
  readonly timings: TransferTimings;
  readonly defaultCluster: string;
  readonly plans: readonly string[];
  readonly clustersDirectory: string;
  readonly identity: {
    readonly audience: string;
    readonly issuer: string;
    readonly jwksUrl: string;
    readonly dnsIdentity: string;
    readonly bindings: RoleBindings;
  };
  /** Resolvers that prove custom domains; without them the machine's. */
  readonly resolvers?: readonly string[] | undefined;
  readonly logLevel: LogLevel;
  readonly database: DatabaseSettings;
}

/** Reads and checks the variables. Throws a SettingsError that names every mistake with its value and its remedy. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const options = { alsoRequired: requiredForTls(environment), hidden: HIDDEN };
  return settingsOf(readVariables(variables, environment, options));
}

/** A server on the network is reached by TLS only. */
function requiredForTls({ DATABASE_HOST: host }: NodeJS.ProcessEnv): readonly (keyof Variables)[] {
  return host === undefined || host === "" || isAbsolute(host) ? [] : ["DATABASE_CA", "DATABASE_SERVER_NAME"];
}

function settingsOf(known: Variables): Settings {
  return {
    environment: known.ENVIRONMENT,
    region: known.REGION,
    port: known.PORT,
    metricsPort: known.METRICS_PORT,
    zone: known.ZONE,
    parentZone: known.PARENT_ZONE,
    timings: timingsOf(known),
    defaultCluster: known.DEFAULT_CLUSTER,
    plans: known.PLANS,
    clustersDirectory: known.CLUSTERS_DIRECTORY,
    identity: {
      audience: known.CONTROL_API_AUDIENCE,
      issuer: known.OIDC_ISSUER,
      jwksUrl: known.OIDC_JWKS_URL,
      dnsIdentity: known.DNS_IDENTITY,
      bindings: known.ROLE_BINDINGS,
    },
    resolvers: known.DNS_RESOLVERS,
    logLevel: known.LOG_LEVEL,
    database: databaseOf(known),
  };
}

function timingsOf(known: Variables): TransferTimings {
  const defaults = transferTimings({ ttlSeconds: known.TTL_SECONDS, graceSeconds: known.GRACE_SECONDS });
  const { accepting, forwarding, stopping, publishing, aborting } = defaults.phaseSeconds;
  const deadline = known.PHASE_DEADLINE_SECONDS;
  return {
    ...defaults,
    quietSeconds: known.QUIET_SECONDS ?? defaults.quietSeconds,
    maxSettleSeconds: known.MAX_SETTLE_SECONDS ?? defaults.maxSettleSeconds,
    phaseSeconds: {
      accepting: deadline ?? accepting,
      forwarding: deadline ?? forwarding,
      stopping: known.STOPPING_DEADLINE_SECONDS ?? stopping,
      publishing: deadline ?? publishing,
      aborting: deadline ?? aborting,
    },
  };
}

function databaseOf(known: Variables): DatabaseSettings {
  const { DATABASE_HOST: host, DATABASE_CA: authorities, DATABASE_SERVER_NAME: serverName } = known;
  const onNetwork = !isAbsolute(host) && authorities !== undefined && serverName !== undefined;
  return {
    host,
    port: known.DATABASE_PORT,
    name: known.DATABASE_NAME,
    user: known.DATABASE_USER,
    password: known.DATABASE_PASSWORD,
    tls: onNetwork ? { authorities, serverName } : undefined,
  };
}
