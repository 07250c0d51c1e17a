import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GKE_NAME, NAMESPACE, TYPES } from "./support/cluster";
import { cluster, stopClusters } from "./support/clusters";
import { deployment } from "./support/objects";

afterEach(stopClusters);

describe("a Deployment", () => {
  it("has as many pods as it declares, each with an address and an identity of its own", async () => {
    const test = cluster();
    test.records.put(TYPES.deployment, "api", deployment());
    await test.settled(TYPES.deployment, "api");
    const pods = test.pods({ "app.kubernetes.io/name": "app" });
    expect(pods).toHaveLength(2);
    expect(new Set(pods.map(({ address }) => address)).size).toBe(2);
    for (const { name, ready, namedPorts, machine, labels } of pods) {
      expect(name).toMatch(/^api-[a-z0-9]{10}-[a-z0-9]{5}$/);
      expect(name).toContain(labels["pod-template-hash"]);
      expect(ready).toBe(true);
      expect(namedPorts).toEqual({ http: 28080 });
      const { hostname, role, region, serviceAccount, failureDomain } = machine.spec;
      expect({ hostname, role, region, serviceAccount, failureDomain }).toEqual({
        hostname: name,
        role: "app",
        region: "europe-west1",
        serviceAccount: "app@example",
        failureDomain: "shared",
      });
    }
    expect(test.workloads.units().map(({ name, healthy }) => ({ name, healthy }))).toEqual(
      pods.map(({ name }) => ({ name: `${GKE_NAME}/${name}`, healthy: true })),
    );
  });

  it("replaces its pods without ever having fewer ready than its update allows", async () => {
    const test = cluster();
    test.records.put(TYPES.deployment, "api", deployment());
    await test.settled(TYPES.deployment, "api");
    const before = test.podNames;
    test.records.put(TYPES.deployment, "api", deployment({ tag: "dev", container: { args: ["--new"] } }));
    const seen: { present: number; ready: number }[] = [];
    await test.settled(TYPES.deployment, "api", () => {
      const present = test.pods().filter(({ terminating }) => !terminating);
      seen.push({ present: present.length, ready: present.filter(({ ready }) => ready).length });
    });
    expect(Math.min(...seen.map(({ ready }) => ready))).toBe(2);
    expect(Math.max(...seen.map(({ present }) => present))).toBe(3);
    expect(test.podNames.filter((name) => before.includes(name))).toEqual([]);
  });

  it("keeps the old pods when a release does not get ready, says why, and goes on with the next release", async () => {
    const test = cluster();
    test.records.put(TYPES.deployment, "api", deployment());
    await test.settled(TYPES.deployment, "api");
    const before = test.podNames;
    test.machines.status = ({ image }) => (image.endsWith(":bad") ? 503 : 200);
    test.records.put(TYPES.deployment, "api", deployment({ tag: "bad" }));
    const because = await test.reason(TYPES.deployment, "api", /readiness probe: GET/);
    expect(because).toMatch(
      /^pending: 0 of 2 pods are updated and ready; 2 of an older revision remain; pod api-\S+: container app: readiness probe: GET \/readyz at 127\.\S+:28080: 503 so it says$/,
    );
    expect(test.podNames).toHaveLength(3);
    expect(test.podNames).toEqual(expect.arrayContaining(before));
    test.records.put(TYPES.deployment, "api", deployment({ tag: "good" }));
    await test.settled(TYPES.deployment, "api");
    expect(test.pods().map(({ machine }) => machine.spec.containers[0]?.image)).toEqual(
      expect.arrayContaining(["registry/app:good", "registry/app:good"]),
    );
  });

  it("fails when its image cannot be pulled", async () => {
    const test = cluster();
    test.records.put(TYPES.deployment, "api", deployment({ tag: "missing" }));
    const because = await test.reason(TYPES.deployment, "api", /^failed/);
    expect(because).toMatch(/^failed: pod api-\S+: container app: image registry\/app:missing cannot be pulled/);
  });

  it("fails by name when it declares what is not emulated, and leaves its pods alone", async () => {
    const test = cluster();
    test.records.put(TYPES.deployment, "api", deployment());
    await test.settled(TYPES.deployment, "api");
    const before = test.podNames;
    test.records.put(TYPES.deployment, "api", deployment({ pod: { hostNetwork: true } }));
    expect(await test.reason(TYPES.deployment, "api", /^failed/)).toBe(
      "failed: spec.template.spec.hostNetwork: the sandbox does not emulate it",
    );
    expect(test.podNames).toEqual(before);
  });

  it("has the size that its autoscaler starts from", async () => {
    const test = cluster();
    test.records.put(TYPES.deployment, "api", deployment({ replicas: 1 }));
    await test.settled(TYPES.deployment, "api");
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "api" };
    test.records.put(TYPES.autoscaler, "api", { spec: { scaleTargetRef, minReplicas: 3, maxReplicas: 5 } });
    await test.settled(TYPES.deployment, "api");
    expect(test.podNames).toHaveLength(3);
    test.records.put(TYPES.autoscaler, "api", { spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 5 } });
    await test.settled(TYPES.deployment, "api");
    expect(test.podNames).toHaveLength(2);
  });

  it("waits for its service account, its ConfigMap and a node pool, and names what is missing", async () => {
    const test = cluster();
    const volumes = [{ name: "clusters", configMap: { name: "clusters" } }];
    test.records.put(
      TYPES.deployment,
      "api",
      deployment({ pod: { volumes, automountServiceAccountToken: undefined } }),
    );
    test.records.remove(TYPES.serviceAccount, `${NAMESPACE}/app`);
    const pool = test.records.google(TYPES.nodePool)[0]!;
    test.records.remove(TYPES.nodePool, pool.id);
    await test.reason(TYPES.deployment, "api", /pending: .*; GKE cluster \S+ has no node pool for its pods$/);
    test.records.putGoogle(TYPES.nodePool, pool.id, pool.inputs);
    await test.reason(
      TYPES.deployment,
      "api",
      /pending: .*; service account app does not exist in namespace resolution$/,
    );
    test.records.put(TYPES.serviceAccount, "app", {});
    await test.reason(TYPES.deployment, "api", /^failed: .*automountServiceAccountToken/);
    test.records.put(TYPES.serviceAccount, "app", { automountServiceAccountToken: false });
    await test.reason(TYPES.deployment, "api", /pending: .*its volume clusters is of a ConfigMap that does not exist/);
    test.records.put(TYPES.configMap, "clusters", { data: { "free.json": "{}" } });
    await test.settled(TYPES.deployment, "api");
  });

  it("lets a pod's files follow the ConfigMap while it runs", async () => {
    const test = cluster();
    const volumes = { volumes: [{ name: "clusters", configMap: { name: "clusters" } }] };
    const container = { volumeMounts: [{ name: "clusters", mountPath: "/etc/clusters", readOnly: true }] };
    test.records.put(TYPES.configMap, "clusters", { data: { "free.json": "1" } });
    test.records.put(TYPES.deployment, "api", deployment({ replicas: 1, pod: volumes, container }));
    await test.settled(TYPES.deployment, "api");
    const folder = test.pods()[0]!.machine.spec.containers[0]!.mounts["/etc/clusters"]!;
    expect(readFileSync(join(folder, "free.json"), "utf8")).toBe("1");
    test.records.put(TYPES.configMap, "clusters", { data: { "free.json": "2", "paid.json": "3" } });
    await test.workloads.reconcile(test.records);
    expect(readFileSync(join(folder, "free.json"), "utf8")).toBe("2");
    expect(readFileSync(join(folder, "paid.json"), "utf8")).toBe("3");
    expect(test.machines.made).toHaveLength(1);
  });

  it("restarts a container whose liveness probe fails", async () => {
    const test = cluster();
    const livenessProbe = { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 1, failureThreshold: 1 };
    test.records.put(TYPES.deployment, "api", deployment({ replicas: 1, container: { livenessProbe } }));
    await test.settled(TYPES.deployment, "api");
    test.machines.status = (_, path) => (path === "/healthz" ? 500 : 200);
    const container = () => test.machines.of(test.podNames[0]!).containers[0]!;
    await test.reconciled("a restart", () => container().restarts > 0);
    test.machines.status = () => 200;
    await test.settled(TYPES.deployment, "api");
  });

  it("starts its pods anew under the same names when the account that they act as changes", async () => {
    const test = cluster();
    test.account = { reason: "nobody lets it" };
    test.machines.status = () => 503;
    test.records.put(TYPES.deployment, "api", deployment({ replicas: 1 }));
    await test.reason(TYPES.deployment, "api", /runs without a Google service account: nobody lets it$/);
    expect(test.pods()[0]!.machine.spec.serviceAccount).toBe("");
    const before = test.podNames;
    test.account = { email: "api@example" };
    test.machines.status = () => 200;
    await test.settled(TYPES.deployment, "api");
    expect(test.podNames).toEqual(before);
    expect(test.pods()[0]!.machine.spec.serviceAccount).toBe("api@example");
  });

  it("goes on serving with a pod that is to go for its preStop.sleep, but not when all of it goes", async () => {
    const test = cluster();
    const lifecycle = { preStop: { sleep: { seconds: 1 } } };
    const pod = { volumes: [{ name: "scratch", emptyDir: {} }] };
    test.records.put(TYPES.deployment, "api", deployment({ replicas: 2, pod, container: { lifecycle } }));
    await test.settled(TYPES.deployment, "api");
    test.records.put(TYPES.deployment, "api", deployment({ replicas: 1, pod, container: { lifecycle } }));
    await test.settled(TYPES.deployment, "api");
    const leaving = test.pods().find(({ terminating }) => terminating)!;
    expect(leaving.ready).toBe(true);
    const before = Date.now();
    await test.reconciled("it has gone", () => test.pods().length === 1);
    expect(Date.now() - before).toBeGreaterThan(500);
    const long = { preStop: { sleep: { seconds: 30 } } };
    test.records.put(TYPES.deployment, "api", deployment({ replicas: 1, pod, container: { lifecycle: long } }));
    await test.settled(TYPES.deployment, "api");
    test.records.remove(TYPES.deployment, `${NAMESPACE}/api`);
    await test.workloads.reconcile(test.records);
    expect(test.standing(TYPES.deployment, "api").is).toBe("pending");
    await test.settled(TYPES.deployment, "api");
    expect(test.pods()).toEqual([]);
    expect([...test.network.claims]).toEqual([]);
    expect(readdirSync(join(test.directory, "pods"))).toEqual([]);
  }, 20_000);
});
