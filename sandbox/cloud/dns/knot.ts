/** Knot as it stands in for Cloud DNS: its configuration, and orders to it. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { SYSTEM_DIRECTORIES } from "../../../services/node-agent/executable";
import type { Endpoint } from "../network";
import { MAX_SOCKET_PATH } from "../socket-path";

const ORDER_TIMEOUT_MS = 5_000;

export interface KnotFiles {
  /** Of all of Knot's files, but its socket where the folder's path is too long for that. */
  readonly directory: string;
  readonly config: string;
  readonly socket: string;
}

export function knotFiles(directory: string): KnotFiles {
  const socket = join(directory, "knot.sock");
  const digest = createHash("sha256").update(directory).digest("hex").slice(0, 16);
  const short = join(tmpdir(), `cloud-dns-${digest}.sock`);
  return {
    directory,
    config: join(directory, "knot.conf"),
    socket: Buffer.byteLength(socket) > MAX_SOCKET_PATH ? short : socket,
  };
}

/** Those of Cloud DNS, given a local cloud's directory. */
export function cloudDnsFiles(directory: string): KnotFiles {
  return knotFiles(join(directory, "dns"));
}

/** The name of a zone's file. */
export function zoneFileName(domain: string): string {
  return `${domain}.zone`;
}

/** knot.conf. Pure. */
export function renderConfig({ directory, socket }: KnotFiles, { host, port }: Endpoint, domains: readonly string[]) {
  const zones = domains.map(
    (domain) => `  - domain: ${domain}.
    storage: ${quote(directory)}
    file: ${quote(zoneFileName(domain))}
    # The file is all there is: no journal that could tell another story after a restart.
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
    # A delegation that is wrong is served as it is, by Google too.
    semantic-checks: off
`,
  );
  return `# Written by the local cloud; changes are overwritten.
server:
    rundir: ${quote(directory)}
    pidfile: ${quote(join(directory, "knot.pid"))}
    listen: [ ${host}@${port} ]
    udp-workers: 1
    tcp-workers: 2
    background-workers: 1
    identity: ""
    version: ""

control:
    listen: ${quote(socket)}

log:
  - target: stderr
    any: info

database:
    storage: ${quote(directory)}

${zones.length === 0 ? "" : "zone:\n"}${zones.join("")}`;
}

function quote(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** Gives an order by knotc, and resolves once it is carried out. */
export async function order({ config }: KnotFiles, ...words: string[]): Promise<void> {
  const args = ["--config", config, "--blocking", ...words];
  await promisify(execFile)(program("knotc"), args, { timeout: ORDER_TIMEOUT_MS });
}

/** A program of Knot's. */
export function program(name: "knotd" | "knotc"): string {
  return SYSTEM_DIRECTORIES.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? name;
}
