/** Zone files. Pure. */
import type { Zone } from "./zones";

/** Seconds: TTL of SOA and NS records, and the SOA's times, as Google sets them. The last one bounds negative answers. */
const APEX_TTL = 21_600;
const TIMES = [21_600, 3_600, 259_200, 300];
const CONTACT = "cloud-dns-hostmaster.google.com.";

/**
 * The whole zone. What a zone needs and the stack does not declare is what Google adds: the SOA record, and the NS records of its
 * own name servers. A SOA record that is declared has its serial replaced.
 */
export function renderZone(zone: Zone, serial: number): string {
  const { domain, nameServers, sets } = zone;
  const apex = `${domain}.`;
  const declares = (type: string) => sets.some((set) => set.name === apex && set.type === type);
  const [primary = `ns.${apex}`] = nameServers;
  const added = [
    ...(declares("SOA") ? [] : [line(apex, APEX_TTL, "SOA", [primary, CONTACT, serial, ...TIMES].join(" "))]),
    ...(declares("NS") ? [] : nameServers.map((server) => line(apex, APEX_TTL, "NS", server))),
  ];
  const declared = sets.flatMap(({ name, ttl, type, data }) =>
    data.map((datum) => line(name, ttl, type, type === "SOA" ? withSerial(datum, serial) : datum)),
  );
  return [`; serial ${serial}`, ...added, ...declared.sort(), ""].join("\n");
}

/** The serial of a file that {@link renderZone} made; 0 for any other. */
export function serialOf(file: string): number {
  return Number(/^; serial (\d+)$/m.exec(file)?.[1] ?? 0);
}

/** What the file of a zone is to be after another: the same if it holds the same, else one of the next serial. */
export function nextZoneFile(zone: Zone, previous: string): string {
  const serial = serialOf(previous);
  return renderZone(zone, serial) === previous ? previous : renderZone(zone, serial + 1);
}

function line(name: string, ttl: number, type: string, data: string): string {
  return `${name} ${ttl} IN ${type} ${data}`;
}

function withSerial(soa: string, serial: number): string {
  const fields = soa.split(/\s+/);
  fields[2] = String(serial);
  return fields.join(" ");
}
