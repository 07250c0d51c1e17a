/** Servers that have left a backend: their connections may go on for as long as the backend says, and are cut then. */
import type { Backend } from "../plan";
import { serverKey } from "./server-states";

export class Drains {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  /** @param cut cuts the connections to a server, by its key. */
  constructor(private readonly cut: (server: string) => Promise<void>) {}

  /** Begins to drain who is in the first and not in the second, and lets go on who has come back. */
  changed(before: readonly Backend[], after: readonly Backend[]): void {
    const present = new Set(
      after.flatMap(({ name, servers }) => servers.map((server) => serverKey(name, server.name))),
    );
    for (const key of present) this.forget(key);
    for (const { name, servers, drainSeconds } of before) {
      for (const server of servers) {
        const key = serverKey(name, server.name);
        if (!present.has(key) && !this.timers.has(key)) this.begin(key, drainSeconds);
      }
    }
  }

  stop(): void {
    for (const key of [...this.timers.keys()]) this.forget(key);
  }

  private begin(key: string, seconds: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(key);
      // HAProxy that has ended has no connections left.
      void this.cut(key).catch(() => undefined);
    }, seconds * 1000).unref();
    this.timers.set(key, timer);
  }

  private forget(key: string): void {
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
  }
}
