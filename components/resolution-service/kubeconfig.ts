/** How the engine reaches a GKE cluster. Pure. */

/** A kubeconfig as JSON, which is YAML too. */
export interface KubeconfigArgs {
  /** Name of the cluster, as context. */
  readonly name: string;
  /** Host name of the cluster's DNS-based endpoint. */
  readonly endpoint: string;
}

/**
 * A kubeconfig for the DNS-based endpoint: its certificate is publicly trusted, so there is no authority to name, and IAM
 * decides who gets in. `gke-gcloud-auth-plugin` must be installed where the engine runs; it takes the identity that
 * Google's other tools take, so no credential is written down.
 */
export function kubeconfig({ name, endpoint }: KubeconfigArgs): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: `https://${endpoint}` } }],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "gke-gcloud-auth-plugin",
            interactiveMode: "Never",
            provideClusterInfo: true,
            installHint: "Install it with: gcloud components install gke-gcloud-auth-plugin",
          },
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}
