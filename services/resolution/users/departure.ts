/** The end of a user, and what is left of one when somebody new takes the name. */
import type { EntryKey, Scope } from "../../contracts/feed";
import { parseUserLabel } from "../../contracts/names";
import { Problem } from "../../contracts/problems";
import { RUNNING_PHASES } from "../../contracts/transfers";
import type { Queries, Transaction } from "../store/database";
import { allScopes, currentEntries, deletions } from "../store/feed-reads";
import { appendFeed, type FeedWrite } from "../store/feed-writes";
import { lockUser } from "./rows";

/** Seconds that a caller is asked to wait for hosts to stop a deleted user's containers. */
const DEPARTURE_RETRY_SECONDS = 10;

/**
 * Deletes a user with their domains, tombstones and transfers; hosts of their home stop their containers. Throws
 * `unknown-user`, and `transfer-running` while they are being moved.
 */
export async function deleteUser(tx: Transaction, label: string): Promise<void> {
  const { label: name, home } = await lockUser(tx, parseUserLabel(label));
  await refuseWhileMoving(tx, name);
  const keys = await keysOf(tx, name);
  // The cluster first: whoever creates a user holds it, and would wait for a deletion of the same name that waits for it.
  await tx.query("update clusters set users = users - 1 where name = $1", [home]);
  await tx.query("delete from users where label = $1", [name]);
  await tx.query("insert into former_labels (label) values ($1) on conflict do nothing", [name]);
  // Hosts of clusters that the user has left keep what they were told, as they may not have heard it yet.
  const scopes = (await allScopes(tx)).filter((scope) => !isHostScope(scope));
  await appendFeed(tx, [
    { scope: `host:${home}`, key: `user/${name}`, value: { residency: "leaving" } },
    ...deletions(await currentEntries(tx, scopes, keys)),
  ]);
}

/** Whether another user had this name before. */
export async function isFormerLabel(q: Queries, label: string): Promise<boolean> {
  return (await q.query("select from former_labels where label = $1", [label])).rowCount !== 0;
}

async function refuseWhileMoving(tx: Transaction, label: string): Promise<void> {
  const { rowCount } = await tx.query("select from transfers where user_label = $1 and phase = any($2)", [
    label,
    RUNNING_PHASES,
  ]);
  if (rowCount === 0) return;
  const message = `user "${label}" is being moved: cancel the transfer, or wait until it settles`;
  throw new Problem("transfer-running", message);
}

async function keysOf(tx: Transaction, label: string): Promise<EntryKey[]> {
  const { rows } = await tx.query<{ name: string }>(
    "select name from domains where user_label = $1 and verified_at is not null",
    [label],
  );
  return [`user/${label}`, `tombstone/${label}`, ...rows.map(({ name }) => `domain/${name}` as const)];
}

/**
 * Writes that free a new user's name of what hosts were told of a deleted one. Throws `user-exists` while a host may still be
 * running the old user's containers.
 */
export async function takeOverName(tx: Transaction, label: string): Promise<FeedWrite[]> {
  const scopes = (await allScopes(tx)).filter(isHostScope);
  const left = await currentEntries(tx, scopes, [`user/${label}`]);
  for (const { scope, revision } of left) {
    const behind = await tx.query("select from nodes where scope = $1 and applied_revision < $2 limit 1", [
      scope,
      revision,
    ]);
    if (behind.rowCount === 0) continue;
    const message = `the last user "${label}" was deleted just now, and ${scope} still stops its containers: try again soon`;
    throw new Problem("user-exists", message, DEPARTURE_RETRY_SECONDS);
  }
  return deletions(left);
}

function isHostScope(scope: Scope): boolean {
  return scope.startsWith("host:");
}
