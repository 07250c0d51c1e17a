/** Tombstones as callers see them. */
import type { z } from "zod";
import { parseUserLabel } from "../../contracts/names";
import type { listTombstonesQuery, Page, Tombstone } from "../../contracts/resources";
import type { Queries } from "../store/database";
import { pageOf, readCursor } from "../store/pages";

/** Tombstones by user and holder, of all or of one. Throws `invalid-label`, `reserved-label` and `invalid-request`. */
export async function listTombstones(
  q: Queries,
  { limit, cursor, holder, user }: z.infer<typeof listTombstonesQuery>,
): Promise<Page<Tombstone>> {
  const [afterUser, afterHolder] = readCursor(cursor, 2) ?? [];
  const { rows } = await q.query<Omit<Tombstone, "createdAt"> & { readonly createdAt: Date }>(
    `select user_label as "user", holder, destination, transfer, created_at as "createdAt" from tombstones
     where ($1::text is null or (user_label, holder) > ($1, $2))
       and ($3::text is null or holder = $3) and ($4::text is null or user_label = $4)
     order by user_label, holder limit $5`,
    [afterUser, afterHolder, holder, user === undefined ? undefined : parseUserLabel(user), limit + 1],
  );
  return pageOf(
    rows,
    limit,
    ({ createdAt, ...row }) => ({ ...row, createdAt: createdAt.toISOString() }),
    (row) => [row.user, row.holder],
  );
}
