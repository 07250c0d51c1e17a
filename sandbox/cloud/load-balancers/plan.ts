/** What load balancers are, once the records have been interpreted: nothing of Google's or Kubernetes' words is left. */
import type { ResourceName } from "../controller";
import type { Endpoint } from "../network";

/** How a backend's servers are asked whether they are well; times in seconds. */
export interface HealthCheck {
  /** HTTP: 200 is well. */
  readonly path: string;
  readonly host?: string;
  readonly interval: number;
  readonly timeout: number;
  /** Answers in a row that make a server well, and that make it unwell. */
  readonly healthy: number;
  readonly unhealthy: number;
}

/** A machine that serves. */
export interface Server {
  /** Name of the VM or pod. */
  readonly name: string;
  readonly endpoint: Endpoint;
  /** Where its health is asked for; the backend has a health check then. */
  readonly health?: Endpoint;
}

export interface Backend {
  readonly name: string;
  readonly servers: readonly Server[];
  readonly healthCheck?: HealthCheck;
  /** Whether connections begin with a PROXY protocol header, version 1. */
  readonly proxyHeader: boolean;
  /** Seconds of silence after which a connection is cut. */
  readonly idleSeconds: number;
  /** Seconds that connections may go on when their server leaves. */
  readonly drainSeconds: number;
}

/** Hands connections on. */
export interface TcpFrontend {
  readonly kind: "tcp";
  readonly name: string;
  readonly listen: readonly Endpoint[];
  readonly backend: Backend;
}

export interface Route {
  readonly host: string;
  readonly path: { readonly type: "exact" | "prefix"; readonly value: string };
  readonly backend: Backend;
}

export interface Tls {
  /** Certificates and key. */
  readonly file: string;
  readonly fingerprint: string;
  /** As HAProxy says it: `TLSv1.2`. */
  readonly minimumVersion: string;
  /** For TLS 1.2, as OpenSSL says them; its own default where it is missing. */
  readonly ciphers?: string;
}

/** Hands on requests for the names and paths of its routes; others get 404. Partitioned clusters cannot reach it. */
export interface HttpsFrontend {
  readonly kind: "https";
  readonly name: string;
  readonly listen: readonly Endpoint[];
  /** Without it every connection is closed at once. */
  readonly tls?: Tls;
  /** The first that matches decides. */
  readonly routes: readonly Route[];
}

/** Hands datagrams on. */
export interface UdpFrontend {
  readonly kind: "udp";
  readonly name: string;
  readonly listen: readonly Endpoint[];
  readonly targets: readonly Endpoint[];
}

export type Frontend = TcpFrontend | HttpsFrontend | UdpFrontend;

export interface LoadBalancer {
  readonly resource: ResourceName;
  /** See Unit. */
  readonly unit: string;
  readonly failureDomain: string;
  readonly role: string;
  readonly region: string;
  readonly address: string;
  readonly frontends: readonly Frontend[];
  /** What keeps it from serving, or some of its servers from being reached. */
  readonly troubles: readonly string[];
  /** A Service's name within its Kubernetes cluster, and its address there. */
  readonly service?: { readonly cluster: string; readonly fqdn: string; readonly address: string };
}

/** What an interpretation has come to: a load balancer, or the reason for which there can be none. */
export type Interpreted = LoadBalancer | { readonly resource: ResourceName; readonly refused: string };

/** Key of a resource among all. */
export function keyOf({ scope, type, id }: ResourceName): string {
  return `${scope} ${type} ${id}`;
}

/** The backends of a frontend, each once. */
export function backendsOf(frontend: Frontend): Backend[] {
  switch (frontend.kind) {
    case "tcp":
      return [frontend.backend];
    case "https":
      return [...new Map(frontend.routes.map(({ backend }) => [backend.name, backend])).values()];
    case "udp":
      return [];
  }
}
