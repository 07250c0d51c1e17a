/** The ConfigMap that tells the control API of the environment's clusters. Pure. */
import * as pulumi from "@pulumi/pulumi";
import type { ClusterConfig, Environment } from "../../../config";
import type { ClusterOutputs } from "../../cluster-outputs";
import { metadataOf, type ObjectMetadata } from "./metadata";

/** Name of the ConfigMap. */
export const CLUSTERS = "clusters";

/** What the control API reads of a cluster: one JSON file. */
export interface ClusterDocument extends ClusterOutputs {
  readonly name: string;
  readonly region: string;
  readonly lifecycle: ClusterConfig["lifecycle"];
  /** Plans whose new users are placed here; empty for a reserve. */
  readonly plans: readonly string[];
  readonly maxUsers: number;
}

/** Describes one cluster. */
export function clusterDocument(name: string, config: ClusterConfig, outputs: ClusterOutputs): ClusterDocument {
  const { hostingAddress, workspaceAddress, natAddress, nodeIdentities } = outputs;
  return {
    name,
    region: config.region,
    lifecycle: config.lifecycle,
    plans: config.plans ?? [],
    maxUsers: config.maxUsers,
    hostingAddress,
    workspaceAddress,
    natAddress,
    nodeIdentities: { host: nodeIdentities.host, edge: nodeIdentities.edge },
  };
}

/**
 * One key per cluster, so that a new cluster is an added key and nothing else, and a cluster whose addresses are not known
 * yet hides no other in a preview. Mounted as a directory, the files change under the running control API.
 */
export function clustersConfigMap(
  environment: Environment,
  clusters: Readonly<Record<string, pulumi.Input<ClusterOutputs>>>,
): { metadata: ObjectMetadata; data: Record<string, pulumi.Output<string>> } {
  const data = Object.entries(clusters).map(([name, outputs]) => {
    const config = environment.clusters[name];
    if (config === undefined) throw new RangeError(`clusters.${name}: is not in the environment's configuration`);
    const text = (known: ClusterOutputs) => JSON.stringify(clusterDocument(name, config, known));
    return [`${name}.json`, pulumi.output(outputs).apply(text)] as const;
  });
  return { metadata: metadataOf(environment, CLUSTERS, "api"), data: Object.fromEntries(data) };
}
