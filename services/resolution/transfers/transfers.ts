/** Transfers as callers see them: one, and pages of them. */
import { parseUserLabel } from "../../contracts/names";
import { Problem } from "../../contracts/problems";
import type { listTransfersQuery, Page, Transfer } from "../../contracts/resources";
import { FINAL_PHASES, type Phase } from "../../contracts/transfers";
import type { z } from "zod";
import { LEASE_MS } from "../nodes/list";
import type { Queries } from "../store/database";
import { pageOf, readCursor } from "../store/pages";

type ListTransfersQuery = z.infer<typeof listTransfersQuery>;

/** A transfer's row, with what makes it a resource. */
export interface TransferRow {
  readonly id: string;
  readonly user: string;
  readonly source: string;
  readonly destination: string;
  readonly mode: Transfer["mode"];
  readonly phase: Phase;
  readonly reason: string;
  readonly outcome: string | null;
  readonly evacuation: string | null;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly updatedAt: Date;
}

export const TRANSFER_COLUMNS = `id, user_label as "user", source, destination, mode, phase, reason, outcome, evacuation,
  requested_by as "requestedBy", requested_at as "requestedAt", updated_at as "updatedAt"`;

export function transferOf(row: TransferRow): Transfer {
  const { id, user, source, destination, mode, phase, reason, outcome, evacuation, requestedBy, requestedAt } = row;
  return {
    id,
    user,
    source,
    destination,
    mode,
    phase,
    reason,
    ...(outcome !== null && { outcome }),
    ...(evacuation !== null && { evacuation }),
    requestedBy,
    requestedAt: requestedAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function unknownTransfer(id: string): Problem {
  return new Problem("unknown-transfer", `there is no transfer "${id}": the list of transfers shows those there are`);
}

/** One transfer, with the nodes that its phase waits for. Throws `unknown-transfer`. */
export async function getTransfer(q: Queries, id: string): Promise<Transfer> {
  const { rows } = await q.query<TransferRow>(`select ${TRANSFER_COLUMNS} from transfers where id = $1`, [id]);
  const [row] = rows;
  if (row === undefined) throw unknownTransfer(id);
  const waiting = await q.query<{ scope: string; node: string; live: boolean }>(
    `select node.scope, node.name as node, node.live
     from transfers t, jsonb_each(t.barriers) barrier, (
       select nodes.*, connected and seen_ms > elapsed_ms - ${LEASE_MS} as live from nodes, service_clock
     ) node
     where t.id = $1 and t.phase <> all($2) and node.scope = barrier.key and (
       node.applied_revision < barrier.value::bigint
       or not node.live and t.mode = 'planned' and t.phase = 'accepting')
     order by node.scope, node.name`,
    [id, FINAL_PHASES],
  );
  return { ...transferOf(row), waitingFor: waiting.rows };
}

/** Transfers, newest first. Throws `invalid-label`, `reserved-label` and `invalid-request` for what the query holds. */
export async function listTransfers(q: Queries, query: ListTransfersQuery): Promise<Page<Transfer>> {
  const { limit, user, phase, evacuation } = query;
  const [time, id] = readTimeCursor(query.cursor);
  const { rows } = await q.query<TransferRow & { readonly position: string }>(
    `select ${TRANSFER_COLUMNS}, requested_at::text as position from transfers
     where ($1::timestamptz is null or (requested_at, id) < ($1, $2::uuid))
       and ($3::text is null or user_label = $3)
       and ($4::text is null or phase = $4)
       and ($5::uuid is null or evacuation = $5)
     order by requested_at desc, id desc limit $6`,
    [time, id, user === undefined ? undefined : parseUserLabel(user), phase, evacuation, limit + 1],
  );
  return pageOf(rows, limit, transferOf, (row) => [row.position, row.id]);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** As PostgreSQL writes a time, to the microsecond. */
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/;

/** Time and id after which a page begins, both as PostgreSQL takes them; nothing for the first page. */
export function readTimeCursor(cursor: string | undefined): readonly [string?, string?] {
  const [time, id] = readCursor(cursor, 2) ?? [];
  if (time === undefined || id === undefined) return [];
  if (!TIME.test(time) || !UUID.test(id)) {
    throw new Problem(
      "invalid-request",
      `cursor "${String(cursor)}" is none of this list: pass "next" of the page before`,
    );
  }
  return [time, id];
}
