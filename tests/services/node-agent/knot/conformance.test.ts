/** What resolvers see of the zone: real Knot, asked by an independent encoder and by Knot's own tools. */
import * as packet from "dns-packet";
import fc from "fast-check";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { frame, FrameReader } from "../../../../services/node-agent/knot/wire/frames";
import { closed } from "../../../support/closed";
import { TestKnot, TTL, ZONE } from "../../../support/knot";

const STATE = new Map<string, unknown>([
  ["zone", { defaultCluster: "free" }],
  ["cluster/free", { ipv4: "192.0.2.1", ipv6: "2001:db8::1" }],
  ["cluster/paid", { ipv4: "192.0.2.2" }],
  ["user/alice", { cluster: "paid" }],
  ["user/xn--bcher-kva", { cluster: "paid" }],
]);
const FREE = `free.clusters.${ZONE}`;
const PAID = `paid.clusters.${ZONE}`;
/** Milliseconds for an answer. */
const PATIENCE = 2000;

let knot: TestKnot;

beforeAll(async () => {
  knot = await TestKnot.start(STATE);
});

afterAll(async () => {
  await knot.stop();
});

interface Answer {
  readonly rcode: string;
  readonly flag_aa: boolean;
  readonly flag_tc: boolean;
  readonly questions: { readonly name: string }[];
  readonly answers: { readonly name: string; readonly type: string; readonly ttl: number; readonly data: unknown }[];
  readonly authorities: Answer["answers"];
  readonly additionals: { readonly type: string; readonly udpPayloadSize?: number }[];
}

