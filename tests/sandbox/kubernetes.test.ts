import { KUBERNETES } from "../../sandbox/kubernetes/package";
import { isUnknown, type Properties, UNKNOWN } from "../../sandbox/provider/values";
import { TestCloud } from "./cloud";
import {
  CONFIG_MAP,
  container,
  DEPLOYMENT,
  metadata,
  mount,
  NAMESPACE,
  SECRET,
  SERVICE,
  service,
  STATEFUL_SET,
  workload,
} from "./objects";
import { REFUSED_OBJECTS } from "./refused-objects";

function kubeconfig(server: string): string {
  return JSON.stringify({
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "k" } }],
    clusters: [{ name: "k", cluster: { server } }],
  });
}

let cloud: TestCloud;
beforeEach(() => {
  cloud = new TestCloud(KUBERNETES, { kubeconfig: kubeconfig("https://203.0.113.1") });
});
afterEach(() => cloud.dispose());

function failures(type: string, inputs: Properties): string[] {
  return cloud.check(type, inputs).failures.map(({ property, reason }) => `${property}: ${reason}`);
}

test.each(REFUSED_OBJECTS)("the API refuses %s", (_, type, inputs, message) => {
  expect(failures(type, inputs)).toEqual([expect.stringMatching(message)]);
});

test.each<[string, string, Properties]>([
  ["a plain workload", DEPLOYMENT, workload()],
  ["unknown values anywhere", DEPLOYMENT, workload({ replicas: UNKNOWN }, { image: UNKNOWN, env: [UNKNOWN] })],
  [
    "a mount of a claim's volume",
    STATEFUL_SET,
    workload({ volumeClaimTemplates: [{ metadata: { name: "data" } }] }, mount("data")),
  ],
  ["a headless service without ports", SERVICE, service({ ports: null, clusterIP: "None" })],
  [
    "the same port for UDP and TCP",
    SERVICE,
    service({
      ports: [
        { port: 53, name: "a" },
        { port: 53, name: "b", protocol: "UDP" },
      ],
    }),
  ],
])("the API accepts %s", (_, type, inputs) => {
  expect(failures(type, inputs)).toEqual([]);
});

describe("created", () => {
  test("an object has id, identity and version", async () => {
    const { id, outputs } = await cloud.create(CONFIG_MAP, { metadata, data: { a: "1" } });
    expect(id).toBe("default/api");
    expect(outputs).toMatchObject({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "api", namespace: "default", generation: 1 },
    });
    expect((outputs.metadata as Properties).uid).toMatch(/^[0-9a-f]{8}-/);
  });

  test("a load balancer has the address it asked for", async () => {
    const { outputs } = await cloud.create(SERVICE, service({ type: "LoadBalancer", loadBalancerIP: "203.0.113.9" }));
    expect(outputs.status).toEqual({ loadBalancer: { ingress: [{ ip: "203.0.113.9" }] } });
  });

  test("a secret shows its text as data, and both are secret", async () => {
    const { outputs, secrets } = await cloud.create(SECRET, { metadata, stringData: { key: "text" } });
    expect(outputs.data).toEqual({ key: "dGV4dA==" });
    expect(secrets).toEqual([["data"], ["stringData"]]);
  });

  test("an object needs its namespace, and goes with it", async () => {
    const object = { metadata: { name: "a", namespace: "apps" } };
    await expect(cloud.create(CONFIG_MAP, object)).rejects.toThrow('namespaces "apps" not found');
    await cloud.create(NAMESPACE, { metadata: { name: "apps" } });
    await cloud.create(CONFIG_MAP, object);
    await cloud.delete(NAMESPACE, "apps");
    expect(cloud.store.list(CONFIG_MAP)).toEqual([]);
  });

  test("the same name can be in two clusters, not twice in one", async () => {
    const other = KUBERNETES.configure({ kubeconfig: kubeconfig("https://203.0.113.2") });
    expect(other.scope).not.toBe(cloud.configured.scope);
    await cloud.create(CONFIG_MAP, { metadata });
    await expect(cloud.create(CONFIG_MAP, { metadata })).rejects.toThrow("default/api already exists");
  });

  test("an object without a name gets one and keeps it", () => {
    const { inputs } = cloud.check(CONFIG_MAP, { metadata: {} });
    expect(inputs.metadata).toMatchObject({ name: expect.stringMatching(/^my-resource-[0-9a-f]{8}$/) as string });
    expect(cloud.check(CONFIG_MAP, { metadata: {} }, inputs).inputs).toEqual(inputs);
  });
});

