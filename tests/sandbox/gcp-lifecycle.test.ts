import { GCP_TYPES } from "../../sandbox/facts/gcp-types";
import type { State } from "../../sandbox/provider/lifecycle";
import { isUnknown, type Properties, text } from "../../sandbox/provider/values";
import { TestCloud } from "./cloud";
import { IDS, PROJECT, REGION, SAMPLES } from "./samples";

const NETWORK = "gcp:compute/network:Network";
const SUBNETWORK = "gcp:compute/subnetwork:Subnetwork";
const ADDRESS = "gcp:compute/address:Address";
const TEMPLATE = "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate";
const GROUP = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager";
const ACCOUNT = "gcp:serviceaccount/account:Account";
const INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance";
const COMPUTE = "https://www.googleapis.com/compute/v1/";
const networkId = `projects/${PROJECT}/global/networks/net`;

let cloud: TestCloud;
beforeEach(() => {
  cloud = new TestCloud();
});
afterEach(() => cloud.dispose());

const create = (type: string, change: Properties = {}) => cloud.create(type, { ...SAMPLES[type], ...change });

/** Creates the samples of several types, in order, so that what refers to another finds it. */
async function createAll(...types: string[]): Promise<State[]> {
  const states: State[] = [];
  for (const type of types) states.push(await create(type));
  return states;
}

describe("created", () => {
  test.each(Object.entries(IDS))("%s has the real provider's id", (type, id) => {
    expect(cloud.configured.type(type).id(SAMPLES[type] ?? {}, cloud.store)).toBe(id);
  });

  test("a network has a self link, and what was given", async () => {
    const { outputs } = await create(NETWORK);
    expect(outputs).toMatchObject({ name: "net", project: PROJECT, selfLink: `${COMPUTE}${networkId}` });
  });

  test("addresses are unique, documented as nobody's, and free again after deletion", async () => {
    const states: State[] = [];
    for (let index = 0; index < 300; index++) states.push(await create(ADDRESS, { name: `a${index}` }));
    const addresses = states.map(({ outputs }) => text(outputs.address));
    expect(new Set(addresses).size).toBe(300);
    expect(addresses.filter((address) => !/^(203\.0\.113|198\.51\.100)\.\d+$/.test(address))).toEqual([]);
    await cloud.delete(ADDRESS, states[7]?.id ?? "");
    expect((await create(ADDRESS, { name: "a7" })).outputs.address).toBe(addresses[7]);
  });

  test("an internal address lies in its subnetwork", async () => {
    const [, subnet] = await createAll(NETWORK, SUBNETWORK);
    const { outputs } = await create(ADDRESS, { addressType: "INTERNAL", subnetwork: subnet?.id ?? "" });
    expect(outputs.address).toMatch(/^10\.0\.(\d|1[0-5])\.\d+$/);
  });

  test("a group tells the instance group that backends use", async () => {
    const [, , , group] = await createAll(NETWORK, SUBNETWORK, TEMPLATE, GROUP);
    expect(group?.outputs).toMatchObject({
      instanceGroup: `${COMPUTE}projects/${PROJECT}/regions/${REGION}/instanceGroups/group`,
      distributionPolicyZones: [`${REGION}-a`, `${REGION}-b`, `${REGION}-c`],
    });
  });

  test("labels come with the provider's own and its defaults", async () => {
    const labelled = new TestCloud(undefined, { project: PROJECT, region: REGION, defaultLabels: '{"team":"edge"}' });
    try {
      const { outputs } = await labelled.create(ADDRESS, { name: "a", labels: { tier: "free" } });
      expect(outputs.effectiveLabels).toEqual({ team: "edge", tier: "free", "goog-pulumi-provisioned": "true" });
      expect(outputs.labels).toEqual({ tier: "free" });
    } finally {
      labelled.dispose();
    }
  });

  test("versions of a secret count up and are never used again", async () => {
    const type = "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion";
    const first = await create(type);
    await cloud.delete(type, first.id);
    expect((await create(type)).outputs.version).toBe("2");
  });

  test("regional authorizations of one domain have records of their own", async () => {
    const type = "gcp:certificatemanager/dnsAuthorization:DnsAuthorization";
    const names = await Promise.all(
      ["global", "europe-west1", "europe-west4"].map(async (location) => {
        const { outputs } = await create(type, { location });
        return (outputs.dnsResourceRecords as Properties[])[0]?.name;
      }),
    );
    expect(names[0]).toBe("_acme-challenge.api.example.com.");
    expect(new Set(names).size).toBe(3);
  });

  test.each<[string, string, RegExp]>([
    ["gcp:serviceaccount/account:Account", "email", /^robot-1@acme\.iam\.gserviceaccount\.com$/],
    ["gcp:serviceaccount/account:Account", "uniqueId", /^\d{21}$/],
    ["gcp:container/cluster:Cluster", "endpoint", /^203\.0\.113\.\d+$|^198\.51\.100\.\d+$|^192\.0\.2\.\d+$/],
    ["gcp:sql/databaseInstance:DatabaseInstance", "connectionName", /^acme:europe-west4:db$/],
    ["gcp:dns/managedZone:ManagedZone", "nameServers", /^ns-cloud-[a-e]1\.googledomains\.com\.$/],
    ["gcp:compute/regionHealthCheck:RegionHealthCheck", "type", /^TCP$/],
    ["gcp:monitoring/alertPolicy:AlertPolicy", "name", /^projects\/acme\/alertPolicies\/\d{19}$/],
    ["gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig", "uptimeCheckId", /^check-\d+$/],
  ])("%s has %s", async (type, output, expected) => {
    const value = (await create(type)).outputs[output];
    expect(text(Array.isArray(value) ? value[0] : value)).toMatch(expected);
  });

  test("a cluster's nested outputs join what was given beside them", async () => {
    const given = { dnsEndpointConfig: { allowExternalTraffic: true } };
    const { outputs } = await create("gcp:container/cluster:Cluster", { controlPlaneEndpointsConfig: given });
    expect(outputs.controlPlaneEndpointsConfig).toMatchObject({
      dnsEndpointConfig: {
        allowExternalTraffic: true,
        endpoint: expect.stringMatching(/^gke-[0-9a-f]+\.europe-west4\.gke\.goog$/) as string,
      },
    });
  });
});

