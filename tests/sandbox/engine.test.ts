import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as compute from "@pulumi/gcp/compute";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as secretmanager from "@pulumi/gcp/secretmanager";
import * as core from "@pulumi/kubernetes/core/v1";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { LocalStack } from "./local-stack";

const TIMEOUT = 120_000;
const NETWORK = "gcp:compute/network:Network";
const ADDRESS = "gcp:compute/address:Address";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

let stack: LocalStack;
afterEach(() => stack.dispose());

interface Shape {
  readonly machineType?: string;
  readonly routingMode?: string;
  /** What the template is called; by default after its machine type. */
  readonly template?: string;
  readonly deleteBeforeReplace?: boolean;
  /** Creates the address once everything else is there, so that no other call is under way. */
  readonly addressLast?: boolean;
}

/** A group of VMs in a network of its own: one of each kind of relation. */
function platform({
  machineType = "n2-standard-4",
  routingMode = "REGIONAL",
  template = machineType,
  ...options
}: Shape = {}): PulumiFn {
  return () => {
    const network = new compute.Network("network", { name: "net", autoCreateSubnetworks: false, routingMode });
    const subnet = new compute.Subnetwork("subnet", { name: "sub", network: network.id, ipCidrRange: "10.0.0.0/20" });
    const versions = new compute.RegionInstanceTemplate(
      "template",
      {
        name: template,
        machineType,
        disks: [{ boot: true, sourceImage: "cos-cloud/cos-stable" }],
        networkInterfaces: [{ subnetwork: subnet.id }],
      },
      { deleteBeforeReplace: options.deleteBeforeReplace ?? false },
    );
    const group = new compute.RegionInstanceGroupManager("group", {
      name: "group",
      baseInstanceName: "group",
      versions: [{ instanceTemplate: versions.selfLink }],
    });
    const dependsOn = options.addressLast === true ? [group] : [];
    const address = new compute.Address("address", { name: "addr" }, { dependsOn });
    return Promise.resolve({ group: group.instanceGroup, address: address.address });
  };
}

test(
  "create, no change, update, refresh and delete",
  async () => {
    stack = await LocalStack.create(platform());
    const preview = await stack.preview();
    expect(preview.taken.sort()).toEqual([
      "create address",
      "create group",
      "create network",
      "create subnet",
      "create template",
    ]);
    expect(preview.states.address).toMatchObject({ name: "addr", address: UNKNOWN, region: "europe-west4" });

    const up = await stack.up();
    expect(up.outputs).toEqual({
      group: "https://www.googleapis.com/compute/v1/projects/test-project/regions/europe-west4/instanceGroups/group",
      address: expect.stringMatching(/^(203\.0\.113|198\.51\.100|192\.0\.2)\.\d+$/) as string,
    });
    expect((await stack.up()).taken).toEqual([]);

    // A restart of the provider, which every run is, has lost nothing; a change of one property touches one resource.
    expect((await stack.refresh()).differences).toEqual({});
    const changed = platform({ routingMode: "GLOBAL" });
    expect((await stack.preview(changed)).differences).toEqual({ network: { routingMode: "update" } });

    expect((await stack.destroy()).taken).toHaveLength(5);
    expect(recordsOf(NETWORK)).toEqual([]);
  },
  TIMEOUT,
);

test(
  "a template with a new name is created before the old one is deleted, and the group is updated in between",
  async () => {
    stack = await LocalStack.create(platform());
    await stack.up();
    const larger = platform({ machineType: "n2-standard-8" });
    const { differences, states } = await stack.preview(larger);
    expect(differences).toEqual({
      template: { machineType: "update-replace", name: "update-replace" },
      group: { "versions[0].instanceTemplate": "update" },
    });
    // What an update does not touch is known in its preview.
    expect(states.group).toMatchObject({
      instanceGroup: expect.stringContaining("instanceGroups/group") as string,
      fingerprint: UNKNOWN,
    });

    const { taken } = await stack.up(larger);
    expect(taken.filter((step) => !step.startsWith("replace "))).toEqual([
      "create-replacement template",
      "update group",
      "delete-replaced template",
    ]);
  },
  TIMEOUT,
);

test(
  "a template that is replaced under the same name is refused, in either order",
  async () => {
    stack = await LocalStack.create(platform({ template: "fixed" }));
    await stack.up();
    const change = { template: "fixed", machineType: "n2-standard-8" };
    await expect(stack.up(platform(change))).rejects.toThrow(/instanceTemplates\/fixed already exists/);
    await expect(stack.up(platform({ ...change, deleteBeforeReplace: true }))).rejects.toThrow(
      /already being used by .*instanceGroupManagers\/group/,
    );
  },
  TIMEOUT,
);

