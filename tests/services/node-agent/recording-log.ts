/** A log that keeps what it is told. */
import type { Log } from "../../../services/node-agent/log";

export interface Line {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class RecordingLog {
  readonly lines: Line[] = [];
  readonly log: Log = { info: this.at("info"), warn: this.at("warn"), error: this.at("error") };

  /** Messages of a level. */
  messages(level: Line["level"]): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  private at(level: Line["level"]): Log["info"] {
    return (fields: unknown, message?: string) => {
      const isText = typeof fields === "string";
      this.lines.push({
        level,
        message: isText ? fields : (message ?? ""),
        fields: isText ? {} : (fields as Record<string, unknown>),
      });
    };
  }
}