describe("in a preview", () => {
  test.each(GCP_TYPES)("%s has unknown computed outputs and known inputs", (type) => {
    const inputs = SAMPLES[type] ?? {};
    const outputs = cloud.configured.type(type).preview(inputs, undefined);
    expect(Object.keys(outputs).filter((name) => name in inputs && isUnknown(outputs[name]))).toEqual([]);
    for (const name of ["selfLink", "etag", "creationTimestamp"]) {
      if (name in outputs) expect({ name, unknown: isUnknown(outputs[name]) }).toEqual({ name, unknown: true });
    }
  });

  test("project, region, labels and a service account's identity are known before creation", () => {
    const preview = (type: string) => cloud.configured.type(type).preview(SAMPLES[type] ?? {}, undefined);
    expect(preview(ADDRESS)).toMatchObject({
      project: PROJECT,
      region: REGION,
      effectiveLabels: { "goog-pulumi-provisioned": "true" },
    });
    expect(preview(ACCOUNT)).toMatchObject({ email: "robot-1@acme.iam.gserviceaccount.com" });
  });

  test("an update keeps computed outputs except fingerprints", async () => {
    const [, subnet] = await createAll(NETWORK, SUBNETWORK);
    const type = cloud.configured.type(SUBNETWORK);
    const outputs = type.preview({ ...SAMPLES[SUBNETWORK], ipCidrRange: "10.0.0.0/16" }, subnet?.outputs);
    expect(outputs).toMatchObject({ selfLink: subnet?.outputs.selfLink, ipCidrRange: "10.0.0.0/16" });
    expect(isUnknown(outputs.fingerprint)).toBe(true);
  });
});

