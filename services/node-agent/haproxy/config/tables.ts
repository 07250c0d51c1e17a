/** Stick tables: what the edge counts. Pure. */
import { section } from "./text";

/** Backends without servers, each for its table. */
export const tables = {
  /** Addresses of connections. `gpt0` is 1 for those that a valid hop header came from, `gpc0` counts invalid ones. */
  clients: "clients",
  /** Users, for what they may use of the edge. */
  users: "users",
  /** Users with a tombstone who were asked for. An agent reads it, and clears what it has reported. */
  tombstoned: "tombstoned",
} as const;

/** Seconds over which rates are measured. */
export const RATE_SECONDS = 10;

const KEY_LENGTH = 64;

export function tableSections(): string {
  return [
    // An attacker with more addresses than it holds pushes out others' counts, and gets no further.
    table(tables.clients, "type ipv6 size 200k expire 10m store conn_cur,gpt0,gpc0"),
    table(
      tables.users,
      `type string len ${KEY_LENGTH} size 200k expire 1m store http_req_rate(${RATE_SECONDS}s),conn_cur`,
    ),
    table(tables.tombstoned, `type string len ${KEY_LENGTH} size 1m expire 1h store http_req_cnt`),
  ].join("\n");
}

function table(name: string, definition: string): string {
  return section(`backend ${name}`, [`stick-table ${definition}`]);
}
