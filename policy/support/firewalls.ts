/** Firewall rules: what they let in, and from where. */
import { at, elements, isMap, isMissing, text, texts, UNKNOWN, type Properties } from "./values";
import { portRanges, type PortRange } from "./port-ranges";

export const FIREWALL = "gcp:compute/firewall:Firewall";

/** What one entry of a firewall's `allows` lets in. */
export interface Allowed {
  /** `tcp`, `udp`, `icmp`, or `all`, which includes the other ones. */
  readonly protocol: string;
  /** Every port for a protocol without ports. */
  readonly ports: readonly PortRange[];
}

/** What a firewall rule lets in; nothing for one that denies, is for traffic out, or is switched off. */
export function allowedIn(firewall: Properties): readonly Allowed[] {
  const direction = firewall.direction;
  if (direction === "EGRESS" || direction === UNKNOWN || firewall.disabled === true) return [];
  return elements(firewall.allows)
    .filter(isMap)
    .map((allow) => ({ protocol: protocolName(at(allow, "protocol")), ports: portRanges(allow.ports) }));
}

/**
 * The address ranges that a firewall rule lets in. Google takes a rule without any source to mean every address; one
 * that names tags or service accounts lets in machines of its own network only.
 */
export function sourceRanges(firewall: Properties): readonly string[] {
  const ranges = firewall.sourceRanges;
  if (!isMissing(ranges)) return texts(ranges);
  const named = ["sourceTags", "sourceServiceAccounts"].some((property) => !isMissing(firewall[property]));
  return named ? [] : ["0.0.0.0/0"];
}

/** IANA's numbers may stand for the names. */
const PROTOCOL_NUMBERS: Readonly<Record<string, string>> = { "1": "icmp", "6": "tcp", "17": "udp" };

function protocolName(protocol: unknown): string {
  const name = text(protocol)?.toLowerCase() ?? String(protocol);
  return PROTOCOL_NUMBERS[name] ?? name;
}
