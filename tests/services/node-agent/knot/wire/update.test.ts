import * as packet from "dns-packet";
import fc from "fast-check";
import { decodeMessage, encodeQuery } from "../../../../../services/node-agent/knot/wire/message";
import { formatSoa, parseSoa, type ResourceRecord } from "../../../../../services/node-agent/knot/wire/records";
import { encodeUpdate, type Operation } from "../../../../../services/node-agent/knot/wire/update";
import { WireError } from "../../../../../services/node-agent/knot/wire/wire-error";

/** Records as dns-packet, which knows nothing of this code, has them. */
interface Independent {
  readonly name: string;
  readonly type: string;
  readonly class: string;
  readonly ttl: number;
  readonly data: unknown;
}

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));
const ttl = fc.nat({ max: 0x7fffffff });
const uint32 = fc.nat({ max: 0xffffffff });
const group = fc.nat({ max: 0xffff }).map((value) => value.toString(16));
const soa = fc.record({
  primary: name,
  contact: name,
  serial: uint32,
  refresh: uint32,
  retry: uint32,
  expire: uint32,
  minimum: uint32,
});
const record: fc.Arbitrary<ResourceRecord> = fc.oneof(
  fc.record({ name, type: fc.constant("A"), ttl, data: fc.ipV4() }),
  fc.record({ name, type: fc.constantFrom("CNAME", "NS"), ttl, data: name }),
  fc.record({ name, type: fc.constant("SOA"), ttl, data: soa.map(formatSoa) }),
  // Unabridged: the independent encoder does not take every abridged form that there is.
  fc.record({
    name,
    type: fc.constant("AAAA"),
    ttl,
    data: fc.array(group, { minLength: 8, maxLength: 8 }).map((all) => all.join(":")),
  }),
);

/** Sections of an update under the names that they have in a query. */
function decodeIndependently(message: Buffer) {
  const { id, answers, authorities, questions, ...rest } = packet.decode(message) as unknown as {
    id: number;
    opcode: string;
    questions: unknown[];
    answers: Independent[];
    authorities: Independent[];
  };
  return { id, opcode: rest.opcode, zone: questions, prerequisites: answers, updates: authorities };
}

test("an independent decoder reads the records that an update adds", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), fc.nat({ max: 0xffff }), (records, id) => {
      const operations = records.map((added): Operation => ({ kind: "add", record: added }));
      const decoded = decodeIndependently(encodeUpdate(id, "example.test", { prerequisites: [], operations }));
      expect(decoded).toMatchObject({ id, opcode: "UPDATE", prerequisites: [] });
      expect(decoded.zone).toEqual([{ name: "example.test", type: "SOA", class: "IN" }]);
      expect(
        decoded.updates.map(({ name, type, ttl, data }) => ({ name, type, ttl, data: plain(type, data) })),
      ).toEqual(
        records.map((added) => ({
          ...added,
          data: plain(added.type, added.type === "SOA" ? parseSoa(added.data) : added.data),
        })),
      );
    }),
  );
});

/** The same form for what both sides write differently. */
function plain(type: string, data: unknown): unknown {
  if (type === "AAAA") return new URL(`http://[${String(data)}]`).hostname;
  if (type !== "SOA") return data;
  const { mname, rname, primary = mname, contact = rname, ...numbers } = data as Record<string, unknown>;
  return { ...numbers, primary, contact };
}

