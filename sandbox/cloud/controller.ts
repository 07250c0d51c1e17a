/** What the local cloud is made of: controllers, each of which makes one kind of recorded resource real. */
import type { CloudRecord } from "../provider/store";

/** The resources that the engine has asked for, as they are recorded now. */
export interface Records {
  /** Google Cloud's resources of a type token, in the order of their ids. */
  google(type: string): readonly CloudRecord[];
  /** The Kubernetes clusters that hold objects, by the host name of their endpoint. */
  kubernetesClusters(): readonly string[];
  /** The objects of a type token in such a cluster, in the order of their ids. */
  kubernetes(cluster: string, type: string): readonly CloudRecord[];
}

/** Names one resource: the scope is `gcp`, or `kubernetes/<endpoint>`. */
export interface ResourceName {
  readonly scope: string;
  readonly type: string;
  readonly id: string;
}

/**
 * How far a resource is. An update waits while it is `pending`, and fails with the reason of one that has `failed`: that no
 * time will mend it. A pending one that lasts longer than the update's patience fails with its reason too.
 */
export type Standing =
  | { readonly is: "settled" }
  | { readonly is: "pending"; readonly because: string }
  | { readonly is: "failed"; readonly because: string };

export const SETTLED: Standing = { is: "settled" };

/** Makes one kind of resource real. */
export interface Controller {
  /** For logs: `instance groups`. */
  readonly name: string;
  /** Type tokens of the resources whose creation, update or deletion an engine's step waits for, until they have settled. */
  readonly awaited: readonly string[];
  /**
   * Starts whatever is to be done so that reality becomes what is recorded. Called after every change of a record and every
   * {@link CloudContext.wake}, one call at a time; the same records twice change nothing. It begins things and does not wait
   * for them to be ready: that is what {@link standing} tells. What it throws is logged, and it is called again a little later.
   */
  reconcile(records: Records): Promise<void>;
  /** How far the resource is; one that is not recorded any more has settled once nothing of it is left. */
  standing(resource: ResourceName): Standing;
  /** Ends every process and connection of its own, within seconds. Data on disk stays. */
  stop(): Promise<void>;
}

/** Faults that drills inject; none by default. */
export interface Faults {
  /** Names of machines and servers that are dead until the fault is lifted: see {@link Unit.name}. */
  readonly down: readonly string[];
  /** Clusters whose machines cannot reach the control plane: its API, Google's APIs and the metadata server. */
  readonly partitioned: readonly string[];
}

export const NO_FAULTS: Faults = { down: [], partitioned: [] };

/** Something that runs: a VM, a pod, a database or name server of Google's. What `GET /units` lists, and what a drill can kill. */
export interface Unit {
  /** Unique, such as `sandbox-free-http-serving-x3k9` or `sandbox-shared-europe-west1/dns-0`. */
  readonly name: string;
  readonly kind: "vm" | "pod" | "database" | "zone" | "load balancer";
  /** Name of a cluster, or `shared`. */
  readonly failureDomain: string;
  /** Its role within the failure domain: `http-serving`, `container-vm-standard`, `control-api`, `dns`, `database`. */
  readonly role: string;
  readonly region: string;
  readonly address: string;
  /** Whether it does its work, as far as the local cloud can tell. */
  readonly healthy: boolean;
  /** What is the matter with it, where it is not healthy. */
  readonly trouble?: string;
  /** Process numbers of what runs in it. */
  readonly pids: readonly number[];
}
