/** Reading the whole zone back from Knot (AXFR, RFC 5936), signed, message by message: it is never held at once. */
import { randomInt } from "node:crypto";
import type { Socket } from "node:net";
import { ConnectionLost, openSocket, type Endpoint } from "./connection";
import { frame, FrameReader } from "./wire/frames";
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
  for await (const data of messages(socket)) {
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

async function* messages(socket: Socket): AsyncGenerator<Buffer> {
  const frames = new FrameReader();
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) yield* frames.push(chunk);
  } catch (error) {
    throw new ConnectionLost(`the transfer broke off: ${String(error)}`);
  }
}
