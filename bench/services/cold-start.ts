/** A name server that starts from what it has on disk, with no control API to ask, against Knot alone on the same files. */
import { ask } from "../../tests/services/support/dns-client";
import { ZONE } from "../../tests/services/support/api-replica";
import type { NameServer } from "../../tests/services/support/name-server";
import type { System } from "../../tests/services/support/system";
import { until } from "../../tests/support/until";
import { seconds, type Result } from "../result";
import { median, pairedRatio } from "../statistics";
import { undisturbedRounds } from "../steal";
import { MOVED_TO, startSystem, type Progress } from "./workbench";

const LIMIT_MS = 5 * 60_000;

export async function coldStart(moved: number, rounds: number, progress: Progress): Promise<Result> {
  const system = await startSystem(moved, 0, progress);
  const [server] = system.nameServers;
  if (server === undefined) throw new Error("there is no name server to start");
  try {
    server.link.cut();
    const what = `cold start of a name server with ${moved} moved users`;
    const { values, dropped } = await undisturbedRounds(what, rounds, progress, async () => [
      await startup(system, server, moved, () => server.start()),
      await startup(system, server, moved, () => server.knot.start()),
    ]);
    const whole = values.map(([seconds = NaN]) => seconds);
    const alone = values.map(([, seconds = NaN]) => seconds);
    const row = {
      what: "agent and Knot from disk until answering / Knot alone",
      measured: seconds(median(whole)),
      against: seconds(median(alone)),
      ratio: pairedRatio(whole, alone),
    };
    return { name: `(g) cold start with ${moved} moved users`, rounds, dropped, rows: [row] };
  } finally {
    await system.stop();
  }
}

/** Seconds until the last user is answered rightly, after both processes were killed. */
async function startup(system: System, server: NameServer, moved: number, start: () => Promise<void>): Promise<number> {
  await Promise.all([server.agent.kill(), server.knot.kill()]);
  const started = performance.now();
  const starting = start();
  await until(
    "the first right answer",
    async () => {
      const answer = await ask(server, `app.m${moved}.${ZONE}`).catch(() => undefined);
      return system.clusterAt(answer?.addresses[0]) === MOVED_TO;
    },
    LIMIT_MS,
  );
  const elapsed = (performance.now() - started) / 1000;
  await starting;
  return elapsed;
}
