/**
 * Visitors who never ask DNS again: requests at a steady rate, whatever becomes of those before, over connections that are kept
 * alive for as long as the edge keeps them.
 */
import { Agent, request, type RequestOptions } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** A request that has no answer by then has failed. */
const TIMEOUT_MS = 30_000;
/** Visitors' own addresses: an edge bounds what one may have open, and a pause holds the requests of seconds. */
const VISITORS = Array.from({ length: 8 }, (_, index) => `127.0.1.${index + 1}`);
/** How often it is looked whether requests are due. */
const TICK_MS = 5;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface Visit {
  /** By the machine's monotonic clock. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** None where there was no whole answer. */
  readonly status?: number;
  /** `<cluster>/<node>/<process>/<start id>` of what ran it. */
  readonly servedBy?: string;
  readonly error?: string;
}

export interface HttpLoadOptions {
  /** Where the visitors' DNS answer sends them. */
  readonly endpoint: Endpoint;
  /** Name of the app. */
  readonly host: string;
  readonly perSecond: number;
}

export class HttpLoad {
  readonly visits: Visit[] = [];
  private readonly agents: readonly Agent[];
  private readonly underWay = new Set<Promise<void>>();
  private readonly running: Promise<void>;
  private isStopping = false;
  private sent = 0;

  /** Begins at once. */
  constructor(private readonly options: HttpLoadOptions) {
    this.agents = VISITORS.map((localAddress) => new Agent({ keepAlive: true, localAddress }));
    this.running = this.run();
  }

  /** Stops sending, waits for what is under way, and resolves with all visits in the order of their answers. */
  async stop(): Promise<readonly Visit[]> {
    this.isStopping = true;
    await this.running;
    await Promise.all(this.underWay);
    for (const agent of this.agents) agent.destroy();
    return this.visits;
  }

  private async run(): Promise<void> {
    const startedMs = monotonicMs();
    while (!this.isStopping) {
      const due = ((monotonicMs() - startedMs) / 1000) * this.options.perSecond;
      while (this.sent < due) this.send();
      await delay(TICK_MS);
    }
  }

  private send(): void {
    const agent = this.agents[this.sent++ % this.agents.length];
    const { endpoint, host } = this.options;
    const startedMs = monotonicMs();
    const visit = get({ ...endpoint, agent, path: `/${this.sent}`, headers: { host }, timeout: TIMEOUT_MS })
      .catch((error: Error) => ({ error: error.message }))
      .then((outcome) => void this.visits.push({ startedMs, endedMs: monotonicMs(), ...outcome }))
      .finally(() => this.underWay.delete(visit));
    this.underWay.add(visit);
  }
}

/** Node's own clock counts from the process's start; this one is the same for all processes of the machine. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

async function get(options: RequestOptions): Promise<Pick<Visit, "status" | "servedBy">> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(options, (response) => {
      response.on("error", reject).on("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, servedBy: String(headers["x-served-by"]) });
      });
      response.resume();
    });
    outgoing.on("error", reject).on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.end();
  });
}
