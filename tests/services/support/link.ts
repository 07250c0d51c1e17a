/** What lies between nodes and the control API: a load balancer over its replicas, which a test can hold, cut and mend. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A connection's two ends. */
interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

export class Link {
  private readonly server: Server;
  private readonly pairs = new Set<Pair>();
  private turn = 0;
  private held = false;
  private isCut = false;

  private constructor(private readonly ports: readonly number[]) {
    this.server = createServer({ pauseOnConnect: true }, (client) => this.accept(client));
  }

  /** One to the ports on loopback, in turn; a port where nobody listens is passed over. */
  static async open(ports: readonly number[]): Promise<Link> {
    const link = new Link(ports);
    link.server.listen(0, "127.0.0.1");
    await once(link.server, "listening");
    link.server.unref();
    return link;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What clients say no longer arrives, while they still hear: their acknowledgements are under way for as long as it lasts. */
  hold(): void {
    this.held = true;
    for (const { client } of this.pairs) client.pause();
  }

  /** What was held back arrives. */
  release(): void {
    this.held = false;
    for (const { client } of this.pairs) client.resume();
  }

  /** Breaks every connection and takes no new one. */
  cut(): void {
    this.isCut = true;
    this.breakConnections();
  }

  mend(): void {
    this.isCut = false;
  }

  /** Breaks the connections that are open: clients come back, perhaps to another replica. */
  breakConnections(): void {
    for (const { client, target } of this.pairs) {
      client.destroy();
      target.destroy();
    }
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.breakConnections();
    this.server.ref();
    this.server.close();
    await once(this.server, "close");
  }

  private accept(client: Socket): void {
    client.on("error", () => client.destroy());
    if (this.isCut) client.destroy();
    else this.join(client, this.ports.length);
  }

  private join(client: Socket, attempts: number): void {
    const port = this.ports[this.turn++ % this.ports.length];
    if (port === undefined || attempts === 0 || client.destroyed) {
      client.destroy();
      return;
    }
    const target = connect({ port, host: "127.0.0.1", noDelay: true });
    const refused = () => this.join(client, attempts - 1);
    target.once("error", refused);
    target.once("connect", () => {
      target.off("error", refused);
      this.relay({ client, target });
    });
  }

  private relay(pair: Pair): void {
    const { client, target } = pair;
    this.pairs.add(pair);
    client.on("data", (data) => {
      if (!target.write(data)) client.pause();
    });
    target.on("drain", () => {
      if (!this.held) client.resume();
    });
    target.on("data", (data) => {
      if (!client.write(data)) target.pause();
    });
    client.on("drain", () => target.resume());
    target.on("error", () => target.destroy());
    client.on("end", () => target.end());
    target.on("end", () => client.end());
    const close = () => {
      this.pairs.delete(pair);
      client.destroy();
      target.destroy();
    };
    client.once("close", close);
    target.once("close", close);
    if (!this.held) client.resume();
  }
}
