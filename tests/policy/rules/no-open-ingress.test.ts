import { noOpenIngress } from "../../../policy/rules/no-open-ingress";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { freeStack, judge, resource } from "../support/judge";

const judged = (type: string, properties: Properties) => judge(noOpenIngress, resource(type, properties), freeStack);
const firewall = (properties: Properties) => judged("gcp:compute/firewall:Firewall", properties);
const tcp = (...ports: string[]) => [{ protocol: "tcp", ports }];

describe("no-open-ingress on firewalls", () => {
  it.each<[string, Properties]>([
    ["the load balancers' ports to everybody", { sourceRanges: ["0.0.0.0/0"], allows: tcp("80", "443") }],
    ["DNS over UDP to everybody", { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "udp", ports: ["53"] }] }],
    ["health checks", { sourceRanges: ["35.191.0.0/16", "130.211.0.0/22"], allows: tcp("8082") }],
    ["the private network", { sourceRanges: ["10.0.0.0/8"], allows: tcp("1-65535") }],
    ["service accounts", { sourceServiceAccounts: ["edge@p.iam.gserviceaccount.com"], allows: tcp("8090") }],
    ["a rule that denies", { sourceRanges: ["0.0.0.0/0"], denies: [{ protocol: "all" }] }],
    ["traffic out", { direction: "EGRESS", destinationRanges: ["0.0.0.0/0"], allows: [{ protocol: "all" }] }],
    ["a rule that is switched off", { disabled: true, sourceRanges: ["0.0.0.0/0"], allows: tcp("8080") }],
    ["ranges that are not known yet", { sourceRanges: UNKNOWN, allows: tcp("8080") }],
    ["ports that are not known yet", { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "tcp", ports: [UNKNOWN] }] }],
  ])("accepts %s", (_case, properties) => {
    expect(firewall(properties)).toEqual([]);
  });

  it.each<[string, Properties]>([
    ["an edge's port", { sourceRanges: ["0.0.0.0/0"], allows: tcp("8080") }],
    ["a range that includes an open port and more", { sourceRanges: ["0.0.0.0/0"], allows: tcp("79-80") }],
    ["every port of a protocol", { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "tcp" }] }],
    ["every protocol", { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "all" }] }],
    ["a protocol without ports", { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "icmp" }] }],
    ["HTTP's port over UDP", { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "udp", ports: ["80"] }] }],
    ["the internet in halves", { sourceRanges: ["0.0.0.0/1", "128.0.0.0/1"], allows: tcp("8080") }],
    ["the internet over IPv6", { sourceRanges: ["::/0"], allows: tcp("8080") }],
    ["everybody among others", { sourceRanges: ["10.0.0.0/8", "0.0.0.0/0"], allows: tcp("8080") }],
    ["no source at all, which means everybody", { allows: tcp("8080") }],
    ["TCP by its number", { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "6", ports: ["8080"] }] }],
    ["a port that cannot be read", { sourceRanges: ["0.0.0.0/0"], allows: tcp("http") }],
  ])("refuses %s", (_case, properties) => {
    expect(firewall(properties)).toHaveLength(1);
  });
});

describe("no-open-ingress on load balancers", () => {
  const forwarding = (properties: Properties) => judged("gcp:compute/forwardingRule:ForwardingRule", properties);
  const service = (spec: Properties, annotations: Properties = {}) =>
    judged("kubernetes:core/v1:Service", { metadata: { annotations }, spec });

  it("accepts forwarding of public ports, and whatever stays inside", () => {
    expect(forwarding({ loadBalancingScheme: "EXTERNAL_MANAGED", portRange: "80" })).toEqual([]);
    expect(forwarding({ loadBalancingScheme: "INTERNAL", ports: ["5432"] })).toEqual([]);
    expect(forwarding({ loadBalancingScheme: UNKNOWN, portRange: "5432" })).toEqual([]);
    expect(forwarding({ portRange: UNKNOWN })).toEqual([]);
  });

  it("refuses forwarding of other ports, which is external unless it says otherwise", () => {
    expect(forwarding({ loadBalancingScheme: "EXTERNAL", portRange: "80-8080" })).toHaveLength(1);
    expect(forwarding({ portRange: "5432" })).toHaveLength(1);
    expect(forwarding({ allPorts: true })).toHaveLength(1);
  });

  it("accepts a Service of public ports, of an internal load balancer, or for known networks", () => {
    const database = [{ port: 5432 }];
    expect(service({ type: "LoadBalancer", ports: [{ port: 53, protocol: "UDP" }, { port: 53 }] })).toEqual([]);
    expect(service({ type: "ClusterIP", ports: database })).toEqual([]);
    expect(
      service({ type: "LoadBalancer", ports: database }, { "networking.gke.io/load-balancer-type": "Internal" }),
    ).toEqual([]);
    expect(service({ type: "LoadBalancer", ports: database, loadBalancerSourceRanges: ["198.51.100.0/24"] })).toEqual(
      [],
    );
  });

  it("refuses a Service that opens another port to everybody", () => {
    expect(service({ type: "LoadBalancer", ports: [{ port: 5432 }] })).toEqual([
      "a public load balancer serves tcp ports 5432",
    ]);
    expect(
      service({ type: "LoadBalancer", ports: [{ port: 5432 }], loadBalancerSourceRanges: ["0.0.0.0/0"] }),
    ).toHaveLength(1);
  });
});
