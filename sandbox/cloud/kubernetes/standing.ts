/** How far a workload is, for the update that waits for it. Pure. */
import { SETTLED, type Standing } from "../controller";
import type { Trouble } from "./pods/trouble";

/** A pod as far as its workload's standing depends on it. */
export interface StandingPod {
  readonly name: string;
  readonly revision: string;
  readonly ready: boolean;
  readonly terminating: boolean;
  readonly trouble: Trouble | undefined;
}

/**
 * Settled once exactly the desired number of pods is there, all of the declared template and ready; pods that have been asked to
 * go do not count. Failed as soon as a pod of the declared template has a trouble that lasts.
 *
 * @param blocked what keeps pods of the declared template from being made.
 */
export function workloadStanding(
  { desired, revision }: { readonly desired: number; readonly revision: string },
  pods: readonly StandingPod[],
  blocked: Trouble | undefined,
): Standing {
  const present = pods.filter(({ terminating }) => !terminating);
  const updated = present.filter((pod) => pod.revision === revision);
  const ready = updated.filter((pod) => pod.ready);
  if (ready.length === desired && present.length === desired) return SETTLED;
  const troubles = [
    ...(blocked === undefined ? [] : [blocked]),
    ...updated.flatMap(({ name, trouble }) =>
      trouble === undefined ? [] : [{ ...trouble, because: `pod ${name}: ${trouble.because}` }],
    ),
  ];
  const lasting = troubles.find((trouble) => trouble.lasting);
  if (lasting !== undefined) return { is: "failed", because: lasting.because };
  const old = present.length - updated.length;
  const because = [
    `${ready.length} of ${desired} pods are updated and ready`,
    ...(old === 0 ? [] : [`${old} of an older revision remain`]),
    ...troubles.map((trouble) => trouble.because),
  ];
  return { is: "pending", because: because.join("; ") };
}
