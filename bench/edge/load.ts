/**
 * Closed-loop load by HTTP/1.1, as a process of its own: `load.ts <settings as JSON>` prints a {@link Tally} as JSON. It writes octets
 * and looks for the ends of answers, which costs less than a client that understands them; answers need a Content-Length.
 */
import { connect, type Socket } from "node:net";

export interface LoadSettings {
  readonly host: string;
  readonly port: number;
  /** Names of apps, asked for in turn. */
  readonly names: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Milliseconds between an answer and the next request on a connection. Default: none. */
  readonly pauseMs?: number;
  /** Status that is no failure. Default 200. A flood takes any. */
  readonly any?: boolean;
}

export interface Tally {
  readonly answers: number;
  /** Answers with another status than 200, and connections that ended without one. */
  readonly failed: number;
  /** How many answers took how many units of {@link UNIT_MS}. */
  readonly latencies: readonly (readonly [number, number])[];
}

export const UNIT_MS = 0.01;
/** What connections do before anything is counted. */
const WARM_UP_MS = 500;
const HEAD_END = "\r\n\r\n";

class Connection {
  private socket: Socket | undefined;
  private received = "";
  private askedMs = 0;
  private turn: number;

  constructor(
    private readonly settings: LoadSettings,
    private readonly counts: Counts,
    index: number,
  ) {
    this.turn = index;
    this.open();
  }

  end(): void {
    this.socket
      ?.removeAllListeners("close")
      .on("error", () => undefined)
      .destroy();
  }

  private open(): void {
    const { host, port } = this.settings;
    const socket = connect({ host, port, noDelay: true }, () => this.ask(performance.now()));
    this.socket = socket;
    this.received = "";
    socket.setEncoding("latin1").on("data", (text: string) => this.take(text));
    socket
      .on("error", () => undefined)
      .on("close", () => {
        this.counts.failed++;
        setTimeout(() => this.open(), 10);
      });
  }

  /** `sinceMs` is when the client began to want the answer, a new connection included. */
  private ask(sinceMs: number): void {
    const { names } = this.settings;
    this.askedMs = sinceMs;
    this.socket?.write(`GET / HTTP/1.1\r\nhost: ${names[this.turn++ % names.length]}\r\n\r\n`);
  }

  private take(text: string): void {
    this.received += text;
    const end = this.received.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.received.slice(0, end).toLowerCase();
    const length = Number(/\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
    if (this.received.length < end + HEAD_END.length + length) return;
    this.received = "";
    this.count(head.startsWith("http/1.1 200"));
    const closes = /\nconnection: *close/.test(head);
    const { pauseMs = 0 } = this.settings;
    if (pauseMs > 0) setTimeout(() => this.next(closes), pauseMs);
    else this.next(closes);
  }

  private next(closes: boolean): void {
    if (!closes) return this.ask(performance.now());
    const wanted = performance.now();
    this.end();
    this.open();
    this.socket?.removeAllListeners("connect").once("connect", () => this.ask(wanted));
  }

  private count(isGood: boolean): void {
    const { counts } = this;
    if (!counts.counting) return;
    if (!isGood && this.settings.any !== true) counts.failed++;
    counts.answers++;
    const unit = Math.round((performance.now() - this.askedMs) / UNIT_MS);
    counts.latencies.set(unit, (counts.latencies.get(unit) ?? 0) + 1);
  }
}

interface Counts {
  counting: boolean;
  answers: number;
  failed: number;
  readonly latencies: Map<number, number>;
}

function main(settings: LoadSettings): void {
  const counts: Counts = { counting: false, answers: 0, failed: 0, latencies: new Map() };
  const connections = Array.from({ length: settings.connections }, (_, index) => {
    return new Connection(settings, counts, index * 7919);
  });
  setTimeout(() => {
    counts.failed = 0;
    counts.counting = true;
  }, WARM_UP_MS);
  setTimeout(
    () => {
      const { answers, failed, latencies } = counts;
      for (const connection of connections) connection.end();
      process.stdout.write(JSON.stringify({ answers, failed, latencies: [...latencies] } satisfies Tally), () =>
        process.exit(),
      );
    },
    WARM_UP_MS + settings.seconds * 1000,
  );
}

const [, , argument] = process.argv;
if (require.main === module && argument !== undefined) main(JSON.parse(argument) as LoadSettings);
