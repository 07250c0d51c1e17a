/** Reading back who changed what. The rows are written by the unit of work, in the transaction of the change. */
import type { AuditEntry, Page, PageQuery } from "../../contracts/resources";
import type { Queries } from "../store/database";
import { pageOf, readCursor } from "../store/pages";
import { Problem } from "../../contracts/problems";

interface Row extends Omit<AuditEntry, "at"> {
  readonly at: Date;
}

/** Writes, newest first, of all targets or of one. */
export async function listAudit(
  q: Queries,
  query: PageQuery & { target?: string | undefined },
): Promise<Page<AuditEntry>> {
  const { limit, target } = query;
  const { rows } = await q.query<Row>(
    `select id, at, actor, action, target, request_id as "requestId", detail from audit
     where ($1::bigint is null or id < $1) and ($2::text is null or target = $2) order by id desc limit $3`,
    [before(query.cursor), target ?? null, limit + 1],
  );
  return pageOf(
    rows,
    limit,
    ({ at, ...row }) => ({ ...row, at: at.toISOString() }),
    ({ id }) => [id],
  );
}

/** Id that a page ends before. */
function before(cursor: string | undefined): string | null {
  const id = readCursor(cursor, 1)?.[0];
  if (id === undefined) return null;
  if (!/^\d{1,18}$/.test(id))
    throw new Problem("invalid-request", "cursor is none of this list: pass next of the page before");
  return id;
}
