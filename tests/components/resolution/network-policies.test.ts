import { specOf } from "./kubernetes-objects";
import { environmentOf, registerService, type RegisteredService } from "./registered-service";

interface PolicySpec {
  readonly podSelector: { readonly matchLabels?: Record<string, string> };
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly { from: unknown; ports: unknown }[];
  readonly egress?: readonly { to: unknown; ports: unknown }[];
}

let prod: RegisteredService;

beforeAll(async () => {
  prod = await registerService(environmentOf("prod"));
});

describe("network policies", () => {
  const policy = (role: string): PolicySpec => specOf<PolicySpec>(prod, role);
  const block = (cidr: string) => ({ ipBlock: { cidr } });

  it("deny everything that no other allows", () => {
    expect(policy("default-deny")).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  it("let the load balancer of the region and the name servers call the control API", () => {
    expect(policy("api-ingress").ingress).toEqual([
      {
        from: [
          block("10.1.96.0/20"),
          block("35.191.0.0/16"),
          block("130.211.0.0/22"),
          { podSelector: { matchLabels: { "app.kubernetes.io/name": "dns" } } },
        ],
        ports: [{ protocol: "TCP", port: 8080 }],
      },
    ]);
  });

  it("let only the control API reach the database", () => {
    const reaching = prod
      .of("kubernetes:networking.k8s.io/v1:NetworkPolicy")
      .filter(({ inputs }) => JSON.stringify(inputs.spec).includes("5432"));
    expect(reaching.map(({ inputs }) => (inputs.spec as PolicySpec).podSelector.matchLabels)).toEqual([
      { "app.kubernetes.io/name": "control-api" },
      { "app.kubernetes.io/name": "control-api" },
    ]);
    expect(policy("api-to-database").egress).toEqual([
      { to: [block("10.2.0.0/20")], ports: [{ protocol: "TCP", port: 5432 }] },
    ]);
  });

  it("let anybody ask the name servers, on the port of DNS only", () => {
    expect(policy("dns-ingress").ingress).toEqual([
      {
        from: [block("0.0.0.0/0")],
        ports: [
          { protocol: "UDP", port: 5353 },
          { protocol: "TCP", port: 5353 },
        ],
      },
    ]);
  });

  it("let pods get their identity, and reach Google's APIs but no private network", () => {
    expect(policy("allow-workload-identity").egress?.map(({ to }) => to)).toEqual([
      [block("169.254.169.254/32")],
      [block("169.254.169.252/32")],
    ]);
    expect(policy("allow-google-apis").egress).toEqual([
      {
        to: [
          {
            ipBlock: {
              cidr: "0.0.0.0/0",
              except: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"],
            },
          },
        ],
        ports: [{ protocol: "TCP", port: 443 }],
      },
    ]);
  });
});
