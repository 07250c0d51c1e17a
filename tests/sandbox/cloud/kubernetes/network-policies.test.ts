import { networkPolicies } from "../../../../components/resolution-service/manifests/network-policies";
import { readEnvironmentFile } from "../../../../config";
import { ingressAllowed, type Source } from "../../../../sandbox/cloud/kubernetes";
import type { Properties } from "../../../../sandbox/provider/values";
import { committedFile } from "../../../support/environments";
import { ClusterRecords, ENDPOINT, NAMESPACE, TYPES } from "./support/cluster";

const API = { "app.kubernetes.io/name": "control-api" };
const DNS = { "app.kubernetes.io/name": "dns" };

function records(policies: Readonly<Record<string, Properties>>): ClusterRecords {
  const made = new ClusterRecords();
  for (const [name, spec] of Object.entries(policies)) made.put(TYPES.networkPolicy, name, { spec });
  return made;
}

/** Whether it is let in, and why. */
function asked(
  policies: Readonly<Record<string, Properties>> | ClusterRecords,
  labels: Readonly<Record<string, string>>,
  port: number,
  source: Source,
  protocol: "TCP" | "UDP" = "TCP",
) {
  const made = policies instanceof ClusterRecords ? policies : records(policies);
  return ingressAllowed(made, ENDPOINT, NAMESPACE, labels, port, protocol, source);
}

describe("the stack's policies", () => {
  const environment = readEnvironmentFile(committedFile("sandbox"));
  const [region = ""] = Object.keys(environment.resolution.regions);
  const declared = networkPolicies(environment, region);
  const policies = Object.fromEntries(
    Object.entries(declared).map(([name, { spec }]) => [name, JSON.parse(JSON.stringify(spec)) as Properties]),
  );

  it.each<[string, boolean, Record<string, string>, number, Source, "TCP" | "UDP"]>([
    ["the load balancer's health checks to the API", true, API, 8080, { ip: "35.191.10.1" }, "TCP"],
    ["name servers to the API", true, API, 8080, { podLabels: DNS, namespace: NAMESPACE }, "TCP"],
    ["pods of another namespace to the API", false, API, 8080, { podLabels: DNS, namespace: "other" }, "TCP"],
    ["anybody to the API", false, API, 8080, { ip: "198.51.100.7" }, "TCP"],
    ["the load balancer to another port of the API", false, API, 9090, { ip: "35.191.10.1" }, "TCP"],
    ["collectors to metrics", true, API, 9090, { podLabels: {}, namespace: "gke-gmp-system" }, "TCP"],
    ["anybody to the name server by UDP", true, DNS, 5353, { ip: "198.51.100.7" }, "UDP"],
    ["anybody to the name server by TCP", true, DNS, 5353, { ip: "198.51.100.7" }, "TCP"],
    ["anybody to the name server's agent", false, DNS, 8081, { ip: "198.51.100.7" }, "TCP"],
  ])("let in or not: %s (%s)", (_, allowed, labels, port, source, protocol) => {
    expect(asked(policies, labels, port, source, protocol).allowed).toBe(allowed);
  });

  it("refuse the load balancer where the rule for it is missing, and are named", () => {
    const rest = Object.fromEntries(Object.entries(policies).filter(([name]) => name !== "api-ingress"));
    expect(asked(rest, API, 8080, { ip: "35.191.10.1" })).toEqual({
      allowed: false,
      reason: "no network policy lets 35.191.10.1 in to TCP 8080, and default-deny, allow-metrics select the pod",
    });
  });
});

describe("policies", () => {
  it("have no say about pods that none selects, or only for what goes out", () => {
    expect(asked({}, API, 80, { ip: "1.2.3.4" }).allowed).toBe(true);
    expect(asked({ other: { podSelector: { matchLabels: DNS } } }, API, 80, { ip: "1.2.3.4" }).allowed).toBe(true);
    const egress = { podSelector: {}, policyTypes: ["Egress"] };
    expect(asked({ egress }, API, 80, { ip: "1.2.3.4" }).allowed).toBe(true);
  });

  it("deny everything by selecting a pod without a rule", () => {
    expect(asked({ deny: { podSelector: {} } }, API, 80, { ip: "1.2.3.4" }).allowed).toBe(false);
  });

  it("open everything with an empty rule", () => {
    expect(asked({ open: { podSelector: {}, ingress: [{}] } }, API, 80, { ip: "1.2.3.4" }).allowed).toBe(true);
  });

  it("leave exceptions out of a range", () => {
    const from = [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }];
    const policy = { podSelector: {}, ingress: [{ from }] };
    expect(asked({ policy }, API, 80, { ip: "10.2.0.1" }).allowed).toBe(true);
    expect(asked({ policy }, API, 80, { ip: "10.1.0.1" }).allowed).toBe(false);
    expect(asked({ policy }, API, 80, { podLabels: {}, namespace: NAMESPACE }).allowed).toBe(false);
  });

  it("open ranges of ports, of their protocol", () => {
    const ingress = [{ ports: [{ port: 100, endPort: 200 }] }];
    const policy = { podSelector: {}, ingress };
    expect([99, 100, 200, 201].map((port) => asked({ policy }, API, port, { ip: "1.2.3.4" }).allowed)).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(asked({ policy }, API, 100, { ip: "1.2.3.4" }, "UDP").allowed).toBe(false);
  });

  it("select pods and namespaces by expressions and by the namespace's labels", () => {
    const made = records({
      policy: {
        podSelector: { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["open"] }] },
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchExpressions: [{ key: "team", operator: "In", values: ["web"] }] },
                podSelector: { matchExpressions: [{ key: "role", operator: "Exists" }] },
              },
            ],
          },
        ],
      },
    });
    made.put(TYPES.namespace, "web", {}, { labels: { team: "web" } });
    const from = (podLabels: Record<string, string>, namespace: string) =>
      asked(made, API, 80, { podLabels, namespace }).allowed;
    expect(from({ role: "any" }, "web")).toBe(true);
    expect(from({}, "web")).toBe(false);
    expect(from({ role: "any" }, "batch")).toBe(false);
    expect(asked(made, { tier: "open" }, 80, { ip: "1.2.3.4" }).allowed).toBe(true);
  });

  it.each([
    [{ podSelector: {}, ingress: [{ ports: [{ port: "http" }] }] }, "spec.ingress[0].ports[0].port: must be a number"],
    [{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "2001:db8::/32" } }] }] }, "knows ranges of IPv4 only"],
    [{ podSelector: {}, hosts: [] }, "spec.hosts: the sandbox does not emulate it"],
  ])("that are not emulated let nothing in, by name", (spec, reason) => {
    const answer = asked({ odd: spec as unknown as Properties }, API, 80, { ip: "1.2.3.4" });
    expect(answer.allowed).toBe(false);
    expect(answer.reason).toContain("network policy odd: ");
    expect(answer.reason).toContain(reason);
  });
});
