/** Type tokens of the resources that this folder interprets. */
export const TYPES = {
  address: "gcp:compute/address:Address",
  forwardingRule: "gcp:compute/forwardingRule:ForwardingRule",
  targetTcpProxy: "gcp:compute/regionTargetTcpProxy:RegionTargetTcpProxy",
  backendService: "gcp:compute/regionBackendService:RegionBackendService",
  healthCheck: "gcp:compute/regionHealthCheck:RegionHealthCheck",
  subnetwork: "gcp:compute/subnetwork:Subnetwork",
  sslPolicy: "gcp:compute/regionSslPolicy:RegionSslPolicy",
  cluster: "gcp:container/cluster:Cluster",
  nodePool: "gcp:container/nodePool:NodePool",
} as const;

export const KINDS = {
  service: "kubernetes:core/v1:Service",
  gateway: "kubernetes:gateway.networking.k8s.io/v1:Gateway",
  httpRoute: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
  healthCheckPolicy: "kubernetes:networking.gke.io/v1:HealthCheckPolicy",
  backendPolicy: "kubernetes:networking.gke.io/v1:GCPBackendPolicy",
  gatewayPolicy: "kubernetes:networking.gke.io/v1:GCPGatewayPolicy",
} as const;
