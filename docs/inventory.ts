/** What a stack consists of, found out by running its program without an engine: what is billed follows from it. */
import * as pulumi from "@pulumi/pulumi";
import { PROJECT, secretNames, type Environment } from "../config";
import { clusterStack as clusterStackName } from "../config/names";
import { clusterStack } from "../stacks/cluster-stack";
import type { Secrets } from "../stacks/secrets";
import { sharedStack } from "../stacks/shared-stack";

/** A resource that the program registers. */
export interface Registered {
  /** Type token, such as `gcp:compute/address:Address`. */
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Outputs of a cluster that is deployed, so that the shared stack has records for it. */
const DEPLOYED = {
  hostingAddress: "192.0.2.1",
  workspaceAddress: "192.0.2.2",
  natAddress: "192.0.2.3",
  nodeIdentities: { host: "host@example.invalid", edge: "edge@example.invalid" },
};

/** The resources of a cluster's stack, or of the shared stack when no cluster is named. */
export async function inventoryOf(environment: Environment, cluster?: string): Promise<Registered[]> {
  const registered: Registered[] = [];
  const stack = cluster === undefined ? environment.name : clusterStackName(environment.name, cluster);
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }: Omit<pulumi.runtime.MockResourceArgs, "inputs"> & Registered) => {
        registered.push({ type, inputs });
        return { id: name, state: { ...inputs, ...computed(type) } };
      },
      call: () => ({ name: stack, outputs: DEPLOYED }),
    },
    PROJECT,
    stack,
    false,
    "organization",
  );
  const secrets = Object.fromEntries(secretNames.map((name) => [name, pulumi.secret("unused")])) as unknown as Secrets;
  if (cluster === undefined) await sharedStack(environment, secrets);
  else clusterStack(environment, cluster, secrets);
  await pulumi.runtime.disconnect();
  return registered;
}

/** Outputs without which the program does not go on. */
function computed(type: string): Record<string, unknown> {
  switch (type) {
    case "gcp:serviceaccount/account:Account":
      return { email: "account@example.invalid", member: "serviceAccount:account@example.invalid" };
    case "gcp:certificatemanager/dnsAuthorization:DnsAuthorization":
      return {
        dnsResourceRecords: [{ name: "_acme.example.invalid.", type: "CNAME", data: "proof.example.invalid." }],
      };
    case "gcp:container/cluster:Cluster":
      return { controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: "gke.example.invalid" } } };
    case "gcp:sql/databaseInstance:DatabaseInstance":
      return { privateIpAddress: "192.0.2.4", serverCaCerts: [{ cert: "certificate" }] };
    default:
      return {};
  }
}
