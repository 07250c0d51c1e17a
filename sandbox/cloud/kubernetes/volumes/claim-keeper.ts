/** Keeps the claims of StatefulSets for as long as they are to be kept. */
import type { StoredPod } from "../pods/stored-pod";
import { identity, retained, type ClaimOwner, type StoredClaim } from "./claims";
import { claimName, type VolumeFolders } from "./folders";

export class ClaimKeeper {
  constructor(
    private readonly folders: VolumeFolders,
    private known: readonly StoredClaim[],
  ) {}

  /** All claims, to be stored. */
  get claims(): readonly StoredClaim[] {
    return this.known;
  }

  /** Notes those of a pod that is about to be made; one that is known already is found again. */
  add(pod: StoredPod, retention: StoredClaim["retention"]): void {
    const present = new Set(this.known.map(identity));
    const added = claimsOf(pod, retention).filter((claim) => !present.has(identity(claim)));
    this.known = [...this.known, ...added];
  }

  /** Removes what nobody retains, with its content; never under a pod. */
  clean(pods: readonly StoredPod[], ownerOf: (claim: StoredClaim) => ClaimOwner): void {
    const used = new Set(pods.flatMap(claimIdentities));
    const kept = retained(this.known, ownerOf, (claim) => used.has(identity(claim)));
    const keptIdentities = new Set(kept.map(identity));
    for (const claim of this.known) {
      if (!keptIdentities.has(identity(claim))) this.folders.removeClaim(claim, claim.claim);
    }
    this.known = kept;
  }
}

function claimsOf(pod: StoredPod, retention: StoredClaim["retention"]): StoredClaim[] {
  const { cluster, namespace, kind, workload, gkeCluster, ordinal, name } = pod;
  if (ordinal === undefined) return [];
  return pod.claims.map((template) => {
    return { cluster, namespace, kind, workload, gkeCluster, ordinal, claim: claimName(template, name), retention };
  });
}

function claimIdentities(pod: StoredPod): string[] {
  return pod.claims.map((template) => identity({ ...pod, claim: claimName(template, pod.name) }));
}
