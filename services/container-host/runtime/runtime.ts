/**
 * What starts users' apps. A platform puts its own here: this is all that the host needs to know of containers.
 *
 * Whatever the runtime, an app must not outlive the host's process, however that ends: the next host knows nothing of it and
 * may acknowledge that the user has left.
 */

/** An app to start. */
export interface AppSpec {
  readonly user: string;
  /** Labels before the user's in the host name: `shop` of `shop.alice.<zone>`; empty for the user's own name. */
  readonly app: string;
  /** Of this start and no other. */
  readonly startId: string;
}

/** Where an app takes connections, in HTTP/1.1. */
export type AppAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number };

export interface RunningApp {
  /** What runs it: a process's or container's id. */
  readonly process: string;
  readonly address: AppAddress;
  /** Resolves with how it ended, whether it was stopped or not, once nothing of it runs. */
  readonly ended: Promise<string>;
  /** Asks it to end, and makes it end when it has not by then. Resolves once nothing of it runs. Safe to call twice. */
  stop(graceMs: number): Promise<void>;
}

export interface AppRuntime {
  /** Called once, before anything is started. Resolves when nothing runs that an earlier host has started. */
  prepare(): Promise<void>;
  /**
   * Starts an app and resolves once it takes connections. Rejects when that fails or `signal` is aborted, but not before nothing
   * of it runs any more.
   */
  start(app: AppSpec, signal: AbortSignal): Promise<RunningApp>;
}
