/** A fuzzing campaign against a control API: what is known there, what is sent, and what was answered. */
import fc from "fast-check";
import { problemTypeOf } from "../../../../../services/contracts/problems";
import { FEED_MEDIA_TYPE } from "../../../../../services/contracts/feed";
import { TestApi } from "../support/api";
import { deviation, mismatch, operations, type Operation } from "../support/document";
import { Connections, type Exchange } from "./exchange";
import { EXAMPLES, KEPT_NODE, KEPT_USER, Known, MEANINGS } from "./known";
import { requestsFor, type FuzzedRequest } from "./requests";

/** The document's operations in the order in which they are fuzzed: what deletes comes last, so that the others find something. */
export const turn: readonly Operation[] = [
  ...operations.filter(({ method }) => method !== "DELETE"),
  ...operations.filter(({ method }) => method === "DELETE"),
];

/** Answers by operation and status. */
export type Tally = ReadonlyMap<string, ReadonlyMap<number, number>>;

export class Campaign {
  private readonly counts = new Map<string, Map<number, number>>();
  private readonly known = new Known();

  private constructor(
    private readonly api: TestApi,
    private readonly address: string,
    private readonly connections: Connections,
  ) {}

  static async start(): Promise<Campaign> {
    const api = await TestApi.start({ lookup: { cname: cnameOf, txt: () => Promise.resolve([]) } });
    await api.createUser(KEPT_USER);
    const address = await api.app.listen({ port: 0, host: "127.0.0.1" });
    return new Campaign(api, address, new Connections(Number(new URL(address).port)));
  }

  async stop(): Promise<void> {
    this.connections.close();
    await this.api.stop();
  }

  /** How often each operation has given which answer. */
  get tally(): Tally {
    return this.counts;
  }

  /** Sends so many requests of an operation. Throws, with the smallest request that shows it, where an answer is wrong. */
  async fuzz(operation: Operation, { seed, requests }: { seed: number; requests: number }): Promise<void> {
    const property = fc.asyncProperty(requestsFor(operation, MEANINGS, EXAMPLES[operation.id]), async (fuzzed) => {
      const sent = { ...this.known.fillIn(fuzzed), caller: fuzzed.caller };
      const answer = await this.send(sent).catch((error: unknown) => {
        throw new Error(`${JSON.stringify(sent)}: no answer: ${String(error)}`, { cause: error });
      });
      this.count(operation.id, answer.status);
      const wrong = wrongWith(operation, answer);
      if (wrong !== undefined) throw new Error(`${wrong}\nto ${JSON.stringify(sent)}\nanswered ${answer.text}`);
      if (answer.status < 300 && answer.text.startsWith("{")) this.known.learn(operation.id, JSON.parse(answer.text));
    });
    const hangUp = await this.connectNode();
    await fc.assert(property, { seed, numRuns: requests }).finally(hangUp);
  }

  /** Users by cluster as they are counted, and as they are: whatever was refused has left no trace in the one or the other. */
  async userCounts(): Promise<{ counted: unknown; actual: unknown }> {
    const { rows } = await this.api.pool.query<{ name: string; counted: number; actual: number }>(
      `select name, users as counted, (select count(*)::int from users where home = name) as actual from clusters order by name`,
    );
    const by = (key: "counted" | "actual") => Object.fromEntries(rows.map((row) => [row.name, row[key]]));
    return { counted: by("counted"), actual: by("actual") };
  }

  private async send({ caller, method, url, headers, body }: FuzzedRequest): Promise<Exchange> {
    const authorization = `Bearer ${await this.api.token(caller)}`;
    return await this.connections.send({ method, url, headers: { authorization, ...headers }, body });
  }

  /** Lets the node that is kept follow its feed, until the function that is returned is called. */
  private async connectNode(): Promise<() => void> {
    const hungUp = new AbortController();
    const headers = { authorization: `Bearer ${await this.api.token("edge of free")}` };
    const query = new URLSearchParams(KEPT_NODE);
    await fetch(`${this.address}/v1/feed?${query.toString()}`, { headers, signal: hungUp.signal });
    return () => hungUp.abort();
  }

  private count(id: string, status: number): void {
    const counts = this.counts.get(id) ?? new Map<number, number>();
    counts.set(status, (counts.get(status) ?? 0) + 1);
    this.counts.set(id, counts);
  }
}

/** The public DNS: all domains are where the kept user's claims want them, but for those whose servers are away. */
function cnameOf(name: string): Promise<string[]> {
  if (name.startsWith("slow")) return Promise.reject(new Error("DNS did not answer"));
  return Promise.resolve([`shop.${KEPT_USER}.apps.example`]);
}

/** How an answer breaks the rules of all answers or what the document says of its operation; nothing where it does not. */
function wrongWith(operation: Operation, { status, headers, text }: Exchange): string | undefined {
  if (status >= 500) return `${operation.id} failed with ${status}`;
  if (headers["x-request-id"] === undefined) return `${operation.id} ${status} has no request id`;
  if (headers["content-type"] === FEED_MEDIA_TYPE) return wrongLine(operation, text);
  const type = status >= 400 ? problemTypeOf((JSON.parse(text) as { type: string }).type) : undefined;
  // A path may be so wrong that it is no longer the operation's.
  if (type === "unknown-route") return undefined;
  const found = deviation(operation, { status, contentType: headers["content-type"], text });
  if (found !== undefined || status < 400) return found;
  const documented = operation.responses[String(status)]?.description?.split(", ") ?? [];
  return type !== undefined && documented.includes(type)
    ? undefined
    : `${operation.id} ${status} is not documented as ${type}`;
}

function wrongLine(operation: Operation, text: string): string | undefined {
  const schema = operation.responses["200"]?.content?.[FEED_MEDIA_TYPE]?.schema ?? {};
  const lines = text
    .split("\n")
    .slice(0, -1)
    .filter((line) => line !== "");
  return lines.map((line) => mismatch(schema, JSON.parse(line))).find((found) => found !== undefined);
}

/** The tally as lines of text: an operation each, with its requests by status. */
export function renderTally(tally: Tally): string {
  const statuses = [...new Set([...tally.values()].flatMap((counts) => [...counts.keys()]))].sort();
  const rows = turn.map(({ id }) => {
    const counts = tally.get(id) ?? new Map<number, number>();
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return [id, total, ...statuses.map((status) => counts.get(status) ?? "")];
  });
  return [["operation", "requests", ...statuses], ...rows]
    .map(([name, ...cells]) => String(name).padEnd(20) + cells.map((cell) => String(cell).padStart(9)).join(""))
    .join("\n");
}
