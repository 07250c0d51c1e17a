/** Stack `<environment>.<cluster>`: one failure domain. It refers to nothing outside itself. */
import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../components/cluster";
import type { ClusterOutputs } from "../components/cluster-outputs";
import { ConfigError, type Environment } from "../config";
import { didYouMean } from "../config/nearest";
import type { Secrets } from "./secrets";

/** Registers the cluster and returns the stack's outputs. Throws a {@link ConfigError} for a cluster that is not configured. */
export function clusterStack(
  environment: Environment,
  name: string,
  { edgeHopKey, workspaceTokenKey }: Secrets,
): pulumi.Inputs & Record<keyof ClusterOutputs, unknown> {
  const config = environment.clusters[name];
  if (config === undefined) throw unknownCluster(environment, name);
  const google = new gcp.Provider("google", { project: config.project ?? environment.project, region: config.region });
  const cluster = new Cluster(
    name,
    { environment, name, config, secrets: { edgeHopKey, workspaceTokenKey } },
    { providers: { gcp: google } },
  );
  return {
    hostingAddress: cluster.hostingAddress,
    workspaceAddress: cluster.workspaceAddress,
    natAddress: cluster.natAddress,
    nodeIdentities: cluster.nodeIdentities,
  };
}

function unknownCluster(environment: Environment, name: string): ConfigError {
  const known = Object.keys(environment.clusters);
  return new ConfigError(`stack ${environment.name}.${name}`, [
    {
      path: `clusters.${name}`,
      message: `is not in the configuration${didYouMean(name, known)}; clusters: ${known.join(", ")}`,
    },
  ]);
}
