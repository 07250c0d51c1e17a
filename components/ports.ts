/** Ports of what runs on the machines. One place: firewall, health checks, load balancers, probes and containers agree. */

/** On the VMs of the HTTP-serving group. */
export const edgePorts = {
  /** HTTP of users' apps, from the hosting load balancer. */
  hosting: 8080,
  /** WebSockets, from the workspace load balancer. */
  workspace: 8081,
  /** `GET /healthz`: 200 while the edge can serve; load balancers and autohealing ask it. */
  health: 8082,
} as const;

/** On container VMs. */
export const hostPorts = {
  /** HTTP and WebSockets from the cluster's edges. */
  apps: 8090,
  /** `GET /healthz`: 200 while the host can start apps. */
  health: 8091,
} as const;

/** On the addresses that the outside sees. */
export const publicPorts = { http: 80, https: 443, dns: 53 } as const;

/** In the pods of the resolution service. Above 1024, so that no container runs as root. */
export const resolutionPorts = {
  /** HTTP of the control API. */
  api: 8080,
  /** UDP and TCP of the name server. */
  dns: 5353,
  /** `GET /healthz` and `/readyz` of the node agent beside the name server. */
  agentHealth: 8081,
  /** Prometheus metrics of both. */
  metrics: 9090,
} as const;
