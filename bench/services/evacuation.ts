/** Many users moved at once: how many a second, against the same records changed by hand with nothing but Knot's own tool. */
import type { System } from "../../tests/services/support/system";
import { perSecond, type Result } from "../result";
import { median, pairedRatio } from "../statistics";
import { undisturbedRounds } from "../steal";
import { changeByUpdate } from "./by-hand";
import { move, moves } from "./moves";
import { labels } from "./names";
import { MOVED_TO, NEXT, startSystem, type Progress } from "./workbench";

interface Rates {
  readonly evacuated: number;
  readonly byHand: number;
}

export async function evacuation(moved: number, users: number, rounds: number, progress: Progress): Promise<Result> {
  if (moved < 2 * users) throw new Error(`${users} users at a time, and as many by hand, are more than ${moved}`);
  const system = await startSystem(moved, 0, progress);
  try {
    // The control API has its users, and a hand on the zone has others.
    const evacuees = moves(moved - users, users);
    const others = labels("m", moved - users + 1, users);
    let home = MOVED_TO;
    const { values, dropped } = await undisturbedRounds<Rates>(
      `evacuation of ${users} of ${moved} moved users`,
      rounds,
      progress,
      async () => {
        const evacuated = await move(system, evacuees.next().value);
        home = home === MOVED_TO ? NEXT : MOVED_TO;
        return { evacuated, byHand: await changeEverywhere(system, others, home) };
      },
    );
    const evacuated = values.map((rates) => rates.evacuated);
    const byHand = values.map((rates) => rates.byHand);
    const row = {
      what: `${users} users evacuated / their records changed with knsupdate`,
      measured: perSecond(median(evacuated)),
      against: perSecond(median(byHand)),
      ratio: pairedRatio(evacuated, byHand),
    };
    return { name: `(f) evacuation with ${moved} moved users`, rounds, dropped, rows: [row] };
  } finally {
    await system.stop();
  }
}

/** Resolves with how many users per second it was on every name server. */
async function changeEverywhere(system: System, users: readonly string[], home: string): Promise<number> {
  const started = performance.now();
  await Promise.all(system.nameServers.map((server) => changeByUpdate(server, users, home)));
  return (users.length * 1000) / (performance.now() - started);
}
