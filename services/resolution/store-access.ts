/** How the control API logs in to PostgreSQL. */
import { checkServerIdentity, type ConnectionOptions } from "node:tls";
import type { PoolConfig } from "pg";
import { Problem } from "../contracts/problems";
import type { DatabaseSettings } from "./settings";

/**
 * Connections of one replica's pool; two more listen and lead. Cloud SQL's smallest dedicated machine takes a hundred: room for
 * four replicas while they are rolled over.
 */
const CONNECTIONS = 10;
const RETRY_AFTER_SECONDS = 5;

/**
 * Options for a pool or a client. Without a password of their own, connections over TLS log in with a fresh access token each,
 * as IAM authentication of Cloud SQL wants it.
 */
export function poolConfig(database: DatabaseSettings, accessToken: () => Promise<string>): PoolConfig {
  const { host, port, name, user, password, tls } = database;
  const secret = password ?? (tls ? () => accessToken().catch(refuse) : undefined);
  return {
    host,
    port,
    database: name,
    user,
    max: CONNECTIONS,
    ...(secret !== undefined && { password: secret }),
    ...(tls && { ssl: tlsOptions(tls) }),
  };
}

/** Without a token there is no new connection: the store cannot be reached, whoever's fault it is. */
function refuse(cause: unknown): never {
  const message = "the store cannot be reached: there is no access token to log in with; try again";
  throw Object.assign(new Problem("store-unavailable", message, RETRY_AFTER_SECONDS), { cause });
}

/** The server is at an address, so its certificate cannot carry where it is: it carries what it is. */
export function tlsOptions({ authorities, serverName }: NonNullable<DatabaseSettings["tls"]>): ConnectionOptions {
  return {
    ca: authorities,
    minVersion: "TLSv1.2",
    checkServerIdentity: (_address, certificate) =>
      // Cloud SQL's `<project>:<instance>` is no host name, which is all that the usual check knows.
      certificate.subject.CN === serverName ? undefined : checkServerIdentity(serverName, certificate),
  };
}
