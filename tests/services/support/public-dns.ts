/** What custom domains' owners have put into the public DNS: a name server of a few records, on loopback. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import * as packet from "dns-packet";

export class PublicDns {
  private readonly records = new Map<string, packet.Answer>();

  private constructor(private readonly socket: Socket) {
    socket.on("message", (message, from) => this.answer(message, from));
  }

  static async start(): Promise<PublicDns> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new PublicDns(socket);
  }

  /** `<address>:<port>`. */
  get host(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  cname(name: string, target: string): void {
    this.records.set(`CNAME ${name}`, { type: "CNAME", name, data: target, ttl: 60 });
  }

  txt(name: string, text: string): void {
    this.records.set(`TXT ${name}`, { type: "TXT", name, data: text, ttl: 60 });
  }

  async stop(): Promise<void> {
    this.socket.close();
    await once(this.socket, "close");
  }

  private answer(message: Buffer, from: RemoteInfo): void {
    const query = packet.decode(message);
    const [question] = query.questions ?? [];
    if (question === undefined) return;
    const record = this.records.get(`${question.type} ${question.name.toLowerCase()}`);
    const reply = packet.encode({
      type: "response",
      ...(query.id !== undefined && { id: query.id }),
      flags: packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE,
      questions: [question],
      answers: record === undefined ? [] : [{ ...record, name: question.name }],
    });
    this.socket.send(reply, from.port, from.address);
  }
}
