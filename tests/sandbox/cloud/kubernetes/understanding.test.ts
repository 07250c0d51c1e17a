import { apiAutoscaler, apiDeployment } from "../../../../components/resolution-service/manifests/api";
import { dnsStatefulSet } from "../../../../components/resolution-service/manifests/dns";
import { agentVariables, apiVariables } from "../../../../components/resolution-service/manifests/environment";
import { readEnvironmentFile } from "../../../../config";
import { machineSpec } from "../../../../sandbox/cloud/kubernetes/pods/machine-spec";
import { workloadsOf, type Workload } from "../../../../sandbox/cloud/kubernetes/workload";
import type { Properties } from "../../../../sandbox/provider/values";
import { committedFile } from "../../../support/environments";
import { ClusterRecords, ENDPOINT, GKE_NAME, NAMESPACE, TYPES } from "./support/cluster";
import { deployment, statefulSet } from "./support/objects";

const RESTRICTED = { namespace: undefined, labels: { "pod-security.kubernetes.io/enforce": "restricted" } };

/** The stack's own objects of the sandbox, as they would be recorded, in a namespace that lets only restricted pods in. */
function stack(): ClusterRecords {
  const environment = readEnvironmentFile(committedFile("sandbox"));
  const records = ClusterRecords.ready();
  records.put(TYPES.namespace, NAMESPACE, {}, RESTRICTED);
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Properties;
  const database = { host: "10.2.0.3", name: "resolution", user: "api", authorities: "", serverName: "db" };
  const api = apiVariables(environment, "europe-west1", { database, dnsIdentity: "dns@example" });
  const dns = agentVariables(environment, "europe-west1", { nameServers: "{}", updateKeyVersion: "key/versions/1" });
  records.put(TYPES.deployment, "control-api", plain(apiDeployment(environment, api)));
  records.put(TYPES.autoscaler, "control-api", plain(apiAutoscaler(environment)));
  records.put(TYPES.statefulSet, "dns", plain(dnsStatefulSet(environment, dns)));
  return records;
}

function workload(records: ClusterRecords, name: string): Workload {
  const entry = workloadsOf(records, ENDPOINT).find((candidate) => candidate.name.workload === name);
  if (entry === undefined || "refused" in entry) throw new Error(entry?.refused ?? `no ${name}`);
  return entry.workload;
}

/** Why the only workload is refused. */
function refusal(
  type: string,
  inputs: Properties,
  prepare: (records: ClusterRecords) => void = () => undefined,
): string {
  const records = ClusterRecords.ready();
  records.put(type, "app", inputs);
  prepare(records);
  const [entry] = workloadsOf(records, ENDPOINT);
  return entry !== undefined && "refused" in entry ? entry.refused : "";
}

