import * as pulumi from "@pulumi/pulumi";
import type { ClusterOutputs } from "../../../components/cluster-outputs";
import { clustersConfigMap } from "../../../components/resolution-service/manifests/clusters";
import { containerOf, REGION, specOf, variablesOf, type WorkloadSpec } from "./kubernetes-objects";
import { deployed, environmentOf, outputsOf, registerService, type RegisteredService } from "./registered-service";

let prod: RegisteredService;
let api: WorkloadSpec;

beforeAll(async () => {
  prod = await registerService(environmentOf("prod"));
  api = specOf(prod, "api");
});

describe("control API", () => {
  it("is told where it is, what to answer and how to reach its store", () => {
    expect(variablesOf(containerOf(api.template, "control-api"))).toEqual({
      ENVIRONMENT: "prod",
      REGION: "europe-west4",
      PORT: "8080",
      METRICS_PORT: "9090",
      ZONE: "apps.acme-hosting.dev",
      PARENT_ZONE: "acme-hosting.dev",
      TTL_SECONDS: "60",
      GRACE_SECONDS: "300",
      DEFAULT_CLUSTER: "free",
      PLANS: "free,hacker",
      CLUSTERS_DIRECTORY: "/etc/resolution/clusters",
      CONTROL_API_AUDIENCE: "https://resolution.acme-hosting.dev",
      DNS_IDENTITY: "prod-shared-dns@acme-hosting-prod.iam.gserviceaccount.com",
      ROLE_BINDINGS: JSON.stringify({
        operator: ["resolution-operator@acme-hosting-prod.iam.gserviceaccount.com"],
        platform: ["user-accounts@acme-hosting-prod.iam.gserviceaccount.com"],
        resolver: ["web-server@acme-hosting-prod.iam.gserviceaccount.com"],
      }),
      DATABASE_HOST: "10.2.0.3",
      DATABASE_PORT: "5432",
      DATABASE_NAME: "resolution",
      DATABASE_USER: "prod-shared-api@acme.iam",
      DATABASE_CA: "old authority\nnew authority",
      DATABASE_SERVER_NAME: "acme-hosting-prod:prod-shared-resolution",
      NODE_OPTIONS: "--max-old-space-size=768",
    });
  });

  it("gives nobody but the nodes a role where the configuration names no callers", async () => {
    const service = await registerService(environmentOf("prod", { "resolution.callers": undefined }));
    const { ROLE_BINDINGS } = variablesOf(containerOf(specOf<WorkloadSpec>(service, "api").template, "control-api"));
    expect(JSON.parse(String(ROLE_BINDINGS))).toEqual({ operator: [], platform: [], resolver: [] });
  });

  it("leaves the number of replicas to the autoscaler, between the configured bounds", () => {
    expect(api.replicas).toBeUndefined();
    expect(specOf(prod, "api-autoscaler")).toMatchObject({
      scaleTargetRef: { kind: "Deployment", name: "control-api" },
      minReplicas: 2,
      maxReplicas: 10,
    });
  });

  it("starts after policies, identity and access to its store exist", () => {
    expect(prod.one(`${REGION}-api`).dependsOn).toEqual(
      expect.arrayContaining([
        `${REGION}-namespace`,
        `${REGION}-default-deny`,
        `${REGION}-clusters`,
        `${REGION}-api-account`,
        "resolution-identities-api-workload",
        "resolution-database-api-user",
        "resolution-database-api-login",
      ]),
    );
    expect(prod.one(`${REGION}-namespace`).dependsOn).toEqual(["resolution-europe-west4-gke-nodes"]);
  });

  it("is public under its one name, over HTTPS and below /v1 only, in its region's load balancer", () => {
    expect(specOf(prod, "api-gateway")).toMatchObject({
      gatewayClassName: "gke-l7-regional-external-managed",
      addresses: [{ type: "NamedAddress", value: prod.one("resolution-europe-west4-api-address").inputs.name }],
      listeners: [
        {
          protocol: "HTTPS",
          port: 443,
          tls: {
            options: {
              "networking.gke.io/cert-manager-certs": prod.one("resolution-europe-west4-certificate-certificate").inputs
                .name,
            },
          },
        },
      ],
    });
    expect(specOf(prod, "api-route")).toMatchObject({
      hostnames: ["resolution.acme-hosting.dev"],
      rules: [
        { matches: [{ path: { type: "PathPrefix", value: "/v1" } }], backendRefs: [{ name: "control-api", port: 80 }] },
      ],
    });
    expect(specOf<{ rules: unknown[] }>(prod, "api-route").rules).toHaveLength(1);
    expect(specOf(prod, "api-tls")).toMatchObject({
      default: { sslPolicy: prod.one("resolution-europe-west4-certificate-tls").inputs.name },
    });
  });
});

describe("clusters' descriptions", () => {
  const dataOf = (service: RegisteredService) =>
    service.one(`${REGION}-clusters`).inputs.data as Record<string, string>;

  it("are one key per cluster, with everything the control API needs", () => {
    const data = dataOf(prod);
    expect(Object.keys(data).sort()).toEqual(["free.json", "hackers.json"]);
    expect(JSON.parse(data["hackers.json"] ?? "")).toEqual({
      name: "hackers",
      region: "europe-west4",
      lifecycle: "active",
      plans: ["hacker"],
      maxUsers: 40000,
      ...outputsOf("hackers"),
    });
  });

  it("only gain a key when a cluster is added", async () => {
    const environment = environmentOf("sandbox");
    const { free2, ...others } = deployed(environment);
    const before = dataOf(await registerService(environment, { clusters: others }));
    const after = dataOf(await registerService(environment, { clusters: { ...others, free2: free2! } }));
    expect(after).toEqual({ ...before, "free2.json": expect.stringContaining("hosting of free2") as string });
  });

  it("stay known in a preview where one cluster's addresses are not", async () => {
    const environment = environmentOf("prod");
    const unknown = pulumi.output(pulumi.unknown as unknown as ClusterOutputs);
    const clusters = { free: outputsOf("free"), hackers: unknown };
    const data = dataOf(await registerService(environment, { clusters, preview: true }));
    expect(data["free.json"]).toBe(dataOf(prod)["free.json"]);
    expect(data["hackers.json"]).not.toBe(dataOf(prod)["hackers.json"]);
  });

  it("are mounted where the control API looks for them", () => {
    const { spec } = api.template;
    expect(spec.volumes).toEqual([{ name: "clusters", configMap: { name: "clusters" } }]);
    expect(spec.containers[0]?.volumeMounts).toEqual([
      { name: "clusters", mountPath: "/etc/resolution/clusters", readOnly: true },
    ]);
  });

  it("refuse outputs of a cluster that is not configured", () => {
    expect(() => clustersConfigMap(environmentOf("prod"), { nobody: outputsOf("nobody") })).toThrow(
      "clusters.nobody: is not in the environment's configuration",
    );
  });
});
