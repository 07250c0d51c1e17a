/** One pod: its folders, its machine, the order in which containers start, their probes, and its end. */
import { setTimeout as delay } from "node:timers/promises";
import type { CloudContext } from "../../context";
import type { Machine } from "../../machine";
import { ask } from "../probes/ask";
import { ContainerHealth, type Question } from "../probes/container-health";
import { writeConfigMapVolume, type Files } from "../volumes/config-map-volume";
import type { VolumeFolders } from "../volumes/folders";
import { machineName, machineSpec } from "./machine-spec";
import { podPlan, type ContainerPlan, type PodPlan } from "./pod-plan";
import { podLabels, type StoredPod } from "./stored-pod";
import { troubleOf, type Trouble } from "./trouble";

/** How often containers are looked at: what follows from a look waits no longer than this. */
const LOOK_MS = 200;

/** What a pod needs of its cluster to run. */
export interface Situation {
  /** The files of a ConfigMap of the pod's namespace; undefined if it is not recorded. */
  files(configMap: string): Files | undefined;
  /** Email that it runs as; empty: none. */
  readonly serviceAccount: string;
  /** Why there is none. */
  readonly noAccount?: string;
}

/** Files of ConfigMaps by volume; undefined where there is no such ConfigMap. */
type ConfigMaps = readonly (readonly [volume: string, files: Files | undefined])[];

export class Pod {
  readonly plan: PodPlan;
  readonly labels: Readonly<Record<string, string>>;
  /** Unique; see Unit.name. */
  readonly unitName: string;
  /** When it became ready, in ms since 1970; undefined while it is not. */
  readySince: number | undefined;
  machine: Machine | undefined;
  private readonly healths: ReadonlyMap<string, ContainerHealth>;
  private readonly begun = new Set<string>();
  /** What keeps it from having a machine, or its containers from doing their work. */
  private obstacle: Trouble | undefined;
  private noAccount: string | undefined;
  private looking: NodeJS.Timeout | undefined;
  private replacing = false;
  private readonly hurry = new AbortController();
  private ending: Promise<void> | undefined;

  /** Throws a Refusal if what is stored cannot work. */
  constructor(
    readonly stored: StoredPod,
    private readonly context: CloudContext,
    private readonly folders: VolumeFolders,
    private readonly onGone: (pod: Pod) => void,
  ) {
    this.plan = podPlan(stored.template.spec, stored.claims);
    this.labels = podLabels(stored);
    this.unitName = machineName(stored);
    this.healths = new Map(this.plan.containers.map((plan) => [plan.name, new ContainerHealth(plan)]));
  }

  get ready(): boolean {
    return this.readySince !== undefined;
  }

  /** Whether it has been asked to go. */
  get terminating(): boolean {
    return this.ending !== undefined;
  }

  /** Why it is not ready; undefined if it is. */
  get trouble(): Trouble | undefined {
    if (this.ready) return undefined;
    if (this.terminating) return { because: "it is ending", lasting: false };
    if (this.obstacle !== undefined) return this.obstacle;
    if (this.machine === undefined) return { because: "it has not started yet", lasting: false };
    const trouble = troubleOf(this.plan, this.machine, this.healths, this.context.directory);
    if (this.noAccount === undefined) return trouble;
    return { ...trouble, because: `${trouble.because}; it runs without a Google service account: ${this.noAccount}` };
  }

  /** Starts it if it can be, and brings what it reads of its cluster up to date. */
  sync(situation: Situation): void {
    if (this.terminating || this.replacing) return;
    this.noAccount = situation.noAccount;
    const files = this.configMaps(situation);
    if (this.machine === undefined) {
      this.start(situation, files);
      return;
    }
    for (const [volume, content] of files) if (content !== undefined) this.writeFiles(volume, content);
    if (this.machine.spec.serviceAccount !== situation.serviceAccount) this.replaceMachine();
  }

  /**
   * Asks it to go. One that is ready first goes on serving for its `preStop.sleep`, until nobody sends to it any more, if it
   * `mayServe`: not when its workload, namespace or cluster goes as a whole, since then nobody sends to it already, nor once it is
   * no longer ready, for the same reason.
   */
  end({ mayServe }: { readonly mayServe: boolean }): void {
    if (!mayServe) this.hurry.abort();
    this.ending ??= this.endOnce();
  }

  /** Ends its processes, without the sleep; it is to start again with the next local cloud. */
  async shutDown(): Promise<void> {
    this.hurry.abort();
    if (this.ending !== undefined) return await this.ending;
    this.stopLooking();
    await this.stopMachine();
  }

