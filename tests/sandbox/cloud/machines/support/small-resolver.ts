/** A resolver that knows the addresses of some names, and that there are no others. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { decode, encode, RECURSION_AVAILABLE } from "dns-packet";

const NAME_ERROR = 3;

export class SmallResolver {
  private constructor(private readonly socket: Socket) {}

  static async start(host: string, port: number, names: Readonly<Record<string, string>>): Promise<SmallResolver> {
    const socket = createSocket("udp4");
    socket.on("message", (message, { address, port }) => socket.send(answer(message, names), port, address));
    socket.bind(port, host);
    await once(socket, "listening");
    return new SmallResolver(socket);
  }

  async stop(): Promise<void> {
    const closed = once(this.socket, "close");
    this.socket.close();
    await closed;
  }
}

function answer(message: Buffer, names: Readonly<Record<string, string>>): Buffer {
  const { id, questions = [] } = decode(message);
  const [question] = questions;
  const name = question?.name.toLowerCase() ?? "";
  const address = names[name];
  const isAsked = question?.type === "A" && address !== undefined;
  return encode({
    type: "response",
    id: id ?? 0,
    flags: RECURSION_AVAILABLE | (address === undefined ? NAME_ERROR : 0),
    questions,
    answers: isAsked ? [{ type: "A", name, ttl: 1, data: address }] : [],
  });
}
