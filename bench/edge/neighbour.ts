/** What other users of an edge notice while one of them is flooded with requests. */
import { milliseconds, perSecond, type Result } from "../result";
import { median, pairedRatio } from "../statistics";
import { undisturbedRounds } from "../steal";
import { drive, driveWell } from "./drive";
import { ZONE } from "./proxies";
import { NAMES, withProxies, type Progress } from "./rate";

/** Of the others: far from what the edge bears. */
const CONNECTIONS = 20;
const PAUSE_MS = 10;
const FLOOD_CONNECTIONS = 400;
/** As in production: requests per second and at once for one user. */
const LIMITS = { requestRatePerUser: 1_000, concurrentPerUser: 1_000 };
/** The flood begins before and ends after what is measured. */
const AROUND_SECONDS = 2;

export async function edgeNeighbour(seconds: number, rounds: number, progress: Progress): Promise<Result> {
  return await withProxies(async (proxies) => {
    const origin = await proxies.origin();
    const { host, port } = await proxies.edge({ cluster: "free", origin, limits: LIMITS });
    const others = () => driveWell({ host, port, names: NAMES, connections: CONNECTIONS, seconds, pauseMs: PAUSE_MS });
    const name = "(p) noisy neighbour";
    const { values, dropped } = await undisturbedRounds(name, rounds, progress, async () => {
      const quiet = await others();
      const flood = { host, port, names: [`app.flooded.${ZONE}`], connections: FLOOD_CONNECTIONS, any: true };
      const [flooding, during] = await Promise.all([drive({ ...flood, seconds: seconds + AROUND_SECONDS }), others()]);
      return { quiet, during, flooding };
    });
    const [during, quiet] = [values.map((value) => value.during.p99Ms), values.map((value) => value.quiet.p99Ms)];
    const rate = perSecond(median(values.map(({ flooding }) => flooding.rate)));
    const row = {
      what: `other users' p99 while one gets ${rate} / without`,
      measured: milliseconds(median(during)),
      against: milliseconds(median(quiet)),
      ratio: pairedRatio(during, quiet),
    };
    return { name, rounds, dropped, rows: [row] };
  });
}
