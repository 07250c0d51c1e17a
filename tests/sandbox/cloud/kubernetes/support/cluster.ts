/** A Kubernetes cluster for tests: its records, in memory, and a controller with machines that are HTTP servers. */
import { randomInt } from "node:crypto";
import type { CloudContext } from "../../../../../sandbox/cloud/context";
import { NO_FAULTS, type Records } from "../../../../../sandbox/cloud/controller";
import { Workloads } from "../../../../../sandbox/cloud/kubernetes";
import type { Network } from "../../../../../sandbox/cloud/network";
import type { CloudRecord } from "../../../../../sandbox/provider/store";
import type { Properties } from "../../../../../sandbox/provider/values";
import { until } from "../../../../support/until";
import { SILENT } from "../../support";
import { FakeMachines } from "./machines";

export const ENDPOINT = "gke-0123.europe-west1.gke.goog";
export const NAMESPACE = "resolution";
export const GKE_NAME = "sandbox-shared-europe-west1";
const GKE_ID = `projects/p/locations/europe-west1/clusters/${GKE_NAME}`;

/** Type tokens. */
export const TYPES = {
  autoscaler: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  configMap: "kubernetes:core/v1:ConfigMap",
  deployment: "kubernetes:apps/v1:Deployment",
  gke: "gcp:container/cluster:Cluster",
  namespace: "kubernetes:core/v1:Namespace",
  networkPolicy: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  nodePool: "gcp:container/nodePool:NodePool",
  serviceAccount: "kubernetes:core/v1:ServiceAccount",
  statefulSet: "kubernetes:apps/v1:StatefulSet",
} as const;

export class ClusterRecords implements Records {
  private readonly objects = new Map<string, CloudRecord>();

  /** A cluster with a node pool, a namespace and its service account `app`. */
  static ready(): ClusterRecords {
    const records = new ClusterRecords();
    const dnsEndpointConfig = { endpoint: ENDPOINT };
    records.putGoogle(TYPES.gke, GKE_ID, {
      name: GKE_NAME,
      location: "europe-west1",
      removeDefaultNodePool: true,
      controlPlaneEndpointsConfig: { dnsEndpointConfig },
    });
    records.putGoogle(TYPES.nodePool, `${GKE_ID}/nodePools/nodes`, { cluster: GKE_ID });
    records.put(TYPES.namespace, NAMESPACE, {}, {});
    records.put(TYPES.serviceAccount, "app", { automountServiceAccountToken: false });
    return records;
  }

  put(type: string, name: string, inputs: Properties, metadata: Properties = { namespace: NAMESPACE }): void {
    const id = metadata.namespace === undefined ? name : `${metadata.namespace as string}/${name}`;
    this.keep(ENDPOINT, type, id, inputs, { ...inputs, metadata: { ...metadata, name } });
  }

  putGoogle(type: string, id: string, inputs: Properties): void {
    this.keep("gcp", type, id, inputs, inputs);
  }

  remove(type: string, id: string): void {
    for (const [key, record] of this.objects) if (record.type === type && record.id === id) this.objects.delete(key);
  }

  google(type: string): readonly CloudRecord[] {
    return this.of("gcp", type);
  }

  kubernetesClusters(): readonly string[] {
    return [ENDPOINT];
  }

  kubernetes(cluster: string, type: string): readonly CloudRecord[] {
    return this.of(cluster, type);
  }

  private keep(scope: string, type: string, id: string, inputs: Properties, outputs: Properties): void {
    const at = "2026-01-01T00:00:00.000Z";
    const record = { type, id, urn: "", created: at, updated: at, inputs, outputs, secrets: [] };
    this.objects.set(`${scope} ${type} ${id}`, record);
  }

  private of(scope: string, type: string): CloudRecord[] {
    return [...this.objects].flatMap(([key, record]) => (key.startsWith(`${scope} ${type} `) ? [record] : []));
  }
}

/** Addresses that no other local cloud has: their ranges begin at 127.16. Each owner gets one of its own, forever. */
export class ClusterNetwork implements Network {
  readonly range = "127.0.0.0/8";
  private readonly prefix = `127.${randomInt(2, 16)}.${randomInt(1, 250)}`;
  private given = 0;
  readonly claims = new Map<string, string>();

  own(): string {
    throw new Error("the local cloud's own addresses are no business of pods");
  }

  claim(owner: string): string {
    const known = this.claims.get(owner) ?? `${this.prefix}.${++this.given}`;
    this.claims.set(owner, known);
    return known;
  }

  release(owner: string): void {
    this.claims.delete(owner);
  }

  port(port: number): number {
    return port;
  }
}

/** A controller over such records. Its account is `app@example` for every service account, until a test says otherwise. */
export class TestCluster {
  readonly machines = new FakeMachines();
  readonly workloads: Workloads;
  account: { email: string } | { reason: string } = { email: "app@example" };
  wakes = 0;

  constructor(
    readonly directory: string,
    readonly records = ClusterRecords.ready(),
    readonly network = new ClusterNetwork(),
  ) {
    const context: CloudContext = {
      directory,
      network,
      machines: this.machines,
      log: SILENT,
      records,
      faults: () => NO_FAULTS,
      wake: () => this.wakes++,
    };
    this.workloads = new Workloads(context, { workloadAccount: () => this.account });
  }

  /** Names of the pods that are to stay, in order. */
  get podNames(): string[] {
    return this.pods()
      .filter(({ terminating }) => !terminating)
      .map(({ name }) => name)
      .sort();
  }

  pods(selector: Readonly<Record<string, string>> = {}) {
    return this.workloads.selected(ENDPOINT, NAMESPACE, selector);
  }

  standing(type: string, name: string) {
    return this.workloads.standing({ scope: `kubernetes/${ENDPOINT}`, type, id: `${NAMESPACE}/${name}` });
  }

  /** Has it reconcile until a condition holds; `each` is called after each time. */
  async reconciled(what: string, condition: () => boolean, each: () => void = () => undefined): Promise<void> {
    await until(what, async () => {
      await this.workloads.reconcile(this.records);
      each();
      return condition();
    });
  }

  async settled(type: string, name: string, each?: () => void): Promise<void> {
    const isSettled = () => {
      const standing = this.standing(type, name);
      if (standing.is === "failed") throw new Error(standing.because);
      return standing.is === "settled";
    };
    await this.reconciled(`${type} ${name}`, isSettled, each);
  }

  /** Until its standing has a reason that matches. */
  async reason(type: string, name: string, reason: RegExp): Promise<string> {
    let because = "";
    await this.reconciled(`${type} ${name}: ${String(reason)}`, () => {
      const standing = this.standing(type, name);
      because = standing.is === "settled" ? "" : `${standing.is}: ${standing.because}`;
      return reason.test(because);
    });
    return because;
  }
}
