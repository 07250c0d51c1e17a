/** Moving many users at once, as an operator who evacuates a cluster. */
import { setTimeout as delay } from "node:timers/promises";
import type { System } from "../../tests/services/support/system";
import { labels } from "./names";
import { MOVED_TO, NEXT } from "./workbench";

/** No evacuation of any size takes longer; one that does hangs. */
const LIMIT_MS = 20 * 60_000;
/** Between two looks at how far it is, which counts all of its transfers: a hundredth or less of what an evacuation takes. */
const PAUSE_MS_PER_USER = 0.01;
/** Phases of a transfer whose user is published on every name server. */
const PUBLISHED = ["settling", "done", "superseded"] as const;

/** Users who are moved together. */
export interface Move {
  readonly users: readonly string[];
  readonly source: string;
  readonly destination: string;
}

/** `size` users at a time of `m1` to `m<count>`; when all have been moved on, they are moved back, in the same order. */
export function* moves(count: number, size: number): Generator<Move, never> {
  if (size > count) throw new Error(`${size} users cannot be moved at a time where there are ${count}`);
  for (let [source, destination] = [MOVED_TO, NEXT]; ; [source, destination] = [destination, source]) {
    for (let first = 1; first + size - 1 <= count; first += size) {
      yield { users: labels("m", first, size), source, destination };
    }
  }
}

/** Moves them and resolves, once all are published on every name server, with how many that were per second. */
export async function move(system: System, { users, source, destination }: Move): Promise<number> {
  const operator = system.client("operator");
  const started = performance.now();
  const { id = "" } = await operator.startEvacuation({
    source,
    users: [...users],
    destinations: [destination],
    rate: 10_000,
    concurrency: 50_000,
  });
  for (let published = 0; published < users.length;) {
    await delay(users.length * PAUSE_MS_PER_USER);
    const { phases } = await operator.getEvacuation(id);
    if ((phases.aborted ?? 0) > 0) throw new Error(`${phases.aborted} transfers were aborted`);
    if (performance.now() - started > LIMIT_MS) throw new Error(`not moved in time: ${JSON.stringify(phases)}`);
    published = PUBLISHED.reduce((sum, phase) => sum + (phases[phase] ?? 0), 0);
  }
  return (users.length * 1000) / (performance.now() - started);
}
