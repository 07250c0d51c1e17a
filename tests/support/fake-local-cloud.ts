/** What stands in for the local cloud where a test needs its socket and nothing that it runs. */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { serveApi, type Answering, type PublicPorts } from "../../sandbox/cloud/api";
import { SOCKET_FILE } from "../../sandbox/cloud/client";
import { NO_FAULTS, type Faults, type Unit } from "../../sandbox/cloud/controller";
import type { Endpoint } from "../../sandbox/cloud/network";

export class FakeLocalCloud implements Answering {
  units_: Unit[] = [];
  faults_: Faults = NO_FAULTS;
  ports: PublicPorts = { http: 80, https: 443, dns: 53 };
  resolver_: Endpoint = { host: "127.0.0.1", port: 53 };
  /** Who was given a token, and for whom it is good. */
  readonly tokens: { email: string; audience: string }[] = [];
  private server: Server | undefined;

  /** Answers in a folder, as the local cloud of that folder does. */
  static async start(directory: string): Promise<FakeLocalCloud> {
    mkdirSync(directory, { recursive: true });
    const cloud = new FakeLocalCloud();
    cloud.server = await serveApi(join(directory, SOCKET_FILE), cloud);
    return cloud;
  }

  health() {
    return { pid: process.pid, network: "127.99.0.0/16" };
  }

  units(): readonly Unit[] {
    return this.units_;
  }

  token(email: string, audience: string): Promise<string> {
    this.tokens.push({ email, audience });
    return Promise.resolve(`token-of-${email}`);
  }

  faults(): Faults {
    return this.faults_;
  }

  setFaults(faults: Faults): void {
    this.faults_ = faults;
  }

  settle(): Promise<{ settled: true }> {
    return Promise.resolve({ settled: true });
  }

  publicPorts(): PublicPorts {
    return this.ports;
  }

  resolver(): Endpoint {
    return this.resolver_;
  }

  stop(): void {
    void this.close();
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
}
