/** Questions to name servers, as a resolver asks them: over UDP, over TCP when the answer is cut, to the next server when none comes. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { randomInt } from "node:crypto";
import * as packet from "dns-packet";

export interface NameServerAddress {
  readonly address: string;
  readonly port: number;
}

/** What a name server said of a name. */
export interface Answer {
  /** Such as `NOERROR` and `NXDOMAIN`. */
  readonly rcode: string;
  readonly addresses: readonly string[];
  /** Seconds that all of it may be kept; 0 where there is no record. */
  readonly ttl: number;
}

/** An answer, and whose it is. */
export interface ServedAnswer extends Answer {
  readonly server: NameServerAddress;
}

/** Resolvers give a server a bit less than a second before they ask the next. */
export const RESOLVER_TIMEOUT_MS = 800;

/** Asks one server. Rejects when it does not answer in time. */
export async function ask(
  server: NameServerAddress,
  name: string,
  type: "A" | "AAAA" = "A",
  timeoutMs = RESOLVER_TIMEOUT_MS,
): Promise<Answer> {
  const query: packet.Packet = { type: "query", id: randomInt(65_536), questions: [{ type, name }] };
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await overUdp(server, query, signal);
  return toAnswer(answer.flag_tc ? await overTcp(server, query, signal) : answer, type);
}

/** Asks the servers in turn until one has answered with something else than an error of its own. Rejects when none has. */
export async function resolveName(servers: readonly NameServerAddress[], name: string): Promise<ServedAnswer> {
  const failures: string[] = [];
  for (const server of servers) {
    try {
      const answer = await ask(server, name);
      if (answer.rcode === "NOERROR" || answer.rcode === "NXDOMAIN") return { ...answer, server };
      failures.push(answer.rcode);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw new Error(`no name server answered ${name}: ${failures.join(", ")}`);
}

async function overUdp(server: NameServerAddress, query: packet.Packet, signal: AbortSignal) {
  const socket = createSocket("udp4");
  try {
    socket.connect(server.port, server.address);
    await once(socket, "connect", { signal });
    socket.send(packet.encode(query));
    for (;;) {
      const [message] = (await once(socket, "message", { signal })) as [Buffer];
      const answer = packet.decode(message);
      if (answer.id === query.id) return answer;
    }
  } finally {
    socket.close();
  }
}

async function overTcp(server: NameServerAddress, query: packet.Packet, signal: AbortSignal) {
  const socket = connect({ port: server.port, host: server.address, signal });
  try {
    socket.write(packet.streamEncode(query));
    let received = Buffer.alloc(0);
    for (;;) {
      const [chunk] = (await once(socket, "data", { signal })) as [Buffer];
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) return packet.streamDecode(received);
    }
  } finally {
    socket.destroy();
  }
}

function toAnswer(answer: packet.Packet, type: "A" | "AAAA"): Answer {
  const records = (answer.answers ?? []).filter((record) => "ttl" in record);
  const addresses = records.flatMap((record) => (record.type === type ? [String(record.data)] : []));
  const ttl = Math.min(...records.map((record) => ("ttl" in record ? (record.ttl ?? 0) : 0)));
  // dns-packet knows the code and its types do not.
  const { rcode } = answer as unknown as { rcode: string };
  return { rcode, addresses, ttl: records.length === 0 ? 0 : ttl };
}
