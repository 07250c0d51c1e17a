/** The control API to the outside: a regional external Application Load Balancer through the Gateway API. Pure. */
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../../config";
import { controlApiName } from "../../../config/names";
import { publicPorts, resolutionPorts } from "../../ports";
import { API_SERVICE_PORT } from "./api";
import { metadataOf, WORKLOAD_NAMES, type ObjectMetadata } from "./metadata";

/**
 * Seconds that a request may take before the load balancer ends it. A node's feed is one long response with heartbeats, so
 * the limit is an hour; a node resumes where it was.
 */
const REQUEST_TIMEOUT_SECONDS = 3600;
/** Seconds for requests to a pod that leaves to finish. */
const DRAINING_SECONDS = 30;
const HTTPS_LISTENER = "https";

/** An object of a kind that the Kubernetes package has no class for. */
export interface CustomObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
  readonly spec: Record<string, unknown>;
}

/** Names of what the Gateway refers to in Google Cloud. */
export interface GatewayReferences {
  readonly addressName: pulumi.Input<string>;
  readonly certificateName: pulumi.Input<string>;
  readonly tlsPolicyName: pulumi.Input<string>;
}

/** The objects by role. There is no listener for clear text. */
export function gatewayObjects(environment: Environment, references: GatewayReferences): Record<string, CustomObject> {
  const name = WORKLOAD_NAMES.api;
  const metadata = metadataOf(environment, name, "api");
  const service = { group: "", kind: "Service", name };
  const gateway = { group: "gateway.networking.k8s.io", kind: "Gateway", name };
  const custom = (apiVersion: string, kind: string, spec: Record<string, unknown>) => ({
    apiVersion,
    kind,
    metadata,
    spec,
  });
  return {
    gateway: custom("gateway.networking.k8s.io/v1", "Gateway", {
      gatewayClassName: "gke-l7-regional-external-managed",
      addresses: [{ type: "NamedAddress", value: references.addressName }],
      listeners: [
        {
          name: HTTPS_LISTENER,
          protocol: "HTTPS",
          port: publicPorts.https,
          tls: {
            mode: "Terminate",
            options: { "networking.gke.io/cert-manager-certs": references.certificateName },
          },
          allowedRoutes: { namespaces: { from: "Same" } },
        },
      ],
    }),
    route: custom("gateway.networking.k8s.io/v1", "HTTPRoute", {
      parentRefs: [{ name, sectionName: HTTPS_LISTENER }],
      hostnames: [controlApiName(environment.domain)],
      // Probes and metrics stay inside.
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/v1" } }],
          backendRefs: [{ name, port: API_SERVICE_PORT }],
        },
      ],
    }),
    "health-check": custom("networking.gke.io/v1", "HealthCheckPolicy", {
      default: {
        checkIntervalSec: 5,
        timeoutSec: 3,
        healthyThreshold: 1,
        unhealthyThreshold: 3,
        config: { type: "HTTP", httpHealthCheck: { port: resolutionPorts.api, requestPath: "/readyz" } },
      },
      targetRef: service,
    }),
    backend: custom("networking.gke.io/v1", "GCPBackendPolicy", {
      default: {
        timeoutSec: REQUEST_TIMEOUT_SECONDS,
        connectionDraining: { drainingTimeoutSec: DRAINING_SECONDS },
        // Of a million: one request in ten.
        logging: { enabled: true, sampleRate: 100_000 },
      },
      targetRef: service,
    }),
    tls: custom("networking.gke.io/v1", "GCPGatewayPolicy", {
      default: { sslPolicy: references.tlsPolicyName },
      targetRef: gateway,
    }),
  };
}
