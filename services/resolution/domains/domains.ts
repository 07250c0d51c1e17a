/** Custom domains: claimed by a user, proved by the domain's DNS, then served. */
import { randomBytes } from "node:crypto";
import type { DomainNames } from "../../../config/names";
import { parseDomain, parseHostedName, parseUserLabel } from "../../contracts/names";
import { Problem } from "../../contracts/problems";
import type { ClaimDomain, Domain, Page, PageQuery } from "../../contracts/resources";
import { sqlState, type Queries, type Transaction } from "../store/database";
import { pageOf, readCursor } from "../store/pages";
import { getUser } from "../users";
import { isFormerLabel } from "../users/departure";
import { lockUser } from "../users/rows";
import { publishDomain, withdrawDomain } from "./entries";
import type { DomainLookup } from "./lookup";
import { proofOf } from "./proof";
import { COLUMNS, domainOf, findClaim, type DomainRow } from "./rows";

/** 128 random bits: nobody guesses another's challenge. */
const TOKEN_BYTES = 16;
const UNIQUE_VIOLATION = "23505";

/**
 * Claims a domain for a user. Claiming it again keeps the challenge and may point it at another of the user's hosts. Throws
 * `invalid-domain`, also for a host that is not the user's, `unknown-user`, and `domain-taken` when another has verified it.
 */
export async function claimDomain(
  tx: Transaction,
  zones: DomainNames,
  user: string,
  input: ClaimDomain,
): Promise<Domain> {
  const name = parseDomain(input.name, [zones.zone, zones.parentZone]);
  const { label } = await lockUser(tx, parseUserLabel(user));
  const host = parseHost(input.host, label, zones.zone);
  await refuseTaken(tx, name, label);
  const { rows } = await tx.query<DomainRow>(
    `insert into domains (name, user_label, host, token) values ($1, $2, $3, $4)
     on conflict (name, user_label) do update set host = excluded.host
     returning ${COLUMNS}`,
    [name, label, host, randomBytes(TOKEN_BYTES).toString("base64url")],
  );
  const row = rows[0]!;
  if (row.verifiedAt !== null) await publishDomain(tx, row);
  return domainOf(row);
}

/**
 * Verifies a claim by what the domain's DNS says; with nothing to do where that has happened. Throws `unknown-domain` without
 * a claim, `domain-unverified` where DNS does not prove it, and `domain-taken` when another user has proved it before.
 * The transaction is open while DNS is asked, unless `lookup` has the answers already: see answersOf.
 */
export async function verifyDomain(tx: Transaction, lookup: DomainLookup, name: string, user: string): Promise<Domain> {
  const claim = await findClaim(tx, name, user);
  if (claim.verifiedAt !== null) return domainOf(claim);
  await refuseTaken(tx, claim.name, claim.user);
  const proof = await proofOf({ ...claim, isReused: await isFormerLabel(tx, claim.user) }, lookup);
  if (!proof.proved) throw new Problem("domain-unverified", proof.remedy);
  await lockUser(tx, claim.user);
  const row = await markVerified(tx, claim);
  await publishDomain(tx, row);
  return domainOf(row);
}

/** Gives up a user's claim; a domain that was verified is no longer served. Throws `unknown-domain`. */
export async function releaseDomain(tx: Transaction, name: string, user: string): Promise<void> {
  const claim = await findClaim(tx, name, user);
  await lockUser(tx, claim.user);
  const { rows } = await tx.query<{ verified: boolean }>(
    `delete from domains where name = $1 and user_label = $2 returning verified_at is not null as verified`,
    [claim.name, claim.user],
  );
  if (rows[0]?.verified === true) await withdrawDomain(tx, claim.name);
}

/** A user's domains by name. Throws `unknown-user`. */
export async function listDomains(q: Queries, user: string, page: PageQuery): Promise<Page<Domain>> {
  const { label } = await getUser(q, user);
  const [after = ""] = readCursor(page.cursor, 1) ?? [];
  const { rows } = await q.query<DomainRow>(
    `select ${COLUMNS} from domains where user_label = $1 and name > $2 order by name limit $3`,
    [label, after, page.limit + 1],
  );
  return pageOf(rows, page.limit, domainOf, ({ name }) => [name]);
}

/** The host that a domain is to stand for, as it is written in the zone. */
function parseHost(text: string, label: string, zone: string): string {
  const hosted = parseHostedName(text, zone);
  if (hosted?.user !== label) {
    const message = `"${text}" is no host of user "${label}": name one such as <app>.${label}.${zone}`;
    throw new Problem("invalid-domain", message);
  }
  return [hosted.app, label, zone].filter((part) => part !== undefined).join(".");
}

async function refuseTaken(tx: Transaction, name: string, label: string): Promise<void> {
  const { rowCount } = await tx.query(
    "select from domains where name = $1 and user_label <> $2 and verified_at is not null",
    [name, label],
  );
  if (rowCount !== 0) throw domainTaken(name);
}

/** Only the very claim that was proved: it may have been given up, with its user even, and made again by somebody else since. */
async function markVerified(tx: Transaction, { name, user, host, token }: DomainRow): Promise<DomainRow> {
  try {
    const { rows } = await tx.query<DomainRow>(
      `update domains set verified_at = coalesce(verified_at, now())
       where name = $1 and user_label = $2 and host = $3 and token = $4 returning ${COLUMNS}`,
      [name, user, host, token],
    );
    if (rows[0] !== undefined) return rows[0];
  } catch (error) {
    // Only one claim of a name can be verified: another user's was, since it was looked for.
    throw sqlState(error) === UNIQUE_VIOLATION ? domainTaken(name) : error;
  }
  const message = `the claim of "${name}" was changed while it was verified: verify it again`;
  throw new Problem("domain-unverified", message);
}

function domainTaken(name: string): Problem {
  return new Problem("domain-taken", `another user has verified "${name}": they must release it first`);
}
