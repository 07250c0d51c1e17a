/** Taking up room in a cluster for a user. The counts change in the same statement that checks them, so caps hold exactly. */
import { Problem } from "../../contracts/problems";
import { place } from "../placement";
import type { Transaction } from "../store/database";
import { getCluster, listClusters } from "./clusters";

/** Who is counted: a user who lives there from now on, or one on the way. */
export type Admitted = "users" | "arriving";

/** Counts one more in a cluster. Throws `unknown-cluster`, `cluster-not-active` or `cluster-full`. */
export async function admit(tx: Transaction, name: string, as: Admitted): Promise<void> {
  if (await takeRoom(tx, name, as)) return;
  const { lifecycle, maxUsers } = await getCluster(tx, name);
  if (lifecycle !== "active") {
    const message = `cluster "${name}" is ${lifecycle} and takes no users: choose an active one`;
    throw new Problem("cluster-not-active", message);
  }
  throw new Problem(
    "cluster-full",
    `cluster "${name}" has its ${maxUsers} users: choose another, or raise its maxUsers`,
  );
}

/** Places a new user among the plan's clusters, counts them there and returns its name. Throws `no-cluster`. */
export async function admitByPlan(tx: Transaction, label: string, plan: string): Promise<string> {
  let candidates = await listClusters(tx);
  for (;;) {
    const name = place(label, plan, candidates);
    if (name === undefined) {
      const message = `every cluster of plan "${plan}" is full or not active: add one, or raise a maxUsers`;
      throw new Problem("no-cluster", message);
    }
    if (await takeRoom(tx, name, "users")) return name;
    // Others took the last room since the list was read.
    candidates = candidates.filter((candidate) => candidate.name !== name);
  }
}

/** Counts one more if there is room. */
export async function takeRoom(tx: Transaction, name: string, as: Admitted): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update clusters set ${as} = ${as} + 1
     where name = $1 and not removed and lifecycle = 'active' and users + arriving < (document->>'maxUsers')::integer`,
    [name],
  );
  return rowCount === 1;
}
