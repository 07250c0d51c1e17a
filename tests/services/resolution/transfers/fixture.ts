/** Clusters `free` (the default one), `pro` and `reserve` in a real store, nodes that follow at once, and drivers. */
import { Client, type ClientConfig } from "pg";
import type { ClusterDocument } from "../../../../services/contracts/cluster";
import { NODE_KINDS, type Scope } from "../../../../services/contracts/feed";
import type { StartEvacuation, Transfer } from "../../../../services/contracts/resources";
import type { Phase } from "../../../../services/contracts/transfers";
import { NODES_CHANNEL } from "../../../../services/resolution/nodes/writes";
import { FEED_CHANNEL } from "../../../../services/resolution/store/feed-writes";
import {
  cancelTransfer,
  getEvacuation,
  getTransfer,
  requestTransfer,
  setEvacuationState,
  startEvacuation,
  TransferDriver,
  transferTimings,
  type EvacuationCommand,
  type TransferTimings,
} from "../../../../services/resolution/transfers";
import { createUser } from "../../../../services/resolution/users";
import { until } from "../../../support/until";
import { clusterDocument } from "../../support/clusters";
import { commit, haveClusters, scalar, stateOf, type StoreFixture } from "../store-fixture";

/** Short enough to be waited out. */
export const QUICK = transferTimings({ ttlSeconds: 1, graceSeconds: 0 }, { quietSeconds: 1, maxSettleSeconds: 2 });
/** As long as in production: what settles goes on to. */
export const SLOW = transferTimings({ ttlSeconds: 60, graceSeconds: 30 });

const PLACEMENT = { defaultCluster: "free", plans: ["free", "pro"] };
const SILENT_LOG = { info: () => undefined, warn: () => undefined };
const SCOPES: readonly Scope[] = NODE_KINDS.flatMap((kind): Scope[] =>
  kind === "dns" ? [kind] : (["free", "pro", "reserve"] as const).map((cluster): Scope => `${kind}:${cluster}`),
);

export function transfersOf(store: StoreFixture) {
  const ends: (() => Promise<void>)[] = [];
  const address = () => {
    const { host, port, user, database } = store.pool.options;
    return { host, port, user, database } as { host: string; port: number; user: string; database: string };
  };
  return {
    /** Ends what a test has started, the last first; for `afterEach`. */
    end: async () => {
      for (const end of ends.splice(0).reverse()) await end();
    },

    clusters: (changes: Record<string, Partial<ClusterDocument>> = {}) =>
      haveClusters(
        store.pool,
        Object.entries({ free: ["free"], pro: ["pro"], reserve: [] }).map(([name, plans], index) =>
          clusterDocument(name, index + 1, { plans, ...changes[name] }),
        ),
      ),

    /** Placed by plan unless a cluster is named. */
    user: (label: string, plan = "free", cluster?: string) =>
      commit(store.pool, (tx) => createUser(tx, PLACEMENT, { label, plan, ...(cluster !== undefined && { cluster }) })),

    /** Very many users of plan `free` at once: `user-0` and so on. */
    users: async (count: number) => {
      await store.pool.query(
        "insert into users (label, plan, home) select 'user-' || n, 'free', 'free' from generate_series(0, $1 - 1) n",
        [count],
      );
      await store.pool.query("update clusters set users = users + $1 where name = 'free'", [count]);
    },

    request: (user: string, destination?: string, mode: Transfer["mode"] = "planned") =>
      commit(store.pool, (tx) =>
        requestTransfer(tx, { user, mode, reason: "", ...(destination !== undefined && { destination }) }, "ops"),
      ),
    cancel: (id: string) => commit(store.pool, (tx) => cancelTransfer(tx, id)),
    evacuate: (input: Partial<StartEvacuation>) =>
      commit(store.pool, (tx) => startEvacuation(tx, { ...EVERYBODY, ...input }, "ops")),
    tell: (id: string, command: EvacuationCommand) => commit(store.pool, (tx) => setEvacuationState(tx, id, command)),

    /** One node per scope, which has everything in force as soon as it is told, but those left out. */
    follow: async (leftOut: readonly Scope[] = []) => {
      const client = new Client(address());
      await client.connect();
      await client.query(REGISTER, [SCOPES.filter((scope) => !leftOut.includes(scope))]);
      let last = Promise.resolve();
      client.on("notification", () => {
        last = last.then(() => client.query(ACKNOWLEDGE)).then(() => undefined);
      });
      await client.query(`listen ${FEED_CHANNEL}`);
      await client.query(ACKNOWLEDGE);
      ends.push(async () => {
        // What the driver writes while it stops is told as well: those words are for nobody any more.
        client.removeAllListeners("notification");
        await last;
        await client.end();
      });
    },

    /** A registered node that is silent and has applied nothing. */
    silentNode: (scope: Scope, name: string) =>
      store.pool.query(
        `insert into nodes (scope, name, kind, incarnation, connected, seen_ms)
         values ($1, $2, split_part($1, ':', 1), '', false, 0)`,
        [scope, name],
      ),

    /** On the test's database unless another address is given. */
    drive: (timings: TransferTimings = SLOW, elsewhere?: ClientConfig) => {
      const driver = new TransferDriver(elsewhere ?? address(), timings, SILENT_LOG);
      driver.start();
      ends.push(() => driver.stop());
      return driver;
    },

    reach: (id: string, ...phases: Phase[]) =>
      until(`transfer in ${phases.join(" or ")}`, async () => {
        const transfer = await getTransfer(store.pool, id);
        return phases.includes(transfer.phase) ? transfer : undefined;
      }),
    endOf: (evacuation: string) =>
      until("end of the evacuation", async () => {
        const { state } = await getEvacuation(store.pool, evacuation);
        return state === "done" || state === "aborted" ? state : undefined;
      }),

    home: (label: string) => scalar(store.pool, "select home from users where label = $1", [label]),
    counts: async () => {
      const { rows } = await store.pool.query<{ name: string; users: number; arriving: number }>(
        "select name, users, arriving from clusters order by name",
      );
      return Object.fromEntries(rows.map(({ name, users, arriving }) => [name, [users, arriving]]));
    },
    /** Entries about users in a scope. */
    entries: async (scope: Scope) => {
      const state = await stateOf(store.pool, scope);
      return Object.fromEntries(Object.entries(state).filter(([key]) => !/^(zone|cluster\/)/.test(key)));
    },
  };
}

const EVERYBODY: StartEvacuation = {
  source: "free",
  mode: "planned",
  rate: 10_000,
  concurrency: 50_000,
  reason: "",
  dryRun: false,
};

const REGISTER = `
  insert into nodes (scope, name, kind, incarnation, connected, seen_ms)
  select scope, 'follower', split_part(scope, ':', 1), 'follower', true, elapsed_ms
  from unnest($1::text[]) scope, service_clock`;

const ACKNOWLEDGE = `
  with acknowledged as (
    update nodes set applied_revision = revision, seen_ms = elapsed_ms from feed_head, service_clock
    where incarnation = 'follower' returning scope
  )
  select pg_notify('${NODES_CHANNEL}', ''), count(*) from acknowledged`;
