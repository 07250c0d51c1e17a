/** Reading the feed's bytes: whole lines, of the contract's form, in order. Pure. */
import { feedLine, type FeedLine } from "../feed";

/** Characters of the longest line that is taken: far more than any entry has, and little enough to hold in memory. */
const MAX_LINE = 1 << 20;

/** The feed is not what it should be: what was read before it is good, and what follows is not to be trusted. */
export class FeedFault extends Error {
  override readonly name = "FeedFault";
}

export interface Reading {
  readonly lines: readonly FeedLine[];
  /** Why reading ends after these lines. */
  readonly fault?: FeedFault;
}

export class LineReader {
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  /** Beginning of a line of which the end has not come yet. */
  private rest = "";

  /** Reads a feed that was asked for from revision `after` on. */
  constructor(private position: number) {}

  /** Lines that the chunk completes; blank ones, which are heartbeats, are left out. */
  read(chunk: Uint8Array): Reading {
    const lines: FeedLine[] = [];
    try {
      const parts = (this.rest + this.decoder.decode(chunk, { stream: true })).split("\n");
      this.rest = parts.pop() ?? "";
      for (const text of parts) if (text !== "") lines.push(this.next(text));
      checkLength(this.rest);
      return { lines };
    } catch (error) {
      return { lines, fault: error instanceof FeedFault ? error : new FeedFault(String(error)) };
    }
  }

  private next(text: string): FeedLine {
    checkLength(text);
    const line = parse(text);
    const position = line.type === "reset" ? 0 : line.revision;
    const inOrder =
      line.type === "reset" || (line.type === "live" ? position >= this.position : position > this.position);
    if (!inOrder) throw new FeedFault(`${line.type} of revision ${position} came after revision ${this.position}`);
    this.position = position;
    return line;
  }
}

function parse(text: string): FeedLine {
  const result = feedLine.safeParse(jsonOf(text));
  if (result.success) return result.data;
  throw new FeedFault(`no line of a feed: ${text.slice(0, 200)}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkLength(text: string): void {
  if (text.length > MAX_LINE) throw new FeedFault(`a line is longer than ${MAX_LINE} characters`);
}
