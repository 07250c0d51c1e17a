/**
 * What the control API takes and gives: one schema per body. Routes, OpenAPI document and client all derive from these.
 * Times are ISO 8601 in UTC. Pages follow `next` until there is none.
 */
import { z } from "zod";
import { LIFECYCLES } from "./cluster";
import { NODE_KINDS } from "./feed";
import { clusterName, ipv4, ipv6, userLabel } from "./fields";
import { EVACUATION_STATES, MODES, PHASES } from "./transfers";

const time = z.iso.datetime();
const plan = z.string().min(1).max(63);
const count = z.int().nonnegative();
const id = z.uuid();
/** As it is given: case, IDNA and trailing dots are the service's to normalise or refuse. */
const domainInput = z.string().min(1).max(1024);
const labelInput = z.string().min(1).max(256);

/** Most items on a page, and how many without a `limit`. */
export const MAX_PAGE = 1000;
export const DEFAULT_PAGE = 100;

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  /** `next` of the page before. */
  cursor: z.string().max(1024).optional(),
});
export type PageQuery = z.infer<typeof pageQuery>;

function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item), next: z.string().optional() });
}
export interface Page<T> {
  items: T[];
  next?: string | undefined;
}

/** Body of every refusal (RFC 9457). */
export const problemBody = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** The request's id, also in the header `x-request-id` and in the logs. */
  instance: z.string(),
});
export type ProblemBody = z.infer<typeof problemBody>;

/** Exactly one of the three. */
export const resolveQuery = z.strictObject({
  /** `<app>.<user>.<zone>`, or a custom domain. */
  host: domainInput.optional(),
  user: labelInput.optional(),
  domain: domainInput.optional(),
});
export const resolution = z.strictObject({
  user: userLabel,
  cluster: clusterName,
  /** Where HTTP requests go. */
  hosting: z.strictObject({ ipv4, ipv6: ipv6.optional() }),
  /** Where WebSockets go. */
  workspace: z.strictObject({ ipv4 }),
  /** Seconds that this answer may be kept: the zone's TTL, and one while the user is being moved. */
  ttlSeconds: z.int().positive(),
});
export type Resolution = z.infer<typeof resolution>;

export const user = z.strictObject({
  label: userLabel,
  plan,
  home: clusterName,
  /** Whether the home was named rather than placed: a change of plan moves nobody who is pinned. */
  pinned: z.boolean(),
  createdAt: time,
});
export type User = z.infer<typeof user>;
export const userPage = pageOf(user);
export const createUser = z.strictObject({
  label: labelInput,
  plan,
  /** Pins the user to this cluster; without it the plan's clusters are candidates. */
  cluster: clusterName.optional(),
});
export type CreateUser = z.infer<typeof createUser>;
export const changePlan = z.strictObject({ plan });
export const listUsersQuery = pageQuery.extend({ cluster: clusterName.optional() });

export const domain = z.strictObject({
  name: z.string(),
  user: userLabel,
  /** `<app>.<user>.<zone>` that the domain stands for; a CNAME to it verifies the claim. */
  host: z.string(),
  verified: z.boolean(),
  /** A TXT record at `name` with this `value` verifies the claim as well, for names that cannot be a CNAME. */
  challenge: z.strictObject({ name: z.string(), value: z.string() }),
  claimedAt: time,
});
export type Domain = z.infer<typeof domain>;
export const domainPage = pageOf(domain);
export const claimDomain = z.strictObject({ name: domainInput, host: domainInput });
export type ClaimDomain = z.infer<typeof claimDomain>;

export const cluster = z.strictObject({
  name: clusterName,
  region: z.string(),
  lifecycle: z.enum(LIFECYCLES),
  plans: z.array(plan),
  users: count,
  /** Users on their way to it. They count against the cap. */
  arriving: count,
  maxUsers: count,
  /** How many more it takes; 0 unless it is active. */
  headroom: count,
  hosting: z.strictObject({ ipv4, ipv6: ipv6.optional() }),
  workspace: z.strictObject({ ipv4 }),
});
export type Cluster = z.infer<typeof cluster>;
export const clusterList = z.strictObject({ items: z.array(cluster) });
export const setLifecycle = z.strictObject({ lifecycle: z.enum(LIFECYCLES) });

export const transfer = z.strictObject({
  id,
  user: userLabel,
  source: clusterName,
  destination: clusterName,
  mode: z.enum(MODES),
  phase: z.enum(PHASES),
  reason: z.string(),
  /** Why it was aborted. */
  outcome: z.string().optional(),
  evacuation: id.optional(),
  /** Nodes that the phase still waits for; given for a single transfer only. */
  waitingFor: z.array(z.strictObject({ scope: z.string(), node: z.string(), live: z.boolean() })).optional(),
  requestedBy: z.string(),
  requestedAt: time,
  updatedAt: time,
});
export type Transfer = z.infer<typeof transfer>;
export const transferPage = pageOf(transfer);
/** A user on their new plan, and the transfer that takes them to one of its clusters, where they do not live in one. */
export const planChange = z.strictObject({ user, transfer: transfer.optional() });
export type PlanChange = z.infer<typeof planChange>;
export const requestTransfer = z.strictObject({
  user: labelInput,
  /** Without it the least loaded fitting cluster of the user's plan. */
  destination: clusterName.optional(),
  mode: z.enum(MODES).default("planned"),
  reason: z.string().max(500).default(""),
});
export type RequestTransfer = z.infer<typeof requestTransfer>;
export const listTransfersQuery = pageQuery.extend({
  user: labelInput.optional(),
  phase: z.enum(PHASES).optional(),
  evacuation: id.optional(),
});

