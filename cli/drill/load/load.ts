/** All sample users' visitors at once, for as long as a drill lasts. */
import { setTimeout as delay } from "node:timers/promises";
import type { LiveEnvironment } from "../../live/environment";
import { askNameServer, delegatedTo } from "../../live/names";
import { appHost, APPS } from "../../sandbox/samples";
import { steadyUsers, type Closing, type Observed, type Request, type Resident } from "../statistics";
import { Names, type DnsCounts } from "./names";
import { Visitor } from "./visitor";

/** Requests in a row that have to be answered before a user counts as served. */
const IN_A_ROW = 4;
const LOOK_MS = 200;

export class Load implements Observed {
  readonly requests: Request[] = [];
  readonly closings: Closing[] = [];
  readonly dns: DnsCounts = { questions: 0, byAnother: 0, unanswered: 0 };
  private readonly visitors: Visitor[] = [];

  private constructor(private readonly residents: readonly Resident[]) {}

  /** Finds the name servers through the parent zone, and begins. */
  static async start(live: LiveEnvironment, residents: readonly Resident[]): Promise<Load> {
    const { environment, ports, resolver } = live;
    const { zone } = environment.domain;
    const servers = await delegatedTo(resolver, zone, ports.dns);
    const load = new Load(residents);
    residents.forEach(({ user }, index) => {
      const options = {
        user,
        hosts: { http: appHost(APPS.http, user, zone), webSocket: appHost(APPS.webSocket, user, zone) },
        port: ports.http,
        names: new Names(servers, index, load.dns, askNameServer),
        asked: (request: Request) => void load.requests.push(request),
        closed: (closing: Closing) => void load.closings.push(closing),
      };
      load.visitors.push(new Visitor(options, index));
    });
    return load;
  }

  /** Forgets what has been seen so far. */
  forget(): void {
    this.requests.length = 0;
    this.closings.length = 0;
    Object.assign(this.dns, { questions: 0, byAnother: 0, unanswered: 0 });
  }

  /** Waits until all users are served, by requests that began after a time; false where that does not come about in time. */
  async served(afterMs: number, withinMs: number, check: () => void): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      check();
      if (this.unserved(afterMs).length === 0) return true;
      if (performance.now() > deadline) return false;
      await delay(LOOK_MS);
    }
  }

  /** Users whose requests are not answered yet. */
  unserved(afterMs: number): string[] {
    const steady = steadyUsers(this.requests, afterMs, IN_A_ROW);
    return this.residents.flatMap(({ user }) => (steady.has(user) ? [] : [user]));
  }

  /** The cluster that served a user last. */
  servedLast(user: string): string | undefined {
    return this.requests.findLast((request) => request.user === user && request.failure === undefined)?.servedBy;
  }

  async stop(): Promise<void> {
    await Promise.all(this.visitors.map((visitor) => visitor.stop()));
  }
}
