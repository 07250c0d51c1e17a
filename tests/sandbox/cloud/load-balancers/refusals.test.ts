import type { Properties } from "../../../../sandbox/provider/values";
import { forwardingRules } from "../../../../sandbox/cloud/load-balancers/forwarding-rules";
import { gateways } from "../../../../sandbox/cloud/load-balancers/gateways";
import type { Interpreted } from "../../../../sandbox/cloud/load-balancers/plan";
import { services } from "../../../../sandbox/cloud/load-balancers/services";
import type { Surroundings } from "../../../../sandbox/cloud/load-balancers/surroundings";
import { MemoryRecords } from "../google-context";
import { CLUSTER, edit, editSpec, gatewayStack, gkeStack, hostingStack, object, TYPES } from "./support/stack";

const ADDRESS = "127.99.1.1";

/** Surroundings without machines, where everything is let in. */
function surroundings(records: MemoryRecords): Surroundings {
  return {
    records,
    network: { claim: () => "127.99.9.9", port: (port) => port },
    instances: { all: () => [], inGroup: () => [] },
    pods: { selected: () => [] },
    firewall: { allows: () => ({ allowed: true, reason: "" }) },
    certificates: { find: () => ({ is: "missing", because: "a test" }) },
  };
}

function reason([interpreted]: readonly Interpreted[]): string | undefined {
  if (interpreted === undefined) throw new Error("nothing was interpreted");
  return "refused" in interpreted ? interpreted.refused : undefined;
}

/** The first record of a type as it is, without some of its properties. */
function without(records: MemoryRecords, type: string): void {
  for (const { id } of records.google(type)) records.remove(type, id);
}

describe("a forwarding rule that the sandbox could not serve as Google would", () => {
  const interpret = (change: (records: MemoryRecords) => void) => {
    const records = new MemoryRecords();
    hostingStack(records, ADDRESS);
    change(records);
    return reason(forwardingRules(surroundings(records)));
  };

  test("is none as the stack declares it", () => {
    expect(interpret(() => undefined)).toBeUndefined();
  });

  test.each<[string, string, Properties, string]>([
    [
      "another scheme",
      TYPES.rule,
      { loadBalancingScheme: "INTERNAL" },
      "loadBalancingScheme: the sandbox emulates EXTERNAL_MANAGED only",
    ],
    ["a range of ports", TYPES.rule, { portRange: "80-90" }, "portRange: must be one port"],
    [
      "an option that is not known",
      TYPES.rule,
      { allowGlobalAccess: true },
      "allowGlobalAccess: the sandbox does not emulate it",
    ],
    ["another protocol", TYPES.backendService, { protocol: "SSL" }, 'protocol: Invalid input: expected "TCP"'],
    [
      "session affinity",
      TYPES.backendService,
      { sessionAffinity: "CLIENT_IP" },
      'sessionAffinity: Invalid input: expected "NONE"',
    ],
    [
      "another kind of health check",
      TYPES.healthCheck,
      { tcpHealthCheck: { port: 1 } },
      "tcpHealthCheck: the sandbox does not emulate it",
    ],
    [
      "an address that is not reserved",
      TYPES.rule,
      { ipAddress: "127.1.1.1" },
      "127.1.1.1 is no reserved address of europe-west1",
    ],
    [
      "an address of another region",
      TYPES.address,
      { region: "europe-west4" },
      `${ADDRESS} is no reserved address of europe-west1`,
    ],
    [
      "no proxy-only subnet",
      TYPES.subnetwork,
      { purpose: "PRIVATE" },
      "projects/p/global/networks/free has no active proxy-only subnet (purpose REGIONAL_MANAGED_PROXY) in europe-west1",
    ],
    [
      "a target that is not there",
      TYPES.rule,
      { target: "projects/p/regions/r/targetTcpProxies/x" },
      "projects/p/regions/r/targetTcpProxies/x does not exist",
    ],
  ])("fails: %s", (_, type, changes, expected) => {
    expect(interpret((records) => edit(records, type, changes))).toBe(expected);
  });

  test("fails: no health check", () => {
    expect(interpret((records) => without(records, TYPES.healthCheck))).toMatch(/healthChecks\/hosting does not exist/);
  });
});

