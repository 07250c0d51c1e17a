import { MemoryRecords } from "../google-context";
import { nextZoneFile, renderZone, serialOf } from "../../../../sandbox/cloud/dns/zone-file";
import { declaredZones } from "../../../../sandbox/cloud/dns/zones";
import { putSet, putZone, setId, ZONE, ZONE_ID } from "./zone";

function declare(records: MemoryRecords) {
  const { zones, refused } = declaredZones(records);
  return { zone: zones[0], refused };
}

describe("a zone's file", () => {
  it("holds what is declared, and the SOA and NS records that Google adds", () => {
    const records = new MemoryRecords();
    putZone(records);
    putSet(records, "a.sandbox.test.", "A", ["192.0.2.1", "192.0.2.2"]);
    putSet(records, "a.sandbox.test.", "CAA", ['0 issue "pki.goog"'], { ttl: 300 });
    const { zone } = declare(records);
    expect(zone && renderZone(zone, 7).split("\n")).toEqual([
      "; serial 7",
      "sandbox.test. 21600 IN SOA ns-cloud-c1.googledomains.com. cloud-dns-hostmaster.google.com. 7 21600 3600 259200 300",
      "sandbox.test. 21600 IN NS ns-cloud-c1.googledomains.com.",
      "sandbox.test. 21600 IN NS ns-cloud-c2.googledomains.com.",
      'a.sandbox.test. 300 IN CAA 0 issue "pki.goog"',
      "a.sandbox.test. 60 IN A 192.0.2.1",
      "a.sandbox.test. 60 IN A 192.0.2.2",
      "",
    ]);
  });

  it("takes a declared SOA record for Google's, but for its serial", () => {
    const records = new MemoryRecords();
    putZone(records);
    putSet(records, "sandbox.test.", "SOA", ["ns.example. admin.example. 1 2 3 4 5"]);
    const { zone } = declare(records);
    const soas =
      zone &&
      renderZone(zone, 9)
        .split("\n")
        .filter((line) => line.includes(" SOA "));
    expect(soas).toEqual(["sandbox.test. 60 IN SOA ns.example. admin.example. 9 2 3 4 5"]);
  });

  it("has the next serial where its content changes, and the same where it does not", () => {
    const records = new MemoryRecords();
    putZone(records);
    const first = nextZoneFile(declare(records).zone!, "");
    expect(serialOf(first)).toBe(1);
    expect(nextZoneFile(declare(records).zone!, first)).toBe(first);
    putSet(records, "a.sandbox.test.", "A", ["192.0.2.1"]);
    expect(serialOf(nextZoneFile(declare(records).zone!, first))).toBe(2);
  });

  it.each([
    ["a type of Google's own", "ALIAS", ["b.example."], {}, /of this type .*ALIAS.* are not emulated/],
    ["a routing policy", "A", [], { routingPolicy: { wrrs: [] } }, /routing policies .* are not emulated/],
    ["data of several lines", "TXT", ['"x"\nb 60 IN A 192.0.2.1'], {}, /no text/],
    ["no TTL", "A", ["192.0.2.1"], { ttl: null }, /no TTL/],
  ])("refuses %s by name", (_, type, data, inputs, reason) => {
    const records = new MemoryRecords();
    putZone(records);
    putSet(records, "a.sandbox.test.", type, data, inputs);
    const { zone, refused } = declare(records);
    expect(zone?.sets).toEqual([]);
    expect(refused.get(setId("a.sandbox.test.", type))).toMatch(reason);
  });

  it("is not made of a private zone", () => {
    const records = new MemoryRecords();
    records.put(ZONE, ZONE_ID, { name: "inside", dnsName: "sandbox.test.", visibility: "private" });
    const { zone, refused } = declare(records);
    expect(zone).toBeUndefined();
    expect(refused.get(ZONE_ID)).toMatch(/private zones \(inside\) are not emulated/);
  });
});
