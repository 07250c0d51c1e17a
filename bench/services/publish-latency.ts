/** From the request for a transfer to the new answer on every name server, against the same records written by hand on each of them. */
import { setTimeout as delay } from "node:timers/promises";
import { ZONE } from "../../tests/services/support/api-replica";
import { ask } from "../../tests/services/support/dns-client";
import type { NameServer } from "../../tests/services/support/name-server";
import type { System } from "../../tests/services/support/system";
import { milliseconds, type Result, type Row } from "../result";
import { percentile } from "../statistics";
import { undisturbedRounds } from "../steal";
import { addByControl, addByUpdate } from "./by-hand";
import { MOVED_TO, startSystem, type Progress } from "./workbench";

/** Changes of each kind in a round; five rounds are enough to name the 99th percentile. */
const CHANGES = 20;
/** Users who are there to be moved, also in rounds that are repeated. */
const ROUNDS_AT_MOST = 50;
/** The promise: twice as long as by hand, and what four rounds of acknowledgements take besides. */
const LIMIT = 2;
const ALLOWANCE_MS = 20;
const GIVE_UP_MS = 30_000;
/** Between two questions to a name server: what asks must not slow down what answers. */
const PAUSE_MS = 1;

const TOOLS = { knotc: addByControl, knsupdate: addByUpdate } as const;

interface Latencies {
  readonly transfer: number[];
  readonly knotc: number[];
  readonly knsupdate: number[];
}

export async function publishLatency(moved: number, rounds: number, progress: Progress): Promise<Result> {
  const system = await startSystem(moved, ROUNDS_AT_MOST * CHANGES, progress);
  let user = 0;
  try {
    const { values, dropped } = await undisturbedRounds(
      `${CHANGES} transfers until published, with ${moved} moved users`,
      rounds,
      progress,
      async () => {
        const latencies: Latencies = { transfer: [], knotc: [], knsupdate: [] };
        for (let change = 0; change < CHANGES; change++) await measure(system, ++user, latencies);
        return latencies;
      },
    );
    const all = (kind: keyof Latencies) => values.flatMap((latencies) => latencies[kind]);
    const rows = (["knotc", "knsupdate"] as const).flatMap((tool) => compare(tool, all("transfer"), all(tool)));
    return { name: `(e) one transfer with ${moved} moved users`, rounds, dropped, rows };
  } finally {
    await system.stop();
  }
}

async function measure(system: System, index: number, latencies: Latencies): Promise<void> {
  latencies.transfer.push(await timed(system, `u${index}`, () => transfer(system, `u${index}`)));
  for (const tool of ["knotc", "knsupdate"] as const) {
    const user = `${tool}${index}`;
    const change = () => Promise.all(system.nameServers.map((server) => TOOLS[tool](server, user, MOVED_TO)));
    latencies[tool].push(await timed(system, user, change));
  }
}

/** Milliseconds from the beginning of a change until every name server sends the user's visitors to the destination. */
async function timed(system: System, user: string, change: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const [, ...published] = await Promise.all([
    change(),
    ...system.nameServers.map((server) => publication(system, server, user, started)),
  ]);
  return Math.max(...published) - started;
}

/** Resolves with the time at which the name server first gave the new answer. */
async function publication(system: System, server: NameServer, user: string, started: number): Promise<number> {
  for (;;) {
    const { addresses } = await ask(server, `app.${user}.${ZONE}`);
    const now = performance.now();
    if (system.clusterAt(addresses[0]) === MOVED_TO) return now;
    if (now - started > GIVE_UP_MS) throw new Error(`${user} is not published at ${server.agent.name}`);
    await delay(PAUSE_MS);
  }
}

async function transfer(system: System, user: string): Promise<void> {
  await system.client("operator").requestTransfer({ user, destination: MOVED_TO });
}

function compare(tool: keyof typeof TOOLS, transfers: readonly number[], byHand: readonly number[]): Row[] {
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
