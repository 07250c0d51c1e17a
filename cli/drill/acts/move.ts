/** Drills that move users about. */
import type { Evacuation } from "../../../services/contracts/resources";
import { countsOf, hasEnded as evacuationHasEnded } from "../../control-api/evacuation-view";
import { hasMoved } from "../../control-api/transfer-view";
import { DrillError, type DrillContext } from "../drill";
import { fact } from "../expectation";
import { elsewhere, peerOf } from "../targets";
import { bringHome, endOf, send } from "./transfers";

/** A move takes fractions of a second where all is well. */
const MOVE_SECONDS = 60;
const EVACUATION_SECONDS = 120;
/** Answers that were cached before a move have run out by then, with time to spare. */
const TTLS = 2;
/** Part of the cluster's sample users that leave it. */
const SHARE = 0.5;
/** A cluster that is cut off is known to be so by then: its nodes' lease is 15 s. */
const SILENCE_SECONDS = 60;
const HEAL_SECONDS = 90;
/** How long a move out of a cluster that is cut off is watched. */
const STUCK_SECONDS = 10;

/** There and back. */
export async function moveUnderLoad(context: DrillContext): Promise<void> {
  const { live, cluster } = context;
  const destination = peerOf(live.environment, cluster) ?? "";
  const user = residentsOf(context)[0] ?? "";
  context.undo(`moving ${user} back to ${cluster}`, () => bringHome(live, user, cluster));
  for (const to of [destination, cluster]) {
    const transfer = await send(live, user, to);
    const ended = await context.until(MOVE_SECONDS, () => endOf(live, transfer.id));
    const measured = ended === undefined ? `not within ${MOVE_SECONDS} s` : (ended.value.outcome ?? "moved");
    context.note(
      `${user} to ${to}: ${measured}${ended === undefined ? "" : ` after ${ended.afterSeconds.toFixed(1)} s`}`,
    );
    const moved = ended !== undefined && hasMoved(ended.value);
    context.found(fact(`${user} to ${to}`, "moved", measured, moved));
    // Who has not gone cannot come back.
    if (!moved) return;
    await expectServed(context, [user], to);
  }
}

export async function evacuate(context: DrillContext): Promise<void> {
  const { live, cluster } = context;
  const destination = peerOf(live.environment, cluster) ?? "";
  const all = residentsOf(context);
  const users = all.slice(0, Math.ceil(all.length * SHARE));
  for (const user of users) context.undo(`moving ${user} back to ${cluster}`, () => bringHome(live, user, cluster));
  const { id } = await live.operators.startEvacuation({
    source: cluster,
    users,
    destinations: [destination],
    reason: "drill",
  });
  if (id === undefined) throw new DrillError("the evacuation was not begun");
  context.note(`${users.length} of ${all.length} users leave ${cluster} for ${destination}`);
  const ended = await context.until(EVACUATION_SECONDS, async () => finished(await live.operators.getEvacuation(id)));
  const moved = ended === undefined ? 0 : countsOf(ended.value).moved;
  context.found(fact(`users who left ${cluster}`, `${users.length}`, `${moved}`));
  await expectServed(context, users, destination);
}

function finished(evacuation: Evacuation): Evacuation | undefined {
  return evacuationHasEnded(evacuation) ? evacuation : undefined;
}

/** The cluster goes on serving; nobody can be moved out of it until it is heard of again. */
export async function partition(context: DrillContext): Promise<void> {
  const { live, cluster } = context;
  const destination = elsewhere(live.environment, cluster);
  const user = residentsOf(context)[0] ?? "";
  if (destination === undefined) throw new DrillError(`there is no other active cluster to move ${user} to`);
  await context.partition(cluster);
  const silent = await context.until(SILENCE_SECONDS, async () =>
    (await liveNodes(context)) === 0 ? true : undefined,
  );
  context.found(fact(`nodes of ${cluster} meanwhile`, "silent", silent === undefined ? "heard of" : "silent"));
  context.undo(`moving ${user} back to ${cluster}`, () => bringHome(live, user, cluster));
  const transfer = await send(live, user, destination);
  context.note(`a move of ${user} to ${destination} is asked for`);
  const early = await context.until(STUCK_SECONDS, () => endOf(live, transfer.id));
  const stuck = early === undefined ? "waits" : hasMoved(early.value) ? "moved" : "put back";
  context.found(fact(`a move out of ${cluster} meanwhile`, "waits or is put back", stuck, stuck !== "moved"));
  await context.lift();
  const healed = await context.until(HEAL_SECONDS, async () => ((await haveCaughtUp(context)) ? true : undefined));
  context.found(
    fact(
      `nodes of ${cluster} afterwards`,
      `up to date within ${HEAL_SECONDS} s`,
      healed === undefined ? "not up to date" : `after ${healed.afterSeconds.toFixed(1)} s`,
      healed !== undefined,
    ),
  );
  const ended = await context.until(HEAL_SECONDS, () => endOf(live, transfer.id));
  const outcome = ended === undefined ? "still under way" : hasMoved(ended.value) ? "moved" : "put back";
  context.found(fact("the move afterwards", "moved or put back", outcome, ended !== undefined));
}

function residentsOf({ residents, cluster }: DrillContext): string[] {
  return residents.flatMap((resident) => (resident.cluster === cluster ? [resident.user] : []));
}

async function nodesOf({ live, cluster }: DrillContext) {
  const { items } = await live.operators.listNodes();
  return items.filter((node) => node.cluster === cluster);
}

async function liveNodes(context: DrillContext): Promise<number> {
  return (await nodesOf(context)).filter(({ live }) => live).length;
}

async function haveCaughtUp(context: DrillContext): Promise<boolean> {
  const nodes = (await nodesOf(context)).filter(({ live }) => live);
  return nodes.length > 0 && nodes.every(({ lag }) => lag === 0);
}

/** Once cached answers have run out, the users' requests are served there. */
async function expectServed(context: DrillContext, users: readonly string[], cluster: string): Promise<void> {
  await context.last(context.live.environment.domain.ttl * TTLS);
  const there = users.filter((user) => context.load.servedLast(user) === cluster).length;
  context.found(fact(`users served by ${cluster} afterwards`, `${users.length}`, `${there}`));
}
