/** Asking the name servers of a zone, of which some may be dead. */
import type { Question } from "dns-packet";
import type { Endpoint } from "../../network";
import { exchange } from "../exchange";
import { TtlCache } from "./cache";
import { meaningOf, type Meaning } from "./replies";

/** Milliseconds that a server has in each round: everything is on this machine, which may be busy. */
const ROUNDS_MS = [300, 700];
/** Seconds that a server which did not help is asked last. */
const AVOIDED_SECONDS = 5;
const MAX_SERVERS = 1_000;

/** None of a zone's servers has helped. */
export class Unanswered extends Error {}

/** What a name server says that is of use: a refusal is so of the root's alone, which thereby says that there is no such domain. */
export type Help = Exclude<Meaning, { readonly is: "lame" }>;

export class NameServers {
  private readonly avoided = new TtlCache<true>(MAX_SERVERS);

  /** @param isOurs whether an address belongs to the sandbox: no other is ever asked. */
  constructor(private readonly isOurs: (address: string) => boolean) {}

  /** The first reply that helps, of the servers in turn. Throws {@link Unanswered}. */
  async ask(servers: readonly Endpoint[], zone: string, question: Question): Promise<Help> {
    // What each said last.
    const failures = new Map<string, string>();
    for (const timeoutMs of ROUNDS_MS) {
      for (const server of this.inOrder(servers)) {
        const meaning = await this.askOne(server, zone, question, timeoutMs);
        const refused = meaning.is === "refused" && zone !== "";
        if (meaning.is !== "lame" && !refused) return meaning;
        this.avoided.set(server.host, true, AVOIDED_SECONDS);
        failures.set(server.host, meaning.is === "lame" ? meaning.because : "REFUSED");
      }
    }
    const said = [...failures].map(([host, because]) => `${host}: ${because}`);
    const reasons = said.length === 0 ? "its delegation has no address" : said.join(", ");
    throw new Unanswered(`no name server of "${zone}" answers ${question.name}: ${reasons}`);
  }

  /** In any order, those that did not help lately last. */
  private inOrder(servers: readonly Endpoint[]): Endpoint[] {
    const rank = new Map(
      servers.map((server) => [server, Math.random() + (this.avoided.get(server.host) === undefined ? 0 : 1)]),
    );
    return [...servers].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
  }

  private async askOne(server: Endpoint, zone: string, question: Question, timeoutMs: number): Promise<Meaning> {
    if (!this.isOurs(server.host)) return { is: "lame", because: "no address of the sandbox" };
    try {
      const reply = await exchange(server, question, timeoutMs);
      return meaningOf(reply, zone, question.name, question.type);
    } catch (error) {
      return { is: "lame", because: (error as Error).message };
    }
  }
}
