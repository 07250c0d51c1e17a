import { disruptionBudget } from "../../../policy/rules/disruption-budget";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { judgeStack, resource, sharedStack } from "../support/judge";

const labels = { app: "api", tier: "control" };
const deployment = (changed: Properties = {}) =>
  resource("kubernetes:apps/v1:Deployment", {
    metadata: { namespace: "resolution" },
    spec: { template: { metadata: { labels } } },
    ...changed,
  });
const budget = (matchLabels: unknown, namespace = "resolution", providerUrn?: string) =>
  resource(
    "kubernetes:policy/v1:PodDisruptionBudget",
    { metadata: { namespace }, spec: { selector: { matchLabels } } },
    providerUrn === undefined ? {} : { providerUrn },
  );
const covered = (...resources: ReturnType<typeof resource>[]) => judgeStack(disruptionBudget, resources, sharedStack);

describe("disruption-budget", () => {
  it("accepts workloads that a budget selects, and what is not known yet", () => {
    expect(covered(deployment(), budget({ app: "api" }))).toEqual([]);
    expect(covered(deployment(), budget(UNKNOWN))).toEqual([]);
    expect(covered(deployment({ spec: UNKNOWN }), budget({ app: "api" }))).toEqual([]);
    expect(covered(resource("kubernetes:apps/v1:DaemonSet", {}))).toEqual([]);
  });

  it("refuses a workload without a budget and blames it", () => {
    const workload = deployment();
    expect(covered(workload)).toEqual([{ message: "no PodDisruptionBudget covers Deployment", urn: workload.urn }]);
    expect(covered(resource("kubernetes:apps/v1:StatefulSet", {}))).toHaveLength(1);
  });

  it.each([
    ["selects others", budget({ app: "dns" })],
    ["selects only some of its pods' labels", budget({ app: "api", tier: "data" })],
    ["selects nothing in particular", budget({})],
    ["is in another namespace", budget({ app: "api" }, "default")],
  ])("refuses a workload whose budget %s", (_case, other) => {
    expect(covered(deployment(), other)).toHaveLength(1);
  });

  it("wants the budget in the workload's own Kubernetes cluster", () => {
    const workload = { ...deployment(), providerUrn: "urn:west1" };
    expect(covered(workload, budget({ app: "api" }, "resolution", "urn:west4"))).toHaveLength(1);
    expect(covered(workload, budget({ app: "api" }, "resolution", "urn:west1"))).toEqual([]);
  });
});
