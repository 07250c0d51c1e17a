/** GKE and the objects of Kubernetes that run pods. */
export { Workloads } from "./controller";
export { ingressAllowed, type Source } from "./network-policies";
export type { WorkloadAccountOf } from "./pods/account";
