/** A range of loopback addresses that hardly anybody else on this machine uses. */
import { randomInt } from "node:crypto";
import { WELL_KNOWN, type Network } from "../../../../../sandbox/cloud/network";

/** As for a user who is not root, whoever runs the test: ports below 1024 are 10,000 higher. */
export class TestNetwork implements Network {
  /** Ranges of local clouds begin at 127.16. */
  private readonly prefix = `127.${randomInt(2, 16)}`;
  private readonly third = randomInt(64, 256);
  private readonly claims = new Map<string, string>();

  get range(): string {
    return `${this.prefix}.0.0/16`;
  }

  own(name: keyof typeof WELL_KNOWN): string {
    return `${this.prefix}.${this.third}.${WELL_KNOWN[name]}`;
  }

  claim(owner: string): string {
    const known = this.claims.get(owner) ?? `${this.prefix}.${this.third}.${100 + this.claims.size}`;
    this.claims.set(owner, known);
    return known;
  }

  release(owner: string): void {
    this.claims.delete(owner);
  }

  port(port: number): number {
    return port < 1024 ? port + 10_000 : port;
  }
}
