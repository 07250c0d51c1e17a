/** A runtime whose apps start and stop when a test says so, and a count of where each user's apps run. */
import type { AppRuntime, AppSpec, RunningApp } from "../../../../services/container-host/runtime/runtime";

/** Clusters in which each user's apps run, and every time that there were two. */
export class Places {
  readonly breaches: string[] = [];
  private readonly running = new Map<string, string[]>();

  enter(user: string, cluster: string): void {
    const places = [...(this.running.get(user) ?? []), cluster];
    this.running.set(user, places);
    if (new Set(places).size > 1) this.breaches.push(`${user} runs in ${places.join(" and ")}`);
  }

  leave(user: string, cluster: string): void {
    const places = [...(this.running.get(user) ?? [])];
    places.splice(places.indexOf(cluster), 1);
    this.running.set(user, places);
  }

  of(user: string): readonly string[] {
    return this.running.get(user) ?? [];
  }
}

export class FakeRuntime implements AppRuntime {
  constructor(
    private readonly cluster: string,
    private readonly places: Places,
    /** Resolves when what has been begun is done. */
    private readonly pause: () => Promise<void>,
  ) {}

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  /** Runs from the moment of its start, as a process does, whether or not anybody can reach it. */
  async start({ user }: AppSpec, signal: AbortSignal): Promise<RunningApp> {
    this.places.enter(user, this.cluster);
    await this.pause();
    if (signal.aborted) {
      await this.pause();
      this.places.leave(user, this.cluster);
      throw new Error("aborted");
    }
    let end: () => void = () => undefined;
    const ended = new Promise<string>((resolve) => (end = () => resolve("stopped")));
    return {
      process: "1",
      address: { socketPath: "" },
      ended,
      stop: async () => {
        await this.pause();
        this.places.leave(user, this.cluster);
        end();
        await ended;
      },
    };
  }
}
