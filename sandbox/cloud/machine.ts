/** A machine: a VM or a pod, that is an address, an identity and containers, which run as processes. */

/** A container, whoever declares it: a VM's cloud-init or a pod. */
export interface ContainerSpec {
  readonly name: string;
  /** With its tag, as it is declared. */
  readonly image: string;
  readonly args: readonly string[];
  /** The environment exactly as it is declared, paths as they are inside. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directories by their absolute path inside: their absolute path on this machine. Paths inside that are under none of them do not exist. */
  readonly mounts: Readonly<Record<string, string>>;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopTimeoutSeconds: number;
  /** Seconds from its end until it is started again; pods double it up to five minutes. */
  readonly restartSeconds: number;
  /** TCP and UDP ports that the machine's own firewall lets in; undefined where it has none (pods). */
  readonly ports?: readonly number[];
}

export interface MachineSpec {
  /** Unique in the local cloud; see Unit.name. Its last part is the host name. */
  readonly name: string;
  /** Host name that processes see. */
  readonly hostname: string;
  readonly kind: "vm" | "pod";
  /** Name of a cluster, or `shared`. */
  readonly failureDomain: string;
  readonly role: string;
  readonly region: string;
  readonly address: string;
  /** Email of its service account. Empty: none, and its metadata server gives no tokens. */
  readonly serviceAccount: string;
  readonly containers: readonly ContainerSpec[];
}

/** What a container does at the moment. */
export interface ContainerState {
  readonly name: string;
  readonly state: "waiting" | "running" | "stopping" | "stopped";
  /** While it runs. */
  readonly pid?: number;
  /** How often it was started again. */
  readonly restarts: number;
  /** When it was started last, in ms since 1970. */
  readonly startedAt?: number;
  /** Why it does not run, or ended last: `image europe-docker…/edge:broken cannot be pulled: …`, `ended with code 1: <last line of its log>`. */
  readonly trouble?: string;
}

/** A machine that exists. */
export interface Machine {
  readonly spec: MachineSpec;
  readonly containers: readonly ContainerState[];
  /** Starts a container; nothing happens if it is started already. */
  start(container: string): void;
  /** Ends a container and starts it again, as a failed liveness probe does. */
  restart(container: string): Promise<void>;
  /** Ends all containers side by side, within their stop timeouts, and resolves once nothing runs. */
  stop(): Promise<void>;
}

/** Runs machines. */
export interface Machines {
  /**
   * Makes a machine, without starting its containers. `logs/<machine>/<container>.log` below the local cloud's directory holds
   * what they write. Throws for what cannot be run here, by name: an absolute path in the environment that no mount covers.
   */
  create(spec: MachineSpec): Machine;
}
