/** The structured log: one JSON object per line on standard output, with the keys that Cloud Logging knows. */
import pino, { type Logger } from "pino";

/** Cloud Logging's names of pino's levels. */
const SEVERITIES: Readonly<Record<string, string>> = {
  trace: "DEBUG",
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "CRITICAL",
};

/** What goes into no log, wherever it came from. */
const SECRET_PATHS = ["req.headers.authorization", "headers.authorization", "*.password"];

/** A log of everything from a level on. */
export function createLog(level: string): Logger {
  return pino({
    level,
    messageKey: "message",
    base: null,
    redact: SECRET_PATHS,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ severity: SEVERITIES[label] ?? "DEFAULT" }) },
  });
}