describe("the difference", () => {
  test("a ConfigMap's data is replaced, and changed in place where the provider is told so", () => {
    const [olds, news] = [
      { metadata, data: { a: "1" } },
      { metadata, data: { a: "1", b: "2" } },
    ];
    const added = (replace: boolean) => ({ path: ["data", "b"], kind: "add", replace });
    expect(cloud.configured.type(CONFIG_MAP).diff(olds, news).changes).toEqual([added(true)]);
    const config = { kubeconfig: kubeconfig("https://203.0.113.1"), enableConfigMapMutable: "true" };
    const mutable = KUBERNETES.configure(config).type(CONFIG_MAP).diff(olds, news);
    expect(mutable).toEqual({ changes: [added(false)], deleteBeforeReplace: false });
  });

  const difference = async (type: string, before: Properties, after: Properties) => {
    const { outputs } = await cloud.create(type, before);
    const { changes, deleteBeforeReplace } = cloud.configured
      .type(type)
      .diff(outputs, cloud.check(type, after, before).inputs);
    return {
      replaces: changes.filter(({ replace }) => replace).map(({ path }) => path.join(".")),
      changed: changes.length > 0,
      deleteBeforeReplace,
    };
  };
  const other = {
    selector: { matchLabels: { app: "dns" } },
    template: { metadata: { labels: { app: "dns" } }, spec: { containers: [container] } },
  };

  test.each<[string, string, Properties, Properties, string[]]>([
    ["replicas change in place", DEPLOYMENT, workload(), workload({ replicas: 3 }), []],
    ["an image changes in place", DEPLOYMENT, workload(), workload({}, { image: "i:2" }), []],
    ["a selector replaces", DEPLOYMENT, workload(), { metadata, spec: other }, ["spec.selector.matchLabels.app"]],
    [
      "a stateful set's service replaces",
      STATEFUL_SET,
      workload({ serviceName: "a" }),
      workload({ serviceName: "b" }),
      ["spec.serviceName"],
    ],
    [
      "data of a config map replaces",
      CONFIG_MAP,
      { metadata, data: { a: "1" } },
      { metadata, data: { a: "2" } },
      ["data.a"],
    ],
    [
      "the type of a service replaces",
      SERVICE,
      service({ type: "ClusterIP" }),
      service({ type: "LoadBalancer" }),
      ["spec.type"],
    ],
  ])("%s", async (_, type, before, after, replaces) => {
    expect(await difference(type, before, after)).toEqual({
      replaces,
      changed: true,
      deleteBeforeReplace: replaces.length > 0,
    });
  });

  test("another name replaces without deleting first", async () => {
    const after = { ...workload(), metadata: { name: "api-2" } };
    expect(await difference(DEPLOYMENT, workload(), after)).toEqual({
      replaces: ["metadata.name"],
      changed: true,
      deleteBeforeReplace: false,
    });
  });

  test("what the cluster filled in is none", async () => {
    const clusterIp = await difference(SERVICE, service({}), service({}));
    expect(clusterIp).toEqual({ replaces: [], changed: false, deleteBeforeReplace: false });
    expect(
      (await difference(SECRET, { metadata, stringData: { a: "b" } }, { metadata, stringData: { a: "b" } })).changed,
    ).toBe(false);
  });
});

test("a preview leaves identity and status unknown", () => {
  const { inputs } = cloud.check(SERVICE, service({}));
  const outputs = cloud.configured.type(SERVICE).preview(inputs, undefined);
  const known = outputs.metadata as Properties;
  expect({ name: known.name, uid: isUnknown(known.uid), status: isUnknown(outputs.status) }).toEqual({
    name: "api",
    uid: true,
    status: true,
  });
});

describe("the provider's configuration", () => {
  test.each<[string, Properties, RegExp]>([
    ["no kubeconfig", {}, /has no kubeconfig/],
    [
      "a context without a cluster",
      { kubeconfig: '{"current-context": "c"}' },
      /context "c" leads to no cluster with a server/,
    ],
  ])("refuses %s", (_, config, message) => {
    expect(() => KUBERNETES.configure(config)).toThrow(message);
  });

  test("refuses unknown keys, with the nearest known one", () => {
    expect(KUBERNETES.checkConfig({ kubeConfig: "x" })).toEqual([
      { property: "kubeConfig", reason: expect.stringMatching(/did you mean kubeconfig\?/) as string },
    ]);
  });

  test("replaces everything when it leads to another cluster, not when only credentials change", () => {
    const config = { kubeconfig: kubeconfig("https://203.0.113.1") };
    const credentials = { kubeconfig: config.kubeconfig.replace("{", '{"users": [],') };
    expect(KUBERNETES.replaces(config, credentials)).toEqual([]);
    expect(KUBERNETES.replaces(config, { kubeconfig: kubeconfig("https://203.0.113.2") })).toEqual(["kubeconfig"]);
  });
});