/** Sends a packet by UDP; undefined where nothing comes back. */
async function datagram(query: Buffer, patience = PATIENCE): Promise<Buffer | undefined> {
  const socket = createSocket("udp4");
  try {
    socket.send(query, knot.port, "127.0.0.1");
    const [answer] = (await once(socket, "message", { signal: AbortSignal.timeout(patience) })) as [Buffer];
    return answer;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

async function ask(name: string, type = "A", udpPayloadSize = 1232): Promise<Answer> {
  const additionals = udpPayloadSize === 0 ? [] : [{ type: "OPT", name: ".", udpPayloadSize }];
  const query = { type: "query", id: 7, questions: [{ name, type, class: "IN" }], additionals };
  const answer = await datagram(packet.encode(query as packet.Packet));
  if (answer === undefined) throw new Error(`no answer for ${name} ${type}`);
  return packet.decode(answer) as unknown as Answer;
}

function dataOf({ answers }: Answer): string[] {
  return answers.map(({ type, data }) => `${type} ${String(data)}`);
}

describe("names in the zone", () => {
  test.each([
    ["a user of the default cluster", `bob.${ZONE}`, FREE, "192.0.2.1"],
    ["an app of theirs", `app.bob.${ZONE}`, FREE, "192.0.2.1"],
    ["a deeper name of theirs", `a.b.c.bob.${ZONE}`, FREE, "192.0.2.1"],
    ["a user of another cluster", `alice.${ZONE}`, PAID, "192.0.2.2"],
    ["an app of theirs", `app.alice.${ZONE}`, PAID, "192.0.2.2"],
    ["a deeper name of theirs", `a.b.c.alice.${ZONE}`, PAID, "192.0.2.2"],
    ["a user whose name is in another script", `app.xn--bcher-kva.${ZONE}`, PAID, "192.0.2.2"],
    ["a name that merely begins with a user's", `alices.${ZONE}`, FREE, "192.0.2.1"],
    ["a name that merely ends with a user's", `app.malice.${ZONE}`, FREE, "192.0.2.1"],
    ["the wildcard itself", `*.${ZONE}`, FREE, "192.0.2.1"],
    ["a user's wildcard itself", `*.alice.${ZONE}`, PAID, "192.0.2.2"],
  ])("%s: CNAME and address in one answer (%s)", async (_, name, cluster, address) => {
    const answer = await ask(name);
    expect(answer).toMatchObject({ rcode: "NOERROR", flag_aa: true, flag_tc: false });
    expect(answer.answers).toMatchObject([
      { name, type: "CNAME", ttl: TTL, data: cluster },
      { name: cluster, type: "A", ttl: TTL, data: address },
    ]);
  });

  test("the IPv6 address comes in the same answer where the cluster has one", async () => {
    expect(dataOf(await ask(`app.bob.${ZONE}`, "AAAA"))).toEqual([`CNAME ${FREE}`, "AAAA 2001:db8::1"]);
  });

  test("without an IPv6 address the answer is the CNAME, and that there is no such record, for a short time", async () => {
    const answer = await ask(`app.alice.${ZONE}`, "AAAA");
    expect(answer.rcode).toBe("NOERROR");
    expect(dataOf(answer)).toEqual([`CNAME ${PAID}`]);
    expect(answer.authorities).toMatchObject([{ name: ZONE, type: "SOA", ttl: TTL, data: { minimum: TTL } }]);
  });

  test("a cluster's name has its addresses, and nothing else", async () => {
    expect(dataOf(await ask(FREE))).toEqual(["A 192.0.2.1"]);
    expect(await ask(PAID, "TXT")).toMatchObject({ rcode: "NOERROR", answers: [], authorities: [{ type: "SOA" }] });
  });

  test("the apex has SOA and name servers, with their addresses", async () => {
    expect((await ask(ZONE, "SOA")).answers).toMatchObject([{ type: "SOA", ttl: TTL }]);
    expect(dataOf(await ask(ZONE, "NS")).sort()).toEqual([`NS eu.ns.${ZONE}`, `NS us.ns.${ZONE}`]);
    expect(dataOf(await ask(`eu.ns.${ZONE}`))).toEqual(["A 192.0.2.53"]);
    expect(dataOf(await ask(`us.ns.${ZONE}`, "AAAA"))).toEqual(["AAAA 2001:db8::53"]);
  });
});

describe("names that the wildcard does not reach (RFC 4592)", () => {
  test.each([
    ["below clusters", `nowhere.clusters.${ZONE}`],
    ["below a cluster", `app.free.clusters.${ZONE}`],
    ["below ns", `nowhere.ns.${ZONE}`],
  ])("%s there is no such name, for a short time", async (_, name) => {
    const answer = await ask(name);
    expect(answer).toMatchObject({ rcode: "NXDOMAIN", flag_aa: true, answers: [] });
    expect(answer.authorities).toMatchObject([{ name: ZONE, type: "SOA", ttl: TTL, data: { minimum: TTL } }]);
  });

  test.each([
    ["clusters, an empty non-terminal", `clusters.${ZONE}`, "A"],
    ["ns, an empty non-terminal", `ns.${ZONE}`, "A"],
    ["the apex", ZONE, "A"],
  ])("%s exists without such records", async (_, name, type) => {
    const answer = await ask(name, type);
    expect(answer).toMatchObject({ rcode: "NOERROR", flag_aa: true, answers: [], authorities: [{ type: "SOA" }] });
  });

  test("names of other zones are refused", async () => {
    expect(await ask("example.org")).toMatchObject({ rcode: "REFUSED", answers: [] });
  });
});

describe("questions of all kinds", () => {
  test("case does not matter, and comes back as it was asked (0x20)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.mixedCase(fc.constantFrom(`app.alice.${ZONE}`, `app.bob.${ZONE}`, PAID)), async (name) => {
        const answer = await ask(name);
        expect(answer.questions[0]?.name).toBe(name);
        expect(answer.answers.at(-1)?.data).toBe(/bob/i.test(name) ? "192.0.2.1" : "192.0.2.2");
      }),
      { numRuns: 50 },
    );
  });

  test.each(["TXT", "MX", "SRV", "CAA", "UNKNOWN_65"])("a question for %s is answered with the CNAME", async (type) => {
    expect(dataOf(await ask(`app.alice.${ZONE}`, type))).toEqual([`CNAME ${PAID}`]);
  });

  test("a question for everything is answered with what there is", async () => {
    expect(dataOf(await ask(`app.alice.${ZONE}`, "ANY"))).toEqual([`CNAME ${PAID}`]);
  });

  test("a question for the CNAME is answered with it alone", async () => {
    expect(dataOf(await ask(`app.bob.${ZONE}`, "CNAME"))).toEqual([`CNAME ${FREE}`]);
  });

  test("nobody is told what runs here", async () => {
    for (const name of ["version.bind", "version.server", "hostname.bind", "id.server"]) {
      const printed = await knot.dig("-c", "CH", "-t", "TXT", name, "+nsid");
      expect(printed).toMatch(/status: (REFUSED|NOERROR).*\n.*ANSWER: 0/);
      expect(printed).not.toMatch(/NSID|knot/i);
    }
  });
});

