/** Clusters as the store has them: what their documents say, an operator's lifecycle, and exact counts. */
import type { ClusterDocument, Lifecycle } from "../../contracts/cluster";
import { Problem } from "../../contracts/problems";
import type { Cluster } from "../../contracts/resources";
import { headroom } from "../placement";
import type { Queries, Transaction } from "../store/database";

interface Row {
  readonly document: ClusterDocument;
  readonly lifecycle: Lifecycle;
  readonly users: number;
  readonly arriving: number;
}

/** Clusters of the environment, and those taken out of it that still have users. */
const LISTED = "not removed or users + arriving > 0";

/** All clusters by name. */
export async function listClusters(q: Queries): Promise<Cluster[]> {
  const { rows } = await q.query<Row>(
    `select document, lifecycle, users, arriving from clusters where ${LISTED} order by name`,
  );
  return rows.map(clusterOf);
}

/**
 * What is known of the clusters whose nodes belong to the service: those of the environment, and those taken out of it that
 * are in use still, whose users can be moved elsewhere only while their nodes are heard.
 */
export async function knownDocuments(q: Queries): Promise<ClusterDocument[]> {
  const { rows } = await q.query<Pick<Row, "document">>(
    `select document from clusters where ${LISTED} or exists (select from tombstones where holder = name) order by name`,
  );
  return rows.map(({ document }) => document);
}

/** One cluster. Throws `unknown-cluster`. */
export async function getCluster(q: Queries, name: string): Promise<Cluster> {
  const { rows } = await q.query<Row>(
    `select document, lifecycle, users, arriving from clusters where name = $1 and (${LISTED})`,
    [name],
  );
  if (rows[0] === undefined) throw unknownCluster(name);
  return clusterOf(rows[0]);
}

/**
 * Sets a cluster's lifecycle by hand. It holds until the cluster's document says another one than before. Throws
 * `unknown-cluster`, also for one that was taken out of the environment.
 */
export async function setLifecycle(tx: Transaction, name: string, lifecycle: Lifecycle): Promise<Cluster> {
  const { rows } = await tx.query<Row>(
    `update clusters set lifecycle = $2 where name = $1 and not removed
     returning document, lifecycle, users, arriving`,
    [name, lifecycle],
  );
  if (rows[0] === undefined) throw unknownCluster(name);
  return clusterOf(rows[0]);
}

export function unknownCluster(name: string): Problem {
  return new Problem(
    "unknown-cluster",
    `there is no cluster "${name}": use one of those that the list of clusters shows`,
  );
}

function clusterOf({ document, lifecycle, users, arriving }: Row): Cluster {
  const { name, region, plans, maxUsers, hostingAddress, hostingIpv6, workspaceAddress } = document;
  const load = { lifecycle, users, arriving, maxUsers };
  return {
    name,
    region,
    plans,
    ...load,
    headroom: headroom(load),
    hosting: { ipv4: hostingAddress, ...(hostingIpv6 !== undefined && { ipv6: hostingIpv6 }) },
    workspace: { ipv4: workspaceAddress },
  };
}
