import * as pulumi from "@pulumi/pulumi";
import { labelsOf } from "../../../components/labels";
import { prod, registerCluster, SECRETS, valueOf, type Registered, type RegisteredCluster } from "./registered-cluster";

/** What every cluster has, whatever its groups are. */
const FIXED_COUNTS = {
  "artifactregistry/repositoryIamMember:RepositoryIamMember": 2,
  "compute/address:Address": 3,
  "compute/firewall:Firewall": 6,
  "compute/forwardingRule:ForwardingRule": 2,
  "compute/network:Network": 1,
  "compute/regionBackendService:RegionBackendService": 2,
  "compute/regionTargetTcpProxy:RegionTargetTcpProxy": 2,
  "compute/router:Router": 1,
  "compute/routerNat:RouterNat": 1,
  "compute/subnetwork:Subnetwork": 2,
  "monitoring/alertPolicy:AlertPolicy": 5,
  "monitoring/notificationChannel:NotificationChannel": 1,
  "monitoring/uptimeCheckConfig:UptimeCheckConfig": 1,
  "projects/iAMCustomRole:IAMCustomRole": 1,
  "projects/iAMMember:IAMMember": 5,
  "secretmanager/regionalSecret:RegionalSecret": 2,
  "secretmanager/regionalSecretIamMember:RegionalSecretIamMember": 2,
  "secretmanager/regionalSecretVersion:RegionalSecretVersion": 2,
  "serviceaccount/account:Account": 2,
};

/** What a cluster has with this number of managed instance groups; the two load balancers check health themselves. */
function expectedCounts(groups: number): Record<string, number> {
  return {
    ...FIXED_COUNTS,
    "compute/regionAutoscaler:RegionAutoscaler": groups,
    "compute/regionHealthCheck:RegionHealthCheck": groups + 2,
    "compute/regionInstanceGroupManager:RegionInstanceGroupManager": groups,
    "compute/regionInstanceTemplate:RegionInstanceTemplate": groups,
  };
}

function countsOf(resources: readonly Registered[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of resources.filter(({ type }) => type.startsWith("gcp:"))) {
    const token = type.slice("gcp:".length);
    counts[token] = (counts[token] ?? 0) + 1;
  }
  return counts;
}

let free: RegisteredCluster;
let hackers: RegisteredCluster;

beforeAll(async () => {
  free = await registerCluster(prod(), "free");
  hackers = await registerCluster(prod(), "hackers");
});

describe("a cluster", () => {
  it("has exactly the resources of its network, identities, secrets, groups, load balancers and alerts", () => {
    expect(countsOf(free.resources)).toEqual(expectedCounts(2));
    expect(countsOf(hackers.resources)).toEqual(expectedCounts(3));
  });

  it("gives each entity's resources to its component", () => {
    const resources = hackers.resources.filter(({ type }) => type.startsWith("gcp:"));
    const components = new Set(resources.map(({ parents }) => parents.join(" > ")));
    const below = (...names: string[]) => ["Cluster", ...names].map((name) => `platform:cluster:${name}`).join(" > ");
    expect([...components].sort()).toEqual([
      below("Alerts"),
      below("ContainerVmGroup", "ManagedInstanceGroup"),
      below("Firewall"),
      below("HttpServingGroup", "ManagedInstanceGroup"),
      below("LoadBalancer"),
      below("MachineIdentity"),
      below("Network"),
      below("Secrets"),
    ]);
  });

  it("has a logical name of its own for each resource, which begins with the cluster's", () => {
    const urns = hackers.resources.map(({ urn }) => urn);
    expect(new Set(urns).size).toBe(urns.length);
    expect(hackers.resources.filter(({ name }) => name !== "hackers" && !name.startsWith("hackers-"))).toEqual([]);
  });

  it("has no name in common with another cluster", () => {
    const names = ({ resources }: RegisteredCluster) =>
      resources.flatMap(({ type, inputs }) =>
        ["name", "accountId", "roleId", "secretId"].flatMap((key) =>
          typeof inputs[key] === "string" ? [`${type} ${inputs[key]}`] : [],
        ),
      );
    const own = names(free);
    expect(own.length).toBeGreaterThan(30);
    expect(own.filter((name) => names(hackers).includes(name))).toEqual([]);
    expect(own.filter((name) => !/ prod[-_]free[-_]/.test(name))).toEqual([]);
  });

  it("has every resource that lies in a region in its own", () => {
    const regions = hackers.resources.flatMap(({ type, inputs }) => {
      if (type.startsWith("gcp:secretmanager/") && "location" in inputs) return [inputs.location];
      return type.startsWith("gcp:compute/region") || "region" in inputs ? [inputs.region] : [];
    });
    expect(regions.length).toBeGreaterThan(20);
    expect(new Set(regions)).toEqual(new Set(["europe-west4"]));
  });

  it("labels what can be labelled with environment and failure domain", async () => {
    const { resources } = await registerCluster(prod({ "clusters.free.labels": { team: "web" } }), "free");
    const labelled = resources.flatMap(({ inputs }) => {
      const labels = (inputs.userLabels ?? inputs.labels) as Record<string, string> | undefined;
      return labels === undefined ? [] : [labels];
    });
    expect(labelled).toHaveLength(3 + 2 + 2 + 2 + 7);
    for (const labels of labelled) {
      expect(labels).toEqual({
        team: "web",
        ...labelsOf({ environment: "prod", cluster: "free" }, labels.role ?? ""),
      });
    }
  });

  it("puts out its addresses and the identities of its nodes", async () => {
    const { cluster } = free;
    expect(await valueOf(cluster.hostingAddress)).toBe("address-of-free-hosting-address");
    expect(await valueOf(cluster.workspaceAddress)).toBe("address-of-free-workspace-address");
    expect(await valueOf(cluster.natAddress)).toBe("address-of-free-network-nat-address");
    expect(await valueOf(cluster.nodeIdentities)).toEqual({
      host: "prod-free-host@acme-hosting-prod.iam.gserviceaccount.com",
      edge: "prod-free-edge@acme-hosting-prod.iam.gserviceaccount.com",
    });
  });

  it("lies in its own project when it has one, and pulls images from the environment's", async () => {
    const { resources, of } = await registerCluster(prod({ "clusters.free.project": "acme-free" }), "free");
    const projects = resources
      .filter(({ type }) => !type.includes("artifactregistry"))
      .flatMap(({ inputs }) => inputs.project ?? []);
    expect(new Set(projects)).toEqual(new Set(["acme-free"]));
    const pulls = of("artifactregistry/repositoryIamMember:RepositoryIamMember").map(({ inputs }) => inputs.project);
    expect(pulls).toEqual(["acme-hosting-prod", "acme-hosting-prod"]);
  });
});