describe("transport", () => {
  test.each([512, 1232, 4096])("EDNS with %d octets is answered with EDNS, at most 1232 octets", async (size) => {
    const { additionals } = await ask(`app.alice.${ZONE}`, "A", size);
    expect(additionals).toMatchObject([{ type: "OPT", udpPayloadSize: 1232 }]);
  });

  test("without EDNS there is none in the answer", async () => {
    expect((await ask(`app.alice.${ZONE}`, "A", 0)).additionals).toEqual([]);
  });

  test("an answer that does not fit is truncated, and whole by TCP", async () => {
    const addresses = Array.from({ length: 60 }, (_, index) => `198.51.100.${index}`);
    await knot.byHand(...addresses.map((address) => ["set", "large", "60", "A", address] as const));
    const small = await ask(`large.${ZONE}`, "A", 0);
    expect(small.flag_tc).toBe(true);
    expect(small.answers.length).toBeLessThan(60);
    const [whole] = await byTcp([encode(`large.${ZONE}`, 1)]);
    expect(whole).toMatchObject({ flag_tc: false });
    expect(whole?.answers).toHaveLength(60);
    await knot.byHand(["unset", "large"]);
  });

  test("several questions on one connection are all answered", async () => {
    const answers = await byTcp([`a.${ZONE}`, `app.alice.${ZONE}`, PAID].map((name, id) => encode(name, id)));
    expect(answers.map((answer) => answer.answers.at(-1)?.data)).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.2"]);
  });
});

function encode(name: string, id: number): Buffer {
  return packet.encode({ type: "query", id, questions: [{ name, type: "A" }] });
}

async function byTcp(queries: readonly Buffer[]): Promise<Answer[]> {
  const socket = connect({ port: knot.port, host: "127.0.0.1" });
  socket.setTimeout(PATIENCE, () => socket.destroy(new Error("no answer by TCP")));
  const reader = new FrameReader();
  const answers: Answer[] = [];
  for (const query of queries) socket.write(frame(query));
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    answers.push(...reader.push(chunk).map((message) => packet.decode(message) as unknown as Answer));
    if (answers.length === queries.length) break;
  }
  return answers.sort((a, b) => Number((a as { id?: number }).id) - Number((b as { id?: number }).id));
}

describe("malformed packets", () => {
  const good = () => encode(`app.alice.${ZONE}`, 1);
  const header = (questions: number) => Buffer.from([0, 1, 0, 0, 0, questions, 0, 0, 0, 0, 0, 0]);

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["half a header", header(1).subarray(0, 5)],
    ["a header without its question", header(1)],
    ["a name that points at itself", Buffer.concat([header(1), Buffer.from([0xc0, 12, 0, 1, 0, 1])])],
    ["two pointers in a loop", Buffer.concat([header(1), Buffer.from([0xc0, 14, 0xc0, 12, 0, 1, 0, 1])])],
    ["a label that is cut short", Buffer.concat([header(1), Buffer.from([63, 0x61])])],
    ["a label of an unknown kind", Buffer.concat([header(1), Buffer.from([0x80, 0x61, 0, 0, 1, 0, 1])])],
    ["more questions than there are", Buffer.concat([header(9), good().subarray(12)])],
    ["a response", Buffer.concat([Buffer.from([0, 1, 0x80, 0]), good().subarray(4)])],
  ])("%s gets no records, and Knot answers the next question", async (_, query) => {
    const answer = await datagram(query, 200);
    if (answer !== undefined && answer.length >= 12) expect(answer.readUInt16BE(6)).toBe(0);
    expect((await ask(`app.alice.${ZONE}`)).rcode).toBe("NOERROR");
  });

  test("any garbage, by UDP and by TCP, leaves Knot answering", async () => {
    const before = await knot.pid();
    const socket = createSocket("udp4");
    const garbage = fc
      .sample(fc.uint8Array({ minLength: 1, maxLength: 600 }), 500)
      .map((octets) => Buffer.from(octets));
    const mutated = fc.sample(fc.tuple(fc.nat({ max: 35 }), fc.nat({ max: 255 })), 500).map(([at, octet]) => {
      const query = good();
      query[at % query.length] = octet;
      return query;
    });
    for (const query of [...garbage, ...mutated])
      await new Promise<void>((resolve) => socket.send(query, knot.port, "127.0.0.1", () => resolve()));
    socket.close();
    const stream = connect({ port: knot.port, host: "127.0.0.1" });
    // Knot may cut it off.
    stream.on("error", () => undefined);
    stream.end(Buffer.concat(garbage.slice(0, 20)));
    await closed(stream.resume());
    expect((await ask(`app.alice.${ZONE}`)).rcode).toBe("NOERROR");
    expect(await knot.pid()).toBe(before);
  });
});
