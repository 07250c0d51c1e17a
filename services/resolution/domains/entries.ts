/** What the feed says of a verified domain: to the directory, and to every edge that requests for it may reach. */
import type { EntryKey, Scope } from "../../contracts/feed";
import { RUNNING_PHASES } from "../../contracts/transfers";
import type { Transaction } from "../store/database";
import { allScopes, currentEntries, deletions } from "../store/feed-reads";
import { appendFeed, type FeedWrite } from "../store/feed-writes";

interface VerifiedDomain {
  readonly name: string;
  readonly user: string;
  readonly host: string;
}

/** Publishes a domain whose user is locked, so that no transfer begins meanwhile. */
export async function publishDomain(tx: Transaction, { name, user, host }: VerifiedDomain): Promise<void> {
  const key: EntryKey = `domain/${name}`;
  const edges = (await edgesOf(tx, user)).map((scope): FeedWrite => ({ scope, key, value: { host } }));
  await appendFeed(tx, [{ scope: "directory", key, value: { user, host } }, ...edges]);
}

/** Withdraws a domain from wherever it was published. */
export async function withdrawDomain(tx: Transaction, name: string): Promise<void> {
  await appendFeed(tx, deletions(await currentEntries(tx, await allScopes(tx), [`domain/${name}`])));
}

/** Where a destination's edges have been told of the user's domains, and will not be told to forget them. */
const TOLD_PHASES = RUNNING_PHASES.filter((phase) => phase !== "requested" && phase !== "aborting");

/** Edges of the home, of clusters with a tombstone for the user, and of the one that the user is moving to. */
async function edgesOf(tx: Transaction, user: string): Promise<Scope[]> {
  const { rows } = await tx.query<{ cluster: string }>(
    `select home as cluster from users where label = $1
     union select holder from tombstones where user_label = $1
     union select destination from transfers where user_label = $1 and phase = any($2)
     order by cluster`,
    [user, TOLD_PHASES],
  );
  return rows.map(({ cluster }): Scope => `edge:${cluster}`);
}
