/** The HAProxy driver: feeds an edge's tombstones, custom domains, sibling clusters and container VMs. */
export { createEdgeDriver, type EdgeDriver } from "./driver";
export type { EdgeDriverSettings } from "./driver-settings";
export type { MemberSource } from "./members/source";
export { KeyRing, type KeySource } from "./keys";
export { ComputeMembers } from "./members/compute";
export { DEFAULT_LIMITS } from "./settings";
