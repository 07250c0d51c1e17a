import { ofTypes, type Resource, type StackRule } from "../support/rule";
import { text, texts, UNKNOWN } from "../support/values";

const RECORD_SET = "gcp:dns/recordSet:RecordSet";
const ADDRESS = "gcp:compute/address:Address";
const FEWEST = 2;

export const twoNameServers: StackRule = {
  name: "two-name-servers",
  description:
    "A delegated zone has two name servers or more, in different regions, so that no region's outage silences every user.",
  severity: "critical",
  remedy:
    "delegate to a name server in each region of resolution.regions, with glue records that point at addresses there",
  reads: ofTypes(RECORD_SET, ADDRESS),
  checkStack: (resources) => {
    const records = resources.filter(({ type }) => type === RECORD_SET);
    return records
      .filter(({ properties }) => properties.type === "NS" && properties.rrdatas !== UNKNOWN)
      .flatMap((delegation) => faults(delegation, records).map((message) => ({ message, urn: delegation.urn })));
  },
};

function faults(delegation: Resource, records: readonly Resource[]): string[] {
  const servers = new Set(texts(delegation.properties.rrdatas));
  if (servers.size < FEWEST) return [`${delegation.name} delegates to ${servers.size} name server`];
  const regions = new Set(records.filter((record) => isGlueOf(record, servers)).flatMap(regionsOf));
  return regions.size < FEWEST
    ? [`the name servers of ${delegation.name} lie in ${[...regions].join(", ") || "no known region"}`]
    : [];
}

function isGlueOf({ properties }: Resource, servers: ReadonlySet<string>): boolean {
  return ["A", "AAAA"].includes(String(properties.type)) && servers.has(text(properties.name) ?? "");
}

/** The regions of the addresses that a record points at; the engine knows which they are even before they exist. */
function regionsOf({ sources }: Resource): string[] {
  return (sources?.rrdatas ?? [])
    .filter(({ type }) => type === ADDRESS)
    .flatMap(({ properties }) => text(properties.region) ?? []);
}
