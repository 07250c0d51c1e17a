/** From what HAProxy counts to who was asked for since the last report. Pure. */
import type { Counted } from "./runtime/answers";

/** Users in one report at most: the contract's. */
export const MAX_REPORTED = 10_000;

export class RequestedUsers {
  /** What each process of HAProxy's had counted when it was read last. */
  private seen = new Map<number, Map<string, Counted>>();
  /** In the order in which they were asked for, so that nobody waits for ever behind those who are asked for all the time. */
  private readonly due = new Set<string>();

  /**
   * Takes in a process's table as it is now. A user was asked for since it was read last where the count is another, or, the entry
   * having expired or been pushed out and made anew in between, where it lives longer than then.
   */
  take(pid: number, table: readonly Counted[]): void {
    const before = this.seen.get(pid);
    for (const { key, requests, expiresInMs } of table) {
      const earlier = before?.get(key);
      if (earlier?.requests !== requests || expiresInMs > earlier.expiresInMs) this.due.add(key);
    }
    this.seen.set(pid, new Map(table.map((counted) => [counted.key, counted])));
  }

  /** Forgets what processes had counted that are no more. */
  keepOnly(pids: readonly number[]): void {
    for (const pid of this.seen.keys()) if (!pids.includes(pid)) this.seen.delete(pid);
  }

  /** Those who were asked for and not reported yet, the first first. The others' turn comes with the next call. */
  report(): string[] {
    const users = [...this.due].slice(0, MAX_REPORTED);
    for (const user of users) this.due.delete(user);
    return users;
  }
}
