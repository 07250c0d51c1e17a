import { cloudInit } from "../../../components/cluster/cloud-init";
import { containerVmContainers, edgeContainers } from "../../../components/cluster/machine-containers";
import { scopeOf } from "../../../components/cluster/scope";
import { edgePorts, hostPorts } from "../../../components/ports";
import type { Edits } from "../../support/environments";
import { prod, registerCluster, type Registered, type RegisteredCluster } from "./registered-cluster";

const TEMPLATE = "compute/regionInstanceTemplate:RegionInstanceTemplate";
const MANAGER = "compute/regionInstanceGroupManager:RegionInstanceGroupManager";
const AUTOSCALER = "compute/regionAutoscaler:RegionAutoscaler";
const HEALTH_CHECK = "compute/regionHealthCheck:RegionHealthCheck";

let hackers: RegisteredCluster;

beforeAll(async () => {
  hackers = await registerCluster(prod(), "hackers");
});

function metadataOf({ inputs }: Registered): Record<string, string> {
  return inputs.metadata as Record<string, string>;
}

describe("a VM", () => {
  const templates = () => hackers.of(TEMPLATE);

  it("has no public address", () => {
    for (const { inputs } of templates()) {
      expect(inputs.networkInterfaces).toEqual([{ subnetwork: "id-of-hackers-network-machines" }]);
    }
  });

  it("is shielded, and is entered by people with an account only", () => {
    for (const template of templates()) {
      expect(template.inputs.shieldedInstanceConfig).toEqual({
        enableSecureBoot: true,
        enableVtpm: true,
        enableIntegrityMonitoring: true,
      });
      expect(metadataOf(template)).toMatchObject({ "enable-oslogin": "TRUE", "block-project-ssh-keys": "TRUE" });
    }
  });

  it("has the identity of its kind", () => {
    const identities = templates().map(({ name, inputs }) => [
      name,
      (inputs.serviceAccount as { email: string }).email,
    ]);
    expect(Object.fromEntries(identities)).toEqual({
      "hackers-container-vm-standard-template": "prod-hackers-host@acme-hosting-prod.iam.gserviceaccount.com",
      "hackers-container-vm-boosted-template": "prod-hackers-host@acme-hosting-prod.iam.gserviceaccount.com",
      "hackers-http-serving-template": "prod-hackers-edge@acme-hosting-prod.iam.gserviceaccount.com",
    });
  });

  it("has the shape of its tier", () => {
    const { inputs } = hackers.one(TEMPLATE, "hackers-container-vm-boosted-template");
    expect(inputs.machineType).toBe("c3-standard-8");
    expect(inputs.disks).toEqual([expect.objectContaining({ diskSizeGb: 100, diskType: "pd-balanced", boot: true })]);
  });

  it("runs the containers of its kind at the cluster's release", () => {
    const environment = prod({ "clusters.hackers.release": "2026.12.1" });
    const config = environment.clusters.hackers;
    if (config === undefined) throw new Error("no cluster hackers");
    const scope = scopeOf(environment, "hackers", config);
    const images = [
      ...containerVmContainers(scope, "boosted", "c3-standard-8"),
      ...edgeContainers(scope, "e2-standard-2"),
    ].map(({ image }) => image);
    const registry = "europe-docker.pkg.dev/acme-hosting-prod/platform";
    expect(images).toEqual([
      `${registry}/container-host:2026.12.1`,
      `${registry}/node-agent:2026.12.1`,
      `${registry}/edge:2026.12.1`,
    ]);
  });

  it("is told what it runs by cloud-init alone", () => {
    const environment = prod();
    const config = environment.clusters.hackers;
    if (config === undefined) throw new Error("no cluster hackers");
    const containers = edgeContainers(scopeOf(environment, "hackers", config), "e2-standard-2");
    const metadata = metadataOf(hackers.one(TEMPLATE, "hackers-http-serving-template"));
    expect(metadata["user-data"]).toBe(cloudInit(containers, "europe-docker.pkg.dev"));
    expect(Object.keys(metadata)).not.toContain("gce-container-declaration");
  });
});

