/**
 * People who use users' apps: each asks for a name over and over, through a cache that keeps answers for their TTL and not a
 * moment less, and sends a request to the cluster that the answer leads to.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterDocument } from "../../../services/contracts/cluster";
import { resolveName, type NameServerAddress } from "./dns-client";
import type { Fleet } from "./fleet";

/** Between one visitor's requests. */
const PAUSE_MS = 50;

interface CachedAnswer {
  readonly cluster: string;
  readonly untilMs: number;
}

export interface VisitorOptions {
  readonly fleet: Fleet;
  readonly nameServers: readonly NameServerAddress[];
  readonly zone: string;
  readonly clusters: readonly ClusterDocument[];
}

export class Visitors {
  private stopping = endless();
  private readonly visits: Promise<void>[] = [];
  /** Questions that no name server answered, or answered with something that is no cluster's address. */
  readonly unanswered: string[] = [];
  /** Questions that were asked. */
  questions = 0;

  constructor(private readonly options: VisitorOptions) {}

  /** From now on somebody visits the user's app, until {@link stop}. */
  visit(user: string): void {
    // Half of all visitors ask the last name server first.
    const { nameServers } = this.options;
    const servers = this.visits.length % 2 === 0 ? nameServers : [...nameServers].reverse();
    this.visits.push(this.keepVisiting(user, servers));
  }

  /** Ends all visits and resolves once the last request has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.stopping = endless();
    await Promise.all(this.visits.splice(0));
  }

  private async keepVisiting(user: string, servers: readonly NameServerAddress[]): Promise<void> {
    const { signal } = this.stopping;
    let answer: CachedAnswer | undefined;
    while (!signal.aborted) {
      if (answer === undefined || answer.untilMs <= performance.now()) answer = await this.lookUp(user, servers);
      if (answer !== undefined) await this.options.fleet.request(answer.cluster, user);
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async lookUp(user: string, servers: readonly NameServerAddress[]): Promise<CachedAnswer | undefined> {
    const { fleet, zone, clusters } = this.options;
    this.questions += 1;
    try {
      const { addresses, rcode, ttl } = await resolveName(servers, `app.${user}.${zone}`);
      const cluster = clusters.find(({ hostingAddress }) => addresses.includes(hostingAddress))?.name;
      if (cluster === undefined) throw new Error(`app.${user}.${zone}: ${rcode} ${addresses.join()}`);
      fleet.ledger.answered(user, cluster, ttl);
      return { cluster, untilMs: performance.now() + ttl * 1000 };
    } catch (error) {
      this.unanswered.push((error as Error).message);
      return undefined;
    }
  }
}

/** One that any number of visitors listen to. */
function endless(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
