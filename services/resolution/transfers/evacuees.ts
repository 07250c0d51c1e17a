/** Whom an evacuation concerns. */
import { parseUserLabel } from "../../contracts/names";
import type { StartEvacuation } from "../../contracts/resources";
import { RUNNING_PHASES } from "../../contracts/transfers";
import type { Queries } from "../store/database";
import type { Evacuee } from "./allocation";

/** Hashes are cut to this many bits to be compared with a share. */
const HASH_BITS = 31;

export interface Evacuees {
  /** In the order of a hash of their names: by chance, and the same each time. */
  readonly found: readonly Evacuee[];
  /** Names that were given and are of nobody who lives in the source. */
  readonly unknown: number;
}

/**
 * The users that are named, or the share of the source's users whose names have the lowest hashes, or all of them. With `lock`
 * they stay as they are until the transaction ends. Throws what {@link parseUserLabel} throws.
 */
export async function findEvacuees(
  q: Queries,
  { source, users, share }: Pick<StartEvacuation, "source" | "users" | "share">,
  lock: boolean,
): Promise<Evacuees> {
  const named = users === undefined ? undefined : [...new Set(users.map(parseUserLabel))];
  const below = share === undefined ? undefined : Math.round(share * 2 ** HASH_BITS);
  const chosen = `home = $1 and ($2::text[] is null or label = any($2))
    and ($3::bigint is null or ('x' || left(md5(label), 8))::bit(${HASH_BITS})::integer < $3)`;
  const values = [source, named, below];
  // In the order in which everybody locks users, so that nobody waits for each other.
  if (lock) await q.query(`select from users where ${chosen} order by label for no key update`, values);
  const { rows } = await q.query<Evacuee>(
    `select label, plan, running.id is not null as moving
     from users left join transfers running on running.user_label = label and running.phase = any($4)
     where ${chosen} order by md5(label), label`,
    [...values, RUNNING_PHASES],
  );
  return { found: rows, unknown: named === undefined ? 0 : named.length - rows.length };
}
