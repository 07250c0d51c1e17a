/** Reading Knot's zone as it is, and what it should be, in one comparable form. */
import { transferZone } from "../../../../services/node-agent/knot/axfr";
import { UPDATE_KEY_NAME } from "../../../../services/node-agent/knot/settings";
import { parseSoa, type ResourceRecord } from "../../../../services/node-agent/knot/wire/records";
import { zoneRecords } from "../../../../services/node-agent/knot/zone";
import type { TestKnot } from "../../../support/knot";

/** The records that Knot has, sorted, without SOA. */
export async function servedZone(knot: TestKnot): Promise<string[]> {
  return linesOf(await readZone(knot));
}

/** The serial that Knot has. */
export async function servedSerial(knot: TestKnot): Promise<number> {
  const [soa] = await readZone(knot);
  if (soa === undefined) throw new Error("the zone is empty");
  return parseSoa(soa.data).serial;
}

async function readZone(knot: TestKnot): Promise<ResourceRecord[]> {
  const key = { name: UPDATE_KEY_NAME, secret: Buffer.from(knot.key, "base64") };
  const records: ResourceRecord[] = [];
  const { address, zone } = knot.settings;
  for await (const portion of transferZone(address, key, zone)) records.push(...portion);
  return records;
}

/** The records of a state, sorted, without SOA. */
export function wantedZone(knot: Pick<TestKnot, "settings">, state: ReadonlyMap<string, unknown>): string[] {
  return linesOf(
    zoneRecords(knot.settings, state, 1, (error) => {
      throw error;
    }),
  );
}

function linesOf(records: Iterable<ResourceRecord>): string[] {
  return [...records]
    .filter(({ type }) => type !== "SOA")
    .map(({ name, ttl, type, data }) => `${name} ${ttl} ${type} ${data}`)
    .sort();
}
