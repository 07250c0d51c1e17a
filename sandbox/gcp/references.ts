import { CloudError } from "../provider/package";
import { valuesAt } from "../provider/property-path";
import type { CloudRecord, RecordStore } from "../provider/store";
import { type Properties, text } from "../provider/values";
import { relativeLink, shortName } from "./links";

/** A property by which resources of one type use resources of others; `[]` in the property means every element. */
interface Reference {
  readonly from: string;
  readonly property: string;
  readonly to: readonly string[];
}

const reference = (from: string, property: string, ...to: string[]): Reference => ({
  from: `gcp:${from}`,
  property,
  to: to.map((type) => `gcp:${type}`),
});

const NETWORK = "compute/network:Network";
const SUBNETWORK = "compute/subnetwork:Subnetwork";
const ADDRESS = "compute/address:Address";
const GLOBAL_ADDRESS = "compute/globalAddress:GlobalAddress";
const TEMPLATES = [
  "compute/regionInstanceTemplate:RegionInstanceTemplate",
  "compute/instanceTemplate:InstanceTemplate",
];
const HEALTH_CHECKS = ["compute/regionHealthCheck:RegionHealthCheck", "compute/healthCheck:HealthCheck"];
const GROUP = "compute/regionInstanceGroupManager:RegionInstanceGroupManager";
const BACKEND = "compute/regionBackendService:RegionBackendService";
const FORWARDING_RULE = "compute/forwardingRule:ForwardingRule";
const TCP_PROXY = "compute/regionTargetTcpProxy:RegionTargetTcpProxy";
const HTTP_PROXY = "compute/regionTargetHttpProxy:RegionTargetHttpProxy";
const URL_MAP = "compute/regionUrlMap:RegionUrlMap";

/** What keeps what from being deleted, and what must exist before it is named by a link. */
const REFERENCES: readonly Reference[] = [
  reference(SUBNETWORK, "network", NETWORK),
  reference("compute/router:Router", "network", NETWORK),
  reference("compute/firewall:Firewall", "network", NETWORK),
  reference("compute/routerNat:RouterNat", "natIps[]", ADDRESS),
  reference("compute/routerNat:RouterNat", "subnetworks[].name", SUBNETWORK),
  reference(ADDRESS, "subnetwork", SUBNETWORK),
  reference(GLOBAL_ADDRESS, "network", NETWORK),
  ...[...TEMPLATES, "compute/instance:Instance"].flatMap((type) => [
    reference(type, "networkInterfaces[].network", NETWORK),
    reference(type, "networkInterfaces[].subnetwork", SUBNETWORK),
  ]),
  reference(GROUP, "versions[].instanceTemplate", ...TEMPLATES),
  reference(GROUP, "autoHealingPolicies.healthCheck", ...HEALTH_CHECKS),
  reference("compute/regionAutoscaler:RegionAutoscaler", "target", GROUP),
  reference(BACKEND, "healthChecks", ...HEALTH_CHECKS),
  reference(BACKEND, "backends[].group", GROUP),
  reference("compute/backendService:BackendService", "healthChecks", "compute/healthCheck:HealthCheck"),
  reference("compute/backendService:BackendService", "backends[].group", GROUP),
  reference(TCP_PROXY, "backendService", BACKEND),
  reference(URL_MAP, "defaultService", BACKEND),
  reference(URL_MAP, "pathMatchers[].defaultService", BACKEND),
  reference(HTTP_PROXY, "urlMap", URL_MAP),
  reference(FORWARDING_RULE, "target", TCP_PROXY, HTTP_PROXY),
  reference(FORWARDING_RULE, "backendService", BACKEND),
  reference(FORWARDING_RULE, "ipAddress", ADDRESS),
  reference(FORWARDING_RULE, "network", NETWORK),
  reference(FORWARDING_RULE, "subnetwork", SUBNETWORK),
  reference("container/cluster:Cluster", "network", NETWORK),
  reference("container/cluster:Cluster", "subnetwork", SUBNETWORK),
  reference("servicenetworking/connection:Connection", "network", NETWORK),
  reference("servicenetworking/connection:Connection", "reservedPeeringRanges[]", GLOBAL_ADDRESS),
  reference("sql/databaseInstance:DatabaseInstance", "settings.ipConfiguration.privateNetwork", NETWORK),
];

/** Refuses to delete what a live resource uses. */
export function assertUnused(type: string, id: string, outputs: Properties, store: RecordStore): void {
  for (const { from, property, to } of REFERENCES) {
    if (!to.includes(type)) continue;
    for (const record of store.list(from)) {
      const used = valuesAt(record.outputs, property).some((value) => names(text(value), id, outputs, record));
      if (!used) continue;
      throw new CloudError(
        400,
        `The resource '${id}' is already being used by '${record.id}' (${property}); ` +
          "delete that resource first, or make it use another one",
      );
    }
  }
}

/**
 * Whether `value`, a property of `record`, names the resource `id`: by any form of link, by its literal address, by what
 * a group calls its instance group, or by its short name in the same project.
 */
function names(value: string, id: string, outputs: Properties, record: CloudRecord): boolean {
  if (value === "") return false;
  if (value.includes("/")) return relativeLink(value).replace("/instanceGroups/", "/instanceGroupManagers/") === id;
  if (value === outputs.address || value === outputs.ipAddress) return true;
  return value === shortName(id) && record.outputs.project === outputs.project;
}

/** Refuses to create what names a resource by a link that leads nowhere. */
export function assertReferencesExist(type: string, inputs: Properties, store: RecordStore): void {
  for (const { from, property, to } of REFERENCES) {
    if (from !== type) continue;
    for (const value of valuesAt(inputs, property).map(text)) {
      if (!/(^|\/)projects\//.test(value)) continue;
      const id = relativeLink(value).replace("/instanceGroups/", "/instanceGroupManagers/");
      if (to.some((target) => store.read(target, id) !== undefined)) continue;
      throw new CloudError(
        404,
        `The resource '${id}' was not found (${property}); create it first, or correct the link`,
      );
    }
  }
}

/** The (type, property) pairs that are looked at, for the consistency test of the table. */
export function references(): readonly Reference[] {
  return REFERENCES;
}
