import { Certificates } from "../../../../sandbox/cloud/authority";
import type { Properties } from "../../../../sandbox/provider/values";
import { MemoryRecords } from "../google-context";
import { SILENT } from "../support";

const REGION = "europe-west1";
const LOCATION = `projects/p/locations/${REGION}`;
const DOMAIN = "resolution.sandbox.test";
const CHALLENGE = {
  name: `_acme-challenge.${DOMAIN}.`,
  type: "CNAME",
  data: "proof.authorize.certificatemanager.goog.",
};

const TYPES = {
  zone: "gcp:dns/managedZone:ManagedZone",
  authorization: "gcp:certificatemanager/dnsAuthorization:DnsAuthorization",
  certificate: "gcp:certificatemanager/certificate:Certificate",
  recordSet: "gcp:dns/recordSet:RecordSet",
};
const issued = { certFile: "c", keyFile: "k", combinedFile: "b", fingerprint: "f" };

/** A stack as it should be; tests take something away. */
function stack(): MemoryRecords {
  const records = new MemoryRecords();
  records.put(TYPES.zone, "projects/p/managedZones/parent", {
    name: "parent",
    dnsName: "sandbox.test.",
    visibility: "public",
  });
  records.put(
    TYPES.authorization,
    `${LOCATION}/dnsAuthorizations/api`,
    { domain: DOMAIN, location: REGION, name: "api" },
    { dnsResourceRecords: [CHALLENGE] },
  );
  records.put(TYPES.certificate, `${LOCATION}/certificates/api`, {
    name: "api",
    location: REGION,
    managed: { domains: [DOMAIN], dnsAuthorizations: [`${LOCATION}/dnsAuthorizations/api`] },
  });
  publish(records, CHALLENGE.name, "CNAME", CHALLENGE.data);
  return records;
}

function publish(records: MemoryRecords, name: string, type: string, data: string): void {
  const id = `projects/p/managedZones/parent/rrsets/${name}/${type}`;
  records.put(TYPES.recordSet, id, { managedZone: "parent", name, type, ttl: 300, rrdatas: [data] });
}

/** Changes what is recorded of this type. */
function edit(records: MemoryRecords, type: string, changes: Properties): void {
  for (const { id, inputs, outputs } of records.google(type))
    records.put(type, id, { ...inputs, ...changes }, { ...outputs, ...changes });
}

function remove(records: MemoryRecords, type: string): void {
  for (const { id } of records.google(type)) records.remove(type, id);
}

async function certify(records: MemoryRecords) {
  const asked: string[] = [];
  const issue = (names: readonly string[]) => {
    asked.push(...names);
    return Promise.resolve(issued);
  };
  const certificates = new Certificates({ log: SILENT }, { issue });
  await certificates.reconcile(records);
  const id = `${LOCATION}/certificates/api`;
  const standing = certificates.standing({ scope: "gcp", type: TYPES.certificate, id });
  return { asked, standing, found: certificates.find(REGION, "api") };
}

describe("managed certificates", () => {
  test("one whose DNS authorization's record is in the zone is issued for its domains", async () => {
    const { asked, standing, found } = await certify(stack());
    expect(asked).toEqual([DOMAIN]);
    expect(found).toEqual({ is: "issued", certificate: issued });
    expect(standing).toEqual({ is: "settled" });
  });

  test.each<[string, (records: MemoryRecords) => void, RegExp]>([
    ["the record is missing", (records) => remove(records, TYPES.recordSet), /no public zone has the record _acme/],
    [
      "the record says something else",
      (records) => edit(records, TYPES.recordSet, { rrdatas: ["else.goog."] }),
      /no public zone has the record/,
    ],
    [
      "the record is of another type",
      (records) => edit(records, TYPES.recordSet, { type: "TXT" }),
      /no public zone has the record/,
    ],
    [
      "the zone is private",
      (records) => edit(records, TYPES.zone, { visibility: "private" }),
      /no public zone has the record/,
    ],
    [
      "the authorization is for another name",
      (records) => edit(records, TYPES.authorization, { domain: "other.test" }),
      /no DNS authorization of the certificate is for resolution.sandbox.test/,
    ],
    [
      "the authorization is of another region",
      (records) => edit(records, TYPES.authorization, { location: "europe-west4" }),
      /is of europe-west4, the certificate of europe-west1/,
    ],
    [
      "the authorization does not exist",
      (records) => remove(records, TYPES.authorization),
      /dnsAuthorizations\/api does not exist/,
    ],
    [
      "CAA lets others issue only",
      (records) => publish(records, `${DOMAIN}.`, "CAA", '0 issue "example.net"'),
      /CAA record of resolution.sandbox.test. lets none/,
    ],
  ])("is not issued while %s, though the resource is there", async (_, breakIt, because) => {
    const records = stack();
    breakIt(records);
    const { asked, standing, found } = await certify(records);
    expect(found).toEqual({ is: "missing", because: expect.stringMatching(because) as string });
    expect(asked).toEqual([]);
    expect(standing).toEqual({ is: "settled" });
  });

  test("CAA that names Google is no hindrance, and the nearest name decides", async () => {
    const records = stack();
    publish(records, "sandbox.test.", "CAA", '0 issue "example.net"');
    publish(records, `${DOMAIN}.`, "CAA", '0 issue "pki.goog"');
    expect((await certify(records)).found.is).toBe("issued");
  });

  test("a certificate of one's own is refused by name", async () => {
    const records = stack();
    edit(records, TYPES.certificate, { selfManaged: { pemCertificate: "x" } });
    const { standing } = await certify(records);
    expect(standing).toEqual({ is: "failed", because: "selfManaged: the sandbox does not emulate it" });
  });

  test("one that nobody has declared is missing", async () => {
    const { found } = await certify(new MemoryRecords());
    expect(found).toEqual({ is: "missing", because: "there is no certificate api in europe-west1" });
  });
});
