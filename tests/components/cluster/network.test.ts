import { edgePorts, hostPorts } from "../../../components/ports";
import { prod, registerCluster, type RegisteredCluster } from "./registered-cluster";

const HOST = "prod-free-host@acme-hosting-prod.iam.gserviceaccount.com";
const EDGE = "prod-free-edge@acme-hosting-prod.iam.gserviceaccount.com";

let free: RegisteredCluster;

beforeAll(async () => {
  free = await registerCluster(prod(), "free");
});

describe("a cluster's network", () => {
  it("has only the subnets that it is given, cut from the cluster's range", () => {
    expect(free.of("compute/network:Network")[0]?.inputs).toMatchObject({
      autoCreateSubnetworks: false,
      routingMode: "REGIONAL",
    });
    const ranges = free.of("compute/subnetwork:Subnetwork").map(({ inputs }) => [inputs.purpose, inputs.ipCidrRange]);
    expect(ranges).toEqual([
      [undefined, "10.16.0.0/21"],
      ["REGIONAL_MANAGED_PROXY", "10.16.14.0/23"],
    ]);
  });

  it("reaches the outside from one static address", () => {
    const [nat] = free.of("compute/routerNat:RouterNat");
    expect(nat?.inputs).toMatchObject({
      natIpAllocateOption: "MANUAL_ONLY",
      natIps: ["link-of-free-network-nat-address"],
      subnetworks: [{ name: "id-of-free-network-machines", sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
      logConfig: { enable: true, filter: "ERRORS_ONLY" },
    });
  });
});

describe("a cluster's firewall", () => {
  const rules = () => free.of("compute/firewall:Firewall").map(({ inputs }) => inputs);
  const allowing = () => rules().filter((rule) => "allows" in rule);

  it("lets in from nowhere but the proxies, Google's health checks, the edges and Identity-Aware Proxy", () => {
    const who = allowing().map(({ sourceRanges, sourceServiceAccounts, targetServiceAccounts, allows }) => ({
      from: sourceRanges ?? sourceServiceAccounts,
      to: targetServiceAccounts,
      tcp: (allows as { ports: string[] }[]).flatMap(({ ports }) => ports.map(Number)),
    }));
    const healthChecks = ["35.191.0.0/16", "130.211.0.0/22"];
    expect(who).toEqual([
      { from: ["10.16.14.0/23"], to: [EDGE], tcp: [edgePorts.hosting, edgePorts.workspace] },
      { from: healthChecks, to: [EDGE], tcp: [edgePorts.health] },
      { from: healthChecks, to: [HOST], tcp: [hostPorts.health] },
      { from: [EDGE], to: [HOST], tcp: [hostPorts.apps, hostPorts.health] },
      { from: ["35.235.240.0/20"], to: [HOST, EDGE], tcp: [22] },
    ]);
  });

  it("opens nothing to the whole Internet, and nothing to machines without an identity of the cluster", () => {
    expect(allowing()).toHaveLength(5);
    for (const rule of allowing()) {
      expect(JSON.stringify(rule)).not.toContain("0.0.0.0/0");
      expect(rule.targetServiceAccounts).not.toHaveLength(0);
    }
  });

  it("refuses and logs the rest, after every other rule", () => {
    const refusing = rules().filter((rule) => !("allows" in rule));
    expect(refusing).toEqual([
      expect.objectContaining({ denies: [{ protocol: "all" }], sourceRanges: ["0.0.0.0/0"], priority: 65534 }),
    ]);
    expect(refusing[0]).toHaveProperty("logConfig");
    for (const { priority } of allowing()) expect(priority).toBeLessThan(65534);
  });
});

describe("a cluster's load balancers", () => {
  it.each([
    ["hosting", edgePorts.hosting],
    ["workspace", edgePorts.workspace],
  ])("carry %s traffic from public port 80 to the edges", (purpose, port) => {
    const rule = free.one("compute/forwardingRule:ForwardingRule", `free-${purpose}-forwarding-rule`);
    expect(rule.inputs).toMatchObject({
      loadBalancingScheme: "EXTERNAL_MANAGED",
      ipProtocol: "TCP",
      portRange: "80",
      ipAddress: `address-of-free-${purpose}-address`,
      target: `id-of-free-${purpose}-proxy`,
      network: "id-of-free-network-vpc",
    });
    const backend = free.one("compute/regionBackendService:RegionBackendService", `free-${purpose}-backend`);
    expect(backend.inputs).toMatchObject({
      protocol: "TCP",
      portName: purpose,
      backends: [{ group: "group-of-free-http-serving-manager" }],
    });
    const { inputs } = free.one(
      "compute/regionInstanceGroupManager:RegionInstanceGroupManager",
      "free-http-serving-manager",
    );
    expect(inputs.namedPorts).toContainEqual({ name: purpose, port });
  });

  it("tell edges the clients' addresses", () => {
    const proxies = free.of("compute/regionTargetTcpProxy:RegionTargetTcpProxy");
    expect(proxies.map(({ inputs }) => inputs.proxyHeader)).toEqual(["PROXY_V1", "PROXY_V1"]);
  });

  it("use one network tier for an address and its rule, which Google asks for", () => {
    for (const purpose of ["hosting", "workspace"]) {
      const address = free.one("compute/address:Address", `free-${purpose}-address`);
      const rule = free.one("compute/forwardingRule:ForwardingRule", `free-${purpose}-forwarding-rule`);
      expect(rule.inputs.networkTier).toBe("PREMIUM");
      expect(address.inputs.networkTier).toBe("PREMIUM");
    }
  });

  it("leave a silent WebSocket open for a day", () => {
    const { inputs } = free.one("compute/regionBackendService:RegionBackendService", "free-workspace-backend");
    expect(inputs.timeoutSec).toBe(24 * 60 * 60);
  });

  it("ask the edges for their health", () => {
    for (const purpose of ["hosting", "workspace"]) {
      const { inputs } = free.one("compute/regionHealthCheck:RegionHealthCheck", `free-${purpose}-health-check`);
      expect(inputs.httpHealthCheck).toEqual({ port: edgePorts.health, requestPath: "/healthz" });
    }
  });
});
