/** Asking for a transfer, and calling one off. Both only leave word: the driver does the rest. */
import { parseUserLabel } from "../../contracts/names";
import { Problem } from "../../contracts/problems";
import type { Cluster, RequestTransfer, Transfer, User } from "../../contracts/resources";
import { CANCELLABLE_PHASES, RUNNING_PHASES } from "../../contracts/transfers";
import { admit, takeRoom } from "../clusters/admission";
import { listClusters } from "../clusters/clusters";
import { headroom } from "../placement";
import type { Transaction } from "../store/database";
import { lockUser } from "../users/rows";
import { TRANSFER_COLUMNS, transferOf, unknownTransfer, type TransferRow } from "./transfers";

/** Channel on which new, changed and cancelled transfers are told; the driver listens. */
export const TRANSFERS_CHANNEL = "transfers";

/**
 * Asks for a user to be moved, and counts them as arriving. Throws `unknown-user`, `unknown-cluster`, `same-cluster`,
 * `transfer-running`, `cluster-not-active`, `cluster-full`, and `no-cluster` where no destination is named and none fits.
 */
export async function requestTransfer(tx: Transaction, input: RequestTransfer, by: string): Promise<Transfer> {
  const user = await lockUser(tx, parseUserLabel(input.user));
  if (input.destination === user.home) {
    throw new Problem("same-cluster", `user "${user.label}" lives in cluster "${user.home}" already: name another one`);
  }
  await refuseSecond(tx, user.label);
  const destination = await admitTo(tx, input.destination, user);
  const { rows } = await tx.query<TransferRow>(
    `insert into transfers (id, user_label, source, destination, mode, phase, reason, phase_since_ms, requested_by)
     select gen_random_uuid(), $1, $2, $3, $4, 'requested', $5, elapsed_ms, $6 from service_clock
     returning ${TRANSFER_COLUMNS}`,
    [user.label, user.home, destination, input.mode, input.reason, by],
  );
  await wakeDriver(tx);
  if (rows[0] === undefined) throw new Error("the service clock is missing: the store's migrations create it");
  return transferOf(rows[0]);
}

/**
 * Calls a transfer off while nothing has been forwarded yet; it ends as `aborted` soon after. Throws `unknown-transfer` and
 * `transfer-not-cancellable`.
 */
export async function cancelTransfer(tx: Transaction, id: string): Promise<Transfer> {
  const { rows } = await tx.query<TransferRow>(
    `update transfers set outcome = coalesce(outcome, 'cancelled'), updated_at = now()
     where id = $1 and phase = any($2) returning ${TRANSFER_COLUMNS}`,
    [id, CANCELLABLE_PHASES],
  );
  if (rows[0] !== undefined) {
    await wakeDriver(tx);
    return transferOf(rows[0]);
  }
  const found = await tx.query<{ phase: string }>("select phase from transfers where id = $1", [id]);
  if (found.rows[0] === undefined) throw unknownTransfer(id);
  const message = `transfer "${id}" is ${found.rows[0].phase}: only ${CANCELLABLE_PHASES.join(" and ")} ones can be cancelled; transfer the user back`;
  throw new Problem("transfer-not-cancellable", message);
}

export async function wakeDriver(tx: Transaction): Promise<void> {
  await tx.query("select pg_notify($1, '')", [TRANSFERS_CHANNEL]);
}

async function refuseSecond(tx: Transaction, label: string): Promise<void> {
  const { rows } = await tx.query<{ id: string; destination: string }>(
    "select id, destination from transfers where user_label = $1 and phase = any($2)",
    [label, RUNNING_PHASES],
  );
  const [running] = rows;
  if (running === undefined) return;
  const message = `user "${label}" is on the way to cluster "${running.destination}": wait for transfer "${running.id}", or cancel it`;
  throw new Problem("transfer-running", message);
}

/** Counts one on the way to the cluster that is named, else to one of the plan's, and returns its name. */
async function admitTo(tx: Transaction, named: string | undefined, user: Pick<User, "plan" | "home">): Promise<string> {
  if (named === undefined) return await admitByLoad(tx, user);
  await admit(tx, named, "arriving");
  return named;
}

/** Counts one on the way to the least loaded of the plan's other clusters, and returns its name. Throws `no-cluster`. */
async function admitByLoad(tx: Transaction, { plan, home }: Pick<User, "plan" | "home">): Promise<string> {
  const fitting = (await listClusters(tx))
    .filter((cluster) => cluster.name !== home && cluster.plans.includes(plan) && headroom(cluster) > 0)
    .sort((a, b) => loadOf(a) - loadOf(b));
  for (const { name } of fitting) if (await takeRoom(tx, name, "arriving")) return name;
  const message = `every other cluster of plan "${plan}" is full or not active: name a destination, or add a cluster`;
  throw new Problem("no-cluster", message);
}

function loadOf({ users, arriving, maxUsers }: Cluster): number {
  return (users + arriving) / maxUsers;
}
