/** What the driver needs to know of its Knot. */
import { dirname, join } from "node:path";
import type { Endpoint } from "./connection";
import type { ZoneSettings } from "./zone";

/** Structured log, as pino and fastify have it. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How the driver runs Knot itself. */
export interface Supervision {
  /** Path or name of `knotd`. Default: `knotd` on PATH and in /usr/sbin. */
  readonly executable?: string;
  /** User and group that Knot runs as. Needed where the agent runs as root, which Knot shall not. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Response-rate limiting (mod-rrl). */
export interface RateLimit {
  /** Answers per second and kind to one /24 (IPv4) or /56 (IPv6). Default {@link DEFAULT_RESPONSES_PER_SECOND}. */
  readonly responsesPerSecond?: number;
  /** Networks that are not limited, such as `127.0.0.0/8`. Default none. */
  readonly exempt?: readonly string[];
}

export interface KnotSettings extends ZoneSettings {
  /** Where the agent reaches Knot. */
  readonly address: Endpoint;
  /** Where Knot listens, as `<address>@<port>`. */
  readonly listen: readonly string[];
  /** Secret of the TSIG key, in base64. */
  readonly updateKey: string;
  /** knot.conf, beside which Knot keeps its control socket and pid file. */
  readonly configFile: string;
  /** Where Knot keeps zone and journal. */
  readonly storageDirectory: string;
  /** Where the agent keeps the serial. */
  readonly stateDirectory: string;
  /** Default: somebody else runs Knot, and starts it once the configuration is there. */
  readonly supervise?: Supervision;
  /** Threads that answer over UDP. Default 2: Knot's share of a name server pod. */
  readonly udpWorkers?: number;
  readonly rateLimit?: RateLimit;
  readonly log: Log;
}

/**
 * All names of the default cluster's users count as one kind, the wildcard's, so a large resolver's whole network shares one limit.
 * With a TTL of a minute 1000 a second are 60,000 such names in use there.
 */
export const DEFAULT_RESPONSES_PER_SECOND = 1000;

/** Name of the TSIG key; agent and Knot are configured by the same code, so it need not be known elsewhere. */
export const UPDATE_KEY_NAME = "node-agent";

/** Octets of a key for HMAC-SHA256 that keep its strength (RFC 2104, 3). */
const MIN_KEY_OCTETS = 32;

/** The TSIG key's secret. Throws an error that does not show it. */
export function decodeUpdateKey(updateKey: string): Buffer {
  const text = updateKey.trim();
  const secret = Buffer.from(text, "base64");
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text) && secret.toString("base64") === text;
  if (!isBase64 || secret.length < MIN_KEY_OCTETS) {
    const remedy = "make one with: openssl rand -base64 32";
    throw new Error(`the DNS update key must be base64 of at least ${MIN_KEY_OCTETS} octets; ${remedy}`);
  }
  return secret;
}

/** Files that agent and Knot share. */
export function filesOf({ zone, configFile, storageDirectory }: KnotSettings) {
  const runDirectory = dirname(configFile);
  return {
    config: configFile,
    runDirectory,
    controlSocket: join(runDirectory, "knot.sock"),
    pid: join(runDirectory, "knot.pid"),
    zone: join(storageDirectory, `${zone}.zone`),
    journal: join(storageDirectory, "journal"),
  };
}
