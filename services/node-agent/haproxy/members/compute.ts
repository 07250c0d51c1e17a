/** The container VMs of a cluster, as Compute Engine knows them. */
import { isIPv4 } from "node:net";
import { containerVmRole, type OWNERSHIP_LABELS } from "../../../../config/names";
import type { ComputeApi, Instance } from "../../../google/compute";
import type { Member } from "../settings";
import type { MemberSource } from "./source";

export interface ClusterPlace {
  readonly environment: string;
  readonly cluster: string;
  readonly zones: readonly string[];
}

type OwnershipLabel = (typeof OWNERSHIP_LABELS)[number];

/** Instances of the cluster's container VM groups, by the labels that their templates give them. */
export class ComputeMembers implements MemberSource {
  readonly zones: readonly string[];

  constructor(
    private readonly compute: Pick<ComputeApi, "instances">,
    private readonly place: ClusterPlace,
  ) {
    this.zones = place.zones;
  }

  async members(zone: string): Promise<Member[]> {
    const instances = await this.compute.instances(zone, filterFor(this.place));
    return instances.flatMap((instance) => (isContainerVm(instance, this.place) ? [memberOf(instance)] : []));
  }
}

/** Roles are not part of it: the API compares by patterns or by values, never by both. */
function filterFor({ environment, cluster }: ClusterPlace): string {
  const labels: Partial<Record<OwnershipLabel, string>> = { environment, "failure-domain": cluster };
  const conditions = Object.entries(labels).map(([name, value]) => `(labels.${name} = "${value}")`);
  return [...conditions, '(status = "RUNNING")'].join(" AND ");
}

function isContainerVm({ status, labels, address }: Instance, { environment, cluster }: ClusterPlace): boolean {
  const label = (name: OwnershipLabel) => labels[name];
  const isOurs = label("environment") === environment && label("failure-domain") === cluster;
  const isHost = label("role")?.startsWith(containerVmRole("")) === true;
  return isOurs && isHost && status === "RUNNING" && isIPv4(address);
}

function memberOf({ name, address }: Instance): Member {
  return { name, address };
}
