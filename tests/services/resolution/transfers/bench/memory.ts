/** The bench on tables in memory. */
import { MemoryTransferStore } from "../model/memory-store";
import { Tables } from "../model/tables";
import { CLUSTERS, DOMAIN, EVACUATION, USERS, type Bench, type Snapshot } from "./bench";

export function memoryBench(): Promise<Bench> {
  const tables = new Tables("a");
  for (const cluster of CLUSTERS) tables.clusters.set(cluster, { active: true, users: 0, arriving: 0 });
  for (const user of USERS) tables.createUser(user, "a");
  tables.domains.set("u0", [DOMAIN]);
  return Promise.resolve({
    session: (monotonicMs) => new MemoryTransferStore(tables, monotonicMs),
    request: (user, destination, mode) => Promise.resolve(tables.request(user, destination, mode)),
    cancel: (user) => Promise.resolve(tables.cancel(user)),
    evacuate: (source, destination, concurrency) =>
      Promise.resolve(tables.evacuate(source, destination, EVACUATION.mode, EVACUATION.rate, concurrency)),
    tellEvacuations: (command) => {
      const state = ({ pause: "paused", resume: "running", abort: "aborting" } as const)[command];
      for (const id of tables.evacuations.keys()) tables.setEvacuation(id, state);
      return Promise.resolve();
    },
    visit: (user, holder) => Promise.resolve(tables.noteRequest(user, holder)),
    setActive: (cluster, active) => Promise.resolve(tables.setActive(cluster, active)),
    mayRun: (user, cluster) => Promise.resolve(tables.mayRun(user, cluster)),
    forgetNode: (_, name) => Promise.resolve(tables.forget(name)),
    node: (scope, name, appliedRevision, connected) => {
      tables.connect(scope, name, "", appliedRevision);
      if (!connected) tables.disconnect(name);
      return Promise.resolve();
    },
    head: () => Promise.resolve(tables.revision),
    snapshot: () => Promise.resolve(snapshotOf(tables)),
    close: () => Promise.resolve(),
  });
}

function snapshotOf(tables: Tables): Snapshot {
  const transfers = [...tables.transfers.values()].sort((a, b) => a.user.localeCompare(b.user));
  const feed = [...tables.feed].flatMap(([scope, entries]) =>
    [...entries.values()].map(({ key, revision, value }) => [`${scope} ${key}`, [revision, value]] as const),
  );
  return {
    clockMs: tables.clockMs,
    counts: Object.fromEntries([...tables.clusters].map(([name, row]) => [name, [row.users, row.arriving]])),
    homes: Object.fromEntries(tables.homes),
    transfers: transfers.map((row) => ({
      user: row.user,
      source: row.source,
      destination: row.destination,
      phase: row.phase,
      barriers: row.barriers,
      phaseSinceMs: row.phaseSinceMs,
      publishedMs: row.publishedMs ?? null,
      outcome: row.outcome ?? null,
      skipped: row.skipped,
    })),
    tombstones: Object.fromEntries(
      [...tables.tombstones.values()].map(({ user, holder, destination, transfer }) => [
        `${user} ${holder}`,
        [destination, transfers.findIndex(({ id }) => id === transfer)],
      ]),
    ),
    feed: Object.fromEntries(feed),
    evacuations: [...tables.evacuations.values()].map(({ state }) => state),
  };
}
