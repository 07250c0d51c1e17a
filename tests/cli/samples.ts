/** Answers of a control API, such as a test wants them. */
import { randomUUID } from "node:crypto";
import type { Cluster, Evacuation, Node, Resolution, Transfer } from "../../services/contracts/resources";

const TIME = "2026-11-23T03:00:00.000Z";

export function resolutionOf(changes: Partial<Resolution> = {}): Resolution {
  return {
    user: "alice",
    cluster: "free",
    hosting: { ipv4: "203.0.113.10", ipv6: "2001:db8::10" },
    workspace: { ipv4: "203.0.113.11" },
    ttlSeconds: 60,
    ...changes,
  };
}

export function transferOf(changes: Partial<Transfer> = {}): Transfer {
  return {
    id: randomUUID(),
    user: "alice",
    source: "free",
    destination: "hackers",
    mode: "planned",
    phase: "requested",
    reason: "",
    requestedBy: "operator@example.org",
    requestedAt: TIME,
    updatedAt: TIME,
    ...changes,
  };
}

export function evacuationOf(changes: Partial<Evacuation> = {}): Evacuation {
  return {
    source: "free",
    mode: "planned",
    state: "running",
    rate: 100,
    concurrency: 1000,
    total: 1200,
    phases: {},
    destinations: { free2: 1000, reserve: 200 },
    refused: {},
    ...changes,
  };
}

export function clusterOf(changes: Partial<Cluster> = {}): Cluster {
  return {
    name: "free",
    region: "europe-west1",
    lifecycle: "active",
    plans: ["free"],
    users: 150_000,
    arriving: 12,
    maxUsers: 200_000,
    headroom: 49_988,
    hosting: { ipv4: "203.0.113.10" },
    workspace: { ipv4: "203.0.113.11" },
    ...changes,
  };
}

export function nodeOf(changes: Partial<Node> = {}): Node {
  return {
    name: "edge-1",
    kind: "edge",
    cluster: "free",
    scope: "edge:free",
    live: true,
    appliedRevision: 100,
    lag: 0,
    seenAt: TIME,
    ...changes,
  };
}
