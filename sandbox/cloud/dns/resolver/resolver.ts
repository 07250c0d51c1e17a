/**
 * The resolver that every process of the sandbox asks. It begins at Cloud DNS and follows delegations by the NS records and the glue
 * in them, nothing else, so that what is wrong in the stack's delegation cannot be resolved here either. It knows the Services of
 * Kubernetes as the clusters' own DNS does, and the metadata server's name. Everything else does not exist: the Internet is never asked.
 */
import type { Answer } from "dns-packet";
import type { CloudContext } from "../../context";
import type { Endpoint } from "../../network";
import { DnsListeners } from "./listeners";
import { readQuery, response, udpSizeFor } from "./messages";
import { NameServers } from "./name-servers";
import { Recursion, type Resolution } from "./recursion";
import { isWithin, normal } from "./replies";

const DNS_PORT = 53;
const METADATA = "metadata.google.internal";
const SERVICES = "svc.cluster.local";
/** Names that resolvers know by themselves; nothing else in them exists. */
const OWN_DOMAINS = ["internal", "cluster.local"];
/** Seconds that answers of the clusters' DNS may be kept. */
const OWN_TTL = 5;
/** Searches at once; more are turned away, so that a flood cannot take the local cloud's memory. */
const MAX_UNDER_WAY = 500;
const MAX_TCP_SIZE = 0xffff;

export interface ResolverOptions {
  /**
   * The addresses of a Service, by its name within the cluster (`control-api.resolution.svc.cluster.local`) and the address of
   * whoever asks, which tells the cluster; undefined where there is no such Service.
   */
  serviceAddresses(name: string, client: string): readonly string[] | undefined;
}

export class Resolver {
  private readonly recursion: Recursion;
  private listeners: DnsListeners | undefined;
  private underWay = 0;

  constructor(
    private readonly context: CloudContext,
    private readonly options: ResolverOptions,
  ) {
    const { network } = context;
    const port = network.port(DNS_PORT);
    const prefix = network.range.split(".").slice(0, 2).join(".");
    const nameServers = new NameServers((address) => address.startsWith(`${prefix}.`));
    this.recursion = new Recursion({ host: network.own("cloudDns"), port }, port, nameServers);
  }

  /** Where it answers, over UDP and TCP. */
  get endpoint(): Endpoint {
    const { network } = this.context;
    return { host: network.own("resolver"), port: network.port(DNS_PORT) };
  }

  async start(): Promise<void> {
    this.listeners ??= await DnsListeners.open(this.endpoint, (...query) => this.answer(...query));
  }

  async stop(): Promise<void> {
    await this.listeners?.close();
    this.listeners = undefined;
  }

  /** What cannot be read or written, such as names of characters that no name has, gets no answer. */
  private async answer(message: Buffer, client: string, overTcp: boolean): Promise<Buffer | undefined> {
    try {
      return await this.answerTo(message, client, overTcp);
    } catch (error) {
      this.context.log.debug({ err: error, client }, "a query cannot be answered");
      return undefined;
    }
  }

  private async answerTo(message: Buffer, client: string, overTcp: boolean): Promise<Buffer | undefined> {
    const query = readQuery(message);
    if (query.is !== "question") return query.is === "refused" ? query.response : undefined;
    const { name, type } = query.question;
    const size = overTcp ? MAX_TCP_SIZE : udpSizeFor(query.packet);
    const resolution = this.ownAnswer(normal(name), type, client) ?? (await this.search(name, type));
    return response(query.packet, resolution, size);
  }

  private async search(...[name, type]: Parameters<Recursion["resolve"]>): Promise<Resolution> {
    if (this.underWay >= MAX_UNDER_WAY) return FAILED;
    this.underWay++;
    try {
      const resolution = await this.recursion.resolve(name, type);
      const { because } = resolution;
      if (because !== undefined) this.context.log.debug({ name, type, because }, "a name cannot be resolved");
      return resolution;
    } catch (error) {
      this.context.log.error({ err: error, name, type }, "the resolver failed");
      return FAILED;
    } finally {
      this.underWay--;
    }
  }

  /** What the resolver says of itself; undefined for names of zones. */
  private ownAnswer(name: string, type: string, client: string): Resolution | undefined {
    if (!OWN_DOMAINS.some((domain) => isWithin(name, domain))) return undefined;
    const addresses = this.ownAddresses(name, client);
    if (addresses === undefined) return { rcode: "NXDOMAIN", answers: [] };
    const answers = addresses.map((data): Answer => ({ name, type: "A", ttl: OWN_TTL, data }));
    return { rcode: "NOERROR", answers: type === "A" ? (answers as Resolution["answers"]) : [] };
  }

  private ownAddresses(name: string, client: string): readonly string[] | undefined {
    if (name === METADATA) return [this.context.network.own("google")];
    return isWithin(name, SERVICES) ? this.options.serviceAddresses(name, client) : undefined;
  }
}

const FAILED: Resolution = { rcode: "SERVFAIL", answers: [] };
