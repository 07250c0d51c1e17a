import { environmentOf, registerService, type RegisteredService } from "./registered-service";

describe("GKE clusters of the resolution service", () => {
  let prod: RegisteredService;

  beforeAll(async () => {
    prod = await registerService(environmentOf("prod"));
  });

  it("are private and regional, with workload identity, enforced policies and a release channel", () => {
    expect(prod.one("resolution-europe-west4-gke-cluster").inputs).toMatchObject({
      name: "prod-shared-europe-west4",
      location: "europe-west4",
      deletionProtection: true,
      privateClusterConfig: { enablePrivateNodes: true },
      controlPlaneEndpointsConfig: { ipEndpointsConfig: { enabled: false } },
      workloadIdentityConfig: { workloadPool: "acme-hosting-prod.svc.id.goog" },
      datapathProvider: "ADVANCED_DATAPATH",
      releaseChannel: { channel: "REGULAR" },
      gatewayApiConfig: { channel: "CHANNEL_STANDARD" },
      ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
    });
  });

  it("never run nodes as the default service account, not even the first pool", () => {
    const nodes = "prod-shared-nodes@acme.iam.gserviceaccount.com";
    const cluster = prod.one("resolution-europe-west1-gke-cluster");
    expect(cluster.inputs).toMatchObject({ removeDefaultNodePool: true, nodeConfig: { serviceAccount: nodes } });
    expect(cluster.ignoreChanges).toEqual(["nodeConfig"]);
    expect(prod.one("resolution-europe-west1-gke-nodes").inputs).toMatchObject({
      nodeConfig: {
        serviceAccount: nodes,
        machineType: "e2-standard-4",
        shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
        workloadMetadataConfig: { mode: "GKE_METADATA" },
      },
      autoscaling: { minNodeCount: 1, maxNodeCount: 3 },
    });
  });

  it("keep the node pool when its size or machine type changes", async () => {
    const pool = "resolution-europe-west1-gke-nodes";
    const nodes = { machineType: "e2-standard-8", min: 2, max: 9 };
    const changed = (await registerService(environmentOf("prod", { "resolution.nodes": nodes }))).one(pool).inputs;
    // Of what changes, the provider replaces on none.
    const replacing = ["name", "initialNodeCount", "location", "cluster"];
    for (const property of replacing) expect(changed[property]).toEqual(prod.one(pool).inputs[property]);
    expect(changed).toMatchObject({ nodeConfig: { machineType: "e2-standard-8" } });
  });

  it("are reached through their own provider, in which ConfigMaps change in place", () => {
    const { inputs } = prod.one("resolution-europe-west4-gke-kubernetes");
    expect(inputs.kubeconfig).toContain("https://gke-europe-west4.goog");
    expect(inputs.clusterIdentifier).toBe("acme-hosting-prod/europe-west4/prod-shared-europe-west4");
    // Provider configuration reaches the engine as text.
    expect(inputs.enableConfigMapMutable).toBe("true");
  });
});

describe("database of the resolution service", () => {
  let prod: RegisteredService;

  beforeAll(async () => {
    prod = await registerService(environmentOf("prod"));
  });

  it("is private, highly available, encrypted, backed up and protected", () => {
    expect(prod.one("resolution-database-instance").inputs).toMatchObject({
      name: "prod-shared-resolution",
      databaseVersion: "POSTGRES_16",
      region: "europe-west1",
      deletionProtection: true,
      settings: {
        tier: "db-custom-2-7680",
        edition: "ENTERPRISE",
        availabilityType: "REGIONAL",
        deletionProtectionEnabled: true,
        ipConfiguration: {
          ipv4Enabled: false,
          privateNetwork: "id-of-resolution-network-vpc",
          sslMode: "ENCRYPTED_ONLY",
        },
        databaseFlags: [{ name: "cloudsql.iam_authentication", value: "on" }],
        backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true },
        diskSize: 50,
        diskAutoresize: true,
        diskAutoresizeLimit: 500,
      },
    });
  });

  it("is created after the peering, and not replaced because its disk has grown", () => {
    const instance = prod.one("resolution-database-instance");
    expect(instance.dependsOn).toEqual(["resolution-network-service-connection"]);
    expect(instance.ignoreChanges).toEqual(["settings.diskSize"]);
  });

  it("has the control API's account as its only user, without a password", () => {
    const users = prod.of("gcp:sql/user:User").map(({ inputs }) => inputs);
    expect(users).toEqual([
      {
        instance: "prod-shared-resolution",
        type: "CLOUD_IAM_SERVICE_ACCOUNT",
        name: "prod-shared-api@acme.iam",
        databaseRoles: ["cloudsqlsuperuser"],
        deletionPolicy: "ABANDON",
      },
    ]);
  });
});
