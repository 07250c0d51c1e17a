/** Which instances there are: on disk, so that they survive a restart of the local cloud under their names. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeWhole } from "../../write-whole";

/** An instance of a group. */
export interface KeptInstance {
  readonly name: string;
  readonly zone: string;
  /** Id of the template that it is made of. */
  readonly template: string;
  /** Whether it is on its way out: after a restart nothing of it runs, and what is left is removed. */
  readonly leaving: boolean;
}

export interface KeptGroup {
  /** How many instances its records said last that there are to be. */
  readonly size: number;
  readonly instances: readonly KeptInstance[];
}

/** Groups by the ids of their managers. */
export type KeptGroups = Readonly<Record<string, KeptGroup>>;

/** A file of {@link KeptGroups}. */
export class StateFile {
  private written: string;

  constructor(private readonly path: string) {
    this.written = existsSync(path) ? readFileSync(path, "utf8") : "{}\n";
  }

  /** What was kept last. Throws an Error that names the file if it is damaged. */
  read(): KeptGroups {
    try {
      return JSON.parse(this.written) as KeptGroups;
    } catch (error) {
      throw new Error(`${this.path} is not JSON (${String(error)}); remove it: groups begin anew`, { cause: error });
    }
  }

  /** Keeps `groups`; whole or not at all. */
  write(groups: KeptGroups): void {
    const text = `${JSON.stringify(groups, null, 2)}\n`;
    if (text === this.written) return;
    mkdirSync(dirname(this.path), { recursive: true });
    writeWhole(this.path, text);
    this.written = text;
  }
}
