/** Knot by itself: no agent, the zone file of a name server that an agent feeds. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { DEFAULT_RESPONSES_PER_SECOND } from "../../services/node-agent/knot/settings";
import { ZONE } from "../../tests/services/support/api-replica";
import { Child } from "../../tests/services/support/child";
import { ask, type NameServerAddress } from "../../tests/services/support/dns-client";
import { freePort } from "../../tests/services/support/free-port";
import type { NameServer } from "../../tests/services/support/name-server";

const ADDRESS = "127.0.0.1";
/** Writing or loading a million users' records takes seconds; a busy machine takes longer. */
const LIMIT_MS = 5 * 60_000;

export interface BareKnot extends NameServerAddress {
  readonly process: Child;
}

/**
 * Writes what the name server answers into a zone file in the folder, and starts a Knot of the same number of threads on it, which
 * counts answers for the same rate limit, or has none.
 */
export async function startBareKnot(
  fed: NameServer,
  folder: string,
  { limited }: { readonly limited: boolean },
): Promise<BareKnot> {
  const zones = join(folder, "zones");
  mkdirSync(zones, { recursive: true });
  const flush = ["--socket", fed.controlSocket, "--blocking", "--timeout", String(LIMIT_MS / 1000), "zone-flush"];
  await promisify(execFile)("knotc", [...flush, "+outdir", zones, ZONE], { timeout: LIMIT_MS });
  const port = await freePort();
  const config = join(folder, "knot.conf");
  writeFileSync(config, configuration(folder, port, workersOf(fed), limited));
  const process = new Child({
    name: "bare Knot",
    command: ["knotd", "--config", config],
    environment: {},
    isReady: async () => (await ask({ address: ADDRESS, port }, ZONE)).rcode === "NOERROR",
    startTimeoutMs: LIMIT_MS,
  });
  await process.start();
  return { address: ADDRESS, port, process };
}

function configuration(folder: string, port: number, workers: number, limited: boolean): string {
  return `server:
    rundir: "${folder}"
    listen: ${ADDRESS}@${port}
    udp-workers: ${workers}
log:
  - target: stderr
    any: warning
database:
    storage: "${folder}"
${limited ? RATE_LIMIT : ""}zone:
  - domain: ${ZONE}.
    storage: "${join(folder, "zones")}"
    file: "${ZONE}.zone"
${limited ? "    module: mod-rrl/limit\n" : ""}`;
}

/** As the fed one has it, and like there it spares the one who measures. */
const RATE_LIMIT = `mod-rrl:
  - id: limit
    rate-limit: ${DEFAULT_RESPONSES_PER_SECOND}
    slip: 1
    whitelist: [ 127.0.0.0/8 ]
`;

function workersOf({ configFile }: NameServer): number {
  const workers = /udp-workers: (\d+)/.exec(readFileSync(configFile, "utf8"))?.[1];
  if (workers === undefined) throw new Error(`${configFile} does not say how many threads answer over UDP`);
  return Number(workers);
}
