/**
 * Who may talk to whom in the namespace. Policies only allow, so the first denies everything and each other one opens one
 * path. Probes of the kubelet come from the pod's own node, which Dataplane V2 always lets through. Pure.
 */
import type { types } from "@pulumi/kubernetes";
import type { Environment } from "../../../config";
import { resolutionSubnets } from "../../../config/cidr";
import { HEALTH_CHECK_RANGES } from "../../google-ranges";
import { resolutionPorts } from "../../ports";
import { DATABASE_PORT } from "./environment";
import { metadataOf, selectorOf } from "./metadata";

type NetworkPolicy = types.input.networking.v1.NetworkPolicy;
type Spec = types.input.networking.v1.NetworkPolicySpec;
type Peer = types.input.networking.v1.NetworkPolicyPeer;

const tcp = (port: number) => ({ protocol: "TCP", port });
const udp = (port: number) => ({ protocol: "UDP", port });
const range = (cidr: string): Peer => ({ ipBlock: { cidr } });
const pods = (matchLabels: Record<string, string>): Peer => ({ podSelector: { matchLabels } });
const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } });

/** Everything outside private networks: Google's APIs have public addresses, reached through Private Google Access. */
const PUBLIC: Peer = {
  ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"] },
};
/** Cluster DNS. */
const KUBE_DNS: Peer = { ...inNamespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } };
/** Collectors of Google Cloud Managed Service for Prometheus. */
const COLLECTORS: Peer = inNamespace("gke-gmp-system");

/** The policies of one region by name. */
export function networkPolicies(environment: Environment, region: string): Record<string, NetworkPolicy> {
  const { regions, database } = environment.resolution;
  const cidr = regions[region]?.cidr;
  if (cidr === undefined)
    throw new RangeError(`${region} is none of the service's regions: ${Object.keys(regions).join(", ")}`);
  const api = { matchLabels: selectorOf("api") };
  const dns = { matchLabels: selectorOf("dns") };
  const loadBalancer = [resolutionSubnets(cidr).proxies, ...HEALTH_CHECK_RANGES].map(range);
  const specs: Record<string, Spec> = {
    "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    "allow-name-resolution": {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ to: [KUBE_DNS], ports: [udp(53), tcp(53)] }],
    },
    "allow-workload-identity": {
      podSelector: {},
      policyTypes: ["Egress"],
      // The metadata server: the first with Dataplane V2, the second where it answers on the node instead.
      egress: [
        { to: [range("169.254.169.254/32")], ports: [tcp(80), tcp(8080)] },
        { to: [range("169.254.169.252/32")], ports: [tcp(987), tcp(988)] },
      ],
    },
    "allow-metrics": {
      podSelector: {},
      policyTypes: ["Ingress"],
      ingress: [{ from: [COLLECTORS], ports: [tcp(resolutionPorts.metrics)] }],
    },
    "allow-google-apis": {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ to: [PUBLIC], ports: [tcp(443)] }],
    },
    "api-ingress": {
      podSelector: api,
      policyTypes: ["Ingress"],
      ingress: [{ from: [...loadBalancer, pods(selectorOf("dns"))], ports: [tcp(resolutionPorts.api)] }],
    },
    "api-to-database": {
      podSelector: api,
      policyTypes: ["Egress"],
      egress: [{ to: [range(database.cidr)], ports: [tcp(DATABASE_PORT)] }],
    },
    "dns-ingress": {
      podSelector: dns,
      policyTypes: ["Ingress"],
      ingress: [{ from: [range("0.0.0.0/0")], ports: [udp(resolutionPorts.dns), tcp(resolutionPorts.dns)] }],
    },
    "dns-to-api": {
      podSelector: dns,
      policyTypes: ["Egress"],
      egress: [{ to: [pods(selectorOf("api"))], ports: [tcp(resolutionPorts.api)] }],
    },
  };
  const policies = Object.entries(specs).map(([name, spec]) => [
    name,
    { metadata: metadataOf(environment, name), spec },
  ]);
  return Object.fromEntries(policies) as Record<string, NetworkPolicy>;
}
