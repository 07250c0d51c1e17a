/** The way of a request to an app: it waits for what it must, bounded in time and number, and is refused where that is no use. */
import { SILENCE_SECONDS } from "../contracts/feed";
import type { HostedApp } from "./names";
import { Lease } from "./pool/lease";
import type { Acquisition, AppPool } from "./pool/pool";
import { Refusal } from "./refusal";
import type { Residents } from "./residency/residents";
import { settledOrAborted, wokenOrAborted, type WaitingRoom } from "./waiting";

/** What the host as a whole does. */
export type Stage = "starting" | "serving" | "draining";

export interface AdmissionOptions {
  readonly residents: Residents;
  readonly pool: AppPool;
  readonly room: WaitingRoom;
  /** Milliseconds that a request waits at most. */
  readonly holdMs: number;
  readonly stage: () => Stage;
}

/**
 * Longest that a request waits for a user who leaves to come back, in milliseconds. Edges and hosts are told in the same moment, and
 * a host that the feed has told nothing for so long has lost it.
 */
const RETURN_MS = SILENCE_SECONDS * 1000;
/** Seconds after which the edges know better where to send a request. */
const RETRY_SECONDS = 1;

export class Admission {
  constructor(private readonly options: AdmissionOptions) {}

  /** An app to send the request to. Throws a Refusal; rejects with the signal's reason when the client went away. */
  async admit(app: HostedApp, signal: AbortSignal): Promise<Lease> {
    const first = this.attempt(app);
    if (first instanceof Lease) return first;
    const leave = this.options.room.enter(app.user);
    const late = AbortSignal.timeout(this.options.holdMs);
    try {
      for (let next: Lease | Wait = first; ; next = this.attempt(app, true)) {
        if (next instanceof Lease) return next;
        await next(AbortSignal.any([signal, late]));
        signal.throwIfAborted();
        if (late.aborted) throw tooLate(this.options.holdMs);
      }
    } finally {
      leave();
    }
  }

  /**
   * From the permission to the app there is no `await`: an app is started or used only in the moment in which its user may run.
   */
  private attempt(app: HostedApp, hasWaited = false): Lease | Wait {
    const { residents, pool, stage } = this.options;
    refuseUnlessServing(stage());
    const permission = residents.permission(app.user);
    switch (permission) {
      case "run":
        return this.acquire(app);
      case "ask":
        // What runs goes on, and is asked about meanwhile.
        return pool.isRunning(app) ? this.acquire(app) : (signal) => settledOrAborted(residents.ask(app.user), signal);
      case "hold":
        return (signal) => wokenOrAborted(signal, (wake) => residents.onChange(app.user, wake));
      case "leaving":
        return this.acquireLast(app, hasWaited);
      case "elsewhere":
        throw new Refusal("elsewhere", "the user lives in another cluster", RETRY_SECONDS);
      case "unknown":
        throw new Refusal("unknown-user", "there is no such user");
    }
  }

  private acquire(app: HostedApp): Lease | Wait {
    return leaseOrWait(this.options.pool.acquire(app));
  }

  /**
   * Edges sent it before they knew: what runs still serves it, nothing starts for it. Where nothing of the user's runs any more, edges
   * may as well know already that the user comes back: it waits for this host to hear of that. One that finds the user
   * leaving after it has waited is refused.
   */
  private acquireLast(app: HostedApp, hasWaited: boolean): Lease | Wait {
    const { pool, residents } = this.options;
    const acquired = pool.acquireLast(app);
    if (acquired !== undefined) return leaseOrWait(acquired);
    if (hasWaited || pool.has(app.user))
      throw new Refusal("leaving", "the user's apps are leaving this cluster", RETRY_SECONDS);
    return (signal) =>
      wokenOrAborted(signal, (wake) => {
        const timer = setTimeout(wake, RETURN_MS);
        const end = residents.onChange(app.user, wake);
        return () => (clearTimeout(timer), end());
      });
  }
}

type Wait = (signal: AbortSignal) => Promise<void>;

function leaseOrWait(acquired: Acquisition): Lease | Wait {
  return acquired instanceof Lease ? acquired : (signal) => settledOrAborted(acquired.until, signal);
}

function refuseUnlessServing(stage: Stage): void {
  if (stage === "starting") throw new Refusal("starting", "this host has not heard yet who lives here", RETRY_SECONDS);
  if (stage === "draining") throw new Refusal("draining", "this host stops; another one takes over", RETRY_SECONDS);
}

function tooLate(holdMs: number): Refusal {
  return new Refusal("held-too-long", `the app could not be used within ${holdMs / 1000} s`, RETRY_SECONDS);
}