describe("updated", () => {
  test("a resource keeps its identity and changes its fingerprint", async () => {
    const [, before] = await createAll(NETWORK, SUBNETWORK);
    const after = await cloud.update(SUBNETWORK, before?.id ?? "", {
      ...SAMPLES[SUBNETWORK],
      ipCidrRange: "10.0.0.0/16",
    });
    expect(after.outputs.subnetworkId).toBe(before?.outputs.subnetworkId);
    expect(after.outputs.fingerprint).not.toBe(before?.outputs.fingerprint);
    expect(after.outputs.ipCidrRange).toBe("10.0.0.0/16");
  });

  test("a property that is no longer given is gone, a computed one stays", async () => {
    const { id, outputs } = await create(ADDRESS, { description: "d" });
    const after = await cloud.update(ADDRESS, id, { name: "addr" });
    expect(after.outputs.description).toBeUndefined();
    expect(after.outputs.address).toBe(outputs.address);
  });

  test("a resource that is gone is not found", async () => {
    await expect(cloud.update(NETWORK, networkId, { name: "net" })).rejects.toThrow(/was not found; run a refresh/);
  });
});

describe("refused by the cloud", () => {
  test("creating what exists already", async () => {
    await create(NETWORK);
    await expect(create(NETWORK)).rejects.toThrow(`${networkId} already exists`);
  });

  test("a membership twice is no conflict", async () => {
    const type = "gcp:projects/iAMMember:IAMMember";
    await expect(createAll(type, type)).resolves.toHaveLength(2);
  });

  test("naming what does not exist", async () => {
    await expect(create(SUBNETWORK)).rejects.toThrow(`The resource '${networkId}' was not found (network)`);
  });

  test("deleting what is in use, by whichever form of its name", async () => {
    const [network, , template, group] = await createAll(NETWORK, SUBNETWORK, TEMPLATE, GROUP);
    await expect(cloud.delete(NETWORK, network?.id ?? "")).rejects.toThrow(/already being used by .*subnetworks\/sub/);
    await expect(cloud.delete(TEMPLATE, template?.id ?? "")).rejects.toThrow(
      /already being used by .*instanceGroupManagers\/group/,
    );
    await cloud.delete(GROUP, group?.id ?? "");
    await expect(cloud.delete(TEMPLATE, template?.id ?? "")).resolves.toBeUndefined();
  });

  test("deleting an address that a forwarding rule serves by its number", async () => {
    const rule = "gcp:compute/forwardingRule:ForwardingRule";
    await create(NETWORK);
    const { id, outputs } = await create(ADDRESS);
    await create(rule, { ipAddress: outputs.address, loadBalancingScheme: "EXTERNAL", target: "proxy", network: null });
    await expect(cloud.delete(ADDRESS, id)).rejects.toThrow(/already being used by .*forwardingRules\/rule/);
  });

  test("deleting what is protected, which a database is unless told otherwise", async () => {
    const { id } = await create(INSTANCE);
    await expect(cloud.delete(INSTANCE, id)).rejects.toThrow(/deletionProtection is on \(the default\)/);
    await cloud.update(INSTANCE, id, { ...SAMPLES[INSTANCE], deletionProtection: false });
    await expect(cloud.delete(INSTANCE, id)).resolves.toBeUndefined();
  });

  test("overlapping subnetworks of one network", async () => {
    await createAll(NETWORK, SUBNETWORK);
    await expect(create(SUBNETWORK, { name: "other", ipCidrRange: "10.0.8.0/21" })).rejects.toThrow(
      /conflicts with existing subnetwork/,
    );
  });

  test("a managed forwarding rule without a proxy-only subnetwork", async () => {
    const rule = "gcp:compute/forwardingRule:ForwardingRule";
    await create(NETWORK);
    const proxies = { target: "proxy" };
    await expect(create(rule, proxies)).rejects.toThrow(/proxy-only subnetwork is required/);
    await create(SUBNETWORK, { purpose: "REGIONAL_MANAGED_PROXY", role: "ACTIVE" });
    await expect(create(rule, proxies)).resolves.toBeDefined();
  });

  test("a private database in a network without a connection to Google's services", async () => {
    await create(NETWORK);
    const settings = { tier: "t", ipConfiguration: { ipv4Enabled: false, privateNetwork: networkId } };
    await expect(create(INSTANCE, { settings })).rejects.toThrow(/no private services connection/);
    await create("gcp:servicenetworking/connection:Connection");
    expect((await create(INSTANCE, { settings })).outputs.privateIpAddress).toMatch(/^10\.\d+\.\d+\.\d+$/);
  });

  test("a record outside its zone, and a CNAME that is not alone", async () => {
    const record = "gcp:dns/recordSet:RecordSet";
    await expect(create(record)).rejects.toThrow(/managed zone .* was not found/);
    await create("gcp:dns/managedZone:ManagedZone");
    await expect(create(record, { name: "api.example.org." })).rejects.toThrow(/not in the zone example\.com\./);
    await create(record);
    await expect(create(record, { type: "CNAME", rrdatas: ["b.example.com."] })).rejects.toThrow(
      /must be alone at its name/,
    );
  });
});

