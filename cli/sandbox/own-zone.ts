/**
 * A zone of a user's own at Cloud DNS, with the CNAME that proves their domain: what the world outside has put there. It belongs to no
 * stack; it is recorded as its owner's engine would have.
 */
import type { LocalCloud } from "../../deploy/local-cloud";
import { RecordStore, type CloudRecord } from "../../sandbox/provider/store";
import type { Properties } from "../../sandbox/provider/values";
import type { OwnDomain } from "./samples";

const ZONE = "gcp:dns/managedZone:ManagedZone";
const RECORD_SET = "gcp:dns/recordSet:RecordSet";
const SCOPE = "gcp";
/** The owner's project. */
const PROJECT = "sample-users";
const NAME_SERVERS = ["ns-cloud-e1.googledomains.com.", "ns-cloud-e2.googledomains.com."];
const TTL = 5;
const PATIENCE_SECONDS = 20;

/** Records the zone, unless that has been done, and waits until it is served. */
export async function recordOwnZone(cloud: LocalCloud, domain: OwnDomain): Promise<void> {
  const store = new RecordStore(cloud.directory, SCOPE);
  for (const { type, id, outputs } of ownZone(domain)) {
    const now = new Date().toISOString();
    const record: CloudRecord = {
      type,
      id,
      urn: id,
      created: now,
      updated: now,
      inputs: outputs,
      outputs,
      secrets: [],
    };
    const known = store.read(type, id);
    if (known !== undefined && JSON.stringify(known.outputs) === JSON.stringify(outputs)) continue;
    store.put(record);
    const outcome = await cloud.client.settle({ scope: SCOPE, type, id }, PATIENCE_SECONDS);
    if (!outcome.settled) throw new Error(`${domain.zone} is not served: ${outcome.because}`);
  }
}

interface Declared {
  readonly type: string;
  readonly id: string;
  readonly outputs: Properties;
}

/** The zone and its record, as they are recorded. Pure. */
export function ownZone({ user, name, zone, host }: OwnDomain): Declared[] {
  const managedZone = `of-${user}`;
  const zoneId = `projects/${PROJECT}/managedZones/${managedZone}`;
  return [
    {
      type: ZONE,
      id: zoneId,
      outputs: {
        name: managedZone,
        dnsName: `${zone}.`,
        description: `${user}'s own, which holds a custom domain`,
        labels: { "failure-domain": "outside", role: "own-zone" },
        visibility: "public",
        nameServers: NAME_SERVERS,
        project: PROJECT,
      },
    },
    {
      type: RECORD_SET,
      id: `${zoneId}/rrsets/${name}./CNAME`,
      outputs: { managedZone, name: `${name}.`, type: "CNAME", ttl: TTL, rrdatas: [`${host}.`], project: PROJECT },
    },
  ];
}
