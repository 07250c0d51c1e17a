/** A name server for tests: answers what it is told, over UDP on a free port of a loopback address. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import * as packet from "dns-packet";
import { extendedError } from "../../sandbox/cloud/dns/extended-error";
import { edns } from "../../sandbox/cloud/dns/message";
import type { Endpoint } from "../../sandbox/cloud/network";

const SERVFAIL = 2;
const NXDOMAIN = 3;

/** Answers by `<name> <type>`; a name with none does not exist. */
export type Zone = Readonly<Record<string, readonly string[]>>;

export class DnsAnswers {
  /** Names that were asked for. */
  readonly asked: string[] = [];
  /** Has every question fail, for this reason if it is one. */
  failure: string | undefined;

  private constructor(
    private readonly socket: Socket,
    readonly endpoint: Endpoint,
  ) {}

  static async start(zone: Zone, host = "127.0.0.1", ttl = 5): Promise<DnsAnswers> {
    const socket = createSocket("udp4");
    socket.bind(0, host);
    await once(socket, "listening");
    const server = new DnsAnswers(socket, { host, port: socket.address().port });
    socket.on("message", (message, { port, address }) => {
      socket.send(server.answer(zone, ttl, packet.decode(message)), port, address);
    });
    return server;
  }

  async stop(): Promise<void> {
    const closed = once(this.socket, "close");
    this.socket.close();
    await closed;
  }

  private answer(zone: Zone, ttl: number, { id, questions = [] }: packet.Packet): Buffer {
    const [question] = questions;
    if (this.failure !== undefined) {
      const additionals = [edns(this.failure === "" ? [] : [extendedError(this.failure)])];
      return packet.encode({ type: "response", id, flags: SERVFAIL, questions, additionals });
    }
    const key = `${question?.name.toLowerCase() ?? ""} ${question?.type ?? ""}`;
    this.asked.push(key);
    const answers = (zone[key] ?? []).map((data) => {
      return { name: question?.name ?? "", type: question?.type, ttl, data } as packet.Answer;
    });
    const flags = packet.AUTHORITATIVE_ANSWER | (zone[key] === undefined ? NXDOMAIN : 0);
    return packet.encode({ type: "response", id, flags, questions, answers });
  }
}
