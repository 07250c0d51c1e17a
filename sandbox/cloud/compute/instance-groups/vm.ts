/** One VM of a group: its disk, its address, its containers and its health. */
import { mkdirSync, rmSync } from "node:fs";
import type { CloudContext } from "../../context";
import type { Machine } from "../../machine";
import { containerTrouble } from "./container-trouble";
import { interpretCloudInit, type VmSoftware } from "../cloud-init/vm-software";
import type { Healing } from "./group-spec";
import type { ProbeResult } from "./health";
import type { HealthCheck } from "./health-check";
import { Prober } from "./prober";
import type { Template } from "./template";
import type { VmDisks } from "./vm-disks";

export interface VmOptions {
  readonly name: string;
  readonly zone: string;
  readonly template: Template;
  readonly context: CloudContext;
  readonly disks: VmDisks;
  /** Autohealing as its group has it at the moment. */
  healing(): Healing | undefined;
  ask(vm: Vm, check: HealthCheck): Promise<ProbeResult>;
}

/** As the machines say it of an image that there is none of. */
const NO_IMAGE = "cannot be pulled";
/** The directories of the container's user, whoever that is here. */
const OWNER_ONLY = 0o700;

export class Vm {
  /** Why it is about to go; undefined while it is not. */
  leaving: "removed" | "repaired" | undefined;
  readonly address: string;
  private running: Machine | undefined;
  private mistake: string | undefined;
  private startedAt = 0;
  private healthySince: number | undefined;
  private withoutImageSince: number | undefined;
  private readonly prober: Prober;

  constructor(private readonly options: VmOptions) {
    this.address = options.context.network.claim(options.name);
    this.prober = new Prober({
      check: () => options.healing()?.check,
      ask: (check) => options.ask(this, check),
      changed: ({ verdict, trouble }) => {
        this.healthySince = verdict === "healthy" ? (this.healthySince ?? Date.now()) : undefined;
        options.context.log.info({ instance: options.name, verdict, trouble }, "health of an instance");
        options.context.wake();
      },
    });
  }

  get name(): string {
    return this.options.name;
  }

  get zone(): string {
    return this.options.zone;
  }

  get template(): Template {
    return this.options.template;
  }

  /** Undefined as long as it could not be made. */
  get machine(): Machine | undefined {
    return this.running;
  }

  /** Starts it, unless it runs. What keeps it from running is its {@link trouble}. */
  start(): void {
    if (this.running !== undefined) return;
    try {
      this.running = this.create();
      this.mistake = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (this.mistake !== message) {
        this.options.context.log.error({ err: error, instance: this.name }, "an instance cannot be run");
      }
      this.mistake = message;
      return;
    }
    this.startedAt = Date.now();
    for (const { name } of this.running.spec.containers) this.running.start(name);
    this.prober.start();
  }

  /** Ends what runs on it, within the containers' stop timeouts. */
  async stop(): Promise<void> {
    this.prober.stop();
    await this.running?.stop();
  }

  get healthy(): boolean {
    if (this.running === undefined) return false;
    if (this.options.healing() !== undefined) return this.prober.health.verdict === "healthy";
    return this.isRunning;
  }

  /** Whether it has been healthy for so long; without health checks, whether it runs. */
  isReady(seconds: number): boolean {
    if (!this.healthy || seconds === 0 || this.options.healing() === undefined) return this.healthy;
    return this.healthySince !== undefined && Date.now() - this.healthySince >= seconds * 1000;
  }

  /** Whether all of its containers run. */
  get isRunning(): boolean {
    return this.running?.containers.every(({ state }) => state === "running") ?? false;
  }

  /** Whether autohealing gives it up. */
  isLost(): boolean {
    const healing = this.options.healing();
    if (healing === undefined || this.running === undefined || this.prober.health.verdict !== "unhealthy") return false;
    return Date.now() - this.startedAt >= healing.initialDelaySeconds * 1000;
  }

  /** What keeps it from being healthy: its containers' troubles, or what the last health check met. */
  get trouble(): string {
    const ofContainers = containerTrouble(this.running?.containers ?? [], Date.now());
    return this.mistake ?? ofContainers ?? this.prober.health.trouble ?? "is starting";
  }

  /** For how many milliseconds it has been certain that it will not run by itself; undefined where it may. */
  hopelessMs(): number | undefined {
    if (this.mistake !== undefined) return Infinity;
    const lacksImage = this.running?.containers.some(
      ({ state, trouble = "" }) => state !== "running" && trouble.includes(NO_IMAGE),
    );
    this.withoutImageSince = lacksImage === true ? (this.withoutImageSince ?? Date.now()) : undefined;
    return this.withoutImageSince === undefined ? undefined : Date.now() - this.withoutImageSince;
  }

  private create(): Machine {
    const { name, template, context, disks } = this.options;
    const software = interpretCloudInit(template.userData, disks.attach(name));
    prepare(software);
    return context.machines.create({
      name,
      hostname: name,
      kind: "vm",
      failureDomain: template.failureDomain,
      role: template.role,
      region: template.region,
      address: this.address,
      serviceAccount: template.serviceAccount,
      containers: software.containers,
    });
  }
}

function prepare({ directories, temporary }: VmSoftware): void {
  for (const directory of temporary) rmSync(directory, { recursive: true, force: true });
  for (const directory of [...directories, ...temporary]) mkdirSync(directory, { recursive: true, mode: OWNER_ONLY });
}
