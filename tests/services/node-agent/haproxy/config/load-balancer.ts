/** A cluster's load balancer as edges see it: passes connections on, with a PROXY protocol header where it is told to. */
import { connect, createServer, type Server, type Socket } from "node:net";

export class LoadBalancer {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  /** Connections that it has taken. */
  taken = 0;
  /** Requests, health checks aside, on which it closes the connection instead of passing them on; counts down. */
  toDrop = 0;

  constructor(
    readonly address: string,
    private readonly target: () => { readonly host: string; readonly port: number },
    private readonly writesProxyHeader: boolean,
  ) {
    this.server = createServer({ noDelay: true }, (socket) => this.pass(socket));
  }

  async start(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => this.server.once("error", reject).listen(port, this.address, resolve));
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private pass(client: Socket): void {
    this.taken++;
    const edge = connect({ ...this.target(), noDelay: true });
    client.on("data", (data) => {
      if (this.toDrop === 0 || data.includes("/healthz")) return;
      this.toDrop--;
      // First, so that the edge does not get to see it.
      edge.destroy();
      client.destroy();
    });
    if (this.writesProxyHeader) {
      const { remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 } = client;
      edge.write(`PROXY TCP4 ${remoteAddress} ${localAddress} ${remotePort} ${localPort}\r\n`);
    }
    for (const [from, to] of [
      [client, edge],
      [edge, client],
    ] as const) {
      this.sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
