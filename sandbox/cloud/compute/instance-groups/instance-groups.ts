/** The controller of managed instance groups. */
import { join } from "node:path";
import { relativeLink, shortName } from "../../../gcp/links";
import type { CloudContext, Firewall, Instance, Instances, Units } from "../../context";
import { SETTLED, type Controller, type Records, type ResourceName, type Standing, type Unit } from "../../controller";
import { parseRule } from "../firewall/rules";
import { linked } from "../find-record";
import { TYPES } from "../types";
import { Group, type GroupOptions } from "./group";
import { checkAutoscaler, parseGroup, type GroupSpec } from "./group-spec";
import { StateFile } from "./group-state";
import { probeHttp, type Probe } from "./probe";
import { checkTemplate } from "./template";
import { VmDisks } from "./vm-disks";

/** How long the end of the local cloud waits for VMs; what then still runs is killed with it. */
const STOP_MS = 10_000;

/**
 * Makes VMs of instance groups: templates, managers, autoscalers and autohealing, and refuses firewall rules that the sandbox
 * cannot evaluate. Which instances there are is in `<directory>/instance-groups/state.json`, their disks in `<directory>/vms/`.
 */
export class InstanceGroups implements Controller, Instances, Units {
  readonly name = "instance groups";
  readonly awaited = [TYPES.manager, TYPES.template, TYPES.autoscaler, TYPES.firewall];
  private readonly groups: Map<string, Group>;
  private readonly state: StateFile;
  private readonly options: GroupOptions;
  private records: Records;
  private stopped = false;

  /** @param probe how health checks ask; replaced where there is nothing to ask. */
  constructor(context: CloudContext, firewall: Firewall, probe: Probe = probeHttp) {
    this.records = context.records;
    this.state = new StateFile(join(context.directory, "instance-groups", "state.json"));
    const records = () => this.records;
    this.options = {
      context,
      firewall,
      probe,
      disks: new VmDisks(context.directory),
      records,
      save: () => this.save(),
    };
    const kept = Object.entries(this.state.read());
    this.groups = new Map(kept.map(([id, group]) => [id, new Group(id, this.options, group)]));
  }

  // Async as the interface has it: what takes time is begun here and goes on by itself.
  // eslint-disable-next-line @typescript-eslint/require-await
  async reconcile(records: Records): Promise<void> {
    if (this.stopped) return;
    this.records = records;
    const managers = records.google(TYPES.manager);
    for (const manager of managers) {
      const group = this.groups.get(manager.id) ?? new Group(manager.id, this.options);
      this.groups.set(manager.id, group);
      const spec = attempt(() => parseGroup(records, manager));
      if (typeof spec === "string") group.refuse(spec, records);
      else group.apply(spec, records);
    }
    const recorded = new Set(managers.map(({ id }) => id));
    for (const [id, group] of this.groups) {
      if (recorded.has(id)) continue;
      group.dissolve();
      if (group.isGone) this.groups.delete(id);
    }
    this.save();
  }

  standing({ type, id }: ResourceName): Standing {
    const group = this.groups.get(id);
    if (type === TYPES.manager) return group === undefined ? SETTLED : group.standing();
    const record = linked(this.records, type, id);
    if (record === undefined) return type === TYPES.template ? this.unused(id) : SETTLED;
    const checks: Readonly<Record<string, () => unknown>> = {
      [TYPES.template]: () => checkTemplate(this.records, record),
      [TYPES.autoscaler]: () => checkAutoscaler(record),
      [TYPES.firewall]: () => parseRule(record),
    };
    const failure = attempt(() => void checks[type]?.());
    return typeof failure === "string" ? { is: "failed", because: failure } : SETTLED;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, STOP_MS)));
    await Promise.race([late, Promise.all([...this.groups.values()].map((group) => group.stop()))]);
    clearTimeout(timer);
  }

  all(): readonly Instance[] {
    return [...this.groups.values()].flatMap((group) => group.instances());
  }

  inGroup(link: string): readonly Instance[] {
    const id = relativeLink(link).replace("/instanceGroups/", "/instanceGroupManagers/");
    return this.groups.get(id)?.instances() ?? [];
  }

  units(): readonly Unit[] {
    return [...this.groups.values()].flatMap((group) => group.units());
  }

  /** Compute Engine refuses to delete a template that VMs are made of. */
  private unused(template: string): Standing {
    const users = [...this.groups.values()].map((group) => group.usersOf(template));
    const staying = users.flatMap((names) => names.staying);
    const leaving = users.flatMap((names) => names.leaving);
    const name = `instance template ${shortName(template)}`;
    if (staying.length > 0) return { is: "failed", because: `${name} is still used by ${staying.join(", ")}` };
    if (leaving.length > 0) return { is: "pending", because: `${name}: ${leaving.join(", ")} made of it still stops` };
    return SETTLED;
  }

  private save(): void {
    this.state.write(Object.fromEntries([...this.groups].map(([id, group]) => [id, group.kept()])));
  }
}

function attempt<T extends GroupSpec | undefined | void>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
}
