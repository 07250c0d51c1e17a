/**
 * The addresses of the local cloud: all in one 127.N.0.0/16, so that sandboxes of several checkouts live side by side. Each VM, pod,
 * load balancer and server has an address of its own there, and listens at the port that the stack says.
 */

/** Parts of the range, as first and last third octet; those that addresses are drawn from at random are powers of two. */
export const PARTS = {
  /** Of the local cloud itself: see {@link WELL_KNOWN}. */
  own: [0, 15],
  /** What the provider gives out as external addresses. */
  external: [16, 31],
  /** What it gives out as internal ones. */
  internal: [32, 63],
  /** VMs, pods and Services. */
  machines: [64, 255],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

/** Last octets of the local cloud's own addresses, in 127.N.0.0/24. */
export const WELL_KNOWN = {
  /** Held while a local cloud runs in this range. */
  lock: 1,
  /** The resolver that processes ask: it follows delegations from the parent zone, and knows the Services of Kubernetes. */
  resolver: 2,
  /** Google's APIs (Compute, Secret Manager), the token issuer and metadata servers. */
  google: 3,
  /** The name server of Cloud DNS. */
  cloudDns: 53,
} as const;

/** An address and a port to listen at or connect to. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface Network {
  /** The range: `127.N.0.0/16`. */
  readonly range: string;
  /** One of the local cloud's own addresses. */
  own(name: keyof typeof WELL_KNOWN): string;
  /** The address of a machine or Service by its unique name: the same for as long as it is not released, over restarts too. */
  claim(owner: string): string;
  /** Gives the address back. */
  release(owner: string): void;
  /**
   * Where a port of the stack's really is: the same, except that ports which this user may not listen at (53, 80, 443 without
   * root) are 10,000 higher.
   */
  port(port: number): number;
}
