/**
 * What a host knows of a user's right to run here, and what follows from it. Pure: the law that no two clusters run a user's
 * containers (invariant I1) is decided here and nowhere else.
 */
import type { Residency } from "../../contracts/feed";

/**
 * What the control API says to a host that asks. `elsewhere`: another cluster is, or is about to be, the user's home. `unknown`:
 * there is no such user. `unanswered`: it could not be asked, and the host goes on without.
 */
export type Verdict = "resident" | "elsewhere" | "unknown" | "unanswered";

export interface Standing {
  /** What the feed says; nothing where it has no entry. */
  readonly entry: Residency | undefined;
  /** What the control API has said since the feed last said anything. */
  readonly verdict?: { readonly says: Verdict; readonly atMs: number };
}

/** What a request for the user's app may do now. */
export type Permission = "run" | "hold" | "ask" | "leaving" | "elsewhere" | "unknown";

/** How long a verdict that may change without the feed's saying so is gone by, in milliseconds. */
export const VERDICT_MS = 5_000;

/** The standing of a user of whom nothing is known; each time another object, as answers are told apart by what they were asked for. */
export function stranger(): Standing {
  return { entry: undefined };
}

/** The feed has spoken: whatever was answered before is older. */
export function told(entry: Residency | undefined): Standing {
  return { entry };
}

export function answered({ entry }: Standing, says: Verdict, atMs: number): Standing {
  return { entry, verdict: { says, atMs } };
}

/** The feed was lost, or is back: what was answered until now no longer counts. */
export function forgotten({ entry }: Standing): Standing {
  return { entry };
}

/**
 * Whether the user's containers may run. `resident` counts only while the feed is live: a host that nobody hears of is not waited
 * for in an emergency, so its entries may be about the past.
 */
export function permission({ entry, verdict }: Standing, isFeedLive: boolean, nowMs: number): Permission {
  if (entry === "arriving") return "hold";
  if (entry === "leaving") return "leaving";
  if (entry === "resident" && isFeedLive) return "run";
  if (verdict === undefined) return "ask";
  if (verdict.says === "resident") return "run";
  if (nowMs - verdict.atMs >= VERDICT_MS) return "ask";
  return verdict.says === "unanswered" ? "run" : verdict.says;
}

/** Whether containers that run must be stopped. */
export function mustStop({ entry, verdict }: Standing, isFeedLive: boolean): boolean {
  if (entry === "arriving" || entry === "leaving") return true;
  if (entry === "resident" && isFeedLive) return false;
  return verdict?.says === "elsewhere" || verdict?.says === "unknown";
}

/** Whether containers that run do so without anybody's word that they may. */
export function isUnconfirmed({ entry, verdict }: Standing, isFeedLive: boolean): boolean {
  if (entry === "arriving" || entry === "leaving") return false;
  if (entry === "resident" && isFeedLive) return false;
  return verdict === undefined || verdict.says === "unanswered";
}

/** Whether forgetting it loses nothing. */
export function isSpent({ entry, verdict }: Standing, nowMs: number): boolean {
  return entry === undefined && (verdict === undefined || nowMs - verdict.atMs >= VERDICT_MS);
}
