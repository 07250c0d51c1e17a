import { isIPv4, isIPv6 } from "node:net";
import type { Failure } from "../../provider/package";
import type { RecordStore } from "../../provider/store";
import { isAbsent, list, object, type Properties, show, text } from "../../provider/values";
import type { Definitions, Rule } from "../definition";
import { number } from "../../provider/hash";
import { shortName } from "../links";
import { failure, labels, name, oneOf, pattern, range } from "../rules";

const ZONE = "gcp:dns/managedZone:ManagedZone";
const RECORD_SET = "gcp:dns/recordSet:RecordSet";
const TYPES = [
  "A",
  "AAAA",
  "ALIAS",
  "CAA",
  "CNAME",
  "DNSKEY",
  "DS",
  "HTTPS",
  "IPSECKEY",
  "MX",
  "NAPTR",
  "NS",
  "PTR",
  "SOA",
  "SPF",
  "SRV",
  "SSHFP",
  "SVCB",
  "TLSA",
  "TXT",
];
/** A name of labels of at most 63 characters, ending with a dot; the first label may be `*`. */
const DNS_NAME = /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+$/;
const dnsNameRemedy = "write a lowercase domain name that ends with a dot, like example.com.";

/** What one datum of each type looks like, for the types whose form is simple. */
const DATA: Readonly<Record<string, { readonly matches: (datum: string) => boolean; readonly remedy: string }>> = {
  A: { matches: isIPv4, remedy: "write an IPv4 address" },
  AAAA: { matches: isIPv6, remedy: "write an IPv6 address" },
  CNAME: { matches: (datum) => DNS_NAME.test(datum), remedy: dnsNameRemedy },
  NS: { matches: (datum) => DNS_NAME.test(datum), remedy: dnsNameRemedy },
  PTR: { matches: (datum) => DNS_NAME.test(datum), remedy: dnsNameRemedy },
  MX: { matches: (datum) => /^\d+ \S+\.$/.test(datum), remedy: "write a preference and a name that ends with a dot" },
  DS: {
    matches: (datum) => /^\d+ \d+ \d+ [0-9A-Fa-f]+$/.test(datum),
    remedy: "write key tag, algorithm, digest type and digest",
  },
};

const data: Rule = (inputs) => {
  const type = text(inputs.type);
  const values = list(inputs.rrdatas);
  const form = DATA[type];
  const failures = values.flatMap((datum, index): Failure[] =>
    form !== undefined && typeof datum === "string" && !form.matches(datum)
      ? [failure(`rrdatas[${index}]`, `${show(datum)} is not valid in a record of type ${type}; ${form.remedy}`)]
      : [],
  );
  if (type === "CNAME" && values.length > 1)
    failures.push(failure("rrdatas", `has ${values.length} values; a CNAME has one`));
  return failures;
};

/** A record set lies in its zone, and a CNAME is the only record of its name. */
function misplaced(inputs: Properties, store: RecordStore): string | undefined {
  const zoneId = `projects/${text(inputs.project)}/managedZones/${shortName(text(inputs.managedZone))}`;
  const zone = store.read(ZONE, zoneId);
  if (zone === undefined) return `The managed zone '${zoneId}' was not found; create it first, or correct managedZone`;
  const [domain, record] = [text(zone.outputs.dnsName), text(inputs.name)];
  if (record !== domain && !record.endsWith(`.${domain}`)) {
    return `The record '${record}' is not in the zone ${domain} of '${zoneId}'; correct its name, or use another zone`;
  }
  const rivals = store.list(RECORD_SET).filter(({ id }) => id.startsWith(`${zoneId}/rrsets/${record}/`));
  const rival = rivals.find(({ outputs }) => (inputs.type === "CNAME") !== (outputs.type === "CNAME"));
  return rival === undefined
    ? undefined
    : `The record '${record}' cannot be of type ${text(inputs.type)} beside '${rival.id}': a CNAME must be alone at its name`;
}

const visibility: Rule = (inputs) => {
  const privateZone = inputs.visibility === "private";
  const failures: Failure[] = [];
  const state = object(inputs.dnssecConfig).state;
  if (typeof state === "string" && !["on", "off", "transfer"].includes(state)) {
    failures.push(failure("dnssecConfig.state", `${show(state)} is not valid; use on, off or transfer`));
  }
  if (privateZone && state === "on") failures.push(failure("dnssecConfig.state", "on is for public zones; remove it"));
  if (
    !privateZone &&
    !isAbsent(inputs.privateVisibilityConfig) &&
    typeof (inputs.visibility ?? "public") === "string"
  ) {
    failures.push(failure("privateVisibilityConfig", "is for private zones; remove it, or set visibility to private"));
  }
  return failures;
};

function nameServers(id: string): string[] {
  const shard = "abcde"[number(id) % 5] ?? "a";
  return [1, 2, 3, 4].map((index) => `ns-cloud-${shard}${index}.googledomains.com.`);
}

/** Cloud DNS. */
export const DNS_TYPES: Definitions = {
  [ZONE]: {
    id: "projects/{project}/managedZones/{name}",
    rules: [
      name,
      pattern("dnsName", DNS_NAME, dnsNameRemedy),
      labels(),
      oneOf("visibility", ["public", "private"]),
      visibility,
    ],
    outputs: ({ id }) => ({ nameServers: nameServers(id) }),
  },
  [RECORD_SET]: {
    id: "projects/{project}/managedZones/{managedZone:short}/rrsets/{name}/{type}",
    autoName: false,
    rules: [pattern("name", DNS_NAME, dnsNameRemedy), oneOf("type", TYPES), range("ttl", 0, 2_147_483_647), data],
    obstacle: misplaced,
  },
};
