/** One managed instance group: carries out its plan. */
import type { CloudContext, Firewall, Instance } from "../../context";
import { SETTLED, type Records, type Standing, type Unit } from "../../controller";
import { linked } from "../find-record";
import { TYPES } from "../types";
import type { GroupSpec } from "./group-spec";
import type { KeptGroup, KeptInstance } from "./group-state";
import type { ProbeResult } from "./health";
import type { HealthCheck } from "./health-check";
import { instanceOf, unitOf } from "./instance-view";
import { instanceName } from "./names";
import { plan, type Action } from "./plan";
import { describe, type Probe } from "./probe";
import { standingOf } from "./standing";
import { parseTemplate, type Template } from "./template";
import { Vm } from "./vm";
import type { VmDisks } from "./vm-disks";

/** Where Google's health checkers ask from: https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges */
const HEALTH_CHECKERS = ["35.191.0.0/16", "130.211.0.0/22"];

export interface GroupOptions {
  readonly context: CloudContext;
  readonly firewall: Firewall;
  readonly disks: VmDisks;
  readonly probe: Probe;
  /** The records of the last pass. */
  records(): Records;
  /** Keeps the groups' state. */
  save(): void;
}

export class Group {
  private readonly vms = new Map<string, Vm>();
  private spec: GroupSpec | undefined;
  private refusal: string | undefined;
  private size: number;
  private stopped = false;
  /** Instances of before the local cloud's start that have not been made again. */
  private toRestart: readonly KeptInstance[];

  /** @param kept the group as it was when the local cloud ended. */
  constructor(
    readonly id: string,
    private readonly options: GroupOptions,
    kept: KeptGroup = { size: 0, instances: [] },
  ) {
    this.size = kept.size;
    this.toRestart = kept.instances.filter(({ leaving }) => !leaving);
    for (const { name, leaving } of kept.instances) if (leaving) this.discard(name);
  }

  /** Begins what is to be done so that it becomes what is recorded. */
  apply(spec: GroupSpec, records: Records): void {
    this.spec = spec;
    this.refusal = undefined;
    this.size = spec.size ?? this.size;
    this.restart(records);
    for (const vm of this.vms.values()) if (vm.leaving === undefined) vm.start();
    const members = [...this.vms.values()].map((vm) => this.member(vm));
    for (const action of plan(members, { ...spec, size: this.size })) this.carryOut(action, spec);
  }

  /** What runs goes on, and nothing changes, for a record that cannot be carried out. */
  refuse(reason: string, records: Records): void {
    this.refusal = reason;
    this.restart(records);
  }

  /** Its record is gone. */
  dissolve(): void {
    this.spec = undefined;
    this.refusal = undefined;
    for (const { name } of this.toRestart) this.discard(name);
    this.toRestart = [];
    for (const vm of this.vms.values()) this.leave(vm, "removed");
  }

  /** Ends what runs; the group stays as it is. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.vms.values()].map((vm) => vm.stop()));
  }

  get isGone(): boolean {
    return this.vms.size === 0 && this.toRestart.length === 0;
  }

  kept(): KeptGroup {
    const instances = [...this.vms.values()].map(({ name, zone, template, leaving }) => {
      return { name, zone, template: template.id, leaving: leaving === "removed" };
    });
    return { size: this.size, instances: [...instances, ...this.toRestart] };
  }

  /** Names of the instances that are made of a template; those that stay, and those on their way out. */
  usersOf(template: string): { staying: string[]; leaving: string[] } {
    const users = [...this.vms.values()].filter((vm) => vm.template.id === template);
    const names = (vms: readonly Vm[]) => vms.map(({ name }) => name);
    return {
      staying: names(users.filter(({ leaving }) => leaving === undefined)),
      leaving: names(users.filter(({ leaving }) => leaving !== undefined)),
    };
  }

  standing(): Standing {
    if (this.refusal !== undefined) return { is: "failed", because: this.refusal };
    const vms = [...this.vms.values()];
    if (this.spec === undefined) {
      const left = vms.map(({ name }) => name).join(", ");
      return vms.length === 0 ? SETTLED : { is: "pending", because: `${left}: stopping` };
    }
    return this.spec.waits ? standingOf(vms, this.size, this.spec.template.id) : SETTLED;
  }

