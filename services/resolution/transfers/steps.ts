/** What each step of a transfer writes. When a step is taken is the machine's to decide. Pure. */
import type { Residency, Scope } from "../../contracts/feed";
import { dnsEntry } from "../clusters/zone";
import type { FeedWrite } from "../store/feed-writes";
import type { Facts, Step, Surroundings } from "./facts";

/** Before anything was written for it: it just ends. */
export function drop({ transfer }: Facts, outcome: string): Step {
  return { phase: "aborted", outcome, feed: [], counts: [noLongerArriving(transfer.destination)] };
}

/**
 * The destination's edges send nobody away any more, and its hosts hold requests for the user. A planned transfer also waits
 * for whoever later phases need, so that nothing is rerouted unless all of them are there and know the present state: then
 * the user's requests wait for no longer than nodes take to answer.
 */
export function accept(facts: Facts): Step {
  const { user, source, destination, mode } = facts.transfer;
  const concerned: Scope[] = [...edges(source, ...olderHolders(facts)), `host:${source}`];
  return {
    phase: "accepting",
    feed: [
      tombstone(destination, user, null),
      ...domainEntries(destination, facts),
      residency(destination, user, "arriving"),
      { scope: "directory", key: `user/${user}`, value: { home: source, moving: true } },
    ],
    awaits: [...edges(destination), `host:${destination}`, ...(mode === "planned" ? concerned : [])],
  };
}

/** Requests that come to the source, or to where the user lived earlier, go to the destination and wait there. */
export function forward(facts: Facts): Step {
  const { user, source, destination } = facts.transfer;
  const holders = [source, ...olderHolders(facts)];
  return {
    phase: "forwarding",
    feed: holders.map((holder) => tombstone(holder, user, destination)),
    tombstones: { point: { holders, destination } },
    awaits: edges(...holders),
  };
}

/** The source's hosts stop the user's containers, and acknowledge when they have. */
export function stop({ transfer: { user, source } }: Facts): Step {
  return { phase: "stopping", feed: [residency(source, user, "leaving")], awaits: [`host:${source}`] };
}

/** The user lives in the destination: its hosts are released, and DNS is told. From here there is no way back. */
export function publish({ transfer, settling }: Facts, { defaultCluster }: Surroundings): Step {
  const { user, source, destination } = transfer;
  return {
    phase: "publishing",
    home: destination,
    counts: [
      { cluster: source, users: -1, arriving: 0 },
      { cluster: destination, users: 1, arriving: -1 },
    ],
    supersedes: settling,
    // The destination may have been a holder. It is the home now, and clients with an answer that old are right again.
    tombstones: { remove: [destination], adopt: true },
    feed: [
      residency(destination, user, "resident"),
      { scope: "directory", key: `user/${user}`, value: { home: destination } },
      dnsEntry(user, destination, defaultCluster),
    ],
    awaits: ["dns"],
  };
}

/** All is in place; old answers are left to die out. Without `publishedMs` some DNS node may still give them. */
export function settle(publishedMs?: number): Step {
  if (publishedMs === undefined) return { phase: "settling", feed: [] };
  return { phase: "settling", feed: [], publishedMs, awaits: [] };
}

/** Nobody has an old answer any more: nodes may forget the transfer. */
export function finish(facts: Facts): Step {
  const { user, destination } = facts.transfer;
  const holders = facts.tombstones.map(({ holder }) => holder);
  return {
    phase: "done",
    feed: [
      ...holders.flatMap((holder) => [
        tombstone(holder, user, null),
        ...withoutDomains(holder, facts),
        residency(holder, user, null),
      ]),
      residency(destination, user, null),
    ],
    tombstones: { remove: holders },
    awaits: [],
  };
}

/** The source takes its requests back, and the destination's hosts refuse those that they hold. */
export function putBack(facts: Facts, outcome: string): Step {
  const { user, source, destination } = facts.transfer;
  const older = olderHolders(facts);
  return {
    phase: "aborting",
    outcome,
    counts: [noLongerArriving(destination)],
    tombstones: { point: { holders: older, destination: source }, remove: [source] },
    feed: [
      residency(source, user, "resident"),
      tombstone(source, user, null),
      ...older.map((holder) => tombstone(holder, user, source)),
      residency(destination, user, "leaving"),
      { scope: "directory", key: `user/${user}`, value: { home: source } },
    ],
    awaits: [...edges(source, destination, ...older), `host:${source}`, `host:${destination}`],
  };
}

/**
 * The last of putting back, once the source's edges forward no more: had the destination's tombstone been put back before
 * that, the two would have sent requests to each other.
 */
export function restore(facts: Facts): Step {
  const { user, source, destination } = facts.transfer;
  const isHolder = facts.tombstones.some(({ holder }) => holder === destination);
  const isSettling = facts.settling.length > 0;
  return {
    phase: "aborted",
    feed: [
      ...(isHolder
        ? [tombstone(destination, user, source)]
        : [...withoutDomains(destination, facts), residency(destination, user, null)]),
      // What hosts were told outlives this transfer where an earlier one still needs it.
      ...(isSettling ? [] : [residency(source, user, null)]),
    ],
    awaits: [],
  };
}

/**
 * Clusters, apart from source and destination, that clients with an old answer may come to. That of the destination is kept in
 * the store until the transfer is past the point of no return, to be put back if it never gets there.
 */
function olderHolders({ transfer: { source, destination }, tombstones }: Facts): string[] {
  return tombstones.map(({ holder }) => holder).filter((holder) => holder !== source && holder !== destination);
}

function edges(...clusters: string[]): Scope[] {
  return clusters.map((cluster) => `edge:${cluster}` as const);
}

function tombstone(holder: string, user: string, destination: string | null): FeedWrite {
  const value = destination === null ? null : { cluster: destination };
  return { scope: `edge:${holder}`, key: `tombstone/${user}`, value };
}

function residency(cluster: string, user: string, value: Residency | null): FeedWrite {
  return { scope: `host:${cluster}`, key: `user/${user}`, value: value === null ? null : { residency: value } };
}

function domainEntries(cluster: string, { domains }: Facts): FeedWrite[] {
  return domains.map(({ name, host }) => ({ scope: `edge:${cluster}`, key: `domain/${name}`, value: { host } }));
}

function withoutDomains(cluster: string, { domains }: Facts): FeedWrite[] {
  return domains.map(({ name }) => ({ scope: `edge:${cluster}`, key: `domain/${name}`, value: null }));
}

function noLongerArriving(cluster: string) {
  return { cluster, users: 0, arriving: -1 };
}
