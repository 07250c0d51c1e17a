/** Names of a subnet's secondary ranges, by which a GKE cluster finds them. */
export const podRange = "pods";
export const serviceRange = "services";
