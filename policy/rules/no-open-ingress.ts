import { publicPorts } from "../../components/ports";
import { areAnywhere } from "../support/address-ranges";
import { allowedIn, FIREWALL, sourceRanges } from "../support/firewalls";
import { unversioned } from "../support/pods";
import { formatPortRange, onlyPorts, parsePortRange, portRanges, type PortRange } from "../support/port-ranges";
import type { ResourceRule } from "../support/rule";
import { at, elements, entries, isMap, show, text, texts, UNKNOWN, type Properties } from "../support/values";

const FORWARDING_RULES = [
  "gcp:compute/forwardingRule:ForwardingRule",
  "gcp:compute/globalForwardingRule:GlobalForwardingRule",
];
const SERVICE = "core:Service";

/** What anybody may reach: the load balancers' ports and those of the name servers. */
const OPEN_PORTS: Readonly<Record<string, readonly number[]>> = {
  tcp: [publicPorts.http, publicPorts.https, publicPorts.dns],
  udp: [publicPorts.dns],
};

export const noOpenIngress: ResourceRule = {
  name: "no-open-ingress",
  description: "Nothing but the load balancers' ports is open to everybody, however the range of addresses is written.",
  severity: "critical",
  remedy:
    "narrow the sources to the load balancers' proxies, to service accounts or to Google's health checks, or drop the port",
  appliesTo: (type) => type === FIREWALL || FORWARDING_RULES.includes(type) || unversioned(type) === SERVICE,
  check: ({ type, properties }) => {
    if (type === FIREWALL) return openFirewall(properties);
    return unversioned(type) === SERVICE ? openService(properties) : openForwardingRule(properties);
  },
};

function openFirewall(firewall: Properties): string[] {
  const sources = sourceRanges(firewall);
  if (!areAnywhere(sources)) return [];
  return allowedIn(firewall)
    .filter(({ protocol, ports }) => !isOpen(protocol, ports))
    .map(({ protocol, ports }) => `sourceRanges ${show(sources)} may reach ${protocol} ${describe(ports)}`);
}

function openForwardingRule(rule: Properties): string[] {
  const scheme = rule.loadBalancingScheme;
  if (scheme === UNKNOWN || text(scheme)?.startsWith("INTERNAL") === true) return [];
  const protocol = text(rule.ipProtocol)?.toLowerCase() ?? "tcp";
  const ports = forwardedPorts(rule);
  return isOpen(protocol, ports) ? [] : [`an external load balancer forwards ${protocol} ${describe(ports)}`];
}

/** A forwarding rule has either a list of ports, or one range, or all of them. */
function forwardedPorts(rule: Properties): readonly PortRange[] {
  if (rule.portRange === UNKNOWN) return [];
  const range = text(rule.portRange);
  return portRanges(range === undefined ? rule.ports : [range]);
}

function openService(service: Properties): string[] {
  if (at(service, "spec.type") !== "LoadBalancer" || isInternal(service)) return [];
  const sources = at(service, "spec.loadBalancerSourceRanges");
  if (texts(sources).length > 0 && !areAnywhere(texts(sources))) return [];
  return elements(at(service, "spec.ports"))
    .filter(isMap)
    .flatMap((port) => {
      const protocol = text(port.protocol)?.toLowerCase() ?? "tcp";
      const range = parsePortRange(String(port.port));
      return range && !isOpen(protocol, [range])
        ? [`a public load balancer serves ${protocol} ${describe([range])}`]
        : [];
    });
}

function isInternal(service: Properties): boolean {
  return entries(at(service, "metadata.annotations")).some(
    ([key, value]) => key.endsWith("load-balancer-type") && value === "Internal",
  );
}

function isOpen(protocol: string, ports: readonly PortRange[]): boolean {
  return onlyPorts(ports, OPEN_PORTS[protocol] ?? []);
}

function describe(ports: readonly PortRange[]): string {
  return `ports ${ports.map(formatPortRange).join(", ")}`;
}
