import { workloadAccount } from "../../../../sandbox/cloud/identity";
import { MemoryRecords } from "../google-context";

const CLUSTER = "gke-1.europe-west1.gke.goog";
const GKE_ID = "projects/acme/locations/europe-west1/clusters/one";
const EMAIL = "api@acme.iam.gserviceaccount.com";
const MEMBER = "gcp:serviceaccount/iAMMember:IAMMember";
const MEMBER_ID = "member";

let records: MemoryRecords;

beforeEach(() => {
  records = new MemoryRecords();
  putGke();
  putPool("GKE_METADATA");
  putAccount({ "iam.gke.io/gcp-service-account": EMAIL });
  putMember("serviceAccount:acme.svc.id.goog[resolution/control-api]");
});

function putGke(workloadPool = "acme.svc.id.goog"): void {
  const dnsEndpointConfig = { endpoint: CLUSTER };
  const inputs = { workloadIdentityConfig: { workloadPool } };
  records.put("gcp:container/cluster:Cluster", GKE_ID, inputs, { controlPlaneEndpointsConfig: { dnsEndpointConfig } });
}

function putPool(mode: string, cluster = GKE_ID): void {
  const nodeConfig = { workloadMetadataConfig: { mode } };
  records.put("gcp:container/nodePool:NodePool", "pool", { cluster, nodeConfig });
}

function putAccount(annotations: Record<string, string>): void {
  const metadata = { name: "control-api", namespace: "resolution", annotations };
  records.put("kubernetes:core/v1:ServiceAccount", "resolution/control-api", { metadata }, {}, `kubernetes/${CLUSTER}`);
}

function putMember(member: string, role = "roles/iam.workloadIdentityUser", email = EMAIL): void {
  records.put(MEMBER, MEMBER_ID, { member, role, serviceAccountId: `projects/acme/serviceAccounts/${email}` });
}

const account = (name = "control-api", cluster = CLUSTER) => workloadAccount(records, cluster, "resolution", name);

describe("the service account of a workload", () => {
  it("is the one that its annotation names, which lets it", () => {
    expect(account()).toEqual({ email: EMAIL });
  });

  it.each<[string, () => unknown, RegExp]>([
    ["a missing ServiceAccount", () => account("other"), /no ServiceAccount resolution\/other/],
    ["another cluster's ServiceAccount", () => account("control-api", "gke-2"), /no ServiceAccount/],
    ["a missing annotation", () => (putAccount({}), account()), /no annotation/],
    ["a missing grant", () => (records.remove(MEMBER, MEMBER_ID), account()), /lacks roles\/iam\.workloadIdentityUser/],
    [
      "a grant to another workload",
      () => (putMember("serviceAccount:acme.svc.id.goog[resolution/dns]"), account()),
      /control-api\] lacks/,
    ],
    [
      "a grant in another pool",
      () => (putMember("serviceAccount:other.svc.id.goog[resolution/control-api]"), account()),
      /lacks/,
    ],
    [
      "another role",
      () => (putMember("serviceAccount:acme.svc.id.goog[resolution/control-api]", "roles/viewer"), account()),
      /lacks/,
    ],
    [
      "a grant on another account",
      () => (putMember("serviceAccount:acme.svc.id.goog[resolution/control-api]", undefined, "dns@acme"), account()),
      /lacks/,
    ],
    ["a cluster without a pool", () => (putGke(""), account()), /no workload pool/],
    ["nodes that show their own account", () => (putPool("GCE_METADATA", "one"), account()), /node pool pool/],
  ])("is none for want of it: %s", (_, asked, reason) => {
    expect(asked()).toEqual({ reason: expect.stringMatching(reason) as string });
  });
});
