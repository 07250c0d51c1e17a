/** Reading recorded objects of Kubernetes, and what Google has recorded of their clusters. */
import { sameLink } from "../../gcp/links";
import type { CloudRecord } from "../../provider/store";
import { isProperties, object, type Properties, text } from "../../provider/values";
import type { Records } from "../controller";
import { GKE, KINDS } from "./kinds";
import type { Files } from "./volumes/config-map-volume";

/** What every GKE cluster has without anybody declaring it. */
const BUILT_IN_NAMESPACES = ["default", "kube-system"];

export function nameOf({ outputs }: CloudRecord): string {
  return text(object(outputs.metadata).name);
}

export function namespaceOf({ outputs }: CloudRecord): string {
  return text(object(outputs.metadata).namespace) || "default";
}

export function labelsOf({ outputs }: CloudRecord): Record<string, string> {
  return texts(object(object(outputs.metadata).labels));
}

/** The object of this kind and name, if it is recorded. */
export function find(records: Records, cluster: string, kind: string, namespace: string, name: string) {
  return records
    .kubernetes(cluster, kind)
    .find((record) => nameOf(record) === name && namespaceOf(record) === namespace);
}

/** Labels of a namespace; undefined if there is none of this name. */
export function namespaceLabels(
  records: Records,
  cluster: string,
  namespace: string,
): Record<string, string> | undefined {
  const record = records.kubernetes(cluster, KINDS.namespace).find((candidate) => nameOf(candidate) === namespace);
  if (record !== undefined) return labelsOf(record);
  return BUILT_IN_NAMESPACES.includes(namespace) ? {} : undefined;
}

/** The files that a ConfigMap is as a directory. */
export function filesOf({ inputs }: CloudRecord): Files {
  const plain = Object.entries(texts(object(inputs.data))).map(([key, value]) => [key, Buffer.from(value)] as const);
  const binary = Object.entries(texts(object(inputs.binaryData))).map(
    ([key, value]) => [key, Buffer.from(value, "base64")] as const,
  );
  return Object.fromEntries([...plain, ...binary]);
}

/** A GKE cluster. */
export interface GkeCluster {
  readonly name: string;
  readonly region: string;
  /** Whether it has nodes that pods could run on. */
  readonly hasNodes: boolean;
}

/** The GKE cluster with this host name as its DNS endpoint; undefined if none is recorded. */
export function gkeCluster(records: Records, endpoint: string): GkeCluster | undefined {
  const record = records.google(GKE.cluster).find(({ outputs }) => {
    const { dnsEndpointConfig } = object(outputs.controlPlaneEndpointsConfig);
    return text(object(dnsEndpointConfig).endpoint) === endpoint;
  });
  if (record === undefined) return undefined;
  const { name, location } = record.outputs;
  return {
    name: text(name),
    // Of a zonal cluster the location is a zone: `europe-west1-b`.
    region: text(location).replace(/-[a-z]$/, ""),
    hasNodes: hasNodes(records, record),
  };
}

function hasNodes(records: Records, { id, inputs, outputs }: CloudRecord): boolean {
  if (inputs.removeDefaultNodePool !== true) return true;
  return records.google(GKE.nodePool).some(({ inputs: pool }) => {
    const cluster = text(pool.cluster);
    return sameLink(cluster, id) || cluster === text(outputs.name);
  });
}

function texts(properties: Properties): Record<string, string> {
  const entries = Object.entries(isProperties(properties) ? properties : {});
  return Object.fromEntries(entries.map(([key, value]) => [key, text(value)]));
}
