/** Records of one small cluster's instance group, as the provider writes them. */
import { cloudInit } from "../../../../../components/cluster/cloud-init";
import type { Container } from "../../../../../components/containers";
import type { CloudRecord } from "../../../../../sandbox/provider/store";
import type { Properties } from "../../../../../sandbox/provider/values";
import type { Records } from "../../../../../sandbox/cloud/controller";
import { TYPES } from "../../../../../sandbox/cloud/compute/types";

const PROJECT = "projects/acme";
const REGION = `${PROJECT}/regions/europe-west1`;
const LINK = "https://www.googleapis.com/compute/v1/";
export const REGISTRY = "europe-docker.pkg.dev";
export const HEALTH_PORT = 8082;
export const NETWORK = `${PROJECT}/global/networks/sandbox-free-network`;
export const EDGE_ACCOUNT = "sandbox-free-edge@acme.iam.gserviceaccount.com";
export const MANAGER = `${REGION}/instanceGroupManagers/sandbox-free-http-serving`;
export const AUTOSCALER = `${REGION}/autoscalers/sandbox-free-http-serving`;
export const HEALTH_CHECK = `${REGION}/healthChecks/sandbox-free-http-serving`;
export const HEALTH_RULE = `${PROJECT}/global/firewalls/sandbox-free-allow-edge-health`;
const ZONES = ["europe-west1-b", "europe-west1-c"];

/** Records that tests change. */
export class ChangingRecords implements Records {
  private readonly byType = new Map<string, Map<string, CloudRecord>>();

  put(type: string, id: string, outputs: Properties): this {
    const of = this.byType.get(type) ?? new Map<string, CloudRecord>();
    of.set(id, { type, id, urn: "", created: "", updated: "", inputs: outputs, outputs, secrets: [] });
    this.byType.set(type, of);
    return this;
  }

  change(type: string, id: string, changes: Properties): this {
    return this.put(type, id, { ...this.byType.get(type)?.get(id)?.outputs, ...changes });
  }

  remove(type: string, id: string): this {
    this.byType.get(type)?.delete(id);
    return this;
  }

  google(type: string): readonly CloudRecord[] {
    return [...(this.byType.get(type)?.values() ?? [])];
  }

  kubernetesClusters(): readonly string[] {
    return [];
  }

  kubernetes(): readonly CloudRecord[] {
    return [];
  }
}

export function container(changes: Partial<Container> = {}): Container {
  return {
    name: "edge",
    image: `${REGISTRY}/acme/platform/edge:dev`,
    environment: { EDGE_DIRECTORY: "/var/lib/edge" },
    ports: [8080, HEALTH_PORT],
    writableDirectories: { "/var/lib/edge": "/var/lib/platform/edge" },
    memoryMb: 512,
    ...changes,
  };
}

export function templateId(name: string): string {
  return `${REGION}/instanceTemplates/sandbox-free-http-serving-${name}`;
}

export function template(containers: readonly Container[]): Properties {
  return {
    region: "europe-west1",
    labels: { environment: "sandbox", "failure-domain": "free", role: "http-serving" },
    disks: [{ boot: true, sourceImage: "projects/cos-cloud/global/images/family/cos-121-lts" }],
    metadata: { "user-data": cloudInit(containers, REGISTRY), "enable-oslogin": "TRUE" },
    networkInterfaces: [{ subnetwork: `${REGION}/subnetworks/sandbox-free-machines` }],
    serviceAccount: { email: EDGE_ACCOUNT, scopes: [] },
  };
}

/** Two edges in two zones that are healed, and may be asked by Google's health checkers; template `a`. */
export function edges(containers: readonly Container[] = [container()]): ChangingRecords {
  return new ChangingRecords()
    .put(TYPES.network, NETWORK, { name: "sandbox-free-network" })
    .put(TYPES.subnetwork, `${REGION}/subnetworks/sandbox-free-machines`, {
      network: NETWORK,
      ipCidrRange: "10.16.0.0/23",
    })
    .put(TYPES.firewall, HEALTH_RULE, {
      name: "sandbox-free-allow-edge-health",
      network: NETWORK,
      direction: "INGRESS",
      priority: 1000,
      allows: [{ protocol: "tcp", ports: [String(HEALTH_PORT)] }],
      sourceRanges: ["35.191.0.0/16", "130.211.0.0/22"],
      targetServiceAccounts: [EDGE_ACCOUNT],
    })
    .put(TYPES.healthCheck, HEALTH_CHECK, {
      httpHealthCheck: { port: HEALTH_PORT, requestPath: "/healthz" },
      checkIntervalSec: 10,
      timeoutSec: 5,
      healthyThreshold: 1,
      unhealthyThreshold: 3,
    })
    .put(TYPES.template, templateId("a"), template(containers))
    .put(TYPES.autoscaler, AUTOSCALER, {
      target: `${LINK}${MANAGER}`,
      autoscalingPolicy: { minReplicas: 2, maxReplicas: 4, cpuUtilization: { target: 0.5 } },
    })
    .put(TYPES.manager, MANAGER, {
      baseInstanceName: "sandbox-free-http-serving",
      distributionPolicyZones: ZONES,
      distributionPolicyTargetShape: "EVEN",
      namedPorts: [{ name: "hosting", port: 8080 }],
      versions: [{ instanceTemplate: `${LINK}${templateId("a")}` }],
      targetSize: 0,
      autoHealingPolicies: {
        healthCheck: HEALTH_CHECK,
        initialDelaySec: 60,
      },
      instanceLifecyclePolicy: { defaultActionOnFailure: "REPAIR", forceUpdateOnRepair: "YES" },
      updatePolicy: {
        type: "PROACTIVE",
        minimalAction: "REPLACE",
        mostDisruptiveAllowedAction: "REPLACE",
        replacementMethod: "SUBSTITUTE",
        maxSurgeFixed: 2,
        maxUnavailableFixed: 0,
      },
      waitForInstances: true,
    });
}

/** Has the group updated to a template of another name. */
export function release(records: ChangingRecords, name: string, containers = [container()]): void {
  records.put(TYPES.template, templateId(name), template(containers));
  records.change(TYPES.manager, MANAGER, { versions: [{ instanceTemplate: templateId(name) }] });
}
