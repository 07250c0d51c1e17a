/** Users: their creation in a cluster, and what is known of them. */
import { parseUserLabel } from "../../contracts/names";
import { Problem } from "../../contracts/problems";
import type { CreateUser, Page, PageQuery, User } from "../../contracts/resources";
import { admit, admitByPlan } from "../clusters/admission";
import { getCluster } from "../clusters/clusters";
import { dnsEntry, holdDefaultCluster } from "../clusters/zone";
import type { Placement } from "../placement";
import type { Queries, Transaction } from "../store/database";
import { appendFeed } from "../store/feed-writes";
import { pageOf, readCursor } from "../store/pages";
import { takeOverName } from "./departure";
import { unknownUser, USER_COLUMNS, userOf, type UserRow } from "./rows";

/**
 * Creates a user in the cluster that is named, which pins them, or in one of their plan's. Throws `invalid-label`,
 * `reserved-label`, `unknown-plan`, `user-exists`, and of the cluster `unknown-cluster`, `cluster-not-active`,
 * `cluster-full` where it is named and `no-cluster` where it is not.
 */
export async function createUser(tx: Transaction, placement: Placement, input: CreateUser): Promise<User> {
  const label = parseUserLabel(input.label);
  requirePlan(placement, input.plan);
  await refuseTaken(tx, label);
  const defaultCluster = await holdDefaultCluster(tx);
  const row = await insertUser(tx, label, input);
  const dns = dnsEntry(label, row.home, defaultCluster);
  await appendFeed(tx, [
    ...(await takeOverName(tx, label)),
    { scope: "directory", key: `user/${label}`, value: { home: row.home } },
    ...(dns.value === null ? [] : [dns]),
  ]);
  return userOf(row);
}

/** Throws `unknown-plan` for a plan that the environment does not have. */
export function requirePlan({ plans }: Placement, plan: string): void {
  if (plans.includes(plan)) return;
  throw new Problem("unknown-plan", `there is no plan "${plan}": the environment has ${plans.join(", ")}`);
}

/** One user. Throws `unknown-user`, and what {@link parseUserLabel} throws. */
export async function getUser(q: Queries, label: string): Promise<User> {
  const name = parseUserLabel(label);
  const { rows } = await q.query<UserRow>(`select ${USER_COLUMNS} from users where label = $1`, [name]);
  if (rows[0] === undefined) throw unknownUser(name);
  return userOf(rows[0]);
}

/** Users by label, of all clusters or of one. Throws `unknown-cluster`. */
export async function listUsers(q: Queries, query: PageQuery & { cluster?: string | undefined }): Promise<Page<User>> {
  const { limit, cluster } = query;
  const after = readCursor(query.cursor, 1) ?? [""];
  if (cluster !== undefined) await getCluster(q, cluster);
  const { rows } = await q.query<UserRow>(
    `select ${USER_COLUMNS} from users where label > $1 ${cluster === undefined ? "" : "and home = $3"}
     order by label limit $2`,
    [...after, limit + 1, ...(cluster === undefined ? [] : [cluster])],
  );
  return pageOf(rows, limit, userOf, ({ label }) => [label]);
}

async function insertUser(tx: Transaction, label: string, { plan, cluster }: CreateUser): Promise<UserRow> {
  if (cluster !== undefined) await admit(tx, cluster, "users");
  const home = cluster ?? (await admitByPlan(tx, label, plan));
  const { rows } = await tx.query<UserRow>(
    `insert into users (label, plan, home, pinned) values ($1, $2, $3, $4) on conflict do nothing returning ${USER_COLUMNS}`,
    [label, plan, home, cluster !== undefined],
  );
  if (rows[0] === undefined) throw userExists(label);
  return rows[0];
}

/** Before room is taken: that the name is taken is the better answer when the cluster is full as well. */
async function refuseTaken(tx: Transaction, label: string): Promise<void> {
  const { rowCount } = await tx.query("select from users where label = $1", [label]);
  if (rowCount !== 0) throw userExists(label);
}

function userExists(label: string): Problem {
  return new Problem("user-exists", `there is a user "${label}" already: choose another name`);
}
