/** The sockets of a DNS server: UDP, and TCP for what does not fit. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { frame, FrameReader } from "../../../../services/node-agent/knot/wire/frames";
import type { Endpoint } from "../../network";

const MAX_TCP_CLIENTS = 200;
/** Milliseconds after which a client that says nothing is let go. */
const TCP_IDLE_MS = 10_000;

/** Answers a message of a client; undefined: not at all. */
export type Answerer = (message: Buffer, client: string, overTcp: boolean) => Promise<Buffer | undefined>;

export class DnsListeners {
  private readonly clients = new Set<Socket>();

  private constructor(
    private readonly udp: UdpSocket,
    private readonly tcp: Server,
  ) {}

  static async open({ host, port }: Endpoint, answer: Answerer): Promise<DnsListeners> {
    const udp = createSocket("udp4");
    const tcp = createServer();
    const listeners = new DnsListeners(udp, tcp);
    udp.on("message", (message, { address, port: from }) => {
      void answer(message, address, false).then((response) => {
        if (response !== undefined && !listeners.closed) udp.send(response, from, address, () => undefined);
      });
    });
    tcp.maxConnections = MAX_TCP_CLIENTS;
    tcp.on("connection", (client) => listeners.serve(client, answer));
    try {
      tcp.listen(port, host);
      await once(tcp, "listening");
      udp.bind(port, host);
      await once(udp, "listening");
    } catch (error) {
      udp.close();
      tcp.close();
      throw error;
    }
    udp.on("error", () => undefined);
    return listeners;
  }

  private closed = false;

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.udp.close();
    const closed = once(this.tcp, "close");
    this.tcp.close();
    for (const client of this.clients) client.destroy();
    await closed;
  }

  private serve(client: Socket, answer: Answerer): void {
    this.clients.add(client);
    const frames = new FrameReader();
    client.setTimeout(TCP_IDLE_MS, () => client.destroy());
    client.on("error", () => undefined);
    client.on("close", () => this.clients.delete(client));
    client.on("data", (chunk: Buffer) => {
      for (const message of frames.push(chunk)) {
        void answer(message, client.remoteAddress ?? "", true).then((response) => {
          if (response !== undefined && client.writable) client.write(frame(response));
        });
      }
    });
  }
}
