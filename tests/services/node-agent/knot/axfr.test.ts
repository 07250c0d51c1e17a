/** Reading a zone back over a path that somebody tampers with. */
import fc from "fast-check";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { transferZone } from "../../../../services/node-agent/knot/axfr";
import { UPDATE_KEY_NAME } from "../../../../services/node-agent/knot/settings";
import type { ResourceRecord } from "../../../../services/node-agent/knot/wire/records";
import { zoneRecords } from "../../../../services/node-agent/knot/zone";
import { TestKnot, ZONE } from "../../../support/knot";

jest.setTimeout(60_000);

/** Enough for several messages. */
const STATE = new Map<string, unknown>([
  ["zone", { defaultCluster: "free" }],
  ["cluster/free", { ipv4: "192.0.2.1" }],
  ...Array.from({ length: 4000 }, (_, index) => [`user/customer-${index}`, { cluster: "free" }] as const),
]);
let knot: TestKnot;

beforeAll(async () => {
  knot = await TestKnot.start(STATE);
});

afterAll(async () => {
  await knot.stop();
});

interface Tampering {
  /** Changes what Knot sends; the offset is that of the chunk in the stream. */
  readonly change?: (chunk: Buffer, offset: number) => Buffer;
  /** Octets after which the stream ends. */
  readonly end?: number;
}

/** Reads the zone through a proxy. */
async function transfer({ change = (chunk) => chunk, end = Infinity }: Tampering = {}): Promise<ResourceRecord[]> {
  const proxy = createServer((client) => {
    const server = connect({ port: knot.port, host: "127.0.0.1" });
    let offset = 0;
    client.pipe(server).on("error", () => client.destroy());
    client.on("error", () => server.destroy()).on("close", () => server.destroy());
    server.on("data", (chunk: Buffer) => {
      client.write(change(chunk.subarray(0, Math.max(0, end - offset)), offset));
      offset += chunk.length;
      if (offset >= end) client.end();
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  const key = { name: UPDATE_KEY_NAME, secret: Buffer.from(knot.key, "base64") };
  const records: ResourceRecord[] = [];
  try {
    for await (const portion of transferZone({ host: "127.0.0.1", port }, key, ZONE)) records.push(...portion);
    return records;
  } finally {
    proxy.close();
    await once(proxy, "close");
  }
}

function sorted(records: Iterable<ResourceRecord>): string[] {
  return Array.from(records, (record) => JSON.stringify([record.name, record.type, record.ttl, record.data])).sort();
}

test("all records come, each once", async () => {
  const wanted = zoneRecords(knot.settings, STATE, 1, () => undefined);
  expect(sorted(await transfer())).toEqual(sorted(wanted));
});

test("a transfer that is cut short anywhere is an error", async () => {
  let length = 0;
  await transfer({ change: (chunk, offset) => ((length = offset + chunk.length), chunk) });
  expect(length).toBeGreaterThan(2 ** 17);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: length - 1 }), async (end) => {
      await expect(transfer({ end })).rejects.toThrow(/before its end|broke off/);
    }),
    { numRuns: 15 },
  );
});

test("a transfer in which any octet was changed is an error", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 100_000 }), async (at) => {
      const change = (chunk: Buffer, offset: number) => {
        const octet = chunk[at - offset];
        // Not the bit that tells capitals from small letters, which mean the same.
        if (octet !== undefined) chunk[at - offset] = octet ^ 0x80;
        return chunk;
      };
      await expect(transfer({ change })).rejects.toThrow();
    }),
    { numRuns: 25 },
  );
});
