/** What the local cloud keeps about pods over its restarts. */
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeWhole } from "../write-whole";
import type { StoredPod } from "./pods/stored-pod";
import type { StoredClaim } from "./volumes/claims";

export interface Stored {
  readonly pods: readonly StoredPod[];
  readonly claims: readonly StoredClaim[];
}

const NOTHING: Stored = { pods: [], claims: [] };

/** One file, which only its owner can read: templates hold environments. */
export class StateFile {
  private saved: string | undefined;

  constructor(private readonly path: string) {}

  /** Throws an Error that names the file if it is not one of these. */
  load(): Stored {
    let text: string;
    try {
      text = readFileSync(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return NOTHING;
      throw error;
    }
    try {
      return JSON.parse(text) as Stored;
    } catch (error) {
      throw new Error(
        `${this.path} is not what the local cloud wrote (${String(error)}); remove it: pods get new names then`,
      );
    }
  }

  /** Replaces the file as a whole; nothing happens if nothing has changed. */
  save(stored: Stored): void {
    const text = JSON.stringify(stored);
    if (text === this.saved) return;
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    writeWhole(this.path, text);
    this.saved = text;
  }
}