describe("the difference of a resource", () => {
  test.each(GCP_TYPES)("%s does not differ from itself", (type) => {
    const served = cloud.configured.type(type);
    const inputs = cloud.check(type, SAMPLES[type] ?? {}).inputs;
    const id = served.id(inputs, cloud.store);
    const created = new Date(0).toISOString();
    const outputs = served.outputs({ id, inputs, olds: undefined, created, store: cloud.store });
    expect(served.diff(outputs, inputs).changes).toEqual([]);
  });

  test("moving the provider to another project replaces its resources", async () => {
    const { outputs, inputs } = await create(NETWORK);
    const moved = new TestCloud(undefined, { project: "other", region: REGION });
    try {
      expect(moved.configured.type(NETWORK).diff(outputs, inputs).changes).toEqual([
        { path: ["project"], kind: "update", replace: true },
      ]);
    } finally {
      moved.dispose();
    }
  });

  test("a subnetwork grows in place and is replaced to shrink", async () => {
    const [, { outputs } = { outputs: {} }] = await createAll(NETWORK, SUBNETWORK);
    const replaced = (ipCidrRange: string) =>
      cloud.configured.type(SUBNETWORK).diff(outputs, { ...SAMPLES[SUBNETWORK], ipCidrRange }).changes[0]?.replace;
    expect(replaced("10.0.0.0/16")).toBe(false);
    expect(replaced("10.0.0.0/24")).toBe(true);
  });

  test.each<[string, string, boolean]>([
    ["a given name that stays", "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate", true],
    ["a given name that changes", "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate", true],
    ["a given name that stays, where a unique one would do", "gcp:compute/instanceTemplate:InstanceTemplate", true],
    ["a given name that changes, where a unique one will do", "gcp:compute/instanceTemplate:InstanceTemplate", false],
  ])("a replacement with %s deletes first as the real provider does", (title, type, expected) => {
    const news = {
      ...SAMPLES[type],
      machineType: "n2-standard-8",
      ...(title.includes("changes") ? { name: "template-2" } : {}),
    };
    expect(cloud.configured.type(type).diff(SAMPLES[type] ?? {}, news).deleteBeforeReplace).toBe(expected);
  });

  test("a replacement with a generated name creates first", () => {
    const unnamed = { ...SAMPLES[TEMPLATE], name: null };
    const { inputs } = cloud.check(TEMPLATE, unnamed);
    const difference = cloud.configured.type(TEMPLATE).diff(inputs, { ...inputs, machineType: "n2-standard-8" });
    expect(difference).toMatchObject({
      deleteBeforeReplace: false,
      changes: [{ path: ["machineType"], replace: true }],
    });
  });
});
