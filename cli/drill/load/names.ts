/** A visitor's DNS: asks the name servers in turn, and keeps answers for their TTL as browsers do. */
import type { Answer, NameServer } from "../../live/names";

export type Ask = (server: NameServer, name: string) => Promise<Answer>;

/** Questions that were asked of all name servers together. */
export interface DnsCounts {
  questions: number;
  /** Answered by another server than the one that was asked first. */
  byAnother: number;
  unanswered: number;
}

export class Names {
  private readonly known = new Map<string, { readonly address: string; readonly untilMs: number }>();
  private readonly asking = new Map<string, Promise<string>>();

  /** @param first index of the server that is asked first: visitors differ in it */
  constructor(
    private readonly servers: readonly NameServer[],
    private readonly first: number,
    private readonly counts: DnsCounts,
    private readonly ask: Ask,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Where a name leads. Rejects where no server says. */
  async addressOf(name: string): Promise<string> {
    const known = this.known.get(name);
    if (known !== undefined && known.untilMs > this.now()) return known.address;
    const asked = this.asking.get(name) ?? this.lookUp(name).finally(() => this.asking.delete(name));
    this.asking.set(name, asked);
    return await asked;
  }

  private async lookUp(name: string): Promise<string> {
    this.counts.questions += 1;
    const failures: string[] = [];
    for (let turn = 0; turn < this.servers.length; turn++) {
      const server = this.servers[(this.first + turn) % this.servers.length];
      if (server === undefined) break;
      try {
        const { addresses, ttl } = await this.ask(server, name);
        const [address] = addresses;
        if (address === undefined) throw new Error("no address");
        if (turn > 0) this.counts.byAnother += 1;
        this.known.set(name, { address, untilMs: this.now() + ttl * 1000 });
        return address;
      } catch (error) {
        failures.push(`${server.host}: ${(error as Error).message}`);
      }
    }
    this.counts.unanswered += 1;
    throw new Error(`DNS: ${failures.join(", ") || "there is no name server"}`);
  }
}
