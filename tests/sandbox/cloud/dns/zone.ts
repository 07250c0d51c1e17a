/** Records of a zone like the sandbox's. */
import type { MemoryRecords } from "../google-context";

export const ZONE = "gcp:dns/managedZone:ManagedZone";
export const RECORD_SET = "gcp:dns/recordSet:RecordSet";
export const ZONE_ID = "projects/acme/managedZones/parent";

export function putZone(records: MemoryRecords, inputs = {}): void {
  const nameServers = ["ns-cloud-c1.googledomains.com.", "ns-cloud-c2.googledomains.com."];
  const labels = { "failure-domain": "shared", role: "parent-zone" };
  records.put(ZONE, ZONE_ID, { name: "parent", dnsName: "sandbox.test.", labels, ...inputs }, { nameServers });
}

/** Returns the record set's id. */
export function putSet(records: MemoryRecords, name: string, type: string, rrdatas: string[], inputs = {}): string {
  const id = setId(name, type);
  records.put(RECORD_SET, id, { managedZone: "parent", name, type, ttl: 60, rrdatas, ...inputs });
  return id;
}

export function setId(name: string, type: string): string {
  return `${ZONE_ID}/rrsets/${name}/${type}`;
}
