/**
 * When a new edge is to get its first requests: once it has a container VM to send them to, or its cluster has none. HAProxy, whose
 * health load balancers and autohealing ask, is told so and answers 200 from then on; its configuration says it to those that come later.
 */
import type { Log } from "../log";
import { HOSTS, JOIN_COMMAND } from "./config";
import type { Configuration } from "./configuration";
import type { MembersFollower } from "./members/follower";
import type { RuntimeApi } from "./runtime/runtime-api";

/**
 * Longest that it is waited for, in milliseconds. A container VM that is made together with the edge is ready a little later than the
 * edge; one that is not there after this may be what is broken, and users who have moved away are to be sent on all the same.
 * Together with how long a new edge waits for its first state (kinds/edge.ts) it is less than the 180 seconds for which
 * autohealing leaves a new VM alone.
 */
export const JOIN_MS = 60_000;

export interface JoiningOptions {
  readonly runtime: Pick<RuntimeApi, "servers" | "command">;
  readonly members: Pick<MembersFollower, "areAllAsked" | "members">;
  readonly configuration: Pick<Configuration, "hasJoined">;
  /** Keeps in the configuration that the edge has joined. */
  readonly onJoin: () => Promise<void>;
  readonly log: Pick<Log, "info" | "warn">;
  /** Default {@link JOIN_MS}. */
  readonly waitMs?: number | undefined;
}

export class Joining {
  private since: number | undefined;
  private isDecided = false;
  private isTold = false;

  constructor(private readonly options: JoiningOptions) {}

  /** Another HAProxy runs: who knows what it has read. */
  forget(): void {
    this.isTold = false;
  }

  /** Looks whether it is time, and tells HAProxy. To be called again and again. */
  async look(): Promise<void> {
    if (this.isTold) return;
    this.since ??= performance.now();
    const { runtime, configuration, onJoin } = this.options;
    this.isDecided ||= configuration.hasJoined || (await this.isTime());
    if (!this.isDecided) return;
    await runtime.command(JOIN_COMMAND, "");
    await onJoin();
    this.isTold = true;
  }

  private async isTime(): Promise<boolean> {
    const { runtime, members, log, waitMs = JOIN_MS } = this.options;
    const hasNone = members.areAllAsked && members.members.length === 0;
    if (hasNone || (await runtime.servers(HOSTS)).some(({ isFoundUp }) => isFoundUp)) {
      log.info({ members: members.members.length }, "the edge takes requests");
      return true;
    }
    if (performance.now() - (this.since ?? 0) < waitMs) return false;
    log.warn({ waitMs, members: members.members.length }, "no container VM was found healthy; the edge takes requests");
    return true;
  }
}
