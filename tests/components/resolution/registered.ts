/** Registers components against Pulumi's mocks and keeps what reached the engine. */
import * as pulumi from "@pulumi/pulumi";

/** A resource as it reached the engine. */
export interface RegisteredResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Names of inputs that are marked secret. */
  readonly secretInputs: readonly string[];
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  /** Logical names of what it is ordered after explicitly. */
  readonly dependsOn: readonly string[];
}

export interface Registered {
  readonly resources: readonly RegisteredResource[];
  /** The resources of a type such as `gcp:compute/firewall:Firewall`. */
  readonly of: (type: string) => readonly RegisteredResource[];
  /** The one resource with this logical name. Throws when there is none. */
  readonly one: (name: string) => RegisteredResource;
}

/** Runs `construct` with options that record every resource below, and waits until each one is registered. */
export async function register(
  environment: string,
  preview: boolean,
  construct: (opts: pulumi.ComponentResourceOptions) => void,
): Promise<Registered> {
  const inputs = new Map<string, Record<string, unknown>>();
  const secretInputs = new Map<string, string[]>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs: given }) => {
        const entries = Object.entries(given as Record<string, unknown>);
        const plain = entries.map(([key, value]) => [key, pulumi.runtime.unwrapRpcSecret(value)] as const);
        const known: Record<string, unknown> = Object.fromEntries(plain);
        secretInputs.set(
          name,
          entries.filter(([, value]) => pulumi.runtime.isRpcSecret(value)).map(([key]) => key),
        );
        inputs.set(name, known);
        return { id: `id-of-${name}`, state: { ...known, ...computed(type, name, known) } };
      },
      call: () => ({}),
    },
    "platform",
    environment,
    preview,
  );
  const created: pulumi.ResourceTransformationArgs[] = [];
  construct({ transformations: [(args) => void created.push(args)] });
  const resources = await Promise.all(
    created.map(async ({ resource, type, name, opts }) => {
      // Known when the engine has answered, so that the inputs have arrived by then.
      await new Promise((resolve) => resource.urn.apply(resolve));
      return {
        type,
        name,
        inputs: inputs.get(name) ?? {},
        secretInputs: secretInputs.get(name) ?? [],
        protect: opts.protect === true,
        ignoreChanges: (opts as pulumi.CustomResourceOptions).ignoreChanges ?? [],
        dependsOn: namesOf(opts.dependsOn, created),
      };
    }),
  );
  return {
    resources,
    of: (type) => resources.filter((resource) => resource.type === type),
    one: (name) => {
      const found = resources.find((resource) => resource.name === name);
      if (found === undefined) throw new Error(`no ${name}; there are ${resources.map((r) => r.name).join(", ")}`);
      return found;
    },
  };
}

function namesOf(
  dependsOn: pulumi.ResourceOptions["dependsOn"],
  created: readonly pulumi.ResourceTransformationArgs[],
): string[] {
  const dependencies = Array.isArray(dependsOn) ? (dependsOn as unknown[]) : [];
  return dependencies.map((wanted) => {
    const found = created.find(({ resource }) => resource === wanted);
    if (found === undefined) throw new Error("depends on a resource that was not registered");
    return found.name;
  });
}

/** What Google Cloud adds, as far as other resources refer to it. */
function computed(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (type) {
    case "gcp:serviceaccount/account:Account": {
      const email = `${String(inputs.accountId)}@acme.iam.gserviceaccount.com`;
      return { email, member: `serviceAccount:${email}`, name: `projects/acme/serviceAccounts/${email}` };
    }
    case "gcp:compute/address:Address":
      return { address: `address of ${name}`, selfLink: `link of ${name}` };
    case "gcp:container/cluster:Cluster":
      return {
        controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: `gke-${String(inputs.location)}.goog` } },
      };
    case "gcp:sql/databaseInstance:DatabaseInstance":
      return { privateIpAddress: "10.2.0.3", serverCaCerts: [{ cert: "old authority" }, { cert: "new authority" }] };
    case "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion":
      return { name: `version of ${String(inputs.secret)}` };
    case "gcp:certificatemanager/dnsAuthorization:DnsAuthorization":
      return {
        dnsResourceRecords: [{ name: `_acme_${String(inputs.location)}.`, type: "CNAME", data: `proof ${name}.` }],
      };
    case "gcp:dns/managedZone:ManagedZone":
      return { nameServers: ["ns1.google.", "ns2.google."] };
    default:
      return {};
  }
}

/** The value of an output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
