/** One question to one name server: over UDP, and again over TCP where the answer was cut. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { randomInt } from "node:crypto";
import * as packet from "dns-packet";
import { frame, FrameReader } from "../../../services/node-agent/knot/wire/frames";
import type { Endpoint } from "../network";
import { decode, edns, type Message } from "./message";

export type Reply = Message;

/** What a server is asked for beside the answer. */
export interface Wish {
  /** Default: what it knows itself. */
  readonly recursion?: boolean;
  /** Default: nothing that needs EDNS, such as extended errors. */
  readonly edns?: boolean;
}

/** Rejects when no answer to this question has come in time. */
export async function exchange(
  server: Endpoint,
  question: packet.Question,
  timeoutMs: number,
  wish: Wish = {},
): Promise<Reply> {
  const signal = AbortSignal.timeout(timeoutMs);
  const query: packet.Packet = {
    type: "query",
    id: randomInt(0x10000),
    flags: wish.recursion === true ? packet.RECURSION_DESIRED : 0,
    questions: [question],
    additionals: wish.edns === true ? [edns()] : [],
  };
  // Before anything is opened: a name may be none that can be written.
  const asked: Asked = { query, message: packet.encode(query) };
  const reply = await overUdp(server, asked, signal);
  return reply.flag_tc ? await overTcp(server, asked, signal) : reply;
}

/** A query, and how it is sent. */
interface Asked {
  readonly query: packet.Packet;
  readonly message: Buffer;
}

async function overUdp({ host, port }: Endpoint, { query, message }: Asked, signal: AbortSignal): Promise<Reply> {
  const socket = createSocket("udp4");
  try {
    return await new Promise<Reply>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(noAnswer(host, port)));
      socket.on("error", reject);
      socket.on("message", (answer: Buffer) => {
        const reply = replyTo(query, answer);
        if (reply !== undefined) resolve(reply);
      });
      // Connected, it hears at once that nobody listens there, and hears nobody else.
      socket.connect(port, host, () => socket.send(message));
    });
  } finally {
    socket.close();
  }
}

async function overTcp({ host, port }: Endpoint, { query, message }: Asked, signal: AbortSignal): Promise<Reply> {
  const socket = connect({ host, port });
  const abort = () => socket.destroy(noAnswer(host, port));
  signal.addEventListener("abort", abort);
  try {
    await once(socket, "connect");
    socket.write(frame(message));
    const frames = new FrameReader();
    for await (const chunk of socket) {
      const replies = frames.push(chunk as Buffer).flatMap((answer) => replyTo(query, answer) ?? []);
      if (replies[0] !== undefined) return replies[0];
    }
    throw noAnswer(host, port);
  } finally {
    signal.removeEventListener("abort", abort);
    socket.destroy();
  }
}

function noAnswer(host: string, port: number): Error {
  return new Error(`${host}:${port} did not answer`);
}

/** The message as an answer to this query; undefined where it is none. */
function replyTo(query: packet.Packet, message: Buffer): Reply | undefined {
  try {
    const reply = decode(message);
    const [asked, answered] = [query.questions?.[0], reply.questions?.[0]];
    const fits = reply.type === "response" && reply.id === query.id && asked?.type === answered?.type;
    return fits && asked?.name.toLowerCase() === answered?.name.toLowerCase() ? reply : undefined;
  } catch {
    return undefined;
  }
}
