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

/** Milliseconds that a node has to take what was sent before the server ended its feed. One that does not read is cut off. */
const LAST_WORDS_MS = 1_000;
/** An error and not just the end, for which Fastify would wait until the node has read what is on its way. */
const NOT_READ = `the node did not read the end of its feed within ${LAST_WORDS_MS} ms`;

/**
 * Registers the node and opens its feed, which begins with a blank line, so that the node has its answer's headers at once.
 * The stream ends when the server stops or the registry ends the connection; destroying it, as Fastify does when the node
 * hangs up, ends the connection. Throws `store-unavailable` where the node cannot be registered.
 */
export async function openFeed({ hub, registry }: FeedServices, query: FeedQuery): Promise<Readable> {
  const connection = await registry.connect(query);
  const ending = new AbortController();
  const batches = hub.subscribe(scopeOf(query.kind, query.cluster), query.after, ending.signal);
  return new FeedStream(batches, ending, connection, [connection.signal, hub.stopping]);
}

class FeedStream extends Readable {
  /** Whether it is not the node that ends it. */
  private endedHere = false;
  private cutOff: NodeJS.Timeout | undefined;
  private readonly endHere = () => {
    this.endedHere = true;
    this.ending.abort();
    this.cutOff ??= setTimeout(() => this.destroy(new Error(NOT_READ)), LAST_WORDS_MS).unref();
  };

  constructor(
    private readonly batches: AsyncGenerator<FeedLine[], void>,
    private readonly ending: AbortController,
    private readonly connection: NodeConnection,
    private readonly ends: readonly AbortSignal[],
  ) {
    super({ encoding: "utf8" });
    this.push("\n");
    for (const signal of ends) signal.addEventListener("abort", this.endHere);
    if (ends.some(({ aborted }) => aborted)) this.endHere();
  }

  /** Asked for only when what was given before has gone out: a slow node holds up nobody but itself. */
  override _read(): void {
    this.batches.next().then(
      ({ done, value }) => {
        this.endedHere ||= done === true;
        if (!this.destroyed) this.push(value === undefined ? null : encode(value));
      },
      (error: unknown) => this.destroy(error as Error),
    );
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.cutOff);
    for (const signal of this.ends) signal.removeEventListener("abort", this.endHere);
    this.connection.close(!this.endedHere && error === null);
    this.ending.abort();
    void this.batches.return();
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
