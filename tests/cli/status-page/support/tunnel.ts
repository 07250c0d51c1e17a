/** A tunnel to a server, such as `ssh -L` makes, that can break. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export class Tunnel {
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => this.join(socket));
  private broken = false;

  private constructor(private readonly port: number) {}

  /** Opens one to a port of this machine. */
  static async to(port: number): Promise<Tunnel> {
    const tunnel = new Tunnel(port);
    await new Promise<void>((resolve) => tunnel.server.listen(0, "127.0.0.1", resolve));
    return tunnel;
  }

  /** The same address through the tunnel. */
  through(url: string): string {
    const address = new URL(url);
    address.port = String((this.server.address() as AddressInfo).port);
    return address.href;
  }

  /** Cuts what is connected, and lets nobody through until it is mended. */
  break(): void {
    this.broken = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.broken = false;
  }

  async close(): Promise<void> {
    this.break();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: Socket): void {
    if (this.broken) {
      near.destroy();
      return;
    }
    const far = connect(this.port, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.once("close", () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
