/**
 * Reading the whole zone back from Knot (AXFR, RFC 5936), signed.
 *
 * Knot makes no commit while it sends a zone, so changes wait for whoever reads slowly. What it sends is therefore taken as fast as it
 * comes, and looked at afterwards: 74 MB for a million users, for which Knot takes 2 to 3 s, and this process 10.
 */
import { randomInt } from "node:crypto";
import type { Socket } from "node:net";
import { messagesOf } from "./arrivals";
import { ConnectionLost, openSocket, type Endpoint } from "./connection";
import { frame } from "./wire/frames";
import { decodeMessage, encodeQuery } from "./wire/message";
import type { ResourceRecord } from "./wire/records";
import { sign, TsigVerifier, type TsigKey } from "./wire/tsig";
import { WireError } from "./wire/wire-error";

/** Milliseconds without any data after which the transfer has failed. */
const SILENCE_MS = 15_000;

/**
 * Yields the records of the zone, in portions, the SOA record first and not again at the end. Only once it has ended without an
 * error is it certain that all of them came from who holds the key, and that none is missing.
 */
export async function* transferZone(
  endpoint: Endpoint,
  key: TsigKey,
  zone: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly ResourceRecord[]> {
  const socket = await openSocket(endpoint, SILENCE_MS, signal);
  const abort = () => socket.destroy();
  signal?.addEventListener("abort", abort);
  socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error(`no data for ${SILENCE_MS} ms`)));
  try {
    const id = randomInt(0x10000);
    const { message, mac } = sign(encodeQuery(id, zone, "AXFR"), key, Math.floor(Date.now() / 1000));
    socket.write(frame(message));
    yield* records(socket, new TsigVerifier(key, mac), zone, id);
  } finally {
    signal?.removeEventListener("abort", abort);
    socket.destroy();
  }
}

async function* records(socket: Socket, verifier: TsigVerifier, zone: string, id: number) {
  let soa: ResourceRecord | undefined;
  for await (const data of messagesOf(socket)) {
    const message = decodeMessage(data);
    if (message.id !== id) throw new WireError("a message of the transfer answers another request");
    verifier.accept(data, message.tsig);
    if (message.rcode !== "NOERROR") throw new ConnectionLost(`Knot refuses to transfer ${zone}: ${message.rcode}`);
    const first = soa === undefined;
    soa ??= message.answers[0];
    if (soa?.type !== "SOA" || soa.name !== zone) throw new WireError("a transfer must begin with the zone's SOA");
    const last = message.answers.at(-1);
    const ended = last?.type === "SOA" && (!first || message.answers.length > 1);
    if (ended) verifier.finish();
    yield ended ? message.answers.slice(0, -1) : message.answers;
    if (ended) return;
  }
  throw new ConnectionLost(`Knot ended the transfer of ${zone} before its end`);
}
