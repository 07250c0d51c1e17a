/** Service accounts, their tokens and rights, and the APIs that take them. */
export type { AccessTokenListener } from "./access-tokens";
export { GoogleApis, type GoogleApisOptions } from "./google-apis";
export { LocalIdentities, type LocalIdentitiesOptions } from "./local-identities";
export { workloadAccount, type WorkloadAccount } from "./workloads";
