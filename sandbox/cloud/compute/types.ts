/** Type tokens of the resources that this folder interprets. */
export const TYPES = {
  template: "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
  manager: "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager",
  autoscaler: "gcp:compute/regionAutoscaler:RegionAutoscaler",
  healthCheck: "gcp:compute/regionHealthCheck:RegionHealthCheck",
  firewall: "gcp:compute/firewall:Firewall",
  network: "gcp:compute/network:Network",
  subnetwork: "gcp:compute/subnetwork:Subnetwork",
} as const;
