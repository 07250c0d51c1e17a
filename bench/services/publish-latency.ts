/**
 * From the request for a transfer to the new answer on every name server, against the same records written by hand on each of
 * them: with `knotc`, Knot's control tool, and with `knsupdate`, its client for dynamic updates.
 */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { ZONE } from "../../tests/services/support/api-replica";
import { ask } from "../../tests/services/support/dns-client";
import type { NameServer } from "../../tests/services/support/name-server";
import type { System } from "../../tests/services/support/system";
import { milliseconds, type Result, type Row } from "../result";
import { percentile } from "../statistics";
import { startSystem, type Progress } from "./workbench";

/** Changes of each kind; 100 are enough to name the 99th percentile. */
const CHANGES = 100;
/** The promise: twice as long as by hand, and what four rounds of acknowledgements take besides. */
const LIMIT = 2;
const ALLOWANCE_MS = 20;
const DESTINATION = "pro";
const GIVE_UP_MS = 30_000;

const run = promisify(execFile);

export async function publishLatency(moved: number, progress: Progress): Promise<Result> {
  const system = await startSystem(moved, CHANGES, progress);
  try {
    const transfers: number[] = [];
    const byControl: number[] = [];
    const byUpdate: number[] = [];
    for (let index = 1; index <= CHANGES; index++) {
      if (index % 10 === 1) progress(`transfer until published, with ${moved} moved users: ${index} of ${CHANGES}`);
      transfers.push(await timed(system, `u${index}`, () => transfer(system, `u${index}`)));
      byControl.push(
        await timed(system, `c${index}`, () => everywhere(system, (server) => control(server, `c${index}`))),
      );
      byUpdate.push(
        await timed(system, `d${index}`, () => everywhere(system, (server) => update(server, `d${index}`))),
      );
    }
    const rows = [...compare("knotc", transfers, byControl), ...compare("knsupdate", transfers, byUpdate)];
    return { name: `(h) one transfer with ${moved} moved users`, rounds: CHANGES, rows };
  } finally {
    await system.stop();
  }
}

/** Milliseconds from the beginning of a change until every name server sends the user's visitors to the destination. */
async function timed(system: System, user: string, change: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await Promise.all([change(), ...system.nameServers.map((server) => published(system, server, user, started))]);
  return performance.now() - started;
}

async function published(system: System, server: NameServer, user: string, started: number): Promise<void> {
  for (;;) {
    const { addresses } = await ask(server, `app.${user}.${ZONE}`);
    if (system.clusterAt(addresses[0]) === DESTINATION) return;
    if (performance.now() - started > GIVE_UP_MS) throw new Error(`${user} is not published at ${server.agent.name}`);
  }
}

async function transfer(system: System, user: string): Promise<void> {
  await system.client("operator").requestTransfer({ user, destination: DESTINATION });
}

async function everywhere(system: System, change: (server: NameServer) => Promise<unknown>): Promise<void> {
  await Promise.all(system.nameServers.map(change));
}

/** Both of a user's records, as lines that either tool takes after its own verb. */
function records(user: string): string[] {
  return [user, `*.${user}`].map((name) => `${name}.${ZONE}. 60 CNAME ${DESTINATION}.clusters.${ZONE}.`);
}

async function control(server: NameServer, user: string): Promise<void> {
  const knotc = (...args: string[]) => run("knotc", ["--socket", server.controlSocket, ...args]);
  await knotc("zone-begin", ZONE);
  for (const record of records(user)) await knotc("zone-set", ZONE, ...record.split(" "));
  await knotc("zone-commit", ZONE);
}

async function update(server: NameServer, user: string): Promise<void> {
  const commands = [
    `server ${server.address} ${server.port}`,
    `zone ${ZONE}.`,
    ...records(user).map((record) => `update add ${record}`),
    "send",
    "quit",
  ];
  const child = spawn("knsupdate", ["-v", "-y", server.updateKey], { stdio: ["pipe", "ignore", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  child.stdin.end(`${commands.join("\n")}\n`);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0 || errors !== "") throw new Error(`knsupdate exited with ${code}: ${errors}`);
}

function compare(tool: string, transfers: readonly number[], byHand: readonly number[]): Row[] {
  return [0.5, 0.99].map((share) => {
    const [ours, theirs] = [percentile(transfers, share), percentile(byHand, share)];
    return {
      what: `transfer until published, less ${ALLOWANCE_MS} ms / ${tool}, p${share * 100}`,
      measured: milliseconds(ours),
      against: milliseconds(theirs),
      ratio: Math.max(0, ours - ALLOWANCE_MS) / theirs,
      limit: LIMIT,
    };
  });
}