describe("a group of VMs", () => {
  it("is spread evenly over the cluster's zones", () => {
    for (const { inputs } of hackers.of(MANAGER)) {
      expect(inputs.distributionPolicyZones).toEqual(["europe-west4-a", "europe-west4-b", "europe-west4-c"]);
      expect(inputs.distributionPolicyTargetShape).toBe("EVEN");
    }
  });

  it("replaces its VMs when their template changes, and never has fewer for it", () => {
    for (const { inputs } of hackers.of(MANAGER)) {
      expect(inputs.updatePolicy).toMatchObject({
        type: "PROACTIVE",
        minimalAction: "REPLACE",
        maxSurgeFixed: 3,
        maxUnavailableFixed: 0,
        // Until edges and load balancers send to a new one.
        minReadySec: 20,
      });
      expect(inputs).toMatchObject({ waitForInstances: true, waitForInstancesStatus: "UPDATED" });
    }
  });

  it.each([
    ["container-vm-standard", hostPorts.health],
    ["http-serving", edgePorts.health],
  ])("heals itself by the health of its VMs: %s", (role, port) => {
    const check = hackers.one(HEALTH_CHECK, `hackers-${role}-health-check`);
    expect(check.inputs.httpHealthCheck).toEqual({ port, requestPath: "/healthz" });
    const { inputs } = hackers.one(MANAGER, `hackers-${role}-manager`);
    expect(inputs.autoHealingPolicies).toMatchObject({ healthCheck: `id-of-hackers-${role}-health-check` });
  });

  it("gives up a VM later than the load balancers do", () => {
    const patience = (name: string) => {
      const { checkIntervalSec, unhealthyThreshold } = hackers.one(HEALTH_CHECK, name).inputs;
      return Number(checkIntervalSec) * Number(unhealthyThreshold);
    };
    const autohealing = patience("hackers-http-serving-health-check");
    expect(autohealing).toBeGreaterThanOrEqual(3 * patience("hackers-hosting-health-check"));
  });

  it("grows and shrinks between its limits, by CPU", () => {
    const { inputs } = hackers.one(AUTOSCALER, "hackers-container-vm-boosted-autoscaler");
    expect(inputs.target).toBe("link-of-hackers-container-vm-boosted-manager");
    expect(inputs.autoscalingPolicy).toMatchObject({
      minReplicas: 3,
      maxReplicas: 20,
      cpuUtilization: { target: 0.5 },
      scaleInControl: { maxScaledInReplicas: { fixed: 3 } },
    });
  });
});

describe("a template", () => {
  /** The templates of hackers that are other ones after these edits. */
  async function changedBy(edits: Edits): Promise<string[]> {
    const edited = await registerCluster(prod(edits), "hackers");
    const text = (inputs: unknown) => JSON.stringify(inputs);
    const changed = hackers.of(TEMPLATE).filter(({ name, inputs }) => {
      return text(inputs) !== text(edited.one(TEMPLATE, name).inputs);
    });
    return changed.map(({ name }) => name);
  }

  it("changes with the machine type of its tier, and of its tier only", async () => {
    const edits = { "machineTiers.boosted.machineType": "c3-standard-22" };
    expect(await changedBy(edits)).toEqual(["hackers-container-vm-boosted-template"]);
  });

  it("has no name of ours, so that one that is taken back does not meet its first that still waits for deletion", () => {
    expect(hackers.of(TEMPLATE).map(({ inputs }) => inputs.name)).toEqual([undefined, undefined, undefined]);
  });

  it("changes with the release", async () => {
    expect(await changedBy({ "clusters.hackers.release": "2026.12.0" })).toHaveLength(3);
  });

  it("does not change with the size of a group, nor with another cluster", async () => {
    const edits = {
      "clusters.hackers.containerVms.boosted.max": 25,
      "clusters.hackers.httpServing.min": 4,
      "clusters.free.release": "2026.12.0",
    };
    expect(await changedBy(edits)).toEqual([]);
  });
});
