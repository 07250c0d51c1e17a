import {
  InvalidEntry,
  ownerOf,
  recordsOf,
  soaRecord,
  zoneRecords,
  type ZoneSettings,
} from "../../../../services/node-agent/knot/zone";
import { parseSoa, type ResourceRecord } from "../../../../services/node-agent/knot/wire/records";

const settings: ZoneSettings = {
  zone: "example.test",
  ttlSeconds: 60,
  nameServers: {
    "us.ns.example.test": "2001:DB8::53",
    "eu.ns.example.test": "192.0.2.53",
    "ns.elsewhere.test": "192.0.2.54",
  },
};
const STATE = new Map<string, unknown>([
  ["zone", { defaultCluster: "free" }],
  ["cluster/free", { ipv4: "192.0.2.1", ipv6: "2001:DB8:0::1" }],
  ["cluster/paid", { ipv4: "192.0.2.2" }],
  ["user/alice", { cluster: "paid" }],
]);

function lines(records: Iterable<ResourceRecord>): string[] {
  return [...records].map(({ name, ttl, type, data }) => `${name} ${ttl} ${type} ${data}`);
}

function fail(error: Error): void {
  throw error;
}

test("the zone has SOA, name servers with their addresses, the wildcard, clusters, and both names of each user", () => {
  expect(lines(zoneRecords(settings, STATE, 42, fail))).toEqual([
    "example.test 60 SOA eu.ns.example.test. hostmaster.example.test. 42 86400 7200 3600000 60",
    "example.test 3600 NS us.ns.example.test",
    "example.test 3600 NS eu.ns.example.test",
    "example.test 3600 NS ns.elsewhere.test",
    "us.ns.example.test 3600 AAAA 2001:db8::53",
    "eu.ns.example.test 3600 A 192.0.2.53",
    "*.example.test 60 CNAME free.clusters.example.test",
    "free.clusters.example.test 60 A 192.0.2.1",
    "free.clusters.example.test 60 AAAA 2001:db8::1",
    "paid.clusters.example.test 60 A 192.0.2.2",
    "alice.example.test 60 CNAME paid.clusters.example.test",
    "*.alice.example.test 60 CNAME paid.clusters.example.test",
  ]);
});

test("a negative answer is cached no longer than any other", () => {
  const { ttl, data } = soaRecord(settings, 1);
  expect(Math.min(ttl, parseSoa(data).minimum)).toBe(settings.ttlSeconds);
});

test("every record that a key has is known as that key's", () => {
  for (const [key, value] of STATE)
    expect(recordsOf(settings, key, value).map((record) => ownerOf(settings, record))).toEqual(
      recordsOf(settings, key, value).map(() => key),
    );
});

test.each([
  ["a name of somebody else's", "www.example.test", "A", "192.0.2.9"],
  ["an alias out of the zone", "blog.example.test", "CNAME", "blog.elsewhere.test"],
  ["a deeper alias", "a.b.example.test", "CNAME", "paid.clusters.example.test"],
  ["text at the apex", "example.test", "TYPE16", "\\# 1 00"],
  ["text beside the wildcard", "*.example.test", "TYPE16", "\\# 1 00"],
  ["text at a cluster's name", "paid.clusters.example.test", "TYPE16", "\\# 1 00"],
  ["a reserved label", "clusters.example.test", "CNAME", "paid.clusters.example.test"],
])("%s belongs to nobody", (_, name, type, data) => {
  expect(ownerOf(settings, { name, type, ttl: 60, data })).toBeUndefined();
});

test.each([
  ["user/clusters", { cluster: "paid" }, "the label is the service's own"],
  ["user/a.b", { cluster: "paid" }, "names no DNS label"],
  ["user/alice", { cluster: "Not A Name" }, "which is not its kind's"],
  ["cluster/paid", { ipv4: "192.0.2" }, "which is not its kind's"],
  ["tombstone/alice", { cluster: "paid" }, "is no key of the zone"],
])("%s with %j is refused", (key, value, message) => {
  expect(() => recordsOf(settings, key, value)).toThrow(InvalidEntry);
  expect(() => recordsOf(settings, key, value)).toThrow(message);
});

test("a name that would be too long for DNS is refused", () => {
  const zone = `${Array<string>(4).fill("z".repeat(47)).join(".")}.test`;
  expect(() => recordsOf({ ...settings, zone }, `user/${"u".repeat(63)}`, { cluster: "a" })).toThrow(
    "makes too long a name",
  );
});

test("an entry that the zone cannot hold is told, and keeps nothing else out", () => {
  const told: string[] = [];
  const state = new Map([["user/ns", { cluster: "paid" }], ...STATE]);
  const records = lines(zoneRecords(settings, state, 42, (error) => told.push(error.message)));
  expect(told).toEqual(['"user/ns": the label is the service\'s own']);
  expect(records).toEqual(lines(zoneRecords(settings, STATE, 42, fail)));
});
