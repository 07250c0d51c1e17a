/** One life of the world: what was drawn happens, then faults stop, and everything must come to rest as it should. */
import { strict as assert } from "node:assert";
import fc from "fast-check";
import type { Scope } from "../../../../../services/contracts/feed";
import { FINAL_PHASES, type Mode, type Phase } from "../../../../../services/contracts/transfers";
import { action, type Action } from "./actions";
import { Invariants } from "./invariants";
import { perform } from "./perform";
import { CLUSTERS, DEFAULT_CLUSTER, TIMINGS, USERS, World } from "./world";

/** Longest that a transfer may take to end once all is well: every phase to its end, and the wait for old answers. */
const REST_SECONDS =
  Object.values(TIMINGS.phaseSeconds).reduce((sum, seconds) => sum + seconds) + TIMINGS.maxSettleSeconds;
/** Actions of a life at most. Shorter ones are drawn as well; most counterexamples shrink to about ten. */
const LENGTH = 35;

/** All lives with transfers of these modes. */
export function lives(modes: readonly Mode[]) {
  const homes = fc.array(fc.nat({ max: CLUSTERS.length - 1 }), { minLength: USERS.length, maxLength: USERS.length });
  const actions = fc.array(action(modes), { maxLength: LENGTH, size: "max" });
  return fc.asyncProperty(homes, actions, live);
}

async function live(homes: readonly number[], actions: readonly Action[]): Promise<void> {
  const world = new World(homes);
  const invariants = new Invariants(world);
  const wallClock = jest.spyOn(Date, "now").mockImplementation(() => 1e12 + world.realMs + world.wallOffsetMs);
  try {
    for (const next of actions) await perform(world, next, () => invariants.check());
    await comeToRest(world, invariants);
    converged(world);
  } finally {
    wallClock.mockRestore();
  }
}

/** No more faults: nodes follow, questions are answered, time passes. */
async function comeToRest(world: World, invariants: Invariants): Promise<void> {
  for (const { id, state } of world.tables.evacuations.values()) {
    if (state === "paused") world.tables.setEvacuation(id, "running");
  }
  // The slowest evacuation starts a transfer every other second.
  const mostSeconds = REST_SECONDS + 2 * world.tables.transfers.size;
  for (let second = 0; second < mostSeconds && !isAtRest(world); second++) {
    world.wait(1000);
    // A step often makes the next one possible: each is looked for as soon as nodes have followed.
    do follow(world);
    while ((await world.drive()) > 0);
    invariants.check();
  }
  follow(world);
  invariants.check();
}

function follow(world: World): void {
  for (const node of world.nodes()) world.catchUp(node);
  while (world.answers.length > 0) world.deliverAnswer(0);
}

function isAtRest({ tables }: World): boolean {
  const open = [...tables.transfers.values()].some(({ phase }) => !(FINAL_PHASES as readonly Phase[]).includes(phase));
  return !open && [...tables.evacuations.values()].every(({ state }) => state === "done" || state === "aborted");
}

/** I5: feeds agree with homes, nodes with feeds, and nothing is left over. */
function converged(world: World): void {
  const { tables } = world;
  for (const { id, phase } of tables.transfers.values()) {
    assert((FINAL_PHASES as readonly Phase[]).includes(phase), `I4: ${id} is ${phase} for ever`);
  }
  for (const { id, state } of tables.evacuations.values()) {
    assert(["done", "aborted"].includes(state), `${id} is ${state} for ever`);
  }
  assert.equal(tables.tombstones.size, 0, "I5: tombstones are left in the store");
  const expected = expectedEntries(world);
  for (const scope of expected.keys()) {
    const entries = [...(tables.feed.get(scope) ?? [])].filter(([, { value }]) => value !== null);
    assert.deepEqual(
      sorted(entries.map(([key, { value }]) => [key, value])),
      expected.get(scope),
      `I5: feed of ${scope}`,
    );
  }
  for (const node of world.nodes()) {
    assert.deepEqual(sorted(node.entries()), expected.get(node.scope), `I5: entries in force at ${node.name}`);
  }
  for (const host of world.hosts) {
    const strangers = [...host.running].filter((user) => tables.homes.get(user) !== host.cluster);
    assert.deepEqual(strangers, [], `I5: ${host.name} runs users who live elsewhere`);
  }
}

/** What the feed says when nobody is being moved. */
function expectedEntries({ tables }: World): Map<Scope, [string, unknown][]> {
  const expected = new Map<Scope, [string, unknown][]>([
    ["dns", []],
    ["directory", []],
    ...CLUSTERS.flatMap((cluster): [Scope, [string, unknown][]][] => [
      [`edge:${cluster}`, []],
      [`host:${cluster}`, []],
    ]),
  ]);
  for (const [user, home] of tables.homes) {
    if (home !== DEFAULT_CLUSTER) expected.get("dns")?.push([`user/${user}`, { cluster: home }]);
    expected.get("directory")?.push([`user/${user}`, { home }]);
    for (const { name, host } of tables.domains.get(user) ?? []) {
      expected.get(`edge:${home}`)?.push([`domain/${name}`, { host }]);
    }
  }
  return new Map([...expected].map(([scope, entries]) => [scope, sorted(entries)]));
}

function sorted(entries: readonly [string, unknown][]): [string, unknown][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}
