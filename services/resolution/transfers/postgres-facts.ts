/** Reads what the next steps of a batch of transfers depend on, and locks what they may change. */
import type { Scope } from "../../contracts/feed";
import { RUNNING_PHASES, type Phase } from "../../contracts/transfers";
import { holdDefaultCluster } from "../clusters/zone";
import { LEASE_MS } from "../nodes/list";
import type { Transaction } from "../store/database";
import type { Barriers, Facts, Surroundings, TransferState } from "./facts";
import { NodesBehind } from "./nodes-behind";

interface FactsRow {
  readonly id: string;
  readonly user: string;
  readonly source: string;
  readonly destination: string;
  readonly mode: TransferState["mode"];
  readonly phase: Phase;
  readonly outcome: string | null;
  readonly barriers: Barriers;
  readonly phaseSinceMs: string;
  readonly publishedMs: string | null;
  readonly tombstones: { holder: string; destination: string; lastRequestMs: number | null }[];
  readonly domains: Facts["domains"];
  readonly settling: string[];
  readonly moving: boolean;
  readonly destinationActive: boolean;
}

interface NodeRow {
  readonly scope: Scope;
  readonly name: string;
  readonly appliedRevision: string;
  readonly connected: boolean;
  readonly seenMs: string;
}

const FACTS = `
  select t.id, t.user_label as "user", t.source, t.destination, t.mode, t.phase, t.outcome, t.barriers,
    t.phase_since_ms as "phaseSinceMs", t.published_ms as "publishedMs",
    (select coalesce(jsonb_agg(jsonb_build_object(
         'holder', s.holder, 'destination', s.destination, 'lastRequestMs', s.last_request_ms) order by s.holder), '[]')
       from tombstones s where s.user_label = t.user_label) as tombstones,
    (select coalesce(jsonb_agg(jsonb_build_object('name', d.name, 'host', d.host) order by d.name), '[]')
       from domains d where d.user_label = t.user_label and d.verified_at is not null) as domains,
    array(select o.id from transfers o
      where o.user_label = t.user_label and o.phase = 'settling' and o.id <> t.id) as settling,
    exists (select from transfers o
      where o.user_label = t.user_label and o.phase = any($3) and o.id <> t.id) as moving,
    c.lifecycle = 'active' and not c.removed as "destinationActive"
  from transfers t join clusters c on c.name = t.destination
  where t.id = any($1) and t.phase = $2 and t.user_label = any($4)
  order by array_position($1, t.id)
  for update of t skip locked`;

export interface Loaded {
  readonly facts: readonly Facts[];
  /** The rest, given the service clock. The acknowledgements that it shows were read before. */
  readonly surroundingsAt: (nowMs: number) => Promise<Surroundings>;
}

/**
 * Facts of those of the transfers that are in the phase, in the order of `ids`. The users are locked first, as by everybody who
 * changes one, so the facts stay what they are until the transaction ends. Whoever is locked already is left out: a transaction
 * that somebody forgot to end holds up one transfer, not all.
 */
export async function loadFacts(tx: Transaction, phase: Phase, ids: readonly string[]): Promise<Loaded> {
  const users = await tx.query<{ label: string }>(
    `select label from users where label in (select user_label from transfers where id = any($1) and phase = $2)
     order by label for no key update skip locked`,
    [ids, phase],
  );
  const labels = users.rows.map(({ label }) => label);
  await lockTombstones(tx, labels);
  const { rows } = await tx.query<FactsRow>(FACTS, [ids, phase, RUNNING_PHASES, labels]);
  const facts = rows.map(factsOf);
  const behind = await nodesBehind(tx, facts);
  const surroundingsAt = async (nowMs: number) => {
    const leaseMs = nowMs - LEASE_MS;
    const nodes = behind.map(({ scope, name, appliedRevision, connected, seenMs }) => ({
      scope,
      name,
      appliedRevision: Number(appliedRevision),
      live: connected && Number(seenMs) > leaseMs,
    }));
    const liveScopes = await liveDestinationEdges(tx, facts, leaseMs);
    return { nowMs, nodes: new NodesBehind(nodes, liveScopes), defaultCluster: await holdDefaultCluster(tx) };
  };
  return { facts, surroundingsAt };
}

/** In the order in which edges' reports of requests lock them, so that nobody waits in a circle. */
async function lockTombstones(tx: Transaction, labels: readonly string[]): Promise<void> {
  await tx.query("select from tombstones where user_label = any($1) order by user_label, holder for update", [labels]);
}

/** Nodes that are silent or behind the highest barrier of their scope: few or none, where many thousands may be registered. */
async function nodesBehind(tx: Transaction, facts: readonly Facts[]): Promise<NodeRow[]> {
  const highest = new Map<string, number>();
  for (const { transfer } of facts) {
    for (const [scope, revision] of Object.entries(transfer.barriers)) {
      highest.set(scope, Math.max(revision, highest.get(scope) ?? 0));
    }
  }
  if (highest.size === 0) return [];
  const { rows } = await tx.query<NodeRow>(
    `select n.scope, n.name, n.applied_revision as "appliedRevision", n.connected, n.seen_ms as "seenMs"
     from unnest($1::text[], $2::bigint[]) barrier (scope, revision)
     cross join service_clock clock
     join nodes n on n.scope = barrier.scope and (
       n.applied_revision < barrier.revision or not n.connected or n.seen_ms <= clock.elapsed_ms - ${LEASE_MS})
     order by n.scope, n.name`,
    [[...highest.keys()], [...highest.values()]],
  );
  return rows;
}

/** Only emergencies ask whether the destination has a live edge. */
async function liveDestinationEdges(tx: Transaction, facts: readonly Facts[], leaseMs: number): Promise<Scope[]> {
  const emergencies = facts.filter(({ transfer: { mode, phase } }) => mode === "emergency" && phase === "accepting");
  const scopes = [...new Set(emergencies.map(({ transfer }) => `edge:${transfer.destination}`))];
  if (scopes.length === 0) return [];
  const { rows } = await tx.query<{ scope: Scope }>(
    "select distinct scope from nodes where scope = any($1) and connected and seen_ms > $2",
    [scopes, leaseMs],
  );
  return rows.map(({ scope }) => scope);
}

function factsOf({ tombstones, domains, settling, moving, destinationActive, ...row }: FactsRow): Facts {
  const { outcome, publishedMs, phaseSinceMs, ...rest } = row;
  return {
    transfer: {
      ...rest,
      phaseSinceMs: Number(phaseSinceMs),
      ...(outcome !== null && { outcome }),
      ...(publishedMs !== null && { publishedMs: Number(publishedMs) }),
    },
    tombstones: tombstones.map(({ holder, destination, lastRequestMs }) => ({
      holder,
      destination,
      ...(lastRequestMs !== null && { lastRequestMs }),
    })),
    domains,
    settling,
    moving,
    destinationActive,
  };
}
