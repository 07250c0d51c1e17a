/**
 * The feed: the ordered log of what nodes must know.
 *
 * It is kept compacted: per scope and key only the last value, with the revision at which it got it. A new follower simply starts
 * at revision 0 with nothing. Deletions are kept for a while as entries without value; a follower from before those that are gone
 * is told to `reset`. Revisions grow by commit order over all scopes and have no gaps that fill up later.
 *
 * A follower's state is that of a revision only at a `live` line. On the way there it may be one that there never was: a key that
 * has been set again since is not told at its earlier revision, so it is missing, or has the value from before; and what is told
 * may be newer than other keys beside it. Entries come in the order of their revisions all the same, and after each of them
 * everything up to its revision is in, as far as it still holds. So: what is read together must be read at `live` lines, and
 * acknowledged there; what went before may be kept, and the feed be continued from it.
 */
import { z } from "zod";
import { clusterName, ipv4, ipv6, userLabel } from "./fields";

/** What kinds of process follow the feed. */
export const NODE_KINDS = ["dns", "edge", "host"] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** Part of the feed that one kind of follower sees: `directory` is the control API's own, in memory. */
export type Scope = "dns" | "directory" | `edge:${string}` | `host:${string}`;

/** Scope of a node. DNS nodes serve every cluster and name none. */
export function scopeOf(kind: NodeKind, cluster?: string): Scope {
  if (kind === "dns") return "dns";
  if (cluster === undefined) throw new RangeError(`a node of kind ${kind} belongs to a cluster`);
  return `${kind}:${cluster}`;
}

const destination = z.strictObject({ cluster: clusterName });

/** Scope `dns`. */
export const dnsEntries = {
  /** Key `zone`: the cluster that the wildcard answers. */
  zone: z.strictObject({ defaultCluster: clusterName }),
  /** Key `cluster/<name>`: addresses of its hosting load balancer. */
  cluster: z.strictObject({ ipv4, ipv6: ipv6.optional() }),
  /** Key `user/<label>`: where a user lives who does not live in the default cluster. */
  user: destination,
} as const;

/** Scope `edge:<cluster>`. */
export const edgeEntries = {
  /** Key `cluster/<name>`: another cluster, for tombstones to point at. */
  cluster: z.strictObject({ hostingAddress: ipv4, workspaceAddress: ipv4 }),
  /** Key `tombstone/<label>`: requests for the user go there. */
  tombstone: destination,
  /** Key `domain/<name>`: the host in the hosting zone that a verified custom domain stands for. */
  domain: z.strictObject({ host: z.string() }),
} as const;

/**
 * What container hosts do with a user's containers. `arriving`: requests wait, bounded, and nothing is started; containers that
 * run all the same, on a host that missed their leaving, are stopped before the entry is acknowledged. `resident`: they run.
 * `leaving`: requests in flight finish, bounded, then containers stop and none is started again; the entry is acknowledged
 * once they have stopped. Without an entry a host asks the control API before it starts containers, and, where an entry was
 * deleted, whether those that run may go on.
 */
export const RESIDENCIES = ["arriving", "resident", "leaving"] as const;
export type Residency = (typeof RESIDENCIES)[number];

/** Scope `host:<cluster>`. */
export const hostEntries = {
  /** Key `user/<label>`. */
  user: z.strictObject({ residency: z.enum(RESIDENCIES) }),
} as const;

/** Scope `directory`: what `resolve` answers from. */
export const directoryEntries = {
  zone: dnsEntries.zone,
  /** Key `cluster/<name>`. */
  cluster: z.strictObject({ hostingAddress: ipv4, hostingIpv6: ipv6.optional(), workspaceAddress: ipv4 }),
  /** Key `user/<label>`: home cluster, and whether a transfer is about to change it. */
  user: z.strictObject({ home: clusterName, moving: z.literal(true).optional() }),
  /** Key `domain/<name>`: a verified custom domain. */
  domain: z.strictObject({ user: userLabel, host: z.string() }),
} as const;

/** Key of an entry: `zone`, or a kind and a name. */
export type EntryKey = "zone" | `${"cluster" | "user" | "tombstone" | "domain"}/${string}`;

/** Splits a key into kind and name. */
export function parseKey(key: string): { kind: string; name: string } {
  const slash = key.indexOf("/");
  return slash < 0 ? { kind: key, name: "" } : { kind: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** One key's last value; `null` where it was deleted. */
export const feedEntry = z.strictObject({
  type: z.literal("entry"),
  revision: z.int().positive(),
  key: z.string().min(1),
  value: z.json(),
});
export type FeedEntry = z.infer<typeof feedEntry>;

/**
 * One line of the feed, which is a stream of JSON lines.
 * `reset`: forget everything; entries follow from the first on, and until `live` the state is not whole.
 * `live`: the state is exactly that of this revision: everything up to it has been sent, and the store held no more a moment ago.
 * It ends every run of entries, is never sent between those of one commit, and is repeated as heartbeat every
 * {@link HEARTBEAT_SECONDS}.
 * While the store cannot be reached, and while much is still to be read, heartbeats are blank lines: they keep the connection
 * and promise nothing.
 */
export const feedLine = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("reset") }),
  feedEntry,
  z.strictObject({ type: z.literal("live"), revision: z.int().nonnegative() }),
]);
export type FeedLine = z.infer<typeof feedLine>;

/** Media type of the stream. */
export const FEED_MEDIA_TYPE = "application/x-ndjson";
/** Seconds between heartbeats on a quiet feed. */
export const HEARTBEAT_SECONDS = 5;
/** Seconds of silence after which either side gives the connection up: three heartbeats lost. */
export const SILENCE_SECONDS = 15;
/** Seconds between two reports of an edge's, in its acknowledgements, of the users who were asked for under a tombstone. */
export const REPORT_SECONDS = 10;
