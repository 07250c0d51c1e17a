/** Finding a name from the top: delegation by delegation, alias by alias, with a cache. */
import type { Question, RecordType } from "dns-packet";
import type { Endpoint } from "../../network";
import { TtlCache } from "./cache";
import { Unanswered, type Help, type NameServers } from "./name-servers";
import { normal, secondsOf, type Record } from "./replies";

/**
 * Seconds that records and delegations are kept at most: resolvers may keep them for less than their TTL says, and whoever
 * changes the sandbox wants to see it.
 */
const MAX_SECONDS = 60;
/** The same for what does not exist: machines ask for names that the next step of a deployment makes. */
const MAX_NEGATIVE_SECONDS = 5;
const MAX_ENTRIES = 20_000;
const MAX_ALIASES = 10;
const MAX_DELEGATIONS = 16;

export interface Resolution {
  readonly rcode: "NOERROR" | "NXDOMAIN" | "SERVFAIL";
  readonly answers: readonly Record[];
  /** Why it failed, for the log. */
  readonly because?: string;
}

/** One link of a chain: the name's records, its alias, or nothing. */
interface Link {
  readonly rcode: "NOERROR" | "NXDOMAIN";
  readonly records: readonly Record[];
}

interface Cut {
  readonly zone: string;
  readonly servers: readonly Endpoint[];
}

export class Recursion {
  private readonly links = new TtlCache<Link>(MAX_ENTRIES);
  private readonly cuts = new TtlCache<Cut>(MAX_ENTRIES);
  private readonly underWay = new Map<string, Promise<Link>>();

  /**
   * @param top the server that every search begins at: Cloud DNS. What it refuses lies outside of the sandbox and does not exist.
   * @param port of all other name servers.
   */
  constructor(
    private readonly top: Endpoint,
    private readonly port: number,
    private readonly nameServers: NameServers,
  ) {}

  /** Never rejects for want of an answer: that is SERVFAIL. */
  async resolve(name: string, type: RecordType): Promise<Resolution> {
    const answers: Record[] = [];
    try {
      let current = normal(name);
      for (let aliases = 0; aliases <= MAX_ALIASES; aliases++) {
        const { rcode, records } = await this.link(current, type);
        answers.push(...records);
        const [alias] = records;
        if (alias?.type !== "CNAME" || type === "CNAME") return { rcode, answers };
        current = normal(alias.data);
      }
      return failed(`${name} leads through more than ${MAX_ALIASES} aliases`);
    } catch (error) {
      if (error instanceof Unanswered) return failed(error.message);
      throw error;
    }
  }

  private async link(name: string, type: RecordType): Promise<Link> {
    const known = this.known(name, type);
    if (known !== undefined) return known;
    const key = keyOf(name, type);
    const search = this.underWay.get(key) ?? this.search(name, type).finally(() => this.underWay.delete(key));
    this.underWay.set(key, search);
    return await search;
  }

  /** What the cache has of a name: its records, or its alias. */
  private known(name: string, type: RecordType): Link | undefined {
    const alias = this.links.get(keyOf(name, "CNAME"));
    const found = this.links.get(keyOf(name, type)) ?? (alias?.value.records.length === 0 ? undefined : alias);
    return (
      found && { ...found.value, records: found.value.records.map((record) => ({ ...record, ttl: found.seconds })) }
    );
  }

  private async search(name: string, type: RecordType): Promise<Link> {
    let cut = this.deepestCut(name);
    for (let delegations = 0; delegations < MAX_DELEGATIONS; delegations++) {
      const meaning = await this.ask(cut, { name, type });
      if (meaning.is === "answer") return this.keep(meaning.records, name, type);
      if (meaning.is === "refused") return { rcode: "NXDOMAIN", records: [] };
      if (meaning.is === "nothing") {
        const link: Link = { rcode: meaning.rcode, records: [] };
        this.links.set(keyOf(name, type), link, Math.min(meaning.seconds, MAX_NEGATIVE_SECONDS));
        return link;
      }
      cut = { zone: meaning.zone, servers: meaning.addresses.map((host) => ({ host, port: this.port })) };
      this.cuts.set(cut.zone, cut, Math.min(meaning.seconds, MAX_SECONDS));
    }
    throw new Unanswered(`${name} lies under more than ${MAX_DELEGATIONS} delegations`);
  }

  private async ask({ zone, servers }: Cut, question: Question): Promise<Help> {
    try {
      return await this.nameServers.ask(servers, zone, question);
    } catch (error) {
      // The delegation may have been mended since it was kept.
      this.cuts.delete(zone);
      throw error;
    }
  }

  private deepestCut(name: string): Cut {
    for (let zone = name; zone !== ""; zone = zone.includes(".") ? zone.slice(zone.indexOf(".") + 1) : "") {
      const cut = this.cuts.get(zone)?.value;
      if (cut !== undefined) return cut;
    }
    return { zone: "", servers: [this.top] };
  }

  /** Keeps all that came, and returns what was asked for. */
  private keep(records: readonly Record[], name: string, type: RecordType): Link {
    const sets = new Map<string, Record[]>();
    for (const record of records) {
      const key = keyOf(record.name, record.type);
      sets.set(key, [...(sets.get(key) ?? []), record]);
    }
    const links = new Map<string, Link>();
    for (const [key, set] of sets) {
      const ttl = Math.min(MAX_SECONDS, ...set.map(secondsOf));
      const link: Link = { rcode: "NOERROR", records: set.map((record) => ({ ...record, ttl })) };
      this.links.set(key, link, ttl);
      links.set(key, link);
    }
    return links.get(keyOf(name, type)) ?? links.get(keyOf(name, "CNAME")) ?? { rcode: "NOERROR", records: [] };
  }
}

function keyOf(name: string, type: string): string {
  return `${name} ${type}`;
}

function failed(because: string): Resolution {
  return { rcode: "SERVFAIL", answers: [], because };
}
