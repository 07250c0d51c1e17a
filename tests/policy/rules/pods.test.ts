import { podsNonRoot } from "../../../policy/rules/pods-non-root";
import { podsProbes } from "../../../policy/rules/pods-probes";
import { podsReadOnlyRoot } from "../../../policy/rules/pods-read-only-root";
import { podsResources } from "../../../policy/rules/pods-resources";
import type { ResourceRule } from "../../../policy/support/rule";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { judge, resource, sharedStack } from "../support/judge";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const good = {
  name: "api",
  image: "europe-docker.pkg.dev/p/platform/control-api:1",
  securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
  resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
  readinessProbe: { httpGet: { path: "/readyz", port: 8080 } },
  livenessProbe: { httpGet: { path: "/healthz", port: 8080 } },
};
const rules = [podsNonRoot, podsReadOnlyRoot, podsResources, podsProbes];

const pods = (rule: ResourceRule, spec: unknown, type = DEPLOYMENT) =>
  judge(rule, resource(type, { spec: { template: { spec } } }), sharedStack);
const container = (rule: ResourceRule, changed: Properties) => pods(rule, { containers: [{ ...good, ...changed }] });

describe.each(rules)("$name", (rule) => {
  it("accepts a container that has everything", () => {
    expect(container(rule, {})).toEqual([]);
  });

  it("accepts what is not known yet", () => {
    expect(container(rule, { securityContext: UNKNOWN, resources: UNKNOWN, readinessProbe: UNKNOWN })).toEqual([]);
    expect(pods(rule, UNKNOWN)).toEqual([]);
    expect(pods(rule, { containers: [UNKNOWN] })).toEqual([]);
  });

  it.each<[string, Properties]>([
    ["kubernetes:apps/v1:StatefulSet", { template: { spec: { containers: [{ name: "bare" }] } } }],
    ["kubernetes:apps/v1:DaemonSet", { template: { spec: { containers: [{ name: "bare" }] } } }],
    ["kubernetes:core/v1:Pod", { containers: [{ name: "bare" }] }],
  ])("finds the containers of %s", (type, spec) => {
    expect(judge(rule, resource(type, { spec }), sharedStack)[0]).toMatch(/^container bare: /);
  });

  it("judges every container", () => {
    expect(pods(rule, { containers: [good, { name: "bare" }] })[0]).toMatch(/^container bare: /);
  });
});

describe.each([podsNonRoot, podsReadOnlyRoot, podsResources])("$name", (rule) => {
  it("judges containers that run first and pods that run to an end", () => {
    expect(pods(rule, { containers: [good], initContainers: [{ name: "first" }] })[0]).toMatch(/^container first: /);
    const spec = { jobTemplate: { spec: { template: { spec: { containers: [{ name: "nightly" }] } } } } };
    expect(judge(rule, resource("kubernetes:batch/v1:CronJob", { spec }), sharedStack)[0]).toMatch(
      /^container nightly: /,
    );
  });
});

describe("pods-non-root", () => {
  it("lets the pod speak for its containers, and a container for itself", () => {
    const quiet = { ...good, securityContext: { allowPrivilegeEscalation: false } };
    const pod = { securityContext: { runAsNonRoot: true } };
    expect(pods(podsNonRoot, { ...pod, containers: [quiet] })).toEqual([]);
    const root = { ...good, securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: false } };
    expect(pods(podsNonRoot, { ...pod, containers: [root] })).toEqual(["container api: runAsNonRoot is false"]);
  });

  it.each<[string, Properties]>([
    ["user 0", { runAsUser: 0 }],
    ["privilege", { privileged: true }],
    ["escalation", { allowPrivilegeEscalation: true }],
  ])("refuses %s", (_case, changed) => {
    expect(container(podsNonRoot, { securityContext: { ...good.securityContext, ...changed } })).toHaveLength(1);
  });
});

describe("pods-resources", () => {
  it("names what is missing, and asks for no limit on CPU", () => {
    expect(container(podsResources, { resources: { requests: { cpu: "1", memory: "1Gi" } } })).toEqual([
      "container api: resources.limits.memory is missing",
    ]);
  });
});

describe("pods-probes", () => {
  it("names the probe that is missing", () => {
    expect(container(podsProbes, { livenessProbe: undefined })).toEqual(["container api: livenessProbe is missing"]);
  });

  it("asks nothing of what runs to an end", () => {
    expect(pods(podsProbes, { containers: [good], initContainers: [{ name: "first" }] })).toEqual([]);
    expect(pods(podsProbes, { containers: [{ name: "once" }] }, "kubernetes:batch/v1:Job")).toEqual([]);
  });

  it("asks a sidecar among the init containers, which keeps running", () => {
    expect(
      pods(podsProbes, { containers: [good], initContainers: [{ name: "side", restartPolicy: "Always" }] }),
    ).toHaveLength(2);
  });
});
