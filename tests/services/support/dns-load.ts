/** A steady stream of questions to the name servers while something happens to them, and which were not or wrongly answered. */
import { resolveName, type NameServerAddress } from "./dns-client";

/** Questions per second. Far below what one name server answers: none is left out because the machine is busy. */
const RATE = 50;
/** Questions under way at once; what would exceed it is not asked, so a dead name server does not pile them up. */
const MAX_UNDER_WAY = 200;

export class DnsLoad {
  /** Questions answered. */
  answered = 0;
  /** What was not answered by any server, or with none of the addresses that it may be. */
  readonly failures: string[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private turn = 0;

  /** About `names`, whose answers may be any of `addresses`. */
  constructor(
    private readonly nameServers: readonly NameServerAddress[],
    private readonly names: readonly string[],
    private readonly addresses: readonly string[],
  ) {}

  start(): void {
    this.timer = setInterval(() => this.ask(), 1000 / RATE);
  }

  /** Asks nothing more and resolves once everything is answered, or is known not to be. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
  }

  private ask(): void {
    if (this.underWay.size >= MAX_UNDER_WAY) return;
    const turn = this.turn++;
    const name = this.names[turn % this.names.length] ?? "";
    // Each server is the first choice of half of the resolvers.
    const first = turn % this.nameServers.length;
    const servers = [...this.nameServers.slice(first), ...this.nameServers.slice(0, first)];
    const question = this.question(servers, name).finally(() => this.underWay.delete(question));
    this.underWay.add(question);
  }

  private async question(servers: readonly NameServerAddress[], name: string): Promise<void> {
    try {
      const { addresses, rcode } = await resolveName(servers, name);
      const isRight = addresses.length > 0 && addresses.every((address) => this.addresses.includes(address));
      if (isRight) this.answered += 1;
      else this.failures.push(`${name}: ${rcode} ${addresses.join()}`);
    } catch (error) {
      this.failures.push((error as Error).message);
    }
  }
}