test(
  "mistakes are refused in a preview, with path, value and remedy",
  async () => {
    const firewall =
      (change: Partial<compute.FirewallArgs>): PulumiFn =>
      () => {
        new compute.Firewall("firewall", { name: "fw", network: "net", allows: [{ protocol: "tcp" }], ...change });
        return Promise.resolve();
      };
    stack = await LocalStack.create(firewall({}));
    await expect(stack.preview()).rejects.toThrow(
      /property sourceRanges .*one of sourceRanges, sourceTags, sourceServiceAccounts must be set for ingress/,
    );
    const misspelt = { protocol: "tcp", prots: ["443"] };
    await expect(stack.preview(firewall({ allows: [misspelt], sourceTags: ["edge"] }))).rejects.toThrow(
      /allows\[0\]\.prots .*unknown property \(value \["443"\]\); did you mean ports\?/,
    );
  },
  TIMEOUT,
);

test(
  "a resource that somebody removed is created again after a refresh",
  async () => {
    stack = await LocalStack.create(platform());
    await stack.up();
    rmSync(join(recordFolder(ADDRESS), recordsOf(ADDRESS)[0] ?? ""));
    await stack.refresh();
    expect((await stack.up()).taken).toEqual(["create address"]);
  },
  TIMEOUT,
);

test(
  "secrets stay secret from program to state",
  async () => {
    const secret = "projects/test-project/locations/europe-west4/secrets/token";
    stack = await LocalStack.create(() => {
      const regional = new secretmanager.RegionalSecret("secret", { secretId: "token", location: "europe-west4" });
      const version = new secretmanager.RegionalSecretVersion("version", {
        secret: regional.id,
        secretData: pulumi.secret("s3cret"),
      });
      const account = new serviceaccount.Account("account", { accountId: "robot-1" });
      return Promise.resolve({ version: version.name, member: account.member, data: version.secretData });
    });
    const { outputs, states } = await stack.up();
    expect(outputs).toEqual({
      version: `${secret}/versions/1`,
      member: "serviceAccount:robot-1@test-project.iam.gserviceaccount.com",
      data: "s3cret",
    });
    expect(JSON.stringify(states)).not.toContain("s3cret");
    expect((await stack.up()).taken).toEqual([]);
  },
  TIMEOUT,
);

test(
  "kubernetes objects live in the cluster that the kubeconfig names",
  async () => {
    stack = await LocalStack.create(() => {
      const address = new compute.Address("address", { name: "addr" });
      const kubeconfig = address.address.apply((ip) =>
        JSON.stringify({
          "current-context": "c",
          contexts: [{ name: "c", context: { cluster: "k" } }],
          clusters: [{ name: "k", cluster: { server: `https://${ip}` } }],
        }),
      );
      const provider = new Provider("cluster", { kubeconfig });
      const namespace = new core.Namespace("namespace", { metadata: { name: "apps" } }, { provider });
      const metadata = { name: "dns", namespace: namespace.metadata.name };
      const spec = { type: "LoadBalancer", loadBalancerIP: address.address, ports: [{ port: 53, protocol: "UDP" }] };
      const service = new core.Service("service", { metadata, spec }, { provider });
      return Promise.resolve({
        ip: service.status.loadBalancer.ingress[0]?.ip,
        address: address.address,
        id: service.id,
      });
    });
    const { outputs } = await stack.up();
    expect(outputs.ip).toBe(outputs.address);
    expect(outputs.id).toBe("apps/dns");
    expect((await stack.up()).taken).toEqual([]);
    expect((await stack.destroy()).taken).toHaveLength(3);
  },
  TIMEOUT,
);

test.each<[string, "fail" | "crash", RegExp]>([
  ["fails", "fail", /quota exceeded/],
  ["takes the provider down", "crash", /code: -?\d+/],
])(
  "when a creation %s, the rest stays and the next update completes",
  async (_, effect, message) => {
    // A provider that dies takes the answers of its other calls along: what they created stands in no state.
    stack = await LocalStack.create(platform({ addressLast: true }));
    stack.setFaults([{ operation: "create", type: ADDRESS, nth: 1, effect, message: "quota exceeded" }]);
    await expect(stack.up()).rejects.toThrow(message);
    stack.setFaults([]);
    const { taken } = await stack.up();
    expect(taken).toContain("create address");
    expect((await stack.up()).taken).toEqual([]);
  },
  TIMEOUT,
);

function recordFolder(type: string): string {
  return join(stack.cloud, "gcp", type.replace(/[^A-Za-z0-9.]+/g, "-"));
}

function recordsOf(type: string): string[] {
  return readdirSync(recordFolder(type));
}
