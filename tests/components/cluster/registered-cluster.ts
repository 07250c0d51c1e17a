/** A cluster of the committed prod environment, edited, registered against Pulumi's mocks. */
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../../components/cluster";
import { readStackEnvironment, type Environment } from "../../../config";
import { sectionsOf, stackValuesOf, type Edits } from "../../support/environments";

/** A resource as it reached the engine. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** The types of the components that it is part of, outermost first. */
  readonly parents: readonly string[];
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
}

export interface RegisteredCluster {
  readonly cluster: Cluster;
  readonly resources: readonly Registered[];
  /** The resources of a type such as `compute/firewall:Firewall`. */
  readonly of: (type: string) => readonly Registered[];
  /** The one resource of a type with this logical name. Throws when there is none. */
  readonly one: (type: string, name: string) => Registered;
}

export const SECRETS = { edgeHopKey: "edge-hop-key-value", workspaceTokenKey: "workspace-token-key-value" } as const;

/** The prod environment with edits such as `{ "clusters.free.maxUsers": 5 }`. */
export function prod(edits: Edits = {}): Environment {
  return readStackEnvironment("prod", stackValuesOf(sectionsOf("prod", edits)));
}

/** Registers a cluster and waits until every resource of it is. */
export async function registerCluster(environment: Environment, name: string): Promise<RegisteredCluster> {
  const inputs = new Map<string, Record<string, unknown>>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name: logicalName, inputs: given }) => {
        inputs.set(`${type} ${logicalName}`, given as Record<string, unknown>);
        return { id: `id-of-${logicalName}`, state: outputsOf(type, logicalName, given as Record<string, unknown>) };
      },
      call: () => ({}),
    },
    "platform",
    `${environment.name}.${name}`,
  );

  const created: pulumi.ResourceTransformationArgs[] = [];
  const parentsOf = (resource: pulumi.Resource | undefined): string[] => {
    const args = created.find((candidate) => candidate.resource === resource);
    return args === undefined ? [] : [...parentsOf(args.opts.parent), args.type];
  };
  const record = (args: pulumi.ResourceTransformationArgs) => void created.push(args);
  const config = environment.clusters[name];
  if (config === undefined) throw new Error(`no cluster ${name}`);
  const cluster = new Cluster(name, { environment, name, config, secrets: SECRETS }, { transformations: [record] });

  const resources = await Promise.all(
    created.map(async ({ resource, type, name: logicalName, opts }) => ({
      type,
      name: logicalName,
      // Known when the engine has answered, so that the inputs below have arrived by then.
      urn: await valueOf(resource.urn),
      parents: parentsOf(opts.parent),
      inputs: inputs.get(`${type} ${logicalName}`) ?? {},
      protect: opts.protect === true,
    })),
  );
  const of = (type: string) => resources.filter((resource) => resource.type === `gcp:${type}`);
  return {
    cluster,
    resources,
    of,
    one: (type, logicalName) => {
      const found = of(type).find((resource) => resource.name === logicalName);
      if (found === undefined)
        throw new Error(
          `no ${type} ${logicalName}; there are ${of(type)
            .map((r) => r.name)
            .join(", ")}`,
        );
      return found;
    },
  };
}

/** The value of an output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** What Google Cloud adds, as far as other resources of a cluster refer to it. */
function outputsOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const link = { ...inputs, name: inputs.name ?? `name-of-${name}`, selfLink: `link-of-${name}` };
  switch (type) {
    case "gcp:serviceaccount/account:Account": {
      const email = `${String(inputs.accountId)}@${String(inputs.project)}.iam.gserviceaccount.com`;
      return { ...link, email, member: `serviceAccount:${email}` };
    }
    case "gcp:compute/address:Address":
      return { ...link, address: `address-of-${name}` };
    case "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager":
      return { ...link, instanceGroup: `group-of-${name}` };
    case "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig":
      return { ...link, uptimeCheckId: "check-1" };
    default:
      return link;
  }
}
