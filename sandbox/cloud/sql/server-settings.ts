/** How PostgreSQL is set up as an instance of Cloud SQL. Pure. */
import type { Endpoint } from "../network";
import type { DeclaredInstance } from "./declared";

/** Durable as in production, and small: one machine has to hold the whole platform. */
const MEMORY = {
  shared_buffers: "32MB",
  max_connections: "100",
  max_worker_processes: "2",
  max_parallel_workers: "0",
  autovacuum_max_workers: "1",
  jit: "off",
  // Nobody replicates, and a restart is quick: the log is kept short.
  wal_level: "minimal",
  max_wal_senders: "0",
  min_wal_size: "32MB",
  max_wal_size: "128MB",
};

export const CERTIFICATE_FILE = "server.crt";
export const KEY_FILE = "server.key";

/** Arguments of `postgres`. What the stack declares comes before what makes it an instance of the local cloud. */
export function serverArguments(data: string, { host, port }: Endpoint, flags: DeclaredInstance["flags"]): string[] {
  const settings = {
    ...MEMORY,
    ...flags,
    listen_addresses: host,
    port: String(port),
    // Who may log in does so over the network.
    unix_socket_directories: "",
    ssl: "on",
    ssl_cert_file: CERTIFICATE_FILE,
    ssl_key_file: KEY_FILE,
    ssl_min_protocol_version: "TLSv1.2",
    password_encryption: "scram-sha-256",
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] %q%u@%d ",
  };
  return ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

/** pg_hba.conf. */
export function hostAuthentication({ tlsOnly }: Pick<DeclaredInstance, "tlsOnly">): string {
  return `# Written by the local cloud.\n${tlsOnly ? "hostssl" : "host"} all all 0.0.0.0/0 scram-sha-256\n`;
}

/** What the server's certificate carries as its name. */
export function serverName({ project, name }: Pick<DeclaredInstance, "project" | "name">): string {
  return `${project}:${name}`;
}
