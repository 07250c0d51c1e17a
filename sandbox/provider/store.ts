import { createHash, randomUUID } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { PropertyPath } from "./property-path";
import type { Properties } from "./values";

/** What the local cloud knows about one resource. */
export interface CloudRecord {
  readonly type: string;
  readonly id: string;
  readonly urn: string;
  /** Times of creation and last change, ISO 8601. */
  readonly created: string;
  readonly updated: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** Paths of inputs and outputs that are secret. Their values are in the file, which only its owner can read. */
  readonly secrets: readonly PropertyPath[];
}

/** What the folders of claims, beside those of records, are called. */
const CLAIMS = "claims-";

/** Environment variable that names the folder of the local cloud's records. */
export const DIRECTORY_VARIABLE = "LOCAL_CLOUD_DIR";

/**
 * The resources that exist, one JSON file each, under `<root>/<scope>/<type>/`. Any number of processes may work on a
 * store at once: a record appears whole or not at all, and of two creations of one id exactly one succeeds. A crash
 * leaves at most a file whose name starts with a dot, which nobody reads.
 *
 * Something that follows the records (a controller that turns them into processes) sees every state of a resource as
 * a complete file.
 */
export class RecordStore {
  constructor(
    private readonly root: string,
    private readonly scope: string,
  ) {}

  /** The store of this process's environment; an error tells how to name its folder. */
  static rootFromEnvironment(environment: NodeJS.ProcessEnv): string {
    const root = environment[DIRECTORY_VARIABLE];
    if (root === undefined || root === "") {
      throw new Error(
        `${DIRECTORY_VARIABLE} is not set: the local provider keeps its records in the folder it names; set it, ` +
          `for example ${DIRECTORY_VARIABLE}="$PWD/.sandbox/cloud"`,
      );
    }
    return root;
  }

  /** Records a new resource; false, and nothing changed, if one of this type and id exists. */
  create(record: CloudRecord): boolean {
    return this.writeExclusively(this.path(record.type, record.id), serialize(record));
  }

  /** Records a resource's new state, whether or not it existed. */
  put(record: CloudRecord): void {
    const path = this.path(record.type, record.id);
    renameSync(this.writeTemporary(path, serialize(record)), path);
  }

  read(type: string, id: string): CloudRecord | undefined {
    return readRecord(this.path(type, id));
  }

  /** Removes a record; nothing happens if there is none. */
  remove(type: string, id: string): void {
    rmSync(this.path(type, id), { force: true });
  }

  /** All records of a type, in the order of their ids. */
  list(type: string): CloudRecord[] {
    const directory = this.directory(type);
    if (!existsSync(directory)) return [];
    return readdirSync(directory)
      .filter((file) => !file.startsWith("."))
      .flatMap((file) => readRecord(join(directory, file)) ?? [])
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Removes every record in this scope that `matches`, of whatever type. */
  removeEverywhere(matches: (record: CloudRecord) => boolean): void {
    const scope = join(this.root, this.scope);
    for (const type of existsSync(scope) ? readdirSync(scope) : []) {
      if (type.startsWith(CLAIMS)) continue;
      for (const record of this.list(type)) if (matches(record)) this.remove(record.type, record.id);
    }
  }

  /** Takes `key` of the pool for `owner`; false if somebody else has it. Taking it twice succeeds. */
  claim(pool: string, key: string, owner: string): boolean {
    const path = this.claimPath(pool, key);
    return this.writeExclusively(path, owner) || readText(path) === owner;
  }

  /** Gives `key` back if `owner` has it. */
  release(pool: string, key: string, owner: string): void {
    const path = this.claimPath(pool, key);
    if (readText(path) === owner) rmSync(path, { force: true });
  }

  private claimPath(pool: string, key: string): string {
    return join(this.root, this.scope, `${CLAIMS}${pool}`, fileName(key));
  }

  private directory(type: string): string {
    return join(this.root, this.scope, type.replace(/[^A-Za-z0-9.]+/g, "-"));
  }

  private path(type: string, id: string): string {
    return join(this.directory(type), fileName(id));
  }

  private writeExclusively(path: string, content: string): boolean {
    const temporary = this.writeTemporary(path, content);
    try {
      linkSync(temporary, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      unlinkSync(temporary);
    }
  }

  private writeTemporary(path: string, content: string): string {
    const directory = join(path, "..");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const temporary = join(directory, `.${randomUUID()}`);
    writeFileSync(temporary, content, { mode: 0o600, flag: "wx" });
    return temporary;
  }
}

/** A file name for an id of any length and characters: its readable end, and a hash that makes it unique. */
function fileName(id: string): string {
  const readable = id.replace(/[^A-Za-z0-9.]+/g, "-").replace(/^[-.]+/, "");
  return `${readable.slice(-80)}-${createHash("sha256").update(id).digest("hex").slice(0, 16)}.json`;
}

function serialize(record: CloudRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

function readRecord(path: string): CloudRecord | undefined {
  const content = readText(path);
  if (content === undefined) return undefined;
  try {
    return JSON.parse(content) as CloudRecord;
  } catch (error) {
    throw new Error(`${path} is not a record of the local cloud (${String(error)}); repair or remove the file`);
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
