/** Changing a user's plan, which moves them where their cluster does not serve the new one. */
import { parseUserLabel } from "../../contracts/names";
import type { PlanChange } from "../../contracts/resources";
import { RUNNING_PHASES } from "../../contracts/transfers";
import { getCluster } from "../clusters/clusters";
import type { Placement } from "../placement";
import type { Transaction } from "../store/database";
import { requestTransfer } from "../transfers";
import { lockUser, userOf } from "./rows";
import { requirePlan } from "./users";

/**
 * Gives a user another plan, on behalf of `by`, and moves them where their home does not serve it: not those who are pinned, nor
 * those who are bound for a cluster that does. Throws `unknown-plan`, `unknown-user`, and, where the plan asks for a move,
 * what {@link requestTransfer} throws; nothing has changed then.
 */
export async function changePlan(
  tx: Transaction,
  placement: Placement,
  label: string,
  plan: string,
  by: string,
): Promise<PlanChange> {
  requirePlan(placement, plan);
  const row = await lockUser(tx, parseUserLabel(label));
  await tx.query("update users set plan = $2 where label = $1", [row.label, plan]);
  const user = userOf({ ...row, plan });
  if (row.pinned || (await servesPlan(tx, await boundFor(tx, row), plan))) return { user };
  const reason = `plan ${row.plan} to ${plan}`;
  return { user, transfer: await requestTransfer(tx, { user: row.label, mode: "planned", reason }, by) };
}

/** Where a user will live: the destination of the transfer that is running, or their home. */
async function boundFor(tx: Transaction, { label, home }: { label: string; home: string }): Promise<string> {
  const { rows } = await tx.query<{ destination: string }>(
    "select destination from transfers where user_label = $1 and phase = any($2) and phase <> 'aborting'",
    [label, RUNNING_PHASES],
  );
  return rows[0]?.destination ?? home;
}

async function servesPlan(tx: Transaction, cluster: string, plan: string): Promise<boolean> {
  return (await getCluster(tx, cluster)).plans.includes(plan);
}
