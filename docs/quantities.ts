/** What of an environment is billed, and how much of it, by failure domain. Pure: quantities come from registered resources. */
import type { Registered } from "./inventory";
import { table } from "./generated-section";

/** A billed quantity of each failure domain: text for people, such as `3 to 60`. */
export interface Quantity {
  readonly what: string;
  /** How Google Cloud counts it. */
  readonly unit: string;
  /** By failure domain, in the table's order; empty where there is none. */
  readonly amounts: readonly string[];
}

/** A number that an autoscaler moves between two bounds. */
interface Range {
  readonly min: number;
  readonly max: number;
}

interface Group extends Range {
  readonly role: string;
  readonly machineType: string;
  readonly diskType: string;
  readonly diskGb: number;
}

/** The table of what cluster stacks are billed for. */
export function renderClusterQuantities(clusters: Readonly<Record<string, readonly Registered[]>>): string {
  const inventories = Object.values(clusters);
  const groups = inventories.map(groupsOf);
  const rows = [...machineRows(groups), ...diskRows(groups), ...clusterRows(inventories, groups)];
  return render(Object.keys(clusters), rows);
}

/** The table of what the shared stack is billed for; `zonesPerRegion` are the zones that a regional GKE cluster spreads over. */
export function renderSharedQuantities(shared: readonly Registered[], zonesPerRegion: number): string {
  return render(
    ["shared"],
    [...gkeRows(shared, zonesPerRegion), ...databaseRows(shared), ...sharedNetworkRows(shared)],
  );
}

function render(domains: readonly string[], rows: readonly Quantity[]): string {
  return table(
    ["What", "Billed by", ...domains],
    rows.map(({ what, unit, amounts }) => [what, unit, ...amounts]),
  );
}

function machineRows(groups: readonly (readonly Group[])[]): Quantity[] {
  const kinds = unique(groups.flat().map(({ role, machineType }) => `${role}: \`${machineType}\``));
  return kinds.map((what) => ({
    what,
    unit: "VM and hour",
    amounts: groups.map((own) => sumOf(own.filter((group) => `${group.role}: \`${group.machineType}\`` === what))),
  }));
}

function diskRows(groups: readonly (readonly Group[])[]): Quantity[] {
  const types = unique(groups.flat().map(({ diskType }) => diskType));
  return types.map((type) => ({
    what: `Boot disks: \`${type}\``,
    unit: "GB and month",
    amounts: groups.map((own) =>
      sumOf(
        own
          .filter(({ diskType }) => diskType === type)
          .map(({ min, max, diskGb }) => ({ min: min * diskGb, max: max * diskGb })),
      ),
    ),
  }));
}

function clusterRows(
  inventories: readonly (readonly Registered[])[],
  groups: readonly (readonly Group[])[],
): Quantity[] {
  const counted = (what: string, unit: string, type: string) => ({
    what,
    unit,
    amounts: inventories.map((inventory) => String(ofType(inventory, type).length)),
  });
  return [
    counted("External addresses", "address and hour", "gcp:compute/address:Address"),
    counted("Forwarding rules", "rule and hour", "gcp:compute/forwardingRule:ForwardingRule"),
    { what: "VMs behind Cloud NAT", unit: "VM and hour, up to 32", amounts: groups.map((own) => sumOf(own)) },
    counted("Secrets", "active version and month", "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion"),
    counted(
      "Uptime checks, each minute from every region",
      "execution",
      "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig",
    ),
    counted("Alert policies", "condition, and time series read", "gcp:monitoring/alertPolicy:AlertPolicy"),
  ];
}

function gkeRows(shared: readonly Registered[], zonesPerRegion: number): Quantity[] {
  const pools = ofType(shared, "gcp:container/nodePool:NodePool").map(({ inputs }) => {
    const { autoscaling, nodeConfig } = inputs as {
      autoscaling: { minNodeCount: number; maxNodeCount: number };
      nodeConfig: { machineType: string; diskType: string; diskSizeGb: number };
    };
    return {
      ...nodeConfig,
      min: autoscaling.minNodeCount * zonesPerRegion,
      max: autoscaling.maxNodeCount * zonesPerRegion,
    };
  });
  const disks = pools.map(({ min, max, diskSizeGb }) => ({ min: min * diskSizeGb, max: max * diskSizeGb }));
  const [pool] = pools;
  if (pool === undefined) throw new Error("the shared stack has no node pool");
  return [
    one("GKE clusters, regional", "cluster and hour", String(ofType(shared, "gcp:container/cluster:Cluster").length)),
    one(`GKE nodes: \`${pool.machineType}\``, "VM and hour", sumOf(pools)),
    one(`Node disks: \`${pool.diskType}\``, "GB and month", sumOf(disks)),
    one("Name servers' disks: `pd-balanced`", "GB and month", String(nameServerDisksGb(shared))),
  ];
}

