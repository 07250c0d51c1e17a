/** A node's feed as a stream of JSON lines: what the route sends as the body of its answer. */
import { Readable } from "node:stream";
import { scopeOf, type FeedLine } from "../../contracts/feed";
import type { FeedQuery } from "../../contracts/resources";
import type { NodeConnection, NodeRegistry } from "../nodes/registry";
import type { FeedHub } from "./hub";

export interface FeedServices {
  readonly hub: FeedHub;
  readonly registry: NodeRegistry;
}

/**
 * Registers the node and opens its feed, which begins with a blank line, so that the node has its answer's headers at once.
 * The stream ends when the server stops or the registry ends the connection; destroying it, as Fastify does when the node
 * hangs up, ends the connection. Throws `store-unavailable` where the node cannot be registered.
 */
export async function openFeed({ hub, registry }: FeedServices, query: FeedQuery): Promise<Readable> {
  const connection = await registry.connect(query);
  const hungUp = new AbortController();
  const end = () => hungUp.abort();
  connection.signal.addEventListener("abort", end);
  const batches = hub.subscribe(scopeOf(query.kind, query.cluster), query.after, hungUp.signal);
  return new FeedStream(batches, connection, end);
}

class FeedStream extends Readable {
  private ended = false;

  constructor(
    private readonly batches: AsyncGenerator<FeedLine[], void>,
    private readonly connection: NodeConnection,
    private readonly end: () => void,
  ) {
    super({ encoding: "utf8" });
    this.push("\n");
  }

  /** Asked for only when what was given before has gone out: a slow node holds up nobody but itself. */
  override _read(): void {
    this.batches.next().then(
      ({ done, value }) => {
        this.ended = done === true;
        if (!this.destroyed) this.push(value === undefined ? null : encode(value));
      },
      (error: unknown) => this.destroy(error as Error),
    );
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const byNode = !this.ended && !this.connection.signal.aborted;
    this.end();
    void this.batches.return();
    this.connection.close(byNode);
    callback(error);
  }
}

/** Entries in memory are the same objects for all followers: each is written as JSON once. */
const encoded = new WeakMap<FeedLine, string>();

/** A batch as it is sent; a blank line for one without lines. */
export function encode(lines: readonly FeedLine[]): string {
  return lines.length === 0 ? "\n" : lines.map(encodeLine).join("");
}

function encodeLine(line: FeedLine): string {
  const known = encoded.get(line);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(line)}\n`;
  encoded.set(line, text);
  return text;
}
