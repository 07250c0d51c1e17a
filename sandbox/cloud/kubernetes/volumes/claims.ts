/** Claims of StatefulSets: which there are, and which are to go. Pure. */
import { keyOf, type WorkloadName } from "../pods/stored-pod";
import type { ClaimRetention } from "../workload";

/** A claim that a StatefulSet's pod was given: a folder that outlives the pod. */
export interface StoredClaim extends WorkloadName {
  readonly gkeCluster: string;
  /** Its name in Kubernetes. */
  readonly claim: string;
  readonly ordinal: number;
  /** What the StatefulSet declared last. */
  readonly retention: ClaimRetention;
}

/** What is known of a claim's StatefulSet now. */
export type ClaimOwner =
  | { readonly is: "declared"; readonly desired: number; readonly retention: ClaimRetention }
  /** Recorded, but not understood. */
  | { readonly is: "refused" }
  | { readonly is: "deleted" }
  /** With its namespace, which takes its claims with it. */
  | { readonly is: "deleted with namespace" };

/** The claims to keep, as they are declared now; every other one is to be removed with its content. */
export function retained(
  claims: readonly StoredClaim[],
  ownerOf: (claim: StoredClaim) => ClaimOwner,
  isUsed: (claim: StoredClaim) => boolean,
): StoredClaim[] {
  return claims.flatMap((claim) => {
    const owner = ownerOf(claim);
    const present = owner.is === "declared" ? { ...claim, retention: owner.retention } : claim;
    return isUsed(claim) || isKept(present, owner) ? [present] : [];
  });
}

/** Equal for two entries of one claim. */
export function identity(claim: WorkloadName & Pick<StoredClaim, "claim">): string {
  return `${keyOf(claim)} ${claim.claim}`;
}

function isKept({ ordinal, retention }: StoredClaim, owner: ClaimOwner): boolean {
  switch (owner.is) {
    case "declared":
      return ordinal < owner.desired || retention.whenScaled === "Retain";
    case "refused":
      return true;
    case "deleted":
      return retention.whenDeleted === "Retain";
    case "deleted with namespace":
      return false;
  }
}
