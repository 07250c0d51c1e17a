/** NetworkPolicies: whether they let a connection in to a pod. Pure, except that it reads records. */
import { BlockList, isIPv4 } from "node:net";
import { z } from "zod";
import type { CloudRecord } from "../../provider/store";
import type { Records } from "../controller";
import { KINDS } from "./kinds";
import { accepted, Refusal } from "./refusal";
import { namespaceLabels, nameOf, namespaceOf } from "./records";

type Labels = Readonly<Record<string, string>>;

/** Who opens a connection: something outside of the cluster, or a pod. */
export type Source =
  { readonly ip: string } | { readonly podLabels: Labels; /** Of the source. */ readonly namespace: string };

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"] as const;
const selector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(z.strictObject({ key: z.string(), operator: z.enum(OPERATORS), values: z.array(z.string()).default([]) }))
    .default([]),
});

const cidr = z.string().refine((text) => /^[\d.]+\/\d+$/.test(text) && isIPv4(text.split("/")[0]!), {
  error: "the sandbox knows ranges of IPv4 only",
});
const peer = z.strictObject({
  ipBlock: z.strictObject({ cidr, except: z.array(cidr).default([]) }).optional(),
  podSelector: selector.optional(),
  namespaceSelector: selector.optional(),
});
const port = z.strictObject({
  protocol: z.enum(["TCP", "UDP"]).default("TCP"),
  port: z.number({ error: "must be a number: names of ports are not emulated in policies" }).optional(),
  endPort: z.number().optional(),
});
const rule = { ports: z.array(port).default([]) };

const policySpec = z.strictObject({
  podSelector: selector,
  policyTypes: z.array(z.enum(["Ingress", "Egress"])).optional(),
  ingress: z.array(z.strictObject({ ...rule, from: z.array(peer).default([]) })).default([]),
  egress: z.array(z.strictObject({ ...rule, to: z.array(peer).default([]) })).default([]),
});

type Selector = z.output<typeof selector>;
type Peer = z.output<typeof peer>;
type Port = z.output<typeof port>;

/** Throws a Refusal for what is not emulated. */
export function acceptedPolicy(record: CloudRecord): z.output<typeof policySpec> {
  return accepted(z.object({ spec: policySpec }), record.inputs).spec;
}

/**
 * Whether the policies of a cluster (by endpoint) let a connection in to a pod with these labels. Without a policy that selects
 * the pod everything comes in; otherwise only what a rule of one of them names. Policies about what goes out have no say here.
 * The kubelet's probes come in always.
 *
 * @param port number of the container's port, not a Service's.
 */
export function ingressAllowed(
  records: Records,
  cluster: string,
  namespace: string,
  podLabels: Labels,
  port: number,
  protocol: "TCP" | "UDP",
  source: Source,
): { readonly allowed: boolean; readonly reason: string } {
  const selecting: string[] = [];
  for (const record of records.kubernetes(cluster, KINDS.networkPolicy)) {
    if (namespaceOf(record) !== namespace) continue;
    const name = nameOf(record);
    try {
      const { podSelector, policyTypes = ["Ingress"], ingress } = acceptedPolicy(record);
      if (!policyTypes.includes("Ingress") || !matches(podSelector, podLabels)) continue;
      selecting.push(name);
      const opens = ingress.some(
        ({ from, ports }) => opensPort(ports, port, protocol) && opensTo(from, namespace, source, records, cluster),
      );
      if (opens) return { allowed: true, reason: `network policy ${name} lets it in` };
    } catch (error) {
      if (error instanceof Refusal) return { allowed: false, reason: `network policy ${name}: ${error.message}` };
      throw error;
    }
  }
  if (selecting.length === 0) return { allowed: true, reason: "no network policy selects the pod" };
  const names = selecting.join(", ");
  return {
    allowed: false,
    reason: `no network policy lets ${show(source)} in to ${protocol} ${port}, and ${names} select the pod`,
  };
}

function opensPort(ports: readonly Port[], number: number, protocol: "TCP" | "UDP"): boolean {
  if (ports.length === 0) return true;
  return ports.some(({ port, endPort = port, protocol: named }) => {
    if (named !== protocol) return false;
    return port === undefined || (number >= port && number <= endPort!);
  });
}

function opensTo(
  peers: readonly Peer[],
  namespace: string,
  source: Source,
  records: Records,
  cluster: string,
): boolean {
  if (peers.length === 0) return true;
  return peers.some(({ ipBlock, podSelector, namespaceSelector }) => {
    // Addresses of pods are hidden behind their labels: ranges are for what is outside.
    if ("ip" in source) return ipBlock !== undefined && inBlock(source.ip, ipBlock);
    if (ipBlock !== undefined) return false;
    const rightNamespace =
      namespaceSelector === undefined
        ? source.namespace === namespace
        : matches(namespaceSelector, allLabels(records, cluster, source.namespace));
    return rightNamespace && (podSelector === undefined || matches(podSelector, source.podLabels));
  });
}

/** The namespace's own, and the one that Kubernetes gives each. */
function allLabels(records: Records, cluster: string, namespace: string): Labels {
  return { ...namespaceLabels(records, cluster, namespace), "kubernetes.io/metadata.name": namespace };
}

function matches({ matchLabels, matchExpressions }: Selector, labels: Labels): boolean {
  if (!Object.entries(matchLabels).every(([key, value]) => labels[key] === value)) return false;
  return matchExpressions.every(({ key, operator, values }) => {
    const value = labels[key];
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
    }
  });
}

function inBlock(ip: string, { cidr, except }: NonNullable<Peer["ipBlock"]>): boolean {
  return inRange(ip, cidr) && !except.some((range) => inRange(ip, range));
}

function inRange(ip: string, range: string): boolean {
  const [network = "", prefix] = range.split("/");
  const list = new BlockList();
  list.addSubnet(network, Number(prefix));
  return list.check(ip);
}

function show(source: Source): string {
  return "ip" in source ? source.ip : `pods of ${source.namespace} labelled ${JSON.stringify(source.podLabels)}`;
}
