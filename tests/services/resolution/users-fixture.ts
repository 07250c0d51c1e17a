/** Users in clusters `free`, `pro` and `reserve`, and what tests ask of them. */
import type { ClusterDocument } from "../../../services/contracts/cluster";
import type { CreateUser } from "../../../services/contracts/resources";
import type { Placement } from "../../../services/resolution/placement";
import { requestTransfer } from "../../../services/resolution/transfers";
import { changePlan, createUser, deleteUser } from "../../../services/resolution/users";
import { clusterDocument } from "../support/clusters";
import { commit, haveClusters, stateOf, type StoreFixture } from "./store-fixture";

const placement: Placement = { defaultCluster: "free", plans: ["free", "pro", "none"] };

export function usersOf(store: StoreFixture) {
  return {
    create: (input: CreateUser) => commit(store.pool, (tx) => createUser(tx, placement, input)),
    remove: (label: string) => commit(store.pool, (tx) => deleteUser(tx, label)),
    change: (label: string, plan: string) =>
      commit(store.pool, (tx) => changePlan(tx, placement, label, plan, "web@example.org")),
    move: (user: string, destination: string) =>
      commit(store.pool, (tx) => requestTransfer(tx, { user, destination, mode: "planned", reason: "" }, "ops")),

    /** Makes the three clusters, the first of them the default one. */
    clusters: async (changes: Record<string, Partial<ClusterDocument>> = {}) => {
      const plans: Record<string, string[]> = { free: ["free"], pro: ["pro"], reserve: [] };
      const documents = Object.entries(plans).map(([name, served], index) =>
        clusterDocument(name, index + 1, { plans: served, ...changes[name] }),
      );
      await haveClusters(store.pool, documents);
    },

    /** Users per cluster as they are counted, which is as they are. */
    counts: async () => {
      const { rows } = await store.pool.query<{ name: string; users: number; actual: number }>(
        `select name, users, (select count(*)::integer from users where home = name) as actual from clusters order by name`,
      );
      for (const { users, actual } of rows) expect(users).toBe(actual);
      return Object.fromEntries(rows.map(({ name, users }) => [name, users]));
    },

    /** Entries of users in a scope. */
    entries: async (scope: string) => {
      const state = await stateOf(store.pool, scope);
      return Object.fromEntries(Object.entries(state).filter(([key]) => key.startsWith("user/")));
    },

    /** A container host of the cluster `pro` that has applied the feed up to a revision. */
    host: async (name: string, applied: number) => {
      await store.pool.query(
        `insert into nodes (scope, name, kind, cluster, incarnation, applied_revision, connected, seen_ms)
         values ('host:pro', $1, 'host', 'pro', '', $2, false, 0)
         on conflict (scope, name) do update set applied_revision = excluded.applied_revision`,
        [name, applied],
      );
    },
  };
}
