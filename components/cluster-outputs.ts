/** What a cluster's stack tells the shared stack. It is all that failure domains know of each other's infrastructure. */

/** Outputs of a cluster's stack, by their names in the stack. */
export interface ClusterOutputs {
  /** Address of the hosting load balancer: HTTP traffic of users' apps. */
  readonly hostingAddress: string;
  /** Address of the workspace load balancer: WebSockets. */
  readonly workspaceAddress: string;
  /** Static address that the cluster's VMs reach the outside from. */
  readonly natAddress: string;
  /** Emails of the service accounts that the cluster's nodes authenticate with at the control API. */
  readonly nodeIdentities: { readonly host: string; readonly edge: string };
}
