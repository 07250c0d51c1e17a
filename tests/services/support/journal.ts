/** A node's state on disk: the feed's lines as they came, one per line. */
import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { feedEntry, type FeedEntry } from "../../../services/contracts/feed";

export class Journal {
  constructor(private readonly file: string) {}

  /** What has been written. */
  read(): FeedEntry[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => feedEntry.parse(JSON.parse(line)));
  }

  /** Adds entries. They are on the disk when it returns. */
  append(entries: readonly FeedEntry[]): void {
    if (entries.length > 0) write(this.file, "a", entries);
  }

  /** Puts entries in the place of all there are, at once. */
  replace(entries: readonly FeedEntry[]): void {
    const next = `${this.file}.next`;
    write(next, "w", entries);
    renameSync(next, this.file);
  }
}

function write(file: string, flags: "a" | "w", entries: readonly FeedEntry[]): void {
  const descriptor = openSync(file, flags);
  try {
    writeSync(descriptor, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
