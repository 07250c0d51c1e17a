/** Which clusters are deployed, and what their stacks tell the shared stack. */
import * as pulumi from "@pulumi/pulumi";
import type { ClusterOutputs } from "../components/cluster-outputs";
import type { Environment } from "../config";
import { clusterStack } from "../config/names";

/**
 * The outputs of the clusters that the shared stack has to do with, by cluster:
 * - a deployed cluster with its addresses;
 * - in a preview also one that is not deployed, with addresses that are unknown: it shows what follows once it is;
 * - in an update not: a cluster without addresses gets no DNS record and no entry in the resolution service.
 */
export async function clusterOutputs(environment: Environment): Promise<Record<string, pulumi.Input<ClusterOutputs>>> {
  const names = Object.keys(environment.clusters);
  const found = await Promise.all(names.map((name) => readClusterOutputs(clusterStack(environment.name, name))));
  const outputs: Record<string, pulumi.Input<ClusterOutputs>> = {};
  for (const [index, name] of names.entries()) {
    const deployed = found[index];
    if (deployed !== undefined) outputs[name] = deployed;
    else if (pulumi.runtime.isDryRun()) outputs[name] = unknownOutputs();
    if (deployed === undefined) await reportNotDeployed(name);
  }
  return outputs;
}

async function reportNotDeployed(cluster: string): Promise<void> {
  const consequence = pulumi.runtime.isDryRun()
    ? "its addresses are unknown, and its records follow once its stack is up"
    : "it gets no DNS record and no entry in the resolution service";
  await pulumi.log.info(`cluster ${cluster} is not deployed: ${consequence}`);
}

/**
 * Reads a stack's outputs; undefined when the stack does not exist or holds no cluster yet. This calls the function
 * behind StackReference rather than registering one, because a StackReference to a stack that does not exist fails the
 * whole program, while a function's error can be told apart from others and handled.
 */
async function readClusterOutputs(stack: string): Promise<ClusterOutputs | undefined> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
  try {
    const result = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as { outputs?: unknown };
    return isClusterOutputs(result.outputs) ? result.outputs : undefined;
  } catch (error) {
    if (error instanceof Error && error.message.includes("unknown stack")) return undefined;
    throw error;
  }
}

/** A stack whose last update failed half-way, or that was destroyed, lacks outputs: such a cluster is not deployed. */
function isClusterOutputs(outputs: unknown): outputs is ClusterOutputs {
  const { hostingAddress, workspaceAddress, natAddress, nodeIdentities } = (outputs ?? {}) as Partial<ClusterOutputs>;
  return [hostingAddress, workspaceAddress, natAddress, nodeIdentities?.host, nodeIdentities?.edge].every(
    (output) => typeof output === "string" && output !== "",
  );
}

function unknownOutputs(): pulumi.Output<ClusterOutputs> {
  return pulumi.output(pulumi.unknown as unknown as ClusterOutputs);
}
