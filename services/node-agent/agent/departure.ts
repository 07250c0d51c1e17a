/** The end of a node that does not come back: when it may be said, and saying it. */
import type { Driver } from "../driver";
import type { Log } from "../log";

/** Where it is said: the feed's follower. */
export interface Farewell {
  leave(): Promise<void>;
}

/**
 * Waits until what is driven takes no requests any more, but no longer than that. Returns whether it is so: a node that still serves
 * has to be told of every transfer, and may not leave.
 */
export async function outlasted(driver: Pick<Driver, "outlast">, limitMs: number, log: Log): Promise<boolean> {
  if (driver.outlast === undefined) return true;
  const isOver = await driver.outlast(AbortSignal.timeout(limitMs)).catch((error: unknown) => {
    log.warn({ err: error }, "it cannot be told whether what this node drives has ended");
    return false;
  });
  if (!isOver) log.warn({ limitMs }, "what this node drives serves on: it does not leave, and transfers wait for it");
  return isOver;
}

/** Tells the control API that this node is not to be waited for any longer, and ends the connection. */
export async function leave(feed: Farewell, log: Log): Promise<void> {
  await feed.leave().then(
    () => log.info("told the control API that this node is leaving"),
    (error: unknown) =>
      log.error(
        { err: error },
        "the control API was not told that this node is leaving: transfers wait for it until it is deleted",
      ),
  );
}
