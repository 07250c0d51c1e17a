import {
  containerOf,
  containersOf,
  REGION,
  specOf,
  variablesOf,
  type ServiceSpec,
  type WorkloadSpec,
} from "./kubernetes-objects";
import { environmentOf, registerService, type RegisteredService } from "./registered-service";

let prod: RegisteredService;
let dns: WorkloadSpec;

beforeAll(async () => {
  prod = await registerService(environmentOf("prod"));
  dns = specOf(prod, "dns");
});

describe("name servers", () => {
  it("answer UDP and TCP 53 on the region's one address, and see the client's", () => {
    const services = ["dns-udp", "dns-tcp"].map((role) => specOf<ServiceSpec>(prod, role));
    const address = "address of resolution-europe-west4-dns-address";
    expect(
      services.map(({ loadBalancerIP, type, externalTrafficPolicy }) => [type, loadBalancerIP, externalTrafficPolicy]),
    ).toEqual([
      ["LoadBalancer", address, "Local"],
      ["LoadBalancer", address, "Local"],
    ]);
    expect(services.flatMap(({ ports }) => ports).map(({ port, protocol }) => [port, protocol])).toEqual([
      [53, "UDP"],
      [53, "TCP"],
    ]);
  });

  it("are load balancers of one kind, as sharing an address asks", () => {
    for (const role of ["dns-udp", "dns-tcp"]) {
      expect(prod.one(`${REGION}-${role}`).inputs.metadata).toMatchObject({
        annotations: { "cloud.google.com/l4-rbs": "enabled" },
      });
    }
  });

  it("get what is sent to the Services on a port of the same protocol", () => {
    const declared = containersOf(dns.template).flatMap(({ ports }) => ports);
    for (const role of ["dns-udp", "dns-tcp"]) {
      const [{ targetPort, protocol } = { targetPort: "", protocol: "" }] = specOf<ServiceSpec>(prod, role).ports;
      expect(declared).toContainEqual({ name: targetPort, containerPort: 5353, protocol });
    }
  });

  it("start Knot after the agent, which writes its configuration, and share it in memory", () => {
    const { initContainers, containers, volumes } = dns.template.spec;
    expect(initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([["node-agent", "Always"]]);
    expect(containers.map(({ name }) => name)).toEqual(["knot"]);
    expect(volumes).toEqual([{ name: "run", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } }]);
    const file = variablesOf(containerOf(dns.template, "node-agent")).KNOT_CONFIG;
    expect(containerOf(dns.template, "knot").args).toEqual(["--config", file]);
  });

  it("are told of every region's name server, their own control API and the key's place, not the key", () => {
    expect(variablesOf(containerOf(dns.template, "node-agent"))).toEqual({
      POD_NAME: { fieldRef: { fieldPath: "metadata.name" } },
      NODE_NAME: "$(POD_NAME).europe-west4",
      ENVIRONMENT: "prod",
      REGION: "europe-west4",
      NODE_KIND: "dns",
      HEALTH_PORT: "8081",
      METRICS_PORT: "9090",
      ZONE: "apps.acme-hosting.dev",
      TTL_SECONDS: "60",
      NAME_SERVERS: JSON.stringify({
        "europe-west1.ns.apps.acme-hosting.dev": "address of resolution-europe-west1-dns-address",
        "europe-west4.ns.apps.acme-hosting.dev": "address of resolution-europe-west4-dns-address",
      }),
      CONTROL_API_URL: "http://control-api.resolution.svc.cluster.local",
      CONTROL_API_AUDIENCE: "https://resolution.acme-hosting.dev",
      DNS_UPDATE_KEY_VERSION: "version of id-of-resolution-europe-west4-update-key-secret",
      KNOT_ADDRESS: "127.0.0.1:5353",
      KNOT_CONFIG: "/run/knot/knot.conf",
      KNOT_STATE_DIRECTORY: "/var/lib/knot",
      STATE_DIRECTORY: "/var/lib/node",
      NODE_OPTIONS: "--max-old-space-size=384",
    });
  });

  it("share the configured memory among Knot and agent without remainder", async () => {
    const odd = await registerService(environmentOf("sandbox", { "resolution.dns.memoryMb": 1023 }));
    const { template } = specOf<WorkloadSpec>(odd, "dns");
    const megabytes = containersOf(template).map(({ resources }) => Number.parseInt(resources.limits.memory ?? "", 10));
    expect(megabytes.reduce((sum, value) => sum + value)).toBe(1023);
  });

  it("keep their state on disks of their own, one replica per configured", () => {
    expect(dns.replicas).toBe(2);
    expect(dns.volumeClaimTemplates?.map(({ metadata }) => metadata.name)).toEqual(["state"]);
    const paths = containerOf(dns.template, "node-agent").volumeMounts.filter(({ name }) => name === "state");
    expect(paths.map(({ mountPath, subPath }) => [mountPath, subPath])).toEqual([
      ["/var/lib/knot", "knot"],
      ["/var/lib/node", "agent"],
    ]);
  });
});
