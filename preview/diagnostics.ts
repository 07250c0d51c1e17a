/** What engine, program and providers said during one operation: each thing once, short, without colour or stack trace. */
import type { DiagnosticEvent } from "@pulumi/pulumi/automation";

export interface Diagnostic {
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly urn?: string;
}

/** Longest message kept, in characters. Providers quote whole HTTP answers. */
const MESSAGE_LIMIT = 1500;

/** The engine's own last words, which say nothing that its exit code does not. */
const EMPTY_WORDS =
  /^((preview|update|refresh|destroy) (failed|cancelled)|context canceled|One or more errors occurred. Check logs for more details)$/;

/** Said of every failure of a provider, to its author. */
const PROVIDER_BOILERPLATE = [
  "This is *always* a bug in the provider. Please report the issue to the provider author as appropriate.",
  "To assist with debugging we have dumped the STDOUT and STDERR streams of the plugin:",
];

/** How many lines of a plugin's own error output are looked at, and how many are quoted. */
const OUTPUT_LIMIT = 200;
const QUOTED_LINES = 12;

export class Diagnostics {
  private readonly found = new Map<string, Diagnostic>();
  /** What plugins wrote to their error output. */
  private readonly output: string[] = [];

  add({ severity, message, urn, ephemeral }: DiagnosticEvent): void {
    if (severity === "info#err" && this.output.length < OUTPUT_LIMIT) this.output.push(...message.split("\n"));
    if (ephemeral === true || (severity !== "error" && severity !== "warning" && severity !== "info")) return;
    const short = shorten(message);
    if (short === "" || EMPTY_WORDS.test(short)) return;
    this.found.set(`${severity} ${short}`, {
      severity,
      message: short,
      ...(urn !== undefined && urn !== "" && { urn }),
    });
  }

  list(): Diagnostic[] {
    return [...this.found.values()].map((diagnostic) =>
      // The engine says that a plugin did not start, the plugin why.
      diagnostic.message.includes(" failed to start: ")
        ? { ...diagnostic, message: [diagnostic.message, ...this.thrown()].join("\n") }
        : diagnostic,
    );
  }

  /** The error that ended a plugin: its message, without the source line and stack that Node prints around it. */
  private thrown(): string[] {
    const lines = this.output.filter((line) => line.trim() !== "");
    const begin = lines.findIndex((line) => /^\w*Error\b.*:/.test(line));
    if (begin < 0) return [];
    const after = lines.slice(begin);
    const end = after.findIndex((line) => /^\s+at /.test(line));
    return after.slice(0, end < 0 ? undefined : end).slice(0, QUOTED_LINES);
  }
}

/** One message without the engine's colour tags, stack frames, and boilerplate, cut at a length that can be read. */
export function shorten(message: string): string {
  let text = withoutColour(message);
  for (const boilerplate of PROVIDER_BOILERPLATE) text = text.replace(boilerplate, "");
  const lines = text
    .split("\n")
    .filter((line) => !/^\s+at \S/.test(line))
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== "");
  text = lines.join("\n").trim();
  return text.length > MESSAGE_LIMIT ? `${text.slice(0, MESSAGE_LIMIT)} ...` : text;
}

/** Without the tags, such as `<{%reset%}>`, that stand for colours until the engine prints them. */
export function withoutColour(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "");
}
