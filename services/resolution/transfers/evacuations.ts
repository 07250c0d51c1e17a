/** Evacuations: many transfers that are created at once and started by the driver as rate and concurrency allow. */
import { randomUUID } from "node:crypto";
import { Problem } from "../../contracts/problems";
import type { Cluster, Evacuation, Page, PageQuery, StartEvacuation } from "../../contracts/resources";
import type { EvacuationState, Phase } from "../../contracts/transfers";
import { getCluster, listClusters } from "../clusters/clusters";
import type { Queries, Transaction } from "../store/database";
import { pageOf } from "../store/pages";
import { allocate, type Allocation } from "./allocation";
import { findEvacuees } from "./evacuees";
import { wakeDriver } from "./requests";
import { readTimeCursor } from "./transfers";

/** What an evacuation may be told, and in which states. */
const COMMANDS = {
  pause: { from: ["running"], to: "paused" },
  resume: { from: ["paused"], to: "running" },
  abort: { from: ["running", "paused"], to: "aborting" },
} as const satisfies Record<string, { from: readonly EvacuationState[]; to: EvacuationState }>;
export type EvacuationCommand = keyof typeof COMMANDS;

/**
 * Creates an evacuation with all its transfers; users who cannot be moved are counted and left alone. A dry run answers with the
 * same numbers and changes nothing. Throws `invalid-request`, `unknown-cluster`, `same-cluster`, `cluster-not-active`, and for
 * names of users `invalid-label` and `reserved-label`.
 */
export async function startEvacuation(tx: Transaction, input: StartEvacuation, by: string): Promise<Evacuation> {
  await check(tx, input);
  const evacuees = await findEvacuees(tx, input, !input.dryRun);
  if (!input.dryRun) await lockClusters(tx);
  const allocation = allocate(evacuees.found, input.source, await listClusters(tx), input.destinations);
  const refused = {
    ...allocation.refused,
    ...(evacuees.unknown > 0 && { "unknown-user": evacuees.unknown }),
  };
  if (input.dryRun) return { ...summary(input, allocation), state: "dry-run", refused, phases: {} };
  const id = await insert(tx, input, { ...allocation, refused }, by);
  await wakeDriver(tx);
  return await getEvacuation(tx, id);
}

/**
 * Pauses or resumes starting transfers, or calls off those that have not been started. Those under way go on in any case. Throws
 * `unknown-evacuation` and `evacuation-not-running`.
 */
export async function setEvacuationState(tx: Transaction, id: string, command: EvacuationCommand): Promise<Evacuation> {
  const { from, to } = COMMANDS[command];
  const changed = await tx.query("update evacuations set state = $2 where id = $1 and state = any($3)", [id, to, from]);
  const evacuation = await getEvacuation(tx, id);
  if (changed.rowCount === 0) {
    const message = `evacuation "${id}" is ${evacuation.state}: ${command} applies to one that is ${from.join(" or ")}`;
    throw new Problem("evacuation-not-running", message);
  }
  if (command === "abort") await callOff(tx, id);
  await wakeDriver(tx);
  return evacuation;
}

interface EvacuationRow {
  readonly id: string;
  readonly source: string;
  readonly mode: Evacuation["mode"];
  readonly state: EvacuationState;
  readonly rate: number;
  readonly concurrency: number;
  readonly total: number;
  readonly refused: Record<string, number>;
  readonly requestedAt: Date;
  readonly position: string;
}

const COLUMNS = `id, source, mode, state, rate, concurrency, total, refused, requested_at as "requestedAt",
  requested_at::text as position`;

/** One evacuation with its progress. Throws `unknown-evacuation`. */
export async function getEvacuation(q: Queries, id: string): Promise<Evacuation> {
  const { rows } = await q.query<EvacuationRow>(`select ${COLUMNS} from evacuations where id = $1`, [id]);
  const [evacuation] = await withProgress(q, rows);
  if (evacuation === undefined) {
    throw new Problem(
      "unknown-evacuation",
      `there is no evacuation "${id}": the list of evacuations shows those there are`,
    );
  }
  return evacuation;
}

