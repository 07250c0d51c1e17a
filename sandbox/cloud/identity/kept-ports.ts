/** Ports by what listens there: the same over restarts, so that whoever was told one need not be told another. */
import { existsSync, readFileSync } from "node:fs";
import type { Listener } from "../../issuer/listener";
import { writeWhole } from "../write-whole";

export class KeptPorts {
  private readonly ports: Record<string, number>;

  constructor(private readonly file: string) {
    this.ports = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, number>) : {};
  }

  /** Has it listen where it did before, or at any port that is free, which is kept then. */
  async listen<T extends Pick<Listener, "host">>(name: string, start: (port: number) => Promise<T>): Promise<T> {
    const started = await start(this.ports[name] ?? 0).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") throw error;
      return await start(0);
    });
    this.ports[name] = Number(started.host.slice(started.host.lastIndexOf(":") + 1));
    writeWhole(this.file, `${JSON.stringify(this.ports, null, 2)}\n`);
    return started;
  }
}