describe("what a production cluster cannot get back", () => {
  const isStateful = ({ type }: Registered) => /:(Address|RegionalSecret)$/.test(type);

  it("is protected: addresses and secrets, and nothing else", () => {
    const { resources } = free;
    const stateful = resources.filter(isStateful);
    expect(stateful).toHaveLength(5);
    expect(resources.filter(({ protect }) => protect)).toEqual(stateful);
  });

  it("is not protected in another environment", async () => {
    const { resources } = await registerCluster({ ...prod(), production: false }, "free");
    expect(resources.filter(({ protect }) => protect)).toEqual([]);
  });
});

describe("a cluster's secrets", () => {
  it("reach Secret Manager as secrets, and machines only by name", () => {
    const { of, resources } = free;
    const versions = of("secretmanager/regionalSecretVersion:RegionalSecretVersion").map(
      ({ inputs }) => inputs.secretData,
    );
    expect(versions.every((value) => pulumi.runtime.isRpcSecret(value))).toBe(true);
    expect(versions.map((value) => String(pulumi.runtime.unwrapRpcSecret(value))).sort()).toEqual(
      Object.values(SECRETS).sort(),
    );
    const elsewhere = resources.filter(({ type }) => !type.endsWith(":RegionalSecretVersion"));
    expect(JSON.stringify(elsewhere)).not.toMatch(new RegExp(Object.values(SECRETS).join("|")));
  });

  it("can be read by its edges alone", () => {
    const { of } = free;
    for (const { inputs } of of("secretmanager/regionalSecretIamMember:RegionalSecretIamMember")) {
      expect(inputs.role).toBe("roles/secretmanager.secretAccessor");
      expect(inputs.member).toBe("serviceAccount:prod-free-edge@acme-hosting-prod.iam.gserviceaccount.com");
    }
  });
});

describe("a cluster's identities", () => {
  it("have the least roles: logs, metrics and images, and for edges the instances", () => {
    const { of } = free;
    const granted = of("projects/iAMMember:IAMMember").map(({ name, inputs }) => [name, inputs.role]);
    expect(granted.sort()).toEqual([
      ["free-edge-instances", "name-of-free-edge-instance-reader"],
      ["free-edge-logs", "roles/logging.logWriter"],
      ["free-edge-metrics", "roles/monitoring.metricWriter"],
      ["free-host-logs", "roles/logging.logWriter"],
      ["free-host-metrics", "roles/monitoring.metricWriter"],
    ]);
    const [reader] = of("projects/iAMCustomRole:IAMCustomRole");
    expect(reader?.inputs.permissions).toEqual(["compute.instances.get", "compute.instances.list"]);
  });

  it("read the platform's repository, not its project", () => {
    const { of } = free;
    for (const { inputs } of of("artifactregistry/repositoryIamMember:RepositoryIamMember")) {
      expect(inputs).toMatchObject({
        role: "roles/artifactregistry.reader",
        location: "europe",
        repository: "platform",
      });
    }
  });
});