  instances(): Instance[] {
    return [...this.vms.values()].flatMap((vm) => instanceOf(vm, this.spec?.namedPorts ?? {}) ?? []);
  }

  units(): Unit[] {
    return [...this.vms.values()].map(unitOf);
  }

  /** Makes the instances of before again, each of its own template where that is still recorded. */
  private restart(records: Records): void {
    const without: KeptInstance[] = [];
    for (const kept of this.toRestart) {
      const template = templateOf(records, kept.template) ?? this.spec?.template;
      if (template === undefined) without.push(kept);
      else this.create(kept.name, kept.zone, template);
    }
    this.toRestart = without;
  }

  private member(vm: Vm) {
    const { name, zone, leaving } = vm;
    const current = vm.template.id === this.spec?.template.id;
    // Old ones have long been counted on.
    const healthy = current ? vm.isReady(this.spec?.minReadySeconds ?? 0) : vm.healthy;
    return { name, zone, healthy, current, lost: vm.isLost(), leaving: leaving !== undefined };
  }

  private carryOut(action: Action, { baseInstanceName, template }: GroupSpec): void {
    this.options.context.log.info({ group: this.id, ...action }, "instance group changes");
    if (action.do === "create") {
      const isTaken = (name: string) => this.vms.has(name);
      return this.create(instanceName(baseInstanceName, isTaken), action.zone, template);
    }
    const vm = this.vms.get(action.name);
    if (vm !== undefined) this.leave(vm, action.do === "repair" ? "repaired" : "removed");
  }

  private create(name: string, zone: string, template: Template): void {
    const { context, disks } = this.options;
    const healing = () => this.spec?.healing;
    const vm = new Vm({ name, zone, template, context, disks, healing, ask: (vm, check) => this.ask(vm, check) });
    this.vms.set(name, vm);
    vm.start();
  }

  /** It gets no new connections from here on; its containers tell those they have. */
  private leave(vm: Vm, why: "removed" | "repaired"): void {
    const isStopping = vm.leaving !== undefined;
    // One that is being repaired may turn out not to be needed any more, and never the other way round.
    if (vm.leaving !== "removed") vm.leaving = why;
    if (isStopping) return;
    const { context } = this.options;
    context.wake();
    const failed = (error: unknown) => context.log.error({ err: error, instance: vm.name }, "did not go as it should");
    void vm
      .stop()
      .catch(failed)
      .then(() => this.end(vm))
      .catch(failed);
  }

  private end(vm: Vm): void {
    // What is left to be done is kept, for the next start of the local cloud.
    if (this.stopped) return;
    this.vms.delete(vm.name);
    if (vm.leaving === "repaired") {
      // As after a deletion of the VM: its disk is a new one.
      this.options.disks.delete(vm.name);
      const template = this.spec?.updatesOnRepair === true ? this.spec.template : vm.template;
      this.create(vm.name, vm.zone, template);
    } else {
      this.discard(vm.name);
    }
    this.options.save();
    this.options.context.wake();
  }

  private discard(name: string): void {
    this.options.disks.delete(name);
    this.options.context.network.release(name);
  }

  private async ask(vm: Vm, check: HealthCheck): Promise<ProbeResult> {
    const { context, firewall, probe } = this.options;
    const records = this.options.records();
    const instance = instanceOf(vm, {});
    if (instance === undefined) return "is not there";
    for (const range of HEALTH_CHECKERS) {
      const { allowed, reason } = firewall.allows(records, instance, check.port, { range });
      if (!allowed) return `${describe(check)} does not get through: ${reason}`;
    }
    return await probe({ host: vm.address, port: context.network.port(check.port) }, check);
  }
}

function templateOf(records: Records, id: string): Template | undefined {
  const record = linked(records, TYPES.template, id);
  try {
    return record && parseTemplate(records, record);
  } catch {
    return undefined;
  }
}
