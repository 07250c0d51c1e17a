/** Every rule of the pack, in the order of the documentation: failure domains, access, machines, database, Kubernetes, DNS, state. */
import { autohealing } from "./autohealing";
import { boundedUnavailability } from "./bounded-unavailability";
import { clusterProject } from "./cluster-project";
import { clusterRegion } from "./cluster-region";
import { disruptionBudget } from "./disruption-budget";
import { dnsTtl } from "./dns-ttl";
import { gkePrivate } from "./gke-private";
import { gkeReleaseChannel } from "./gke-release-channel";
import { gkeWorkloadIdentity } from "./gke-workload-identity";
import { knownTypes } from "./known-types";
import { labels } from "./labels";
import { machineTypes } from "./machine-types";
import { noAuthoritativeIam } from "./no-authoritative-iam";
import { noBasicRoles } from "./no-basic-roles";
import { noDefaultServiceAccount } from "./no-default-service-account";
import { noLatest } from "./no-latest";
import { noOpenIngress } from "./no-open-ingress";
import { noPublicAddress } from "./no-public-address";
import { noServiceAccountKeys } from "./no-service-account-keys";
import { noSharedResource } from "./no-shared-resource";
import { noSshFromInternet } from "./no-ssh-from-internet";
import { noStackReference } from "./no-stack-reference";
import { osLogin } from "./os-login";
import { podsNonRoot } from "./pods-non-root";
import { podsProbes } from "./pods-probes";
import { podsReadOnlyRoot } from "./pods-read-only-root";
import { podsResources } from "./pods-resources";
import { shieldedVm } from "./shielded-vm";
import { sqlBackups } from "./sql-backups";
import { sqlDeletionProtection } from "./sql-deletion-protection";
import { sqlEncrypted } from "./sql-encrypted";
import { sqlPrivate } from "./sql-private";
import { statefulProtected } from "./stateful-protected";
import { tombstoneGrace } from "./tombstone-grace";
import { twoNameServers } from "./two-name-servers";
import { zonalSpread } from "./zonal-spread";
import type { Rule } from "../support/rule";

export const rules: readonly Rule[] = [
  clusterRegion,
  clusterProject,
  noSharedResource,
  noStackReference,
  knownTypes,
  labels,
  noPublicAddress,
  noOpenIngress,
  noSshFromInternet,
  noAuthoritativeIam,
  noBasicRoles,
  noDefaultServiceAccount,
  noServiceAccountKeys,
  shieldedVm,
  osLogin,
  zonalSpread,
  autohealing,
  boundedUnavailability,
  machineTypes,
  sqlPrivate,
  sqlEncrypted,
  sqlBackups,
  sqlDeletionProtection,
  gkePrivate,
  gkeWorkloadIdentity,
  gkeReleaseChannel,
  podsNonRoot,
  podsReadOnlyRoot,
  podsResources,
  podsProbes,
  noLatest,
  disruptionBudget,
  dnsTtl,
  tombstoneGrace,
  twoNameServers,
  statefulProtected,
];
