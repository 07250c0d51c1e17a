/** What an edge is told: everything that its configuration is made of. */

export interface EdgeSettings {
  /** The cluster that the edge belongs to. */
  readonly cluster: string;
  /** The hosting zone, in lower case and without trailing dot. */
  readonly zone: string;
  /** Where configuration, maps and sockets are; see files.ts. */
  readonly directory: string;
  /** Address to listen on: `0.0.0.0`, or one of several edges' on one machine. */
  readonly bindAddress: string;
  readonly ports: EdgePorts;
  /** Whether hosting and workspace connections begin with a PROXY protocol header, as the cluster's load balancers write it. */
  readonly acceptProxyHeader: boolean;
  /** Keys of the environment's edges: the first signs what goes to siblings, all of them are accepted. At least one. */
  readonly hopKeys: readonly string[];
  /** Keys of tokens for workspaces, any of which may have signed one. At least one. */
  readonly workspaceTokenKeys: readonly string[];
  readonly limits: EdgeLimits;
  /** Default: one per CPU that HAProxy may use. */
  readonly threads?: number;
}

export interface EdgePorts {
  /** HTTP of users' apps. */
  readonly hosting: number;
  /** WebSockets of workspaces. */
  readonly workspace: number;
  /** `GET /healthz` for load balancer and autohealing. */
  readonly health: number;
  /** Of container VMs: HTTP and WebSockets of apps. */
  readonly hostApps: number;
  /** Of container VMs: `GET /healthz`. */
  readonly hostHealth: number;
  /** Of siblings' hosting and workspace addresses. */
  readonly sibling: number;
}

/** Another cluster, as its load balancers are reached. */
export interface Sibling {
  readonly name: string;
  readonly hostingAddress: string;
  readonly workspaceAddress: string;
}

/** A container VM of the edge's own cluster. */
export interface Member {
  /** The instance's name, from which its place on the hash ring follows. */
  readonly name: string;
  readonly address: string;
}

/** What protects the edge, its users from each other, and those behind it. Per edge; times are in seconds. */
export interface EdgeLimits {
  /** Connections of clients at once. Each takes two descriptors, and HAProxy does not start where those are too few. */
  readonly connections: number;
  /**
   * Connections at once of one address that has not proved to be a sibling's; those beyond are closed. One whose request is held
   * while its user moves counts.
   */
  readonly connectionsPerAddress: number;
  /** Requests per second for one user's apps, over ten seconds; those beyond are answered 429. */
  readonly requestRatePerUser: number;
  /** Requests under way and WebSockets at once of one user's apps; those beyond are answered 429. */
  readonly concurrentPerUser: number;
  /** Octets of a request's headers; more is answered 431. */
  readonly headerBytes: number;
  /** Octets of a request's path and query; more is answered 414. */
  readonly uriBytes: number;
  /** Until a request's headers must have come; then it is answered 408. */
  readonly headerSeconds: number;
  /** Silence after which a connection between two requests is closed. */
  readonly keepAliveSeconds: number;
  /** Silence of either side during a request or on a WebSocket of hosting. Below what the hosting load balancer allows, 650. */
  readonly idleSeconds: number;
  /** Silence on a WebSocket of a workspace. Below what the workspace load balancer allows, 86,400. */
  readonly workspaceIdleSeconds: number;
  /**
   * Requests under way and WebSockets at once for each healthy container VM, counted over all of them together; those beyond are
   * answered 503. One VM may get more than its share of them: container hosts bound what they take themselves.
   */
  readonly connectionsPerHost: number;
  /** Requests under way and WebSockets at once to one sibling cluster, each of hosting and workspace; those beyond wait. */
  readonly connectionsPerSibling: number;
  /** Requests that wait for one sibling cluster, each of hosting and workspace; those beyond are answered 503. */
  readonly queuePerSibling: number;
  /** How long a request waits for a sibling; then it is answered 502. */
  readonly queueSeconds: number;
  /** Until a container VM or a sibling must have accepted a connection. */
  readonly connectSeconds: number;
  /** Between two health checks of a container VM or sibling; two that fail take it out. */
  readonly checkSeconds: number;
  /** In which a new or recovered container VM's share grows to its whole. */
  readonly slowStartSeconds: number;
  /** After which connections that are left are cut when HAProxy stops, or when a reload has replaced it. */
  readonly stopSeconds: number;
}

export const DEFAULT_LIMITS: EdgeLimits = {
  connections: 20_000,
  connectionsPerAddress: 500,
  requestRatePerUser: 1_000,
  concurrentPerUser: 1_000,
  headerBytes: 8_192,
  uriBytes: 4_096,
  headerSeconds: 10,
  keepAliveSeconds: 60,
  idleSeconds: 600,
  workspaceIdleSeconds: 86_000,
  connectionsPerHost: 4_000,
  connectionsPerSibling: 4_000,
  queuePerSibling: 500,
  queueSeconds: 5,
  connectSeconds: 3,
  checkSeconds: 2,
  slowStartSeconds: 10,
  stopSeconds: 40,
};