/** Evacuations, newest first. Throws `invalid-request` for a cursor of another list. */
export async function listEvacuations(q: Queries, { limit, cursor }: PageQuery): Promise<Page<Evacuation>> {
  const [time, id] = readTimeCursor(cursor);
  const { rows } = await q.query<EvacuationRow>(
    `select ${COLUMNS} from evacuations
     where $1::timestamptz is null or (requested_at, id) < ($1, $2::uuid)
     order by requested_at desc, id desc limit $3`,
    [time, id, limit + 1],
  );
  const { next } = pageOf(
    rows,
    limit,
    (row) => row,
    (row) => [row.position, row.id],
  );
  const items = await withProgress(q, rows.slice(0, limit));
  return { items, ...(next !== undefined && { next }) };
}

async function check(q: Queries, { source, destinations, users, share }: StartEvacuation): Promise<void> {
  if (users !== undefined && share !== undefined) {
    throw new Problem(
      "invalid-request",
      `both users and share are given: name users, or take a share of the cluster's`,
    );
  }
  await getCluster(q, source);
  for (const name of destinations ?? []) {
    const { lifecycle } = await getCluster(q, name);
    if (name === source) {
      throw new Problem("same-cluster", `cluster "${name}" is to be evacuated: name others as destinations`);
    }
    if (lifecycle !== "active") {
      throw new Problem("cluster-not-active", `cluster "${name}" is ${lifecycle} and takes no users: name active ones`);
    }
  }
}

/** The room that is given out now is not given to anybody else before the transaction ends. */
async function lockClusters(tx: Transaction): Promise<void> {
  await tx.query("select from clusters order by name for no key update");
}

async function insert(tx: Transaction, input: StartEvacuation, allocation: Allocation, by: string): Promise<string> {
  const { source, mode, rate, concurrency, reason } = input;
  const { moves, refused } = allocation;
  const id = randomUUID();
  await tx.query(
    `insert into evacuations (id, source, mode, state, rate, concurrency, total, refused, requested_by)
     values ($1, $2, $3, 'running', $4, $5, $6, $7, $8)`,
    [id, source, mode, rate, concurrency, moves.length, JSON.stringify(refused), by],
  );
  await tx.query(
    `insert into transfers (id, user_label, source, destination, mode, phase, evacuation, reason, phase_since_ms, requested_by)
     select gen_random_uuid(), label, $1, destination, $2, 'requested', $3, $4, elapsed_ms, $5
     from service_clock, unnest($6::text[], $7::text[]) move (label, destination)`,
    [source, mode, id, reason, by, moves.map(({ label }) => label), moves.map(({ destination }) => destination)],
  );
  await tx.query(
    `update clusters set arriving = arriving + moved.users
     from (select key, value::integer as users from jsonb_each($1)) moved where name = moved.key`,
    [JSON.stringify(byDestination(allocation))],
  );
  return id;
}

/** As each is called off by a caller; the driver ends them, a batch at a time. */
async function callOff(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    `update transfers set outcome = 'the evacuation was aborted', updated_at = now()
     where evacuation = $1 and phase = 'requested' and outcome is null`,
    [id],
  );
}

async function withProgress(q: Queries, evacuations: readonly EvacuationRow[]): Promise<Evacuation[]> {
  const { rows } = await q.query<{ evacuation: string; phase: Phase; destination: string; transfers: number }>(
    `select evacuation, phase, destination, count(*)::integer as transfers from transfers
     where evacuation = any($1) group by evacuation, phase, destination`,
    [evacuations.map(({ id }) => id)],
  );
  return evacuations.map(({ id, source, mode, state, rate, concurrency, total, refused, requestedAt }) => {
    const own = rows.filter(({ evacuation }) => evacuation === id);
    return {
      id,
      source,
      mode,
      state,
      rate,
      concurrency,
      total,
      refused,
      phases: sums(own.map(({ phase, transfers }) => [phase, transfers])),
      destinations: sums(own.map(({ destination, transfers }) => [destination, transfers])),
      requestedAt: requestedAt.toISOString(),
    };
  });
}

function summary({ source, mode, rate, concurrency }: StartEvacuation, allocation: Allocation) {
  return {
    source,
    mode,
    rate,
    concurrency,
    total: allocation.moves.length,
    destinations: byDestination(allocation),
  };
}

function byDestination({ moves }: Allocation): Record<Cluster["name"], number> {
  return sums(moves.map(({ destination }) => [destination, 1]));
}

function sums<Key extends string>(
  counts: readonly (readonly [Key, number])[],
): Partial<Record<Key, number>> & Record<string, number> {
  const total: Record<string, number> = {};
  for (const [key, count] of counts) total[key] = (total[key] ?? 0) + count;
  return total as Partial<Record<Key, number>> & Record<string, number>;
}
