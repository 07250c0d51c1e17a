/** Moving sample users about, and back. */
import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "../../../services/contracts/problems";
import type { Transfer } from "../../../services/contracts/resources";
import type { LiveEnvironment } from "../../live/environment";
import { hasEnded, hasMoved } from "../../control-api/transfer-view";
import { DrillError } from "../drill";

const REASON = "drill";
const POLL_MS = 250;
const BACK_MS = 120_000;

/** Sends a user to a cluster; the user has not moved yet when this resolves. */
export async function send(live: LiveEnvironment, user: string, destination: string): Promise<Transfer> {
  return await live.operators.requestTransfer({ user, destination, reason: REASON });
}

/** The transfer, once the user lives in the destination or stays. Undefined: not yet. */
export async function endOf(live: LiveEnvironment, id: string): Promise<Transfer | undefined> {
  const transfer = await live.operators.getTransfer(id);
  return hasEnded(transfer) ? transfer : undefined;
}

/** Has a user live in a cluster again, whatever is under way for them. Throws a {@link DrillError} where that takes too long. */
export async function bringHome(live: LiveEnvironment, user: string, home: string): Promise<void> {
  const deadline = Date.now() + BACK_MS;
  let reason = "it takes longer than that";
  while (Date.now() < deadline) {
    try {
      if ((await live.platform.getUser(user)).home === home && !(await isMoving(live, user))) return;
      const transfer = await send(live, user, home);
      for (let last: Transfer | undefined; last === undefined; await delay(POLL_MS)) {
        if (Date.now() > deadline) break;
        last = await endOf(live, transfer.id).catch(() => undefined);
        if (last !== undefined && hasMoved(last)) return;
        reason = last?.outcome ?? reason;
      }
    } catch (error) {
      // Another transfer of theirs has to end first.
      if (error instanceof Problem && error.type === "same-cluster") return;
      reason = (error as Error).message;
    }
    await delay(POLL_MS);
  }
  throw new DrillError(`${user} is not back in ${home} within ${BACK_MS / 1000} s: ${reason}`);
}

async function isMoving(live: LiveEnvironment, user: string): Promise<boolean> {
  const { items } = await live.operators.listTransfers({ user, limit: 5 });
  return items.some((transfer) => !hasEnded(transfer));
}