describe("the stack's workloads", () => {
  it("are understood as a whole", () => {
    const entries = workloadsOf(stack(), ENDPOINT);
    expect(entries.map((entry) => ("refused" in entry ? entry.refused : entry.name.workload))).toEqual([
      "control-api",
      "dns",
    ]);
  });

  it("have the size, bounds and times that they declare", () => {
    const api = workload(stack(), "control-api");
    expect(api.bounds).toEqual({ desired: 2, maxSurge: 1, maxUnavailable: 0 });
    expect([api.plan.preStopSeconds, api.plan.stopSeconds]).toEqual([20, 30]);
    const dns = workload(stack(), "dns");
    expect([dns.desired, dns.minReadySeconds, dns.plan.preStopSeconds, dns.plan.stopSeconds]).toEqual([2, 10, 20, 40]);
    expect(dns.retention).toEqual({ whenDeleted: "Delete", whenScaled: "Delete" });
  });

  it("make a name server of a sidecar that starts first and ends last, and of folders by their mount", () => {
    const { plan, gke, ...name } = workload(stack(), "dns");
    expect(plan.containers.map((container) => [container.name, container.sidecar])).toEqual([
      ["node-agent", true],
      ["knot", false],
    ]);
    expect(plan.namedPorts).toEqual({ "dns-udp": 5353, "dns-tcp": 5353, agent: 8081, metrics: 9090 });
    const spec = machineSpec(
      plan,
      {
        ...{ gkeCluster: gke.name, region: gke.region, namespace: name.namespace, name: "dns-1", workload: "dns" },
        ...{ labels: { "app.kubernetes.io/name": "dns" }, address: "127.9.64.1", serviceAccount: "dns@example" },
      },
      { run: "/sandbox/run", state: "/sandbox/state" },
    );
    expect(spec).toMatchObject({
      ...{ name: `${GKE_NAME}/dns-1`, hostname: "dns-1", kind: "pod", role: "dns", region: "europe-west1" },
      ...{ failureDomain: "shared", address: "127.9.64.1", serviceAccount: "dns@example" },
    });
    const [knot, agent] = spec.containers;
    expect(knot).toMatchObject({
      ...{ name: "knot", args: ["--config", "/run/knot/knot.conf"], stopTimeoutSeconds: 40 },
      mounts: { "/run/knot": "/sandbox/run", "/var/lib/knot": "/sandbox/state/knot" },
    });
    expect(agent?.environment).toMatchObject({ POD_NAME: "dns-1", NODE_NAME: "dns-1.europe-west1" });
    expect(agent?.mounts).toEqual({
      "/run/knot": "/sandbox/run",
      "/var/lib/knot": "/sandbox/state/knot",
      "/var/lib/node": "/sandbox/state/agent",
    });
  });

  it("are asked as they declare, with Kubernetes' defaults for what they leave out", () => {
    const [container] = workload(stack(), "control-api").plan.containers;
    const defaults = { initialDelaySeconds: 0, successThreshold: 1 };
    expect(container?.probes).toEqual({
      startup: { ...defaults, port: 8080, path: "/healthz", periodSeconds: 5, failureThreshold: 24, timeoutSeconds: 1 },
      liveness: {
        ...defaults,
        port: 8080,
        path: "/healthz",
        periodSeconds: 10,
        failureThreshold: 3,
        timeoutSeconds: 2,
      },
      readiness: { ...defaults, port: 8080, path: "/readyz", periodSeconds: 5, failureThreshold: 3, timeoutSeconds: 2 },
    });
  });
});

