/** A steady stream of questions to the name servers while something happens to them, and which were not or wrongly answered. */
import { resolveName, type NameServerAddress } from "./dns-client";

/** Questions per second. Far below what one name server answers: none is left out because the machine is busy. */
const RATE = 50;
/** Questions under way at once; what would exceed it is not asked, so a dead name server does not pile them up. */
const MAX_UNDER_WAY = 200;

export class DnsLoad {
  /** Questions answered rightly. */
  answered = 0;
  /** Of those, by another name server than the one that was asked first, which did not answer. */
  answeredByAnother = 0;
  /** What was answered wrongly, and what was not answered by any server, in words. */
  readonly wrong: string[] = [];
  readonly unanswered: string[] = [];
  /** How far in `addresses` a server has come with a name, by both. */
  private readonly progress = new Map<string, number>();
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private turn = 0;

  /**
   * About `names`. An answer may be any of `addresses`, in this order: once a server has given a name one of them, it must
   * not go back to an earlier one.
   */
  constructor(
    private readonly nameServers: readonly NameServerAddress[],
    private readonly names: readonly string[],
    private readonly addresses: readonly string[],
  ) {}

  get failures(): readonly string[] {
    return [...this.wrong, ...this.unanswered];
  }

  /** Questions that have been answered or have failed. */
  get questions(): number {
    return this.answered + this.wrong.length + this.unanswered.length;
  }

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
    const name = this.names[Math.floor(turn / this.nameServers.length) % this.names.length] ?? "";
    // Each server is the first choice of its share of the resolvers.
    const first = turn % this.nameServers.length;
    const servers = [...this.nameServers.slice(first), ...this.nameServers.slice(0, first)];
    const question = this.question(servers, name).finally(() => this.underWay.delete(question));
    this.underWay.add(question);
  }

  private async question(servers: readonly NameServerAddress[], name: string): Promise<void> {
    // Answers overtake each other: what a server had said before it was asked is what binds it.
    const said = new Map(servers.map((server) => [server, this.progress.get(keyOf(name, server)) ?? 0]));
    try {
      const { addresses, rcode, server } = await resolveName(servers, name);
      const position = Math.min(...addresses.map((address) => this.addresses.indexOf(address)));
      if (addresses.length === 0 || position < (said.get(server) ?? 0)) {
        this.wrong.push(`${keyOf(name, server)}: ${rcode} ${addresses.join()}`);
        return;
      }
      this.progress.set(keyOf(name, server), Math.max(position, this.progress.get(keyOf(name, server)) ?? 0));
      this.answered += 1;
      if (server !== servers[0]) this.answeredByAnother += 1;
    } catch (error) {
      this.unanswered.push((error as Error).message);
    }
  }
}

function keyOf(name: string, { address, port }: NameServerAddress): string {
  return `${name} at ${address}:${port}`;
}
