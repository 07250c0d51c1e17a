/** Carries out one drill: load, break, look, put right, judge. */
import { setTimeout as delay } from "node:timers/promises";
import { CancelledError } from "../../deploy/errors";
import type { LiveEnvironment } from "../live/environment";
import { Problem } from "../../services/contracts/problems";
import { DrillError, type Drill, type DrillContext } from "./drill";
import { judge, type Check } from "./expectation";
import { HeldFaults } from "./faults";
import { Load } from "./load/load";
import type { DrillReport } from "./report";
import { groupsOf, reasonsOf, type Resident } from "./statistics";
import { chooseCluster } from "./targets";

/** All has to be well before something is broken. */
const STEADY_MS = 30_000;
/** Load before the break, so that kept connections and cached answers are what they are in everyday life. */
const BEFORE_MS = 3_000;
/** Load after everybody is served again: what is still to come shows. */
const AFTER_MS = 3_000;
const REASONS = 5;
const POLL_MS = 250;

export interface RunOptions {
  readonly residents: readonly Resident[];
  /** The cluster that the person names. */
  readonly cluster: string | undefined;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Puts right whatever it broke, also where it throws. Throws a CancelledError once the person has had enough. */
export async function runDrill(drill: Drill, live: LiveEnvironment, options: RunOptions): Promise<DrillReport> {
  const { residents, signal } = options;
  const cluster = chooseCluster(live.environment, drill.target, residents, options.cluster);
  const started = performance.now();
  const check = (): void => {
    if (signal.aborted) throw new CancelledError();
  };
  const load = await Load.start(live, residents);
  const scene = new Scene(live, cluster ?? residents[0]?.cluster ?? "", options, load);
  const trouble: string[] = [];
  try {
    options.note(`${residents.length} visitors ask for their apps`);
    if (!(await load.served(started, STEADY_MS, check))) throw notWell(load.unserved(started), load);
    await scene.last(BEFORE_MS / 1000);
    load.forget();
    const brokenMs = performance.now();
    await drill.act(scene).catch((error: unknown) => {
      if (!(error instanceof DrillError || error instanceof Problem)) throw error;
      trouble.push(error.message);
    });
    const liftedMs = performance.now();
    trouble.push(...(await scene.putRight()));
    options.note("waiting until everybody is served");
    const recovered = await load.served(liftedMs, drill.expectation.recoverySeconds * 1000, check);
    await scene.last(AFTER_MS / 1000);
    await load.stop();
    const groups = groupsOf(residents, load, { brokenMs, liftedMs: scene.liftedMs ?? liftedMs });
    return {
      drill: drill.name,
      ...(cluster !== undefined && { cluster }),
      summary: drill.summary,
      seconds: (performance.now() - started) / 1000,
      groups,
      checks: [...judge(drill.expectation, cluster, groups, recovered), ...scene.checks],
      reasons: reasonsOf(load.requests, REASONS),
      trouble,
    };
  } finally {
    const left = await scene.putRight();
    for (const text of left) options.note(text);
    await load.stop();
  }
}

function notWell(users: readonly string[], load: Load): DrillError {
  const reasons = reasonsOf(load.requests, REASONS).join("; ");
  return new DrillError(
    `the sandbox is not well before anything was broken: ${users.join(", ")} are not served (${reasons || "no answer"}); run make sandbox`,
  );
}

interface Undo {
  readonly what: string;
  readonly work: () => Promise<void>;
}

class Scene implements DrillContext {
  readonly checks: Check[] = [];
  readonly residents: readonly Resident[];
  readonly signal: AbortSignal;
  /** When the faults were lifted. */
  liftedMs: number | undefined;
  private readonly undos: Undo[] = [];
  private faults: HeldFaults | undefined;

  constructor(
    readonly live: LiveEnvironment,
    readonly cluster: string,
    private readonly options: RunOptions,
    readonly load: Load,
  ) {
    this.residents = options.residents;
    this.signal = options.signal;
  }

  async kill(selection: Parameters<DrillContext["kill"]>[0]): Promise<void> {
    const units = await this.held().kill(selection);
    this.note(`down: ${units.map(({ name }) => name).join(", ")}`);
  }

  async partition(cluster: string): Promise<void> {
    await this.held().partition(cluster);
    this.note(`${cluster} is cut off from the control plane`);
  }

  async lift(): Promise<void> {
    if (this.faults === undefined) return;
    const { faults } = this;
    this.liftedMs = performance.now();
    await faults.lift();
    this.faults = undefined;
    this.note("faults are lifted");
  }

  undo(what: string, work: () => Promise<void>): void {
    this.undos.push({ what, work });
  }

  found(check: Check): void {
    this.checks.push(check);
  }

  note(text: string): void {
    this.options.note(text);
  }

  async last(seconds: number): Promise<void> {
    await delay(seconds * 1000, undefined, { signal: this.signal }).catch(() => {
      throw new CancelledError();
    });
  }

  async until<T>(seconds: number, ask: () => Promise<T | undefined>) {
    const since = performance.now();
    for (;;) {
      const value = await ask().catch(() => undefined);
      const afterSeconds = (performance.now() - since) / 1000;
      if (value !== undefined) return { value, afterSeconds };
      if (afterSeconds > seconds) return undefined;
      await this.last(POLL_MS / 1000);
    }
  }

  /** Puts everything right that is not yet; returns what could not be, in words. */
  async putRight(): Promise<string[]> {
    const failures: string[] = [];
    await this.lift().catch((error: Error) => failures.push(`the faults could not be lifted: ${error.message}`));
    for (let undo = this.undos.pop(); undo !== undefined; undo = this.undos.pop()) {
      const { what, work } = undo;
      await work().catch((error: Error) => failures.push(`${what} failed: ${error.message}`));
    }
    return failures;
  }

  private held(): HeldFaults {
    if (this.faults === undefined) {
      this.faults = new HeldFaults(this.live.cloud.client);
      this.liftedMs = undefined;
    }
    return this.faults;
  }
}