test("each kind of prerequisite and operation has the class, type and data of RFC 2136", () => {
  const record = { name: "a", type: "A", ttl: 60, data: "192.0.2.1" };
  const message = encodeUpdate(1, "z", {
    prerequisites: [
      { kind: "has-record", record },
      { kind: "has-no-records", name: "b", type: "CNAME" },
    ],
    operations: [
      { kind: "add", record },
      { kind: "delete-record", record },
      { kind: "delete-type", name: "b", type: "AAAA" },
      { kind: "delete-name", name: "c" },
    ],
  });
  const lines = [
    "0001 2800 0001 0002 0004 0000", // id, opcode 5, counts of the four sections
    "017a00 0006 0001", // zone: z SOA IN
    "016100 0001 0001 00000000 0004 c0000201", // 2.4.2, RRset exists (value dependent)
    "016200 0005 00fe 00000000 0000", // 2.4.3, RRset does not exist
    "016100 0001 0001 0000003c 0004 c0000201", // 2.5.1, add to an RRset
    "016100 0001 00fe 00000000 0004 c0000201", // 2.5.4, delete an RR from an RRset
    "016200 001c 00ff 00000000 0000", // 2.5.2, delete an RRset
    "016300 00ff 00ff 00000000 0000", // 2.5.3, delete all RRsets from a name
  ];
  expect(message.toString("hex")).toBe(lines.join("").replaceAll(" ", ""));
});

test("an independent encoder's responses are read", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), (records) => {
      const answers = records.map(({ data, ...rest }) => ({ ...rest, class: "IN", data: foreign(rest.type, data) }));
      const message = packet.encode({ type: "response", id: 7, flags: 0x0400, answers } as packet.Packet);
      const decoded = decodeMessage(message);
      expect(decoded).toMatchObject({ id: 7, response: true, rcode: "NOERROR" });
      const expected = records.map(({ data, ...rest }) => ({ ...rest, data: String(plainAddress(rest.type, data)) }));
      expect(decoded.answers).toEqual(expected);
    }),
  );
});

function foreign(type: string, data: string): unknown {
  if (type !== "SOA") return data;
  const { primary: mname, contact: rname, ...numbers } = parseSoa(data);
  return { mname, rname, ...numbers };
}

function plainAddress(type: string, data: string): string {
  return type === "AAAA" ? new URL(`http://[${data}]`).hostname.slice(1, -1) : data;
}

test("records of other types are kept as they are", () => {
  const answers = [{ type: "TXT", name: "t.example.test", ttl: 5, data: "hello" }];
  const { answers: decoded } = decodeMessage(packet.encode({ type: "response", answers } as packet.Packet));
  const txt = { name: "t.example.test", type: "TYPE16", ttl: 5, data: "\\# 6 0568656c6c6f" };
  expect(decoded).toEqual([txt]);
  const [again] = decodeIndependently(
    encodeUpdate(1, "example.test", { prerequisites: [], operations: [{ kind: "add", record: txt }] }),
  ).updates;
  expect(again).toMatchObject({ type: "TXT", data: [Buffer.from("hello")] });
});

test("garbage is refused as such, never with another error and never without end", () => {
  const response = packet.encode({
    type: "response",
    answers: [{ type: "CNAME", name: "a.example.test", data: "b.example.test" }],
  });
  const mutated = fc
    .array(fc.tuple(fc.nat({ max: response.length - 1 }), fc.nat({ max: 255 })), { maxLength: 8 })
    .map((edits) => {
      const copy = Buffer.from(response);
      for (const [at, octet] of edits) copy[at] = octet;
      return copy;
    });
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((octets) => Buffer.from(octets)),
    mutated,
  );
  fc.assert(
    fc.property(garbage, (octets) => {
      try {
        decodeMessage(octets);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
    { numRuns: 5000 },
  );
});

test("a query is read by an independent decoder", () => {
  expect(packet.decode(encodeQuery(9, "example.test", "AXFR"))).toMatchObject({
    id: 9,
    opcode: "QUERY",
    questions: [{ name: "example.test", type: "AXFR", class: "IN" }],
  });
});

test.each([
  ["A", "192.0.2"],
  ["A", "2001:db8::1"],
  ["AAAA", "192.0.2.1"],
  ["SOA", "a b 1 2 3"],
  ["TYPE16", "hello"],
  ["TYPE70000", "\\# 0"],
  ["MX", "10 a"],
])("%s data %s cannot be written", (type, data) => {
  const operations: Operation[] = [{ kind: "add", record: { name: "a", type, ttl: 1, data } }];
  expect(() => encodeUpdate(1, "example.test", { prerequisites: [], operations })).toThrow(WireError);
});
