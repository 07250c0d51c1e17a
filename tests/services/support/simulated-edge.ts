/** An edge of a cluster: sends requests where the tombstone says, else to a host of its own cluster. */
import { z } from "zod";
import { edgeEntries, parseKey } from "../../../services/contracts/feed";
import type { Fleet } from "./fleet";
import type { RequestOutcome } from "./ledger";
import { SimulatedNode, type NodeOptions } from "./simulated-node";

/** How often an edge tells which moved users were asked for. */
const REPORT_MS = 250;

export class SimulatedEdge extends SimulatedNode {
  private readonly requested = new Set<string>();
  private reporting: NodeJS.Timeout | undefined;

  constructor(
    private readonly fleet: Fleet,
    options: NodeOptions,
  ) {
    super("edge", options);
  }

  override start(): void {
    super.start();
    this.reporting = setInterval(() => this.report(), REPORT_MS).unref();
  }

  /** Where requests for the user go from here; nothing while they stay. */
  destinationOf(user: string): string | undefined {
    const value = this.valueOf(`tombstone/${user}`);
    return value === undefined ? undefined : edgeEntries.tombstone.parse(value).cluster;
  }

  /** Users who have a tombstone here. */
  tombstones(): string[] {
    return this.namesOf("tombstone");
  }

  /** The host in the hosting zone that a custom domain stands for. */
  hostOfDomain(name: string): string | undefined {
    const value = this.valueOf(`domain/${name}`);
    return value === undefined ? undefined : z.parse(edgeEntries.domain, value).host;
  }

  /** Takes a request that has been through the clusters of `path`. */
  async handle(user: string, path: string[]): Promise<RequestOutcome> {
    const looped = path.includes(this.cluster);
    path.push(this.cluster);
    if (looped) return "looped";
    const destination = this.destinationOf(user);
    if (destination === undefined) return (await this.fleet.hostOf(this.cluster, user)?.serve(user)) ?? "unavailable";
    this.requested.add(user);
    return (await this.fleet.edgeOf(destination)?.handle(user, path)) ?? "unavailable";
  }

  protected obey(key: string, before: unknown): Promise<void> {
    const { kind, name } = parseKey(key);
    if (kind === "tombstone") {
      if (this.destinationOf(name) !== undefined) this.fleet.ledger.tombstoneSet(name, this.cluster);
      else if (before !== undefined) this.fleet.ledger.tombstoneDropped(name, this.cluster);
    }
    return Promise.resolve();
  }

  protected review(): Promise<void> {
    return Promise.resolve();
  }

  protected forget(): void {
    clearInterval(this.reporting);
    this.requested.clear();
  }

  private report(): void {
    if (this.requested.size === 0) return;
    this.acknowledge([...this.requested]);
    this.requested.clear();
  }
}