/** Either `users` or `share` or neither, which means all. */
export const startEvacuation = z.strictObject({
  source: clusterName,
  users: z.array(labelInput).min(1).max(100_000).optional(),
  /** Part of the cluster's users, chosen evenly by a hash of their names: the same share chooses the same users. */
  share: z.number().gt(0).max(1).optional(),
  /** Clusters to move to, filled evenly by headroom. Without it the active clusters of each user's plan, then reserves. */
  destinations: z.array(clusterName).min(1).optional(),
  mode: z.enum(MODES).default("planned"),
  /** Transfers started per second. */
  rate: z.number().positive().max(10_000).default(100),
  /** Transfers under way at once, from accepting to publishing. */
  concurrency: z.int().positive().max(50_000).default(1000),
  reason: z.string().max(500).default(""),
  /** Only tell what would happen. */
  dryRun: z.boolean().default(false),
});
export type StartEvacuation = z.infer<typeof startEvacuation>;
export const evacuation = z.strictObject({
  /** None for a dry run. */
  id: id.optional(),
  source: clusterName,
  mode: z.enum(MODES),
  state: z.enum([...EVACUATION_STATES, "dry-run"]),
  rate: z.number(),
  concurrency: z.int(),
  total: count,
  /** Transfers by phase. */
  phases: z.partialRecord(z.enum(PHASES), count),
  /** Users by the cluster that they go to. */
  destinations: z.record(clusterName, count),
  /** Users who cannot be moved, by problem type: no room, or another transfer of theirs is running. */
  refused: z.record(z.string(), count),
  requestedAt: time.optional(),
});
export type Evacuation = z.infer<typeof evacuation>;
export const evacuationList = pageOf(evacuation);

export const tombstone = z.strictObject({
  user: userLabel,
  /** Cluster whose edges hold it. */
  holder: clusterName,
  destination: clusterName,
  transfer: id,
  createdAt: time,
});
export type Tombstone = z.infer<typeof tombstone>;
export const tombstonePage = pageOf(tombstone);
export const listTombstonesQuery = pageQuery.extend({ holder: clusterName.optional(), user: labelInput.optional() });

export const node = z.strictObject({
  name: z.string(),
  kind: z.enum(NODE_KINDS),
  cluster: clusterName.optional(),
  scope: z.string(),
  /** Whether it follows the feed now: connected, and heard of within the lease. */
  live: z.boolean(),
  appliedRevision: count,
  /** Entries of its scope that it has not acknowledged. */
  lag: count,
  seenAt: time,
});
export type Node = z.infer<typeof node>;
export const nodeList = z.strictObject({ items: z.array(node) });

/** A node's name: of a machine or pod. */
export const nodeName = z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,126}[a-zA-Z0-9])?$/);
export const incarnation = z.uuid();

export const feedQuery = z.strictObject({
  kind: z.enum(NODE_KINDS),
  /** Must be the caller's own; none for DNS nodes. */
  cluster: clusterName.optional(),
  node: nodeName,
  incarnation,
  /** Revision up to which the node has received the feed. Nothing counts as applied before it is acknowledged. 0 for a new one. */
  after: z.coerce.number().int().nonnegative().default(0),
});
export type FeedQuery = z.infer<typeof feedQuery>;

/** What a node says of itself: everything up to `revision` is on its disk and in force. */
export const acknowledgement = z.strictObject({
  kind: z.enum(NODE_KINDS),
  cluster: clusterName.optional(),
  incarnation,
  revision: count,
  /** Edges: users with a tombstone here who were asked for since the last acknowledgement. */
  requested: z.array(userLabel).max(10_000).optional(),
  /** The node is leaving for good and is not to be waited for. */
  leaving: z.literal(true).optional(),
});
export type Acknowledgement = z.infer<typeof acknowledgement>;

/** Whether a container host may start a user's containers. */
export const residencyAnswer = z.strictObject({ resident: z.boolean(), cluster: clusterName });

/** A write that was done: who did what to which, and what they asked for. */
export const auditEntry = z.strictObject({
  id: z.string(),
  at: time,
  actor: z.string(),
  /** Operation of the OpenAPI document. */
  action: z.string(),
  target: z.string(),
  requestId: z.string(),
  detail: z.record(z.string(), z.json()),
});
export type AuditEntry = z.infer<typeof auditEntry>;
export const auditPage = pageOf(auditEntry);
/** Newest first. */
export const listAuditQuery = pageQuery.extend({ target: z.string().min(1).max(512).optional() });
