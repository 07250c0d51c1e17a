/** Tombstones: from the request for a transfer until one is in force, and many at once until they are acknowledged. */
import { setTimeout as delay } from "node:timers/promises";
import { filesIn } from "../../services/node-agent/haproxy/files";
import { DrivenEdge, moved, users } from "../../tests/services/node-agent/haproxy/driven-edge";
import { Environment } from "../../tests/services/edges/support/environment";
import type { RealEdge } from "../../tests/services/edges/support/real-edge";
import { removeTempDirs } from "../../tests/support/temp-dir";
import { milliseconds, perSecond, type Result } from "../result";
import { median, pairedRatio, percentile } from "../statistics";
import { undisturbedRounds } from "../steal";
import type { Progress } from "./rate";

/** Transfers of a round, one after the other. */
const TRANSFERS = 10;
const GIVE_UP_MS = 30_000;
/** Between two looks: who looks must not slow down what is looked at. */
const LOOK_MS = 1;
/** Entries of one payload of the runtime API: they fit its buffer. */
const PAYLOAD_ENTRIES = 500;
const DESTINATION = "pro";

/** A tombstone by the control API, against the same map entry by hand. */
export async function edgeTombstoneLatency(rounds: number, progress: Progress): Promise<Result> {
  progress("edge-latency: starting two clusters and the resolution service");
  const environment = await Environment.start({ clusters: ["free", DESTINATION] });
  try {
    const { edge } = environment.cluster("free");
    const operator = environment.system.client("operator");
    let user = 0;
    const name = "(m) one tombstone";
    const { values, dropped } = await undisturbedRounds(name, rounds, progress, async () => {
      const latencies = { transfer: [] as number[], byHand: [] as number[] };
      for (let transfer = 0; transfer < TRANSFERS; transfer++) {
        const label = `u${++user}`;
        await environment.createUser(label);
        latencies.transfer.push(
          await inForce(edge, label, () => operator.requestTransfer({ user: label, destination: DESTINATION })),
        );
        const { recent } = edge.files.maps.tombstones;
        const byHand = () => edge.runtime(`add map ${recent} by-hand${user} ${DESTINATION}`);
        latencies.byHand.push(await inForce(edge, `by-hand${user}`, byHand));
      }
      return latencies;
    });
    const rows = [0.5, 0.99].map((share) => {
      const at = (kind: "transfer" | "byHand") =>
        percentile(
          values.flatMap((latencies) => latencies[kind]),
          share,
        );
      const [measured, against] = [at("transfer"), at("byHand")];
      return {
        what: `transfer requested until its tombstone is in force / by hand, p${share * 100}`,
        measured: milliseconds(measured),
        against: milliseconds(against),
        ratio: measured / against,
      };
    });
    return { name, rounds, dropped, rows };
  } finally {
    await environment.stop();
  }
}

async function inForce(edge: RealEdge, user: string, change: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const changed = change();
  for (;;) {
    // It answers with the entry's value, if there is one.
    const answer = await edge.runtime(`get map ${edge.files.maps.tombstones.recent} ${user}`);
    const now = performance.now();
    if (answer.includes(`value="${DESTINATION}"`)) {
      await changed;
      return now - started;
    }
    if (now - started > GIVE_UP_MS) throw new Error(`the tombstone of ${user} is not in force: ${answer}`);
    await delay(LOOK_MS);
  }
}

/** `count` tombstones by an edge's driver, on disk and in force, against the same entries by hand, in force alone. */
export async function edgeTombstones(count: number, rounds: number, progress: Progress): Promise<Result> {
  const edge = await DrivenEdge.start(new Map([[`cluster/${DESTINATION}`, PLACE]]));
  try {
    const name = `(n) ${count} tombstones`;
    const { values, dropped } = await undisturbedRounds(name, rounds, progress, async (round) => {
      const apply = await perSecondOf(count, () => edge.driver.apply(moved(users(count, `r${round}x`), DESTINATION)));
      const byHand = await perSecondOf(count, () => addByHand(edge, users(count, `h${round}x`)));
      return { apply, byHand };
    });
    const [apply, byHand] = [values.map((value) => value.apply), values.map((value) => value.byHand)];
    const row = {
      what: `${count} tombstones in force and on disk / by hand, in force only`,
      measured: perSecond(median(apply)),
      against: perSecond(median(byHand)),
      ratio: pairedRatio(apply, byHand),
    };
    return { name, rounds, dropped, rows: [row] };
  } finally {
    await edge.stop();
    removeTempDirs();
  }
}

/** Where nobody is; nothing is sent there. */
const PLACE = { hostingAddress: "127.255.255.1", workspaceAddress: "127.255.255.2" };

async function perSecondOf(count: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (count * 1000) / (performance.now() - started);
}

/** The quickest way that the runtime API knows: payloads of many lines. */
async function addByHand(edge: DrivenEdge, names: readonly string[]): Promise<void> {
  const { recent } = filesIn(edge.settings.directory).maps.tombstones;
  for (let first = 0; first < names.length; first += PAYLOAD_ENTRIES) {
    const lines = names.slice(first, first + PAYLOAD_ENTRIES).map((name) => `${name} ${DESTINATION}\n`);
    await edge.runtime(`add map ${recent} <<\n${lines.join("")}`);
  }
}
