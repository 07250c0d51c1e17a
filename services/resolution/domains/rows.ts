/** Claims as the store has them. */
import { normalizedName, parseUserLabel } from "../../contracts/names";
import { Problem } from "../../contracts/problems";
import type { Domain } from "../../contracts/resources";
import type { Queries } from "../store/database";
import { challengeName } from "./proof";

export interface DomainRow {
  readonly name: string;
  readonly user: string;
  readonly host: string;
  readonly token: string;
  readonly claimedAt: Date;
  readonly verifiedAt: Date | null;
}
export const COLUMNS = `name, user_label as "user", host, token, claimed_at as "claimedAt", verified_at as "verifiedAt"`;

/** A user's claim of a domain, however the two are written. Throws `unknown-domain`. */
export async function findClaim(q: Queries, name: string, user: string): Promise<DomainRow> {
  const label = parseUserLabel(user);
  const { rows } = await q.query<DomainRow>(`select ${COLUMNS} from domains where name = $1 and user_label = $2`, [
    normalizedName(name) ?? "",
    label,
  ]);
  if (rows[0] === undefined) {
    throw new Problem("unknown-domain", `user "${label}" has not claimed "${name}": claim it first`);
  }
  return rows[0];
}

export function domainOf({ name, user, host, token, claimedAt, verifiedAt }: DomainRow): Domain {
  return {
    name,
    user,
    host,
    verified: verifiedAt !== null,
    challenge: { name: challengeName(name), value: token },
    claimedAt: claimedAt.toISOString(),
  };
}
