/** The folders of pods' volumes. */
import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { PodPlan } from "../pods/pod-plan";

/** Names a pod among those of all clusters. */
export interface PodPlace {
  readonly gkeCluster: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Below the local cloud's directory: what lives as long as a pod, in folders with short names, since paths of Unix sockets (Knot's
 * control socket is in such a volume) have 107 bytes at most.
 */
const OF_PODS = "pods";
/** Below the local cloud's directory: claims of StatefulSets, which outlive pods. */
const OF_CLAIMS = "volumes";

export class VolumeFolders {
  constructor(private readonly directory: string) {}

  /** Where each volume of a pod is, by the volume's name. */
  of(plan: PodPlan, pod: PodPlace): Record<string, string> {
    const entries = Object.entries(plan.volumes).map(([name, { kind }]) => [
      name,
      kind === "claim" ? this.claim(pod, claimName(name, pod.name)) : join(this.pod(pod), name),
    ]);
    return Object.fromEntries(entries) as Record<string, string>;
  }

  /** Makes the folders of a pod that is about to start: claims as they are, everything else empty. */
  prepare(plan: PodPlan, pod: PodPlace): void {
    this.remove(pod);
    const folders = this.of(plan, pod);
    for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
    for (const { volume, subPath } of plan.containers.flatMap(({ mounts }) => mounts)) {
      if (subPath !== "") mkdirSync(join(folders[volume]!, subPath), { recursive: true });
    }
  }

  /** Removes what lives as long as the pod. */
  remove(pod: PodPlace): void {
    rmSync(this.pod(pod), { recursive: true, force: true });
  }

  /** Removes what is left of pods, of which none runs. */
  removeAllOfPods(): void {
    rmSync(join(this.directory, OF_PODS), { recursive: true, force: true });
  }

  /** Removes a claim and what is in it. */
  removeClaim(place: Omit<PodPlace, "name">, claim: string): void {
    rmSync(this.claim(place, claim), { recursive: true, force: true });
  }

  private pod({ gkeCluster, namespace, name }: PodPlace): string {
    const hash = createHash("sha256").update([gkeCluster, namespace, name].join("/")).digest("hex");
    return join(this.directory, OF_PODS, hash.slice(0, 8));
  }

  private claim({ gkeCluster, namespace }: Omit<PodPlace, "name">, claim: string): string {
    return join(this.directory, OF_CLAIMS, gkeCluster, namespace, claim);
  }
}

/** What Kubernetes calls the claim that a template makes for a pod. */
export function claimName(template: string, pod: string): string {
  return `${template}-${pod}`;
}