function nameServerDisksGb(shared: readonly Registered[]): number {
  return ofType(shared, "kubernetes:apps/v1:StatefulSet").reduce((total, { inputs }) => {
    const { replicas, volumeClaimTemplates } = inputs.spec as {
      replicas: number;
      volumeClaimTemplates: { spec: { resources: { requests: { storage: string } } } }[];
    };
    const each = volumeClaimTemplates.map(({ spec }) => Number(spec.resources.requests.storage.replace(/Gi$/, "")));
    return total + replicas * each.reduce((sum, gb) => sum + gb, 0);
  }, 0);
}

function databaseRows(shared: readonly Registered[]): Quantity[] {
  return ofType(shared, "gcp:sql/databaseInstance:DatabaseInstance").flatMap(({ inputs }) => {
    const { tier, diskType, diskSize, availabilityType, backupConfiguration } = inputs.settings as {
      tier: string;
      diskType: string;
      diskSize: number;
      availabilityType: string;
      backupConfiguration: {
        transactionLogRetentionDays: number;
        backupRetentionSettings: { retainedBackups: number };
      };
    };
    const { transactionLogRetentionDays: days, backupRetentionSettings } = backupConfiguration;
    // Highly available: a standby in another zone, with a disk of its own.
    const machines = availabilityType === "REGIONAL" ? 2 : 1;
    return [
      one(`Cloud SQL: \`${tier}\``, "vCPU and hour, GB of memory and hour", String(machines)),
      one(`Cloud SQL disks: \`${diskType}\``, "GB and month, as they grow", `${machines * diskSize} at first`),
      one(
        "Cloud SQL backups and transaction logs",
        "GB and month",
        `${backupRetentionSettings.retainedBackups} daily backups, ${days} days of logs`,
      ),
    ];
  });
}

function sharedNetworkRows(shared: readonly Registered[]): Quantity[] {
  const services = ofType(shared, "kubernetes:core/v1:Service").filter(
    ({ inputs }) => (inputs.spec as { type?: string }).type === "LoadBalancer",
  );
  const gateways = ofType(shared, "kubernetes:gateway.networking.k8s.io/v1:Gateway");
  const regions = ofType(shared, "gcp:compute/routerNat:RouterNat").length;
  const count = (type: string) => String(ofType(shared, type).length);
  return [
    one("External addresses", "address and hour", count("gcp:compute/address:Address")),
    one("Forwarding rules: DNS and control API", "rule and hour", String(services.length + gateways.length)),
    one("NAT gateways; their VMs are the GKE nodes", "VM and hour, up to 32 each", String(regions)),
    one("Cloud DNS zones", "zone and month, and query", count("gcp:dns/managedZone:ManagedZone")),
    one("Secrets", "active version and month", count("gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion")),
  ];
}

function one(what: string, unit: string, amount: string): Quantity {
  return { what, unit, amounts: [amount] };
}

/** The managed instance groups of a cluster, by what their template and their autoscaler say. */
function groupsOf(inventory: readonly Registered[]): Group[] {
  const autoscalers = ofType(inventory, "gcp:compute/regionAutoscaler:RegionAutoscaler");
  return ofType(inventory, "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate").map(({ inputs }) => {
    const template = inputs as {
      machineType: string;
      labels: { role: string };
      disks: { diskType: string; diskSizeGb: number }[];
    };
    // The autoscaler has its group's name, which ends in the role that the template's labels name.
    const autoscaler = autoscalers.find(({ inputs: { name } }) => String(name).endsWith(`-${template.labels.role}`));
    const [disk] = template.disks;
    if (autoscaler === undefined || disk === undefined)
      throw new Error(`the template of ${template.labels.role} has no autoscaler or no disk`);
    const policy = autoscaler.inputs.autoscalingPolicy as { minReplicas: number; maxReplicas: number };
    return {
      role: template.labels.role,
      machineType: template.machineType,
      diskType: disk.diskType,
      diskGb: disk.diskSizeGb,
      min: policy.minReplicas,
      max: policy.maxReplicas,
    };
  });
}

function ofType(inventory: readonly Registered[], type: string): Registered[] {
  return inventory.filter((resource) => resource.type === type);
}

/** `3 to 60`, `3`, or nothing. */
function sumOf(ranges: readonly Range[]): string {
  const min = ranges.reduce((sum, range) => sum + range.min, 0);
  const max = ranges.reduce((sum, range) => sum + range.max, 0);
  if (max === 0) return "";
  return min === max ? String(min) : `${min} to ${max}`;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
