/** Firewall rules of Compute Engine, as far as they let TCP connections in. Pure. */
import { overlaps, parseCidr, sizeOf, type Cidr } from "../../../../config/cidr";
import { shortName } from "../../../gcp/links";
import type { CloudRecord } from "../../../provider/store";
import { isAbsent, list, object, scalarText, text, type Value } from "../../../provider/values";

/** A rule for incoming connections. */
export interface IngressRule {
  readonly name: string;
  /** Link of the VPC. */
  readonly network: string;
  /** A lower number wins. */
  readonly priority: number;
  readonly allows: boolean;
  /** TCP ports, from and to. */
  readonly ports: readonly (readonly [number, number])[];
  /** Who connects: addresses in a range, or machines of a service account. */
  readonly sourceRanges: readonly Cidr[];
  readonly sourceServiceAccounts: readonly string[];
  /** Machines of which service accounts it holds for; all if there is none. */
  readonly targetServiceAccounts: readonly string[];
}

/** Who asks for a connection: an address range, the service account that its machines have in this VPC, or both. */
export interface Source {
  /** Every address that may be the sender. */
  readonly ranges: readonly Cidr[];
  readonly serviceAccount?: string;
  /** For reasons: `35.191.0.0/16`. */
  readonly shown: string;
}

export interface Verdict {
  readonly allowed: boolean;
  readonly reason: string;
}

const DEFAULT_PRIORITY = 1000;
const EVERYWHERE = parseCidr("0.0.0.0/0");
const EVERY_PORT = [[0, 65535]] as const;

/**
 * Reads a recorded rule; undefined for one that never decides about incoming TCP. Throws an Error that names what of the rule the
 * sandbox does not emulate.
 */
export function parseRule({ outputs, id }: CloudRecord): IngressRule | undefined {
  const name = text(outputs.name) || shortName(id);
  const refuse = (what: string) => new Error(`firewall rule ${name}: the sandbox does not emulate ${what}`);
  if (text(outputs.direction) === "EGRESS") throw refuse("direction EGRESS");
  if (!isAbsent(outputs.sourceTags) || !isAbsent(outputs.targetTags))
    throw refuse("network tags; use service accounts");
  if (!isAbsent(outputs.destinationRanges)) throw refuse("destinationRanges");
  if (outputs.disabled === true) return undefined;
  const allows = !isAbsent(outputs.allows);
  const ports = portsOf(list(allows ? outputs.allows : outputs.denies), name);
  if (ports.length === 0) return undefined;
  const sourceServiceAccounts = list(outputs.sourceServiceAccounts).map(text);
  const ranges = list(outputs.sourceRanges).map((range) => parseCidr(text(range)));
  return {
    name,
    network: text(outputs.network),
    priority: typeof outputs.priority === "number" ? outputs.priority : DEFAULT_PRIORITY,
    allows,
    ports,
    sourceRanges: ranges.length === 0 && sourceServiceAccounts.length === 0 ? [EVERYWHERE] : ranges,
    sourceServiceAccounts,
    targetServiceAccounts: list(outputs.targetServiceAccounts).map(text),
  };
}

function portsOf(entries: readonly Value[], name: string): (readonly [number, number])[] {
  return entries.flatMap((entry) => {
    const { protocol, ports } = object(entry);
    if (!["tcp", "6", "all"].includes(text(protocol).toLowerCase())) return [];
    return isAbsent(ports) ? EVERY_PORT : list(ports).map((range) => parsePorts(scalarText(range), name));
  });
}

function parsePorts(range: string, name: string): readonly [number, number] {
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
  if (from === undefined) throw new Error(`firewall rule ${name}: "${range}" is not a port or a range of ports`);
  return [Number(from), Number(to)];
}

/**
 * What the rules of one VPC say about connections from all of a source to machines of a service account. The rule with the lowest
 * priority that applies decides, and one that denies before one that allows; where none does, nothing comes in. A rule
 * that denies a part of the source denies it; one that allows must allow all of it.
 */
export function decide(rules: readonly IngressRule[], target: string, port: number, source: Source): Verdict {
  const what = `tcp:${port} from ${source.shown}`;
  const inOrder = [...rules].sort((a, b) => a.priority - b.priority || Number(a.allows) - Number(b.allows));
  const deciding = inOrder.find((rule) => holdsFor(rule, target) && coversPort(rule, port) && matches(rule, source));
  if (deciding === undefined) return { allowed: false, reason: `no firewall rule allows ${what} to ${target}` };
  if (deciding.allows) return { allowed: true, reason: `firewall rule ${deciding.name} allows ${what}` };
  return {
    allowed: false,
    reason: `firewall rule ${deciding.name} refuses ${what} to ${target}, and none above it allows that`,
  };
}

function holdsFor({ targetServiceAccounts }: IngressRule, target: string): boolean {
  return targetServiceAccounts.length === 0 || targetServiceAccounts.includes(target);
}

function coversPort({ ports }: IngressRule, port: number): boolean {
  return ports.some(([from, to]) => from <= port && port <= to);
}

function matches(rule: IngressRule, { ranges, serviceAccount }: Source): boolean {
  if (serviceAccount !== undefined && rule.sourceServiceAccounts.includes(serviceAccount)) return true;
  const isIn = (range: Cidr) => rule.sourceRanges.some((allowed) => contains(allowed, range));
  const touches = (range: Cidr) => rule.sourceRanges.some((denied) => overlaps(denied, range));
  return ranges.length > 0 && (rule.allows ? ranges.every(isIn) : ranges.some(touches));
}

function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.base <= inner.base && inner.base + sizeOf(inner.prefix) <= outer.base + sizeOf(outer.prefix);
}
