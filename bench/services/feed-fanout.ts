/**
 * From a commit to its line at every one of a thousand nodes, each with an HTTP stream of its own that it acknowledges on, against
 * a Node server that does nothing but write the same line to the same number of streams.
 */
import { CALLERS } from "../../tests/services/support/api-replica";
import { Child } from "../../tests/services/support/child";
import { freePort } from "../../tests/services/support/free-port";
import { program } from "../../tests/services/support/program";
import { System } from "../../tests/services/support/system";
import { openPool } from "../../services/resolution/store/database";
import { appendFeed } from "../../services/resolution/store/feed-writes";
import type { Pool } from "pg";
import { confine } from "../processors";
import { milliseconds, type Result } from "../result";
import { median, pairedRatio, percentile } from "../statistics";
import { undisturbedRounds } from "../steal";
import { FanoutNodes } from "./fanout-nodes";
import type { Progress } from "./workbench";

const NODES = 1_000;
/** Commits of one round, one after another: with a thousand nodes, 30,000 lags. */
const COMMITS = 30;
/** Before they count: until the engine has compiled what is busy. */
const WARM_UP = 20;
const SHARES = [0.5, 0.99] as const;

export async function feedFanout(rounds: number, progress: Progress): Promise<Result> {
  confine(process.pid, "rest");
  progress(`fan-out: starting a control API and ${NODES} nodes`);
  const system = await System.start({ nameServers: 0, edges: 0, hosts: 0 });
  const pool = openPool({ ...system.database, max: 1 });
  const port = await freePort();
  const plain = plainFanout(port);
  const nodes: FanoutNodes[] = [];
  try {
    await plain.start();
    for (const { pid } of [plain, ...system.replicas]) confine(pid, "measured");
    const token = await system.token(CALLERS.dns);
    for (const of of [system.replicas[0]?.port ?? 0, port]) nodes.push(await FanoutNodes.connect(NODES, of, token));
    const [ours, theirs] = nodes;
    if (ours === undefined || theirs === undefined) throw new Error("there are no nodes to measure");
    const commits: Commits = { ours: () => commit(pool, ours), theirs: () => publish(port, theirs) };
    for (let warmUp = 0; warmUp < WARM_UP; warmUp++) await both(commits, 1);
    const { values, dropped } = await undisturbedRounds("fan-out", rounds, progress, () => both(commits, COMMITS));
    const rows = SHARES.map((share) => {
      const measured = values.map((lags) => percentile(lags.ours, share));
      const against = values.map((lags) => percentile(lags.theirs, share));
      return {
        what: `commit until the line is at ${NODES} nodes / plain server, p${share * 100}`,
        measured: milliseconds(median(measured)),
        against: milliseconds(median(against)),
        ratio: pairedRatio(measured, against),
      };
    });
    return { name: "(i) fan-out of the feed", rounds, dropped, rows };
  } finally {
    for (const each of nodes) each.close();
    await plain.stop();
    await pool.end();
    await system.stop();
  }
}

/** Each resolves with the nodes' lags of one change, in milliseconds. */
interface Commits {
  readonly ours: () => Promise<number[]>;
  readonly theirs: () => Promise<number[]>;
}

async function both(commits: Commits, count: number): Promise<{ ours: number[]; theirs: number[] }> {
  const lags = { ours: [] as number[], theirs: [] as number[] };
  for (let index = 0; index < count; index++) {
    lags.ours.push(...(await commits.ours()));
    lags.theirs.push(...(await commits.theirs()));
  }
  return lags;
}

/** The lag begins when the commit is asked for: that it is on disk is part of it. */
async function commit(pool: Pool, nodes: FanoutNodes): Promise<number[]> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const tx = Object.assign(client, { inTransaction: true as const });
    const value = { cluster: "pro" };
    const revision = await appendFeed(tx, [{ scope: "dns", key: "user/fan-out", value }]);
    const received = nodes.received(revision);
    const asked = performance.now();
    await client.query("commit");
    return lagsSince(asked, await received);
  } finally {
    client.release();
  }
}

let published = 0;

async function publish(port: number, nodes: FanoutNodes): Promise<number[]> {
  const revision = ++published;
  const entry = { type: "entry", revision, key: "user/fan-out", value: { cluster: "pro" } };
  const received = nodes.received(revision);
  const asked = performance.now();
  const body = [entry, { type: "live", revision }].map((line) => `${JSON.stringify(line)}\n`).join("");
  const response = await fetch(`http://127.0.0.1:${port}/publish`, { method: "POST", body });
  await response.arrayBuffer();
  return lagsSince(asked, await received);
}

function lagsSince(asked: number, times: readonly number[]): number[] {
  return times.map((time) => time - asked);
}

function plainFanout(port: number): Child {
  const [file, ...args] = program("bench/services/plain-fanout.ts");
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/publish`, { method: "POST", body: "\n" })).ok;
  return new Child({ name: "plain fan-out", command: [file, ...args, String(port)], environment: {}, isReady });
}
