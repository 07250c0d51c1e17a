/** The Kubernetes clusters of the local cloud: pods, as Deployments and StatefulSets declare them. */
import { join } from "node:path";
import type { CloudContext, Pod as PodView, Pods, Units } from "../context";
import { SETTLED, type Controller, type Records, type ResourceName, type Standing, type Unit } from "../controller";
import { KINDS } from "./kinds";
import { acceptedPolicy } from "./network-policies";
import { podAccount, type WorkloadAccountOf } from "./pods/account";
import { machineName } from "./pods/machine-spec";
import { Pod } from "./pods/pod";
import { keyOf, type StoredPod, type WorkloadName } from "./pods/stored-pod";
import type { Trouble } from "./pods/trouble";
import { filesOf, find, gkeCluster, namespaceLabels } from "./records";
import { Refusal } from "./refusal";
import { stepOf, storedPod } from "./rollout/step";
import { workloadStanding } from "./standing";
import { StateFile } from "./state-file";
import { unitOf, viewOf } from "./pods/views";
import { ClaimKeeper } from "./volumes/claim-keeper";
import type { ClaimOwner, StoredClaim } from "./volumes/claims";
import { VolumeFolders } from "./volumes/folders";
import {
  acceptedAutoscaler,
  understood,
  workloadsOf,
  WORKLOAD_TYPES,
  type Understood,
  type Workload,
} from "./workload";

/** Scope of a cluster's resources: this and its endpoint. */
const SCOPE = "kubernetes/";

export class Workloads implements Controller, Pods, Units {
  readonly name = "Kubernetes workloads";
  readonly awaited: readonly string[] = [
    KINDS.deployment,
    KINDS.statefulSet,
    KINDS.autoscaler,
    KINDS.networkPolicy,
    KINDS.namespace,
  ];
  private readonly pods = new Set<Pod>();
  private readonly folders: VolumeFolders;
  private readonly file: StateFile;
  /** Undefined until the pods and claims of the last local cloud have been read. */
  private claims: ClaimKeeper | undefined;
  private alarm: NodeJS.Timeout | undefined;

  constructor(
    private readonly context: CloudContext,
    private readonly dependencies: { readonly workloadAccount: WorkloadAccountOf },
  ) {
    this.folders = new VolumeFolders(context.directory);
    this.file = new StateFile(join(context.directory, "kubernetes-pods.json"));
  }

  reconcile(records: Records): Promise<void> {
    const claims = (this.claims ??= this.restore());
    const known = new Map(
      records
        .kubernetesClusters()
        .flatMap((cluster) => workloadsOf(records, cluster))
        .map((entry) => [keyOf(entry.name), entry]),
    );
    for (const pod of this.pods) if (isOrphan(records, pod.stored, known)) pod.end({ mayServe: false });
    for (const entry of known.values()) if ("workload" in entry) this.advance(records, entry.workload, claims);
    for (const pod of this.pods) this.sync(records, pod);
    const pods = [...this.pods];
    claims.clean(
      pods.map(({ stored }) => stored),
      (claim) => claimOwner(records, claim, known),
    );
    this.file.save({
      pods: pods.filter(({ terminating }) => !terminating).map(({ stored }) => stored),
      claims: claims.claims,
    });
    return Promise.resolve();
  }

  standing({ scope, type, id }: ResourceName): Standing {
    const { records } = this.context;
    const cluster = scope.slice(SCOPE.length);
    const record = records.kubernetes(cluster, type).find((candidate) => candidate.id === id);
    if (record === undefined) return this.standingOfDeleted(cluster, type, id);
    switch (type) {
      case KINDS.deployment:
        return this.standingOf(understood(records, cluster, "Deployment", record));
      case KINDS.statefulSet:
        return this.standingOf(understood(records, cluster, "StatefulSet", record));
      case KINDS.autoscaler:
        return acceptance(() => acceptedAutoscaler(record));
      case KINDS.networkPolicy:
        return acceptance(() => acceptedPolicy(record));
      default:
        return SETTLED;
    }
  }

  selected(cluster: string, namespace: string, selector: Readonly<Record<string, string>>): readonly PodView[] {
    const wanted = Object.entries(selector);
    return [...this.pods].flatMap((pod) => {
      const view = viewOf(pod);
      const { stored, labels } = pod;
      if (view === undefined || stored.cluster !== cluster || stored.namespace !== namespace) return [];
      return wanted.every(([key, value]) => labels[key] === value) ? [view] : [];
    });
  }

  units(): readonly Unit[] {
    return [...this.pods].flatMap((pod) => unitOf(pod) ?? []);
  }

  async stop(): Promise<void> {
    clearTimeout(this.alarm);
    await Promise.all([...this.pods].map((pod) => pod.shutDown()));
  }

