/** What syncing changes: the environment's documents against the store's clusters. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { ClusterDocument, Lifecycle } from "../../contracts/cluster";
import type { Scope } from "../../contracts/feed";
import type { FeedWrite } from "../store/feed-writes";

export interface StoredCluster {
  readonly name: string;
  readonly document: ClusterDocument;
  readonly lifecycle: Lifecycle;
  readonly removed: boolean;
  /** Whether users live there or are on their way, or its edges forward requests of users who left. */
  readonly inUse: boolean;
}

/** A cluster as it is to be stored. */
export type ClusterRow = Omit<StoredCluster, "inUse">;

export interface SyncPlan {
  /** Rows that are new or differ. */
  readonly rows: readonly ClusterRow[];
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Taken out of the environment, but in use: kept until they no longer are. */
  readonly kept: readonly string[];
  /** All clusters that the feed is to know, those that are kept included. */
  readonly known: readonly ClusterDocument[];
}

/** Compares. Every stored cluster that has no document and had one before is taken out. */
export function planSync(stored: readonly StoredCluster[], documents: readonly ClusterDocument[]): SyncPlan {
  const before = new Map(stored.map((cluster) => [cluster.name, cluster]));
  const present = new Set(documents.map(({ name }) => name));
  const wanted = documents.map((document) => rowOf(document, before.get(document.name)));
  const gone = stored.filter(({ name }) => !present.has(name));
  const leaving = gone.filter(({ removed }) => !removed);
  const kept = gone.filter(({ inUse }) => inUse);
  return {
    rows: [...wanted.filter((row) => !isStored(row, before.get(row.name))), ...leaving.map(takenOut)],
    added: wanted.filter(({ name }) => before.get(name)?.removed ?? true).map(({ name }) => name),
    changed: wanted.filter((row) => isChanged(row, before.get(row.name))).map(({ name }) => name),
    removed: leaving.map(({ name }) => name),
    kept: kept.map(({ name }) => name),
    known: [...documents, ...kept.map(({ document }) => document)],
  };
}

/** The document's lifecycle counts where it is news; otherwise the one that an operator may have set since. */
function rowOf(document: ClusterDocument, before: StoredCluster | undefined): ClusterRow {
  const isNews = before === undefined || before.removed || before.document.lifecycle !== document.lifecycle;
  return { name: document.name, document, lifecycle: isNews ? document.lifecycle : before.lifecycle, removed: false };
}

/** Keeps its users and takes no more. */
function takenOut({ name, document }: StoredCluster): ClusterRow {
  return { name, document, lifecycle: "draining", removed: true };
}

function isChanged(row: ClusterRow, before: StoredCluster | undefined): boolean {
  return before !== undefined && !before.removed && !isStored(row, before);
}

function isStored(row: ClusterRow, before: StoredCluster | undefined): boolean {
  if (before === undefined) return false;
  const { name, document, lifecycle, removed } = before;
  return isDeepStrictEqual(row, { name, document, lifecycle, removed });
}

/** Every entry that the feed is to have of clusters: addresses for DNS and the directory, and for each cluster's edges those of all others. */
export function clusterEntries(known: readonly ClusterDocument[]): FeedWrite[] {
  return known.flatMap(({ name, hostingAddress, hostingIpv6, workspaceAddress }) => {
    const key = `cluster/${name}` as const;
    const others = known.filter((other) => other.name !== name).map((other): Scope => `edge:${other.name}`);
    const [forDns, forDirectory] = hostingIpv6 === undefined ? [{}, {}] : [{ ipv6: hostingIpv6 }, { hostingIpv6 }];
    return [
      { scope: "dns", key, value: { ipv4: hostingAddress, ...forDns } },
      { scope: "directory", key, value: { hostingAddress, ...forDirectory, workspaceAddress } },
      ...others.map((scope): FeedWrite => ({ scope, key, value: { hostingAddress, workspaceAddress } })),
    ];
  });
}

/** What has to be written so that `current` becomes `wanted`. */
export function entryChanges(
  wanted: readonly FeedWrite[],
  current: readonly FeedWrite[],
): { puts: FeedWrite[]; deletes: FeedWrite[] } {
  const idOf = ({ scope, key }: FeedWrite) => `${scope} ${key}`;
  const values = new Map(current.map((entry) => [idOf(entry), entry.value]));
  const ids = new Set(wanted.map(idOf));
  return {
    puts: wanted.filter((entry) => !isDeepStrictEqual(values.get(idOf(entry)), entry.value)),
    deletes: current.filter((entry) => !ids.has(idOf(entry))).map(({ scope, key }) => ({ scope, key, value: null })),
  };
}
