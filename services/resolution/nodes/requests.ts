/** Edges' reports of requests for users who live elsewhere: what keeps a tombstone alive. */
import type { Transaction } from "../store/database";

/** A user who was asked for at an edge of `holder`. */
export interface RequestedUser {
  readonly holder: string;
  readonly user: string;
}

/**
 * How exactly the last request is known. The quiet period that is measured from it is minutes long, and each edge of a busy
 * cluster reports the same users.
 */
export const RESOLUTION_MS = 1_000;

/** Notes that there were requests now, by the service clock. Users without a tombstone at the holder are left out. */
export async function noteRequests(tx: Transaction, users: readonly RequestedUser[]): Promise<void> {
  await tx.query(
    `with asked as materialized (
       select user_label, holder, elapsed_ms
       from tombstones
       join unnest($1::text[], $2::text[]) as told (holder, user_label) using (user_label, holder), service_clock
       where last_request_ms is null or last_request_ms < elapsed_ms - ${RESOLUTION_MS}
       order by user_label, holder
       for update of tombstones
     )
     update tombstones set last_request_ms = greatest(last_request_ms, elapsed_ms)
     from asked where tombstones.user_label = asked.user_label and tombstones.holder = asked.holder`,
    [users.map(({ holder }) => holder), users.map(({ user }) => user)],
  );
}