describe("a Gateway that the sandbox could not serve as GKE would", () => {
  const interpret = (change: (records: MemoryRecords) => void) => {
    const records = new MemoryRecords();
    gatewayStack(records, ADDRESS);
    change(records);
    return reason(gateways(surroundings(records)));
  };

  test("is none as the stack declares it", () => {
    expect(interpret(() => undefined)).toBeUndefined();
  });

  test.each<[string, string, Properties, string]>([
    ["another class", TYPES.gateway, { gatewayClassName: "gke-l7-rilb" }, "spec.gatewayClassName"],
    [
      "an address that is not there",
      TYPES.gateway,
      { addresses: [{ type: "NamedAddress", value: "x" }] },
      "there is no address x in europe-west1",
    ],
    [
      "clear text",
      TYPES.gateway,
      { listeners: [{ name: "http", protocol: "HTTP", port: 80 }] },
      "spec.listeners[0].protocol",
    ],
    [
      "a filter",
      TYPES.route,
      { rules: [{ filters: [], backendRefs: [{ name: "control-api", port: 80 }] }] },
      "spec.rules[0].filters: the sandbox does not emulate it",
    ],
    ["a wildcard", TYPES.route, { hostnames: ["*.sandbox.test"] }, "spec.hostnames[0]: must be a whole name"],
    [
      "a port that the Service has not",
      TYPES.route,
      { rules: [{ backendRefs: [{ name: "control-api", port: 81 }] }] },
      "Service control-api has no TCP port 81",
    ],
    [
      "a health check of another kind",
      TYPES.healthCheckPolicy,
      { default: { config: { type: "GRPC" } } },
      "spec.default.config.type",
    ],
  ])("fails: %s", (_, kind, changes, expected) => {
    expect(interpret((records) => editSpec(records, kind, changes))).toContain(expected);
  });

  test("fails: a cluster without the Gateway API", () => {
    const refused = interpret((records) =>
      edit(records, TYPES.cluster, { gatewayApiConfig: { channel: "CHANNEL_DISABLED" } }),
    );
    expect(refused).toBe("GKE cluster shared has no gatewayApiConfig.channel CHANNEL_STANDARD");
  });
});

test("a Gateway's health check is what Google has where no policy says otherwise", () => {
  const records = new MemoryRecords();
  gatewayStack(records, ADDRESS);
  for (const kind of [TYPES.healthCheckPolicy, TYPES.backendPolicy]) {
    editSpec(records, kind, { targetRef: { group: "", kind: "Service", name: "another" } });
  }
  const [gateway] = gateways(surroundings(records));
  if (gateway === undefined || "refused" in gateway) throw new Error("the Gateway was refused");
  const [frontend] = gateway.frontends;
  expect(frontend).toMatchObject({
    routes: [
      {
        backend: {
          idleSeconds: 30,
          drainSeconds: 0,
          healthCheck: { path: "/", interval: 5, timeout: 5, healthy: 2, unhealthy: 2 },
        },
      },
    ],
  });
});

describe("a Service that the sandbox could not serve as GKE would", () => {
  const SPEC = { selector: { app: "dns" }, ports: [{ port: 53, protocol: "UDP" }] };
  const interpret = (changes: Properties, annotations = {}) => {
    const records = new MemoryRecords();
    gkeStack(records);
    object(records, TYPES.service, "dns", { ...SPEC, ...changes }, annotations);
    expect(records.kubernetesClusters()).toEqual([CLUSTER]);
    return reason(services(surroundings(records)));
  };

  test.each<[string, Properties, string]>([
    ["a type", { type: "NodePort" }, "spec.type"],
    ["no cluster address", { clusterIP: "None" }, "spec.clusterIP: the sandbox does not emulate it"],
    ["an address of GKE's choice", { type: "LoadBalancer" }, "the sandbox gives out no addresses by itself"],
    [
      "an address that is not reserved",
      { type: "LoadBalancer", loadBalancerIP: ADDRESS },
      `${ADDRESS} is no reserved address of europe-west1`,
    ],
    ["session affinity", { sessionAffinity: "ClientIP" }, "spec.sessionAffinity"],
  ])("fails: %s", (_, changes, expected) => {
    expect(interpret(changes)).toContain(expected);
  });

  test("fails: an annotation that changes what it is", () => {
    const refused = interpret({}, { "networking.gke.io/load-balancer-type": "Internal" });
    expect(refused).toBe("metadata.annotations.networking.gke.io/load-balancer-type: the sandbox does not emulate it");
  });

  test("fails: in a cluster that is not recorded", () => {
    const records = new MemoryRecords();
    object(records, TYPES.service, "dns", SPEC);
    expect(reason(services(surroundings(records)))).toBe(`no GKE cluster has the endpoint ${CLUSTER}`);
  });
});