describe("what is not emulated is refused by name", () => {
  const at = "spec.template.spec";
  const mount = { name: "files", mountPath: "/files" };
  const files = { volumes: [{ name: "files", configMap: { name: "files" } }] };
  const probe = { httpGet: { path: "/", port: "http" } };
  const container = (extra: Properties) => deployment({ container: extra });

  it.each<[string, Properties, string]>([
    ["a command", container({ command: ["sh"] }), `${at}.containers[0].command: the sandbox does not emulate it`],
    [
      "two at once",
      deployment({ pod: { hostPID: true }, spec: { paused: true } }),
      "spec.paused: the sandbox does not",
    ],
    [
      "variables of Services",
      deployment({ pod: { enableServiceLinks: undefined } }),
      "enableServiceLinks: must be false",
    ],
    [
      "init containers that end",
      deployment({ pod: { initContainers: [{ name: "init", image: "registry/init:dev" }] } }),
      `${at}.initContainers[0].restartPolicy: init containers that end are not emulated`,
    ],
    [
      "other volumes",
      deployment({ pod: { volumes: [{ name: "host", hostPath: { path: "/" } }] } }),
      `${at}.volumes[0].hostPath: the sandbox does not emulate it`,
    ],
    [
      "other sources of variables",
      container({ env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "a", key: "b" } } }] }),
      `${at}.containers[0].env[0].valueFrom.secretKeyRef: the sandbox does not emulate it`,
    ],
    [
      "other fields of pods",
      container({ env: [{ name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }] }),
      "fieldRef.fieldPath: the sandbox knows metadata.name and metadata.namespace only",
    ],
    [
      "other probes",
      container({ livenessProbe: { exec: { command: ["true"] } } }),
      "livenessProbe.exec: the sandbox does",
    ],
    [
      "HTTPS probes",
      container({ livenessProbe: { httpGet: { port: 1, scheme: "HTTPS" } } }),
      "livenessProbe.httpGet.scheme",
    ],
    [
      "another strategy",
      deployment({ spec: { strategy: { type: "Recreate" } } }),
      "strategy.type: the sandbox knows Rolling",
    ],
    [
      "a port without name",
      container({ livenessProbe: probe, ports: [] }),
      "its liveness probe asks port http, which it does",
    ],
    [
      "a mount of nothing",
      container({ volumeMounts: [mount] }),
      "container app: mounts files, which is no volume of the pod",
    ],
    [
      "a part of a ConfigMap",
      deployment({ pod: files, container: { volumeMounts: [{ ...mount, subPath: "a" }] } }),
      "subPath of files, a ConfigMap, is not emulated",
    ],
    [
      "a sleep that is longer than the time to end",
      deployment({
        pod: { terminationGracePeriodSeconds: 5 },
        container: { lifecycle: { preStop: { sleep: { seconds: 6 } } } },
      }),
      "preStop.sleep of 6 s is longer than terminationGracePeriodSeconds",
    ],
  ])("of a Deployment: %s", (_, inputs, reason) => {
    expect(refusal(TYPES.deployment, inputs)).toContain(reason);
  });

  it.each<[string, Properties, string]>([
    [
      "pods one by one",
      statefulSet({ spec: { podManagementPolicy: undefined } }),
      "podManagementPolicy: must be Parallel",
    ],
    [
      "partitions",
      statefulSet({ spec: { updateStrategy: { rollingUpdate: { partition: 1 } } } }),
      "updateStrategy.rolling",
    ],
    [
      "a way out of a volume",
      statefulSet({ container: { volumeMounts: [{ name: "state", mountPath: "/x", subPath: "../y" }] } }),
      "container server: subPath ../y of state leads out of the volume",
    ],
  ])("of a StatefulSet: %s", (_, inputs, reason) => {
    expect(refusal(TYPES.statefulSet, inputs)).toContain(reason);
  });

  it("of their surroundings: another namespace's StatefulSet of the name, and what is not recorded", () => {
    expect(
      refusal(TYPES.statefulSet, statefulSet(), (records) => {
        records.put(TYPES.statefulSet, "app", statefulSet(), { namespace: "other" });
        records.put(TYPES.namespace, "other", {}, {});
      }),
    ).toContain("namespace other has a StatefulSet app too");
    const without = (type: string, id: string) =>
      refusal(TYPES.deployment, deployment(), (records) => records.remove(type, id));
    expect(without(TYPES.namespace, NAMESPACE)).toBe(`namespace ${NAMESPACE} is not recorded in ${GKE_NAME}`);
    const [gke] = ClusterRecords.ready().google(TYPES.gke);
    expect(without(TYPES.gke, gke!.id)).toBe(`no GKE cluster with the endpoint ${ENDPOINT} is recorded`);
  });

  it("of an autoscaler: more at least than at most", () => {
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "app" };
    const put = (records: ClusterRecords) =>
      records.put(TYPES.autoscaler, "app", { spec: { scaleTargetRef, minReplicas: 3, maxReplicas: 2 } });
    expect(refusal(TYPES.deployment, deployment(), put)).toBe("spec: minReplicas is above maxReplicas");
  });
});

describe("a namespace that lets restricted pods in only", () => {
  const enforced = (standard: string) => (records: ClusterRecords) =>
    records.put(TYPES.namespace, NAMESPACE, {}, { labels: { "pod-security.kubernetes.io/enforce": standard } });

  it("refuses others, and says what they lack", () => {
    expect(refusal(TYPES.deployment, deployment(), enforced("restricted"))).toBe(
      "namespace resolution lets in restricted pods only: container app: allowPrivilegeEscalation must be false; " +
        "container app: runAsNonRoot must be true; container app: seccompProfile must be RuntimeDefault or Localhost; " +
        "container app: capabilities.drop must hold ALL",
    );
  });

  it("takes settings of the pod where they apply to its containers", () => {
    const security = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    const pod = { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } };
    const inputs = (securityContext: Properties) => deployment({ pod, container: { securityContext } });
    expect(refusal(TYPES.deployment, inputs(security), enforced("restricted"))).toBe("");
    expect(refusal(TYPES.deployment, inputs({ ...security, runAsUser: 0 }), enforced("restricted"))).toContain(
      "runAsUser",
    );
  });

  it("is another than one with a standard that is not emulated", () => {
    expect(refusal(TYPES.deployment, deployment(), enforced("baseline"))).toContain("=baseline is not emulated");
    expect(refusal(TYPES.deployment, deployment(), enforced("privileged"))).toBe("");
  });
});