  /** The pods of the last local cloud, under their names; none of their processes has survived it. */
  private restore(): ClaimKeeper {
    const { pods, claims } = this.file.load();
    this.folders.removeAllOfPods();
    for (const stored of pods) {
      try {
        this.add(stored);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        // Of a template that this version refuses; its workload says why.
        this.context.log.warn({ pod: stored.name, because: error.message }, "pod does not start again");
        this.context.network.release(machineName(stored));
      }
    }
    return new ClaimKeeper(this.folders, claims);
  }

  private add(stored: StoredPod): void {
    const { context, folders } = this;
    this.pods.add(
      new Pod(stored, context, folders, (pod) => {
        this.pods.delete(pod);
        context.wake();
      }),
    );
  }

  /** Takes a workload's next step. */
  private advance(records: Records, workload: Workload, claims: ClaimKeeper): void {
    const pods = this.podsOf(workload);
    const now = Date.now();
    const { create, end, nextLookAt } = stepOf(workload, pods, now);
    for (const pod of end) pod.end({ mayServe: true });
    if (nextLookAt !== undefined) this.wakeAt(nextLookAt - now);
    if (create.length === 0 || this.blocked(records, workload) !== undefined) return;
    for (const pod of create) {
      const stored = storedPod(workload, pod, now);
      this.add(stored);
      claims.add(stored, workload.retention);
      this.context.log.info({ pod: stored.name, workload: keyOf(workload) }, "makes a pod");
    }
  }

  private sync(records: Records, pod: Pod): void {
    const { cluster, namespace } = pod.stored;
    const account = podAccount(records, pod.stored, pod.plan, this.dependencies.workloadAccount);
    if ("blocked" in account) return;
    const files = (configMap: string) => {
      const record = find(records, cluster, KINDS.configMap, namespace, configMap);
      return record === undefined ? undefined : filesOf(record);
    };
    pod.sync({ ...account, files });
  }

  /** What keeps a workload's pods from being made. */
  private blocked(records: Records, workload: Workload): Trouble | undefined {
    if (!workload.gke.hasNodes) {
      return { because: `GKE cluster ${workload.gke.name} has no node pool for its pods`, lasting: false };
    }
    const account = podAccount(records, workload, workload.plan, this.dependencies.workloadAccount);
    return "blocked" in account ? account.blocked : undefined;
  }

  private standingOf(entry: Understood): Standing {
    if ("refused" in entry) return { is: "failed", because: entry.refused };
    const pods = this.podsOf(entry.workload).map(({ stored, ready, terminating, trouble }) => {
      return { name: stored.name, revision: stored.revision, ready, terminating, trouble };
    });
    return workloadStanding(entry.workload, pods, this.blocked(this.context.records, entry.workload));
  }

  /** A deleted object has gone once its pods have. */
  private standingOfDeleted(cluster: string, type: string, id: string): Standing {
    const ofObject = ({ namespace, kind, workload }: StoredPod) => {
      if (type === KINDS.namespace) return namespace === id;
      return WORKLOAD_TYPES[kind] === type && `${namespace}/${workload}` === id;
    };
    const left = [...this.pods].filter(({ stored }) => stored.cluster === cluster && ofObject(stored));
    if (left.length === 0) return SETTLED;
    return { is: "pending", because: `pods are ending: ${left.map(({ stored }) => stored.name).join(", ")}` };
  }

  private podsOf(workload: WorkloadName): Pod[] {
    const key = keyOf(workload);
    return [...this.pods].filter(({ stored }) => keyOf(stored) === key);
  }

  private wakeAt(ms: number): void {
    clearTimeout(this.alarm);
    this.alarm = setTimeout(() => this.context.wake(), ms).unref();
  }
}

/** Whether nothing declares the pod any more, or what it ran in has gone. */
function isOrphan(records: Records, pod: StoredPod, known: ReadonlyMap<string, Understood>): boolean {
  return (
    !known.has(keyOf(pod)) ||
    namespaceLabels(records, pod.cluster, pod.namespace) === undefined ||
    gkeCluster(records, pod.cluster) === undefined
  );
}

function claimOwner(records: Records, claim: StoredClaim, known: ReadonlyMap<string, Understood>): ClaimOwner {
  if (namespaceLabels(records, claim.cluster, claim.namespace) === undefined) return { is: "deleted with namespace" };
  const owner = known.get(keyOf(claim));
  if (owner === undefined) return { is: "deleted" };
  return "refused" in owner ? { is: "refused" } : { is: "declared", ...owner.workload };
}

function acceptance(accept: () => object): Standing {
  try {
    accept();
    return SETTLED;
  } catch (error) {
    if (error instanceof Refusal) return { is: "failed", because: error.message };
    throw error;
  }
}
