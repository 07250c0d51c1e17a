/** Which service account a pod acts as: Workload Identity Federation for GKE, read off the records. Pure. */
import { sameLink } from "../../gcp/links";
import type { CloudRecord } from "../../provider/store";
import { object, text } from "../../provider/values";
import type { Records } from "../controller";
import { accountGrants, isGranted } from "./grants";

const GKE_CLUSTER = "gcp:container/cluster:Cluster";
const NODE_POOL = "gcp:container/nodePool:NodePool";
const SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount";
const ANNOTATION = "iam.gke.io/gcp-service-account";
const ROLE = "roles/iam.workloadIdentityUser";

/** Its email, or why it has none. */
export type WorkloadAccount =
  { readonly email: string; readonly reason?: undefined } | { readonly email?: undefined; readonly reason: string };

/**
 * The account of pods that run as a Kubernetes service account: the one that its annotation names, if the stack lets it act as that.
 *
 * @param cluster host name of the Kubernetes cluster's endpoint.
 * @param account name of the Kubernetes service account.
 */
export function workloadAccount(
  records: Records,
  cluster: string,
  namespace: string,
  account: string,
): WorkloadAccount {
  const id = `${namespace}/${account}`;
  const own = records.kubernetes(cluster, SERVICE_ACCOUNT).find((record) => record.id === id);
  if (own === undefined) return { reason: `there is no ServiceAccount ${id} in ${cluster}` };
  const email = text(object(object(own.outputs.metadata).annotations)[ANNOTATION]);
  if (email === "") return { reason: `ServiceAccount ${id} has no annotation ${ANNOTATION}` };
  const gke = records.google(GKE_CLUSTER).find((record) => endpointOf(record) === cluster);
  const pool = text(object(gke?.outputs.workloadIdentityConfig).workloadPool);
  if (gke === undefined || pool === "") return { reason: `the GKE cluster of ${cluster} has no workload pool` };
  const blind = records.google(NODE_POOL).find((record) => isOf(gke, record) && !hasMetadataServer(record));
  if (blind !== undefined) return { reason: `node pool ${blind.id} has no metadata server for pods: GKE_METADATA` };
  const member = `serviceAccount:${pool}[${id}]`;
  const resource = {
    name: `projects/-/serviceAccounts/${email}`,
    type: "iam.googleapis.com/ServiceAccount",
    service: "iam.googleapis.com",
  };
  if (isGranted(accountGrants(records, email), member, [ROLE], resource)) return { email };
  return { reason: `${member} lacks ${ROLE} on ${email}` };
}

function endpointOf({ outputs }: CloudRecord): string {
  return text(object(object(outputs.controlPlaneEndpointsConfig).dnsEndpointConfig).endpoint);
}

function isOf(cluster: CloudRecord, { outputs }: CloudRecord): boolean {
  const link = text(outputs.cluster);
  return sameLink(link, cluster.id) || (!link.includes("/") && cluster.id.endsWith(`/clusters/${link}`));
}

function hasMetadataServer({ outputs }: CloudRecord): boolean {
  const mode = text(object(object(outputs.nodeConfig).workloadMetadataConfig).mode);
  // Where the pool does not say, clusters with a workload pool give their nodes the server.
  return mode === "" || mode === "GKE_METADATA";
}
