/** Records of load balancers as the stack declares them; tests change them. */
import type { Properties } from "../../../../../sandbox/provider/values";
import type { MemoryRecords } from "../../google-context";

export const REGION = "europe-west1";
export const NETWORK = "projects/p/global/networks/free";
export const GROUP = `projects/p/regions/${REGION}/instanceGroups/http-serving`;
export const PROXIES = "10.16.3.128/25";
export const CLUSTER = "gke-1.europe-west1.gke.goog";
export const SCOPE = `kubernetes/${CLUSTER}`;
export const NAMESPACE = "resolution";
export const HOST = "resolution.sandbox.test";

export const TYPES = {
  address: "gcp:compute/address:Address",
  subnetwork: "gcp:compute/subnetwork:Subnetwork",
  healthCheck: "gcp:compute/regionHealthCheck:RegionHealthCheck",
  backendService: "gcp:compute/regionBackendService:RegionBackendService",
  proxy: "gcp:compute/regionTargetTcpProxy:RegionTargetTcpProxy",
  rule: "gcp:compute/forwardingRule:ForwardingRule",
  cluster: "gcp:container/cluster:Cluster",
  sslPolicy: "gcp:compute/regionSslPolicy:RegionSslPolicy",
  service: "kubernetes:core/v1:Service",
  gateway: "kubernetes:gateway.networking.k8s.io/v1:Gateway",
  route: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
  healthCheckPolicy: "kubernetes:networking.gke.io/v1:HealthCheckPolicy",
  backendPolicy: "kubernetes:networking.gke.io/v1:GCPBackendPolicy",
  gatewayPolicy: "kubernetes:networking.gke.io/v1:GCPGatewayPolicy",
  networkPolicy: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
} as const;

/** Id of a regional resource named `hosting`. */
export function regional(collection: string, name = "hosting"): string {
  return `projects/p/regions/${REGION}/${collection}/${name}`;
}

/** A cluster's load balancer, at an address. */
export function hostingStack(records: MemoryRecords, address: string): void {
  const common = { name: "hosting", region: REGION };
  records.put(TYPES.address, regional("addresses"), common, { address });
  subnetwork(records, NETWORK);
  records.put(TYPES.healthCheck, regional("healthChecks"), {
    ...common,
    checkIntervalSec: 1,
    timeoutSec: 1,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
    httpHealthCheck: { port: 8082, requestPath: "/healthz" },
    logConfig: { enable: true },
  });
  records.put(TYPES.backendService, regional("backendServices"), {
    ...common,
    loadBalancingScheme: "EXTERNAL_MANAGED",
    protocol: "TCP",
    portName: "hosting",
    timeoutSec: 60,
    connectionDrainingTimeoutSec: 1,
    healthChecks: regional("healthChecks"),
    backends: [{ group: GROUP, balancingMode: "UTILIZATION", maxUtilization: 0.8, capacityScaler: 1 }],
  });
  records.put(TYPES.proxy, regional("targetTcpProxies"), {
    ...common,
    backendService: regional("backendServices"),
    proxyHeader: "PROXY_V1",
  });
  records.put(TYPES.rule, regional("forwardingRules"), {
    ...common,
    loadBalancingScheme: "EXTERNAL_MANAGED",
    ipProtocol: "TCP",
    portRange: "80",
    ipAddress: address,
    networkTier: "PREMIUM",
    network: NETWORK,
    target: regional("targetTcpProxies"),
    labels: { "failure-domain": "free", role: "hosting" },
  });
}

function subnetwork(records: MemoryRecords, network: string): void {
  records.put(TYPES.subnetwork, regional("subnetworks", "proxies"), {
    name: "proxies",
    region: REGION,
    network,
    ipCidrRange: PROXIES,
    purpose: "REGIONAL_MANAGED_PROXY",
    role: "ACTIVE",
  });
}

/** The resolution service's GKE cluster in one region. */
export function gkeStack(records: MemoryRecords): void {
  subnetwork(records, NETWORK);
  records.put(
    TYPES.cluster,
    `projects/p/locations/${REGION}/clusters/shared`,
    {
      name: "shared",
      location: REGION,
      network: NETWORK,
      gatewayApiConfig: { channel: "CHANNEL_STANDARD" },
      nodeConfig: { serviceAccount: "nodes@p.iam" },
    },
    { controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: CLUSTER } } },
  );
}

/** Records a Kubernetes object. */
export function object(records: MemoryRecords, type: string, name: string, spec: Properties, annotations = {}): void {
  const labels = { "failure-domain": "shared", role: "control-api" };
  records.put(
    type,
    `${NAMESPACE}/${name}`,
    { metadata: { name, namespace: NAMESPACE, labels, annotations }, spec },
    {},
    SCOPE,
  );
}

/** The control API's Gateway and all that belongs to it, at an address. */
export function gatewayStack(records: MemoryRecords, address: string): void {
  gkeStack(records);
  records.put(TYPES.address, regional("addresses", "api"), { name: "api", region: REGION }, { address });
  records.put(TYPES.sslPolicy, regional("sslPolicies", "api"), {
    name: "api",
    region: REGION,
    minTlsVersion: "TLS_1_2",
    profile: "MODERN",
  });
  object(records, TYPES.gateway, "control-api", {
    gatewayClassName: "gke-l7-regional-external-managed",
    addresses: [{ type: "NamedAddress", value: "api" }],
    listeners: [
      {
        name: "https",
        protocol: "HTTPS",
        port: 443,
        tls: { mode: "Terminate", options: { "networking.gke.io/cert-manager-certs": "api" } },
        allowedRoutes: { namespaces: { from: "Same" } },
      },
    ],
  });
  object(records, TYPES.route, "control-api", {
    parentRefs: [{ name: "control-api", sectionName: "https" }],
    hostnames: [HOST],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/v1" } }],
        backendRefs: [{ name: "control-api", port: 80 }],
      },
    ],
  });
  const targetRef = { group: "", kind: "Service", name: "control-api" };
  object(records, TYPES.healthCheckPolicy, "control-api", {
    default: {
      checkIntervalSec: 1,
      timeoutSec: 1,
      healthyThreshold: 1,
      unhealthyThreshold: 2,
      config: { type: "HTTP", httpHealthCheck: { port: 8080, requestPath: "/readyz" } },
    },
    targetRef,
  });
  object(records, TYPES.backendPolicy, "control-api", {
    default: { timeoutSec: 60, connectionDraining: { drainingTimeoutSec: 1 }, logging: { enabled: true } },
    targetRef,
  });
  object(records, TYPES.gatewayPolicy, "control-api", {
    default: { sslPolicy: "api" },
    targetRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name: "control-api" },
  });
  serviceObject(records);
}

/** The control API's Service. */
export function serviceObject(records: MemoryRecords): void {
  object(records, TYPES.service, "control-api", {
    type: "ClusterIP",
    selector: { app: "control-api" },
    ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }],
  });
}

/** Changes the inputs of a recorded resource of Google's. */
export function edit(records: MemoryRecords, type: string, changes: Properties): void {
  for (const { id, inputs, outputs } of records.google(type)) {
    records.put(type, id, { ...inputs, ...changes }, { ...outputs, ...changes });
  }
}

/** Changes the specification of a recorded object. */
export function editSpec(records: MemoryRecords, type: string, changes: Properties): void {
  for (const { id, inputs } of records.kubernetes(CLUSTER, type)) {
    const spec = { ...(inputs.spec as Properties), ...changes };
    records.put(type, id, { ...inputs, spec }, {}, SCOPE);
  }
}
