/** Which service account a pod runs as. */
import { scalarText } from "../../../provider/values";
import type { Records } from "../../controller";
import type { WorkloadAccount } from "../../identity";
import { KINDS } from "../kinds";
import { find } from "../records";
import type { PodPlan } from "./pod-plan";
import type { Trouble } from "./trouble";

/** The Google service account that Workload Identity gives to a Kubernetes one of a cluster and namespace, or why none. */
export type WorkloadAccountOf = (
  records: Records,
  cluster: string,
  namespace: string,
  serviceAccount: string,
) => WorkloadAccount;

/** A pod's identity, or what keeps pods with this plan from being made. */
export type PodAccount =
  { readonly serviceAccount: string; readonly noAccount?: string } | { readonly blocked: Trouble };

/** A pod without a Google service account runs, as in production: it is its requests for tokens that fail. */
export function podAccount(
  records: Records,
  { cluster, namespace }: { readonly cluster: string; readonly namespace: string },
  plan: PodPlan,
  workloadAccount: WorkloadAccountOf,
): PodAccount {
  const name = plan.serviceAccount;
  const record = find(records, cluster, KINDS.serviceAccount, namespace, name);
  // Every namespace has this one.
  if (record === undefined && name !== "default") {
    return { blocked: { because: `service account ${name} does not exist in namespace ${namespace}`, lasting: false } };
  }
  const declared = scalarText(record?.inputs.automountServiceAccountToken);
  if (plan.automountServiceAccountToken ?? declared !== "false") {
    const because =
      `its pods mount a token of the Kubernetes API, which is not emulated: set automountServiceAccountToken to false in ` +
      `the pod or in service account ${name}`;
    return { blocked: { because, lasting: true } };
  }
  const account = workloadAccount(records, cluster, namespace, name);
  if (account.email !== undefined) return { serviceAccount: account.email };
  return { serviceAccount: "", noAccount: account.reason };
}
