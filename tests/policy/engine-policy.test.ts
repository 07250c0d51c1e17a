import type {
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { disruptionBudget } from "../../policy/rules/disruption-budget";
import { labels } from "../../policy/rules/labels";
import { noStackReference } from "../../policy/rules/no-stack-reference";
import { rules } from "../../policy/rules";
import { enginePolicies } from "../../policy/support/engine-policy";
import { freeStack, sharedStack } from "./support/judge";

type Reported = readonly [message: string, urn?: string | undefined];

const registered = (type: string, name: string, props: object) =>
  ({ type, name, urn: `urn::${name}`, props, opts: { protect: false } }) as unknown as ResourceValidationArgs;
const deployed = (of: ResourceValidationArgs, changed: Partial<PolicyResource> = {}) =>
  ({ ...of, propertyDependencies: {}, dependencies: [], ...changed }) as unknown as PolicyResource;

async function judgeResource(policy: unknown, resource: ResourceValidationArgs): Promise<Reported[]> {
  const reported: Reported[] = [];
  const { validateResource } = policy as ResourceValidationPolicy;
  for (const validate of [validateResource ?? []].flat())
    await validate(resource, (...violation) => void reported.push(violation));
  return reported;
}

async function judgeStack(policy: unknown, resources: PolicyResource[]): Promise<Reported[]> {
  const reported: Reported[] = [];
  const args = { resources } as unknown as Parameters<StackValidationPolicy["validateStack"]>[0];
  await (policy as StackValidationPolicy).validateStack(args, (...violation) => void reported.push(violation));
  return reported;
}

describe("rules as policies", () => {
  it("block, each with its severity and remedy", () => {
    const policies = enginePolicies(rules, sharedStack);
    expect(policies.map(({ name }) => name)).toEqual(rules.map(({ name }) => name));
    expect(new Set(policies.map(({ enforcementLevel }) => enforcementLevel))).toEqual(new Set(["mandatory"]));
    expect(policies.map(({ severity, remediationSteps }) => [severity, remediationSteps])).toEqual(
      rules.map(({ severity, remedy }) => [severity, remedy]),
    );
  });

  it("report what is wrong together with the remedy", async () => {
    const [policy] = enginePolicies([labels], freeStack);
    const address = registered("gcp:compute/address:Address", "a", { labels: { environment: "prod" } });
    expect(await judgeResource(policy, address)).toEqual([
      [`labels.failure-domain is nothing, not "free". Remedy: ${labels.remedy}`],
    ]);
    expect(await judgeResource(policy, registered("gcp:compute/network:Network", "n", {}))).toEqual([]);
  });

  it("judge a stack by inputs where a preview has no outputs yet", async () => {
    const [onePolicy, stackPolicy] = enginePolicies([labels, disruptionBudget], sharedStack);
    const selector = { matchLabels: { app: "api" } };
    const template = { metadata: { labels: { app: "api" } } };
    const workload = registered("kubernetes:apps/v1:Deployment", "api", { spec: { template } });
    const budget = registered("kubernetes:policy/v1:PodDisruptionBudget", "budget", { spec: { selector } });
    for (const resource of [workload, budget]) await judgeResource(onePolicy, resource);
    const withoutOutputs = [workload, budget].map((resource) => deployed(resource, { props: {} }));
    expect(await judgeStack(stackPolicy, withoutOutputs)).toEqual([]);
    expect(await judgeStack(stackPolicy, withoutOutputs.slice(0, 1))).toEqual([
      [`no PodDisruptionBudget covers api. Remedy: ${disruptionBudget.remedy}`, "urn::api"],
    ]);
  });

  it("tell the resources that a property comes from apart from what is outside the stack", async () => {
    const [policy] = enginePolicies([noStackReference], freeStack);
    const network = deployed(registered("gcp:compute/network:Network", "vpc", {}));
    const subnet = registered("gcp:compute/subnetwork:Subnetwork", "subnet", {});
    expect(
      await judgeStack(policy, [network, deployed(subnet, { propertyDependencies: { network: [network] } })]),
    ).toEqual([]);
    const outside = await judgeStack(policy, [network, deployed(subnet, { propertyDependencies: { network: [] } })]);
    expect(outside).toEqual([
      [`network comes from outside the stack. Remedy: ${noStackReference.remedy}`, "urn::subnet"],
    ]);
  });
});
