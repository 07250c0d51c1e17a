import { checkSchema } from "../../../sandbox/provider/schema-check";
import type { Properties } from "../../../sandbox/provider/values";
import { gcpFacts } from "../../../sandbox/facts/gcp";
import { environmentOf, registerService, type RegisteredService } from "./registered-service";
import { valueOf } from "./registered";

/** Resources of the whole service. */
const SHARED_COUNTS = {
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": 1,
  "gcp:compute/firewall:Firewall": 2,
  "gcp:compute/globalAddress:GlobalAddress": 1,
  "gcp:compute/network:Network": 1,
  "gcp:projects/iAMMember:IAMMember": 2,
  "gcp:serviceaccount/account:Account": 3,
  "gcp:serviceaccount/iAMMember:IAMMember": 2,
  "gcp:servicenetworking/connection:Connection": 1,
  "gcp:sql/database:Database": 1,
  "gcp:sql/databaseInstance:DatabaseInstance": 1,
  "gcp:sql/user:User": 1,
  "platform:resolution:Database": 1,
  "platform:resolution:Identities": 1,
  "platform:resolution:Network": 1,
  "platform:resolution:ResolutionService": 1,
};

/** Resources of each region. */
const REGION_COUNTS = {
  "gcp:certificatemanager/certificate:Certificate": 1,
  "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": 1,
  "gcp:compute/address:Address": 3,
  "gcp:compute/regionSslPolicy:RegionSslPolicy": 1,
  "gcp:compute/router:Router": 1,
  "gcp:compute/routerNat:RouterNat": 1,
  "gcp:compute/subnetwork:Subnetwork": 2,
  "gcp:container/cluster:Cluster": 1,
  "gcp:container/nodePool:NodePool": 1,
  "gcp:secretmanager/regionalSecret:RegionalSecret": 1,
  "gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember": 1,
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion": 1,
  "kubernetes:apps/v1:Deployment": 1,
  "kubernetes:apps/v1:StatefulSet": 1,
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": 1,
  "kubernetes:core/v1:ConfigMap": 1,
  "kubernetes:core/v1:Namespace": 1,
  "kubernetes:core/v1:Service": 3,
  "kubernetes:core/v1:ServiceAccount": 2,
  "kubernetes:gateway.networking.k8s.io/v1:Gateway": 1,
  "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute": 1,
  "kubernetes:monitoring.googleapis.com/v1:PodMonitoring": 2,
  "kubernetes:networking.gke.io/v1:GCPBackendPolicy": 1,
  "kubernetes:networking.gke.io/v1:GCPGatewayPolicy": 1,
  "kubernetes:networking.gke.io/v1:HealthCheckPolicy": 1,
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": 9,
  "kubernetes:policy/v1:PodDisruptionBudget": 2,
  "platform:resolution:ApiCertificate": 1,
  "platform:resolution:GkeCluster": 1,
  "platform:resolution:Region": 1,
  "platform:resolution:UpdateKey": 1,
  "platform:resolution:Workloads": 1,
  "pulumi:providers:kubernetes": 1,
};

const LABEL_PROPERTIES: Readonly<Record<string, string>> = {
  "gcp:certificatemanager/certificate:Certificate": "labels",
  "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": "labels",
  "gcp:compute/address:Address": "labels",
  "gcp:compute/globalAddress:GlobalAddress": "labels",
  "gcp:container/cluster:Cluster": "resourceLabels",
  "gcp:secretmanager/regionalSecret:RegionalSecret": "labels",
};

function countsFor(regions: number): Record<string, number> {
  const perRegion = Object.entries(REGION_COUNTS).map(([type, count]) => [type, count * regions] as const);
  return { ...SHARED_COUNTS, ...Object.fromEntries(perRegion) };
}

function countByType({ resources }: RegisteredService): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of resources) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** A value deep in a resource's inputs, by its path. */
function at(inputs: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], inputs);
}

const ONE_REGION = { "resolution.regions": { "europe-west1": { cidr: "10.0.0.0/20" } } };

