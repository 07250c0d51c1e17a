import {
  containerOf,
  containersOf,
  REGION,
  specOf,
  type Container,
  type ServiceSpec,
  type WorkloadSpec,
} from "./kubernetes-objects";
import { environmentOf, registerService, type RegisteredService } from "./registered-service";

let prod: RegisteredService;
let api: WorkloadSpec;
let dns: WorkloadSpec;

beforeAll(async () => {
  prod = await registerService(environmentOf("prod"));
  api = specOf(prod, "api");
  dns = specOf(prod, "dns");
});

describe("every container", () => {
  let containers: Container[];

  beforeAll(() => {
    containers = [api.template, dns.template].flatMap(containersOf);
  });

  it("is one of control API, Knot and node agent, at the service's release", () => {
    const registry = "europe-docker.pkg.dev/acme-hosting-prod/platform";
    expect(containers.map(({ image }) => image)).toEqual([
      `${registry}/control-api:2026.11.0`,
      `${registry}/node-agent:2026.11.0`,
      `${registry}/knot:2026.11.0`,
    ]);
  });

  it("runs without root, privileges, capabilities and a writable root", () => {
    for (const { securityContext } of containers) {
      expect(securityContext).toEqual({
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
        seccompProfile: { type: "RuntimeDefault" },
      });
    }
  });

  it("has requests and limits, and as much memory as it may use", () => {
    for (const { resources } of containers) {
      expect(resources.requests.cpu).toMatch(/^\d+m?$/);
      expect(resources.limits.cpu).toMatch(/^\d+m?$/);
      expect(resources.requests.memory).toMatch(/^\d+Mi$/);
      expect(resources.limits.memory).toBe(resources.requests.memory);
    }
  });

  it("is probed for start, life and readiness, on ports it declares", () => {
    for (const { ports, startupProbe, livenessProbe, readinessProbe } of containers) {
      const declared = ports.map(({ name }) => name);
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
        expect(declared).toContain((probe.httpGet as typeof probe.httpGet | undefined)?.port ?? probe.tcpSocket.port);
      }
    }
  });

  it("listens above 1024 only", () => {
    for (const { containerPort } of containers.flatMap(({ ports }) => ports))
      expect(containerPort).toBeGreaterThan(1024);
  });

  it("has every variable set", () => {
    const configured = [containerOf(api.template, "control-api"), containerOf(dns.template, "node-agent")];
    for (const { env } of configured) {
      const empty = env.filter(({ value, valueFrom }) => (value ?? valueFrom) === undefined || value === "");
      expect(empty.map(({ name }) => name)).toEqual([]);
    }
  });
});

describe("every pod", () => {
  it("mounts only volumes that it has", () => {
    for (const { template, volumeClaimTemplates = [] } of [api, dns]) {
      const volumes = [
        ...template.spec.volumes.map(({ name }) => name),
        ...volumeClaimTemplates.map((c) => c.metadata.name),
      ];
      for (const mount of containersOf(template).flatMap(({ volumeMounts }) => volumeMounts)) {
        expect(volumes).toContain(mount.name);
      }
    }
  });

  it("has an identity of its own and no Kubernetes token", () => {
    const accounts = [api, dns].map(({ template }) => template.spec.serviceAccountName);
    expect(accounts).toEqual(["control-api", "dns"]);
    for (const { template } of [api, dns]) expect(template.spec.automountServiceAccountToken).toBe(false);
    expect(prod.one(`${REGION}-dns-account`).inputs.metadata).toMatchObject({
      name: "dns",
      annotations: { "iam.gke.io/gcp-service-account": "prod-shared-dns@acme-hosting-prod.iam.gserviceaccount.com" },
    });
  });

  it("carries the labels that its workload, Services, budget and policies select by", () => {
    for (const [workload, role] of [
      [api, "api"],
      [dns, "dns"],
    ] as const) {
      const { labels } = workload.template.metadata;
      expect(labels).toMatchObject(workload.selector.matchLabels);
      expect(labels).toMatchObject({ environment: "prod", "failure-domain": "shared" });
      const budget = specOf<{ selector: { matchLabels: object } }>(prod, `${role}-disruption-budget`);
      expect(labels).toMatchObject(budget.selector.matchLabels);
    }
    expect(api.template.metadata.labels).toMatchObject(specOf<ServiceSpec>(prod, "api-service").selector);
    expect(dns.template.metadata.labels).toMatchObject(specOf<ServiceSpec>(prod, "dns-udp").selector);
  });

  it("goes on serving for a while when it stops, within its grace period", () => {
    for (const { template } of [api, dns]) {
      const delays = template.spec.containers.map(({ lifecycle }) => lifecycle.preStop.sleep.seconds);
      for (const delay of delays) {
        expect(delay).toBeGreaterThanOrEqual(15);
        expect(delay).toBeLessThan(template.spec.terminationGracePeriodSeconds);
      }
    }
  });
});
