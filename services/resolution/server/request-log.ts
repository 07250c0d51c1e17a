/** The log of a request, which has the request's id on every line. */
import type { FastifyBaseLogger, FastifyServerOptions } from "fastify";

type Level = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

/**
 * Makes a request's log when its first line is written, for Fastify's `childLoggerFactory`: few requests have a line, and making
 * a log takes pino longer than resolving takes the directory.
 */
export const requestLog: NonNullable<FastifyServerOptions["childLoggerFactory"]> = (log, bindings, options) =>
  new RequestLog(() => log.child(bindings, options));

class RequestLog implements FastifyBaseLogger {
  private made: FastifyBaseLogger | undefined;

  constructor(private readonly make: () => FastifyBaseLogger) {}

  get level(): string {
    return this.own.level;
  }

  fatal(...line: unknown[]): void {
    this.write("fatal", line);
  }

  error(...line: unknown[]): void {
    this.write("error", line);
  }

  warn(...line: unknown[]): void {
    this.write("warn", line);
  }

  info(...line: unknown[]): void {
    this.write("info", line);
  }

  debug(...line: unknown[]): void {
    this.write("debug", line);
  }

  trace(...line: unknown[]): void {
    this.write("trace", line);
  }

  silent(...line: unknown[]): void {
    this.write("silent", line);
  }

  child(...bindings: Parameters<FastifyBaseLogger["child"]>): FastifyBaseLogger {
    return this.own.child(...bindings);
  }

  private write(level: Level, line: unknown[]): void {
    const { own } = this;
    Reflect.apply(own[level], own, line);
  }

  private get own(): FastifyBaseLogger {
    this.made ??= this.make();
    return this.made;
  }
}