describe("resolution service", () => {
  let prod: RegisteredService;

  beforeAll(async () => {
    prod = await registerService(environmentOf("prod"));
  });

  it("registers exactly these resources for two regions", () => {
    expect(countByType(prod)).toEqual(countsFor(2));
  });

  it("registers exactly these resources for one region", async () => {
    expect(countByType(await registerService(environmentOf("sandbox", ONE_REGION)))).toEqual(countsFor(1));
  });

  it("gives every resource a logical name of its own", () => {
    const names = prod.resources.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("gives Google Cloud only what its provider accepts", () => {
    const failures = prod.resources
      .filter(({ type }) => type.startsWith("gcp:"))
      .flatMap(({ type, name, inputs }) =>
        checkSchema(gcpFacts(type), inputs as Properties).map(
          ({ property, reason }) => `${name}.${property}: ${reason}`,
        ),
      );
    expect(failures).toEqual([]);
  });

  it("labels everything that can be labelled with environment and failure domain", () => {
    const required = { environment: "prod", "failure-domain": "shared", "managed-by": "pulumi" };
    for (const [type, property] of Object.entries(LABEL_PROPERTIES)) {
      for (const { inputs } of prod.of(type)) expect(at(inputs, property)).toMatchObject(required);
    }
    expect(at(prod.one("resolution-database-instance").inputs, "settings.userLabels")).toMatchObject(required);
    for (const { inputs } of prod.of("gcp:container/nodePool:NodePool")) {
      expect(at(inputs, "nodeConfig.resourceLabels")).toMatchObject(required);
    }
    const objects = prod.resources.filter(({ type }) => type.startsWith("kubernetes:"));
    for (const { inputs } of objects) {
      expect(at(inputs, "metadata.labels")).toMatchObject({
        ...required,
        "app.kubernetes.io/part-of": "resolution-service",
      });
    }
  });

  it("changes the pods alone with a release", async () => {
    const next = await registerService(environmentOf("prod", { "resolution.release": "2026.12.0" }));
    const changed = next.resources.filter(({ name, inputs }) => {
      const before = prod.one(name).inputs;
      return JSON.stringify(inputs) !== JSON.stringify(before);
    });
    expect(changed.map(({ name }) => name).sort()).toEqual(
      ["europe-west1", "europe-west4"].flatMap((region) => [
        `resolution-${region}-workloads-api`,
        `resolution-${region}-workloads-dns`,
      ]),
    );
    for (const { inputs } of next.of("kubernetes:apps/v1:StatefulSet")) {
      // What a StatefulSet cannot change in place.
      expect(JSON.stringify(at(inputs, "spec.volumeClaimTemplates"))).not.toContain("2026.12.0");
      expect(JSON.stringify(at(inputs, "spec.selector"))).not.toContain("2026.12.0");
    }
  });

  it("rolls a release out region by region", () => {
    const first = ["resolution-europe-west1-workloads-api", "resolution-europe-west1-workloads-dns"];
    for (const role of ["api", "dns"]) {
      expect(prod.one(`resolution-europe-west4-workloads-${role}`).dependsOn).toEqual(expect.arrayContaining(first));
      const dependencies = prod.one(`resolution-europe-west1-workloads-${role}`).dependsOn;
      expect(dependencies.filter((name) => name.includes("europe-west4-workloads"))).toEqual([]);
    }
  });

  it("protects in production what holds state or is named by DNS, and nothing in the sandbox", async () => {
    const protectedNames = prod.resources.filter(({ protect }) => protect).map(({ name }) => name);
    const perRegion = ["api-address", "dns-address", "gke-cluster", "update-key-secret"];
    expect(protectedNames.sort()).toEqual(
      [
        "resolution-database-instance",
        "resolution-database-resolution",
        "resolution-network-europe-west1-nat-address",
        "resolution-network-europe-west4-nat-address",
        ...["europe-west1", "europe-west4"].flatMap((region) =>
          perRegion.map((role) => `resolution-${region}-${role}`),
        ),
      ].sort(),
    );
    const sandbox = await registerService(environmentOf("sandbox"));
    expect(sandbox.resources.filter(({ protect }) => protect)).toEqual([]);
    expect(at(sandbox.one("resolution-database-instance").inputs, "deletionProtection")).toBe(false);
    expect(at(sandbox.one("resolution-europe-west1-gke-cluster").inputs, "deletionProtection")).toBe(false);
  });

  it("tells name servers, control API, NAT addresses and certificate records by region", async () => {
    const { service } = prod;
    expect(await valueOf(service.dnsAddresses["europe-west4"]!)).toBe("address of resolution-europe-west4-dns-address");
    expect(await valueOf(service.apiAddresses["europe-west1"]!)).toBe("address of resolution-europe-west1-api-address");
    expect(await valueOf(service.natAddresses["europe-west1"]!)).toBe(
      "address of resolution-network-europe-west1-nat-address",
    );
    expect(await valueOf(service.certificateRecords["europe-west4"]!.name)).toBe("_acme_europe-west4.");
  });
});
