/** What controllers have of each other and of the local cloud. */
import type { Faults, Records, Unit } from "./controller";
import type { Machine, Machines } from "./machine";
import type { Network } from "./network";

/** Structured log, as pino has it. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface CloudContext {
  /** Absolute path of the local cloud's directory; each controller keeps its files in a folder of its own there. */
  readonly directory: string;
  readonly network: Network;
  readonly machines: Machines;
  readonly log: Log;
  /** The records as they are now, for what happens outside of `reconcile`. */
  readonly records: Records;
  /** Faults that drills have injected. A change of them wakes the controllers. */
  faults(): Faults;
  /** Has all controllers reconcile soon: something changed that is in no record, such as a machine's health. */
  wake(): void;
}

/** VMs, for those who send traffic to them. */
export interface Instances {
  /** Every instance that exists. */
  all(): readonly Instance[];
  /** Those of a group, by the id or any link of its instance group or manager. */
  inGroup(group: string): readonly Instance[];
}

export interface Instance {
  readonly name: string;
  readonly zone: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As Compute Engine says it: `PROVISIONING`, `RUNNING`, `STOPPING`. */
  readonly status: string;
  readonly address: string;
  readonly serviceAccount: string;
  /** Id of the VPC. */
  readonly network: string;
  /** Ports by name, as its group names them. */
  readonly namedPorts: Readonly<Record<string, number>>;
  /** Whether it is to get new connections: not when it is about to go. */
  readonly accepting: boolean;
  readonly machine: Machine;
}

/** Pods, for those who send traffic to them. */
export interface Pods {
  /** Those of a Kubernetes cluster (by endpoint) and namespace whose labels hold the selector's, ready or not. */
  selected(cluster: string, namespace: string, selector: Readonly<Record<string, string>>): readonly Pod[];
}

export interface Pod {
  readonly name: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ready: boolean;
  /** Whether it has been asked to go. */
  readonly terminating: boolean;
  /** Container ports by name. */
  readonly namedPorts: Readonly<Record<string, number>>;
  readonly machine: Machine;
}

/** Who may open TCP connections to a VM, as the recorded firewall rules of its network say. */
export interface Firewall {
  /**
   * Whether rules let a connection in to this instance and port, from addresses in a range, or from machines of a service account; and
   * the machine's own firewall too. `reason` names the rule that is missing or refuses.
   */
  allows(
    records: Records,
    target: Instance,
    port: number,
    source: { readonly range: string } | { readonly serviceAccount: string },
  ): { readonly allowed: boolean; readonly reason: string };
}

/** Tokens and rights of service accounts. */
export interface Identities {
  /** `<address>:<port>` of the metadata server of machines that run as this account: value of GCE_METADATA_HOST. */
  metadataHost(serviceAccount: string): string;
  /** Identity token for a person or service account, for the command line. */
  identityToken(email: string, audience: string): Promise<string>;
  /** URLs that processes are told: see services/settings. */
  readonly endpoints: {
    readonly issuer: string;
    readonly jwks: string;
    readonly compute: string;
    readonly secretManager: string;
  };
}

/** Lists what runs. */
export interface Units {
  units(): readonly Unit[];
}
