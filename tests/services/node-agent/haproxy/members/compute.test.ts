import { labelsOf } from "../../../../../components/labels";
import { containerVmRole, HTTP_SERVING_ROLE } from "../../../../../config/names";
import type { Instance } from "../../../../../services/google/compute";
import { ComputeMembers } from "../../../../../services/node-agent/haproxy/members/compute";

const place = { environment: "prod", cluster: "free", zones: ["europe-west1-b", "europe-west1-c"] };
const ofRole = (role: string, cluster = "free", environment = "prod") => labelsOf({ environment, cluster }, role);
const instance = (name: string, change: Partial<Instance> = {}): Instance => ({
  name,
  status: "RUNNING",
  labels: ofRole(containerVmRole("standard")),
  address: "10.0.0.1",
  ...change,
});

it("takes the cluster's container VMs that run, whatever the API gives beside them", async () => {
  const asked: unknown[] = [];
  const instances = (...args: unknown[]): Promise<Instance[]> => {
    asked.push(args);
    return Promise.resolve([
      instance("one"),
      instance("two", { labels: ofRole(containerVmRole("boosted")), address: "10.0.0.2" }),
      instance("edge", { labels: ofRole(HTTP_SERVING_ROLE) }),
      instance("sibling", { labels: ofRole(containerVmRole("standard"), "paid") }),
      instance("elsewhere", { labels: ofRole(containerVmRole("standard"), "free", "sandbox") }),
      instance("leaving", { status: "STOPPING" }),
      instance("beginning", { address: "" }),
      instance("stranger", { labels: {} }),
    ]);
  };
  const source = new ComputeMembers({ instances }, place);
  expect(source.zones).toEqual(place.zones);
  expect(await source.members("europe-west1-b")).toEqual([
    { name: "one", address: "10.0.0.1" },
    { name: "two", address: "10.0.0.2" },
  ]);
  const filter = '(labels.environment = "prod") AND (labels.failure-domain = "free") AND (status = "RUNNING")';
  expect(asked).toEqual([["europe-west1-b", filter]]);
});