  private async endOnce(): Promise<void> {
    const sleepMs = this.plan.preStopSeconds * 1000;
    if (this.ready && sleepMs > 0) {
      await delay(sleepMs, undefined, { signal: this.hurry.signal, ref: false }).catch(() => undefined);
    }
    this.stopLooking();
    await this.stopMachine();
    this.folders.remove(this.stored);
    this.context.network.release(this.unitName);
    this.onGone(this);
  }

  private configMaps(situation: Situation): ConfigMaps {
    return Object.entries(this.plan.volumes).flatMap(([name, volume]) =>
      volume.kind === "configMap" ? [[name, situation.files(volume.configMap)] as const] : [],
    );
  }

  private start({ serviceAccount }: Situation, files: ConfigMaps): void {
    const missing = files.find(([, content]) => content === undefined);
    if (missing !== undefined) {
      this.obstacle = { because: `its volume ${missing[0]} is of a ConfigMap that does not exist`, lasting: false };
      return;
    }
    const { stored, plan, context } = this;
    this.folders.prepare(plan, stored);
    for (const [volume, content] of files) this.writeFiles(volume, content!);
    const address = context.network.claim(this.unitName);
    const spec = machineSpec(
      plan,
      { ...stored, labels: this.labels, address, serviceAccount },
      this.folders.of(plan, stored),
    );
    try {
      this.machine = context.machines.create(spec);
    } catch (error) {
      this.obstacle = { because: (error as Error).message, lasting: true };
      return;
    }
    this.obstacle = undefined;
    this.looking = setInterval(() => this.look(), LOOK_MS).unref();
    this.look();
  }

  private writeFiles(volume: string, files: Files): void {
    const changed = writeConfigMapVolume(this.folders.of(this.plan, this.stored)[volume]!, files);
    if (changed) this.context.log.debug({ pod: this.unitName, volume }, "files of a ConfigMap have changed");
  }

  /** Processes are told of their metadata server when they start, so another identity takes another start. */
  private replaceMachine(): void {
    this.replacing = true;
    this.stopLooking();
    this.context.log.info({ pod: this.unitName }, "starts anew: its service account has changed");
    void this.stopMachine().then(() => {
      this.replacing = false;
      this.machine = undefined;
      this.begun.clear();
      this.context.wake();
    });
  }

  /** Resolves when nothing of it runs any more, or nothing more can be done about what does. */
  private async stopMachine(): Promise<void> {
    try {
      await this.machine?.stop();
    } catch (error) {
      this.context.log.error({ pod: this.unitName, err: error }, "pod did not stop as it should");
    }
  }

  private stopLooking(): void {
    clearInterval(this.looking);
    this.readySince = undefined;
  }

  private look(): void {
    const machine = this.machine!;
    const states = new Map(machine.containers.map((state) => [state.name, state]));
    for (const [name, health] of this.healths) health.observe(states.get(name)!);
    if (!this.terminating) this.startContainers(machine);
    for (const [name, health] of this.healths) {
      for (const question of health.questions(Date.now(), this.terminating)) void this.put(question, name, machine);
    }
    this.noteReadiness();
  }

  /** Each in its turn: what comes after a sidecar, once that has started. */
  private startContainers(machine: Machine): void {
    for (const { name, sidecar } of this.plan.containers) {
      if (!this.begun.has(name)) machine.start(name);
      this.begun.add(name);
      if (sidecar && !this.health(name).started) return;
    }
  }

  private async put({ probe, answer }: Question, container: ContainerPlan["name"], machine: Machine): Promise<void> {
    const { network, log } = this.context;
    const heard = await ask(probe, { host: machine.spec.address, port: network.port(probe.port) });
    if (answer(heard, Date.now()) === undefined || this.terminating || machine !== this.machine) return;
    const because = heard.ok ? "" : heard.because;
    log.warn({ pod: this.unitName, container, because }, "container is restarted: its probe fails");
    this.noteReadiness();
    // Without preStop.sleep: what it waits for, that nobody sends here, is so because the pod is not ready.
    await machine.restart(container).catch((error: unknown) => {
      log.error({ pod: this.unitName, container, err: error }, "container could not be restarted");
    });
  }

  private noteReadiness(): void {
    const ready = [...this.healths.values()].every((health) => health.ready);
    if (ready === this.ready) return;
    this.readySince = ready ? Date.now() : undefined;
    if (!ready && this.terminating) this.hurry.abort();
    this.context.log.info({ pod: this.unitName }, ready ? "pod is ready" : "pod is not ready");
    this.context.wake();
  }

  private health(container: string): ContainerHealth {
    return this.healths.get(container)!;
  }
}
