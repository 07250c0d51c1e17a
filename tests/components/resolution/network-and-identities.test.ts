import { DNS_UPDATE_KEY, environmentOf, registerService, type RegisteredService } from "./registered-service";

describe("network of the resolution service", () => {
  let prod: RegisteredService;

  beforeAll(async () => {
    prod = await registerService(environmentOf("prod"));
  });

  it("lets in only load balancer proxies and health checks, to the control API's port of the nodes", () => {
    expect(prod.one("resolution-network-allow-api").inputs).toMatchObject({
      direction: "INGRESS",
      sourceRanges: ["10.0.96.0/20", "10.1.96.0/20", "35.191.0.0/16", "130.211.0.0/22"],
      targetServiceAccounts: ["prod-shared-nodes@acme.iam.gserviceaccount.com"],
      allows: [{ protocol: "tcp", ports: ["8080"] }],
    });
  });

  it("denies and logs everything else", () => {
    expect(prod.one("resolution-network-deny-ingress").inputs).toMatchObject({
      direction: "INGRESS",
      priority: 65534,
      sourceRanges: ["0.0.0.0/0"],
      denies: [{ protocol: "all" }],
      logConfig: { metadata: "INCLUDE_ALL_METADATA" },
    });
  });

  it("reserves the configured range for the database", () => {
    expect(prod.one("resolution-network-service-range").inputs).toMatchObject({
      purpose: "VPC_PEERING",
      addressType: "INTERNAL",
      address: "10.2.0.0",
      prefixLength: 20,
    });
  });

  it("translates nodes and pods to one static address per region", () => {
    const { inputs } = prod.one("resolution-network-europe-west1-nat");
    expect(inputs).toMatchObject({
      natIpAllocateOption: "MANUAL_ONLY",
      natIps: ["link of resolution-network-europe-west1-nat-address"],
      sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
    });
  });
});

describe("identities of the resolution service", () => {
  let prod: RegisteredService;

  beforeAll(async () => {
    prod = await registerService(environmentOf("prod"));
  });

  it("grants exactly these roles", () => {
    const grants = prod.resources
      .filter(({ type }) => /iammember/i.test(type))
      .map(({ inputs }) => `${String(inputs.member)} ${String(inputs.role)}`);
    const api = "serviceAccount:prod-shared-api@acme.iam.gserviceaccount.com";
    const dns = "serviceAccount:prod-shared-dns@acme.iam.gserviceaccount.com";
    const nodes = "serviceAccount:prod-shared-nodes@acme.iam.gserviceaccount.com";
    const pods = (name: string) => `serviceAccount:acme-hosting-prod.svc.id.goog[resolution/${name}]`;
    expect(grants.sort()).toEqual(
      [
        `${api} roles/cloudsql.instanceUser`,
        `${dns} roles/secretmanager.secretAccessor`,
        `${dns} roles/secretmanager.secretAccessor`,
        `${nodes} roles/artifactregistry.reader`,
        `${nodes} roles/container.defaultNodeServiceAccount`,
        `${pods("control-api")} roles/iam.workloadIdentityUser`,
        `${pods("dns")} roles/iam.workloadIdentityUser`,
      ].sort(),
    );
  });

  it("limits the login to the one instance", () => {
    const { condition } = prod.one("resolution-database-api-login").inputs as { condition: { expression: string } };
    expect(condition.expression).toContain('"projects/acme-hosting-prod/instances/prod-shared-resolution"');
  });

  it("lets nodes pull from the configured repository only", () => {
    expect(prod.one("resolution-identities-nodes-images").inputs).toMatchObject({
      project: "acme-hosting-prod",
      location: "europe",
      repository: "platform",
    });
  });

  it("binds pods after the clusters, which bring the identity pool into being", () => {
    expect(prod.one("resolution-identities-dns-workload").dependsOn).toEqual([
      "resolution-europe-west1-gke-cluster",
      "resolution-europe-west4-gke-cluster",
    ]);
  });

  it("keeps the update key in its secrets alone, one in each region, and secret on the way there", () => {
    const holders = prod.resources.filter(({ inputs }) => JSON.stringify(inputs).includes(DNS_UPDATE_KEY));
    expect(holders.map(({ name }) => name)).toEqual([
      "resolution-europe-west1-update-key-version",
      "resolution-europe-west4-update-key-version",
    ]);
    expect(holders.map(({ secretInputs }) => secretInputs)).toEqual([["secretData"], ["secretData"]]);
    const secrets = prod.of("gcp:secretmanager/regionalSecret:RegionalSecret");
    expect(secrets.map(({ inputs }) => [inputs.location, inputs.secretId])).toEqual([
      ["europe-west1", "prod-shared-europe-west1-dns-update-key"],
      ["europe-west4", "prod-shared-europe-west4-dns-update-key"],
    ]);
  });
});
