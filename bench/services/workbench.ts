/** The resolution service with as many users as a benchmark wants, as processes that keep out of the measured one's way. */
import { CLUSTERS, DEFAULT_CLUSTER } from "../../tests/services/support/clusters";
import { System } from "../../tests/services/support/system";
import { confine } from "../processors";
import { seed, type SeededUsers } from "./seed";

/** Cluster that users of a benchmark have moved to: each of them has a record of their own. */
export const MOVED_TO = "pro";
/** Where benchmarks move them next. */
export const NEXT = "reserve";

export type Progress = (text: string) => void;

/** As in production, so that nothing settles while something else is measured. */
const TIMINGS = {
  TTL_SECONDS: 60,
  GRACE_SECONDS: 60,
  QUIET_SECONDS: 300,
  MAX_SETTLE_SECONDS: 86_400,
  PHASE_DEADLINE_SECONDS: 600,
  STOPPING_DEADLINE_SECONDS: 600,
};

/** Two name servers, with `moved` users `m1`, `m2`, ... in another than the default cluster and `others` `u1`, `u2`, ... in it. */
export async function startSystem(moved: number, others: number, progress: Progress): Promise<System> {
  progress(`starting the resolution service with ${moved} moved users`);
  confine(process.pid, "rest");
  const groups: SeededUsers[] = [
    { prefix: "m", count: moved, plan: "pro", home: MOVED_TO },
    { prefix: "u", count: others, plan: "free", home: DEFAULT_CLUSTER },
  ];
  const system = await System.start({
    timings: TIMINGS,
    unlimited: true,
    seed: (database) => seed(database, CLUSTERS, DEFAULT_CLUSTER, groups),
  });
  confine(system.nameServers[0]?.knot.pid, "measured");
  return system;
}
