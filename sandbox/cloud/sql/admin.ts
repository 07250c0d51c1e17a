/** Statements to a server as its administrator, over the network and TLS like everybody's. */
import { Client } from "pg";
import type { Endpoint } from "../network";
import { ADMIN } from "./data-folder";

const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 30_000;

export interface AdminAccess {
  readonly endpoint: Endpoint;
  readonly password: string;
  /** PEM of the authority that the server's certificate must be signed by. */
  readonly authority: string;
  /** Name that the certificate carries. */
  readonly serverName: string;
}

/** Runs `work` on a connection of its own. */
export async function asAdmin<T>(access: AdminAccess, work: (client: Client) => Promise<T>): Promise<T> {
  const { endpoint, password, authority, serverName } = access;
  const client = new Client({
    ...endpoint,
    user: ADMIN,
    database: "postgres",
    password,
    ssl: {
      ca: authority,
      checkServerIdentity: (_, { subject }) =>
        subject.CN === serverName ? undefined : new Error(`the server is ${String(subject.CN)}, not ${serverName}`),
    },
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
  });
  // A connection that breaks says so by the failure of what runs on it.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
