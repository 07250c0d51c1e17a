/**
 * Where an instance's data is: `<local cloud>/sql/<instance>/data`. As root, PostgreSQL runs as a user who as a rule may not enter that
 * folder; then it is in a folder of the system's for temporary files, which the file `<local cloud>/sql/<instance>/location` names:
 * in $TMPDIR, or where systems keep such files over a restart.
 */
import { execFile } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { mayEnter, program, serverUser, type SystemUser } from "./programs";

/** The role that the local cloud itself logs in as: Cloud SQL's own is called so. */
export const ADMIN = "cloudsqladmin";
const INITDB_TIMEOUT_MS = 120_000;
const FOLDER = "sql";
const SYSTEM_FOLDERS = ["/var/tmp", "/tmp"];
/** Names the server that has the data open. */
const LOCK_FILE = "postmaster.pid";

export class DataFolder {
  private readonly folder: string;

  constructor(
    private readonly directory: string,
    instance: string,
  ) {
    this.folder = join(directory, FOLDER, instance);
  }

  /** Who the server runs as. */
  get user(): SystemUser | undefined {
    return serverUser();
  }

  /** The data, once {@link ensure} has made it. */
  get data(): string {
    const location = join(this.folder, "location");
    const base = existsSync(location) ? readFileSync(location, "utf8").trim() : this.folder;
    return join(base, "data");
  }

  get adminPassword(): string {
    return readFileSync(this.passwordFile, "utf8").trim();
  }

  /** Makes an empty database cluster, unless there is one. */
  async ensure(): Promise<void> {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const finished = join(this.data, "pg_hba.conf");
    if (existsSync(this.passwordFile) && existsSync(join(this.folder, "initialized")) && existsSync(finished)) return;
    this.removeData();
    const data = this.makeFolder();
    writeFileSync(this.passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
    await this.initialize(data);
    // Only now: one that was cut off is begun anew.
    writeFileSync(join(this.folder, "initialized"), "");
  }

  /** Has a file of the data hold this, for its server's eyes only; returns whether it held something else. */
  write(name: string, content: string): boolean {
    const path = join(this.data, name);
    if (existsSync(path) && readFileSync(path, "utf8") === content) return false;
    rmSync(path, { force: true });
    writeFileSync(path, content, { mode: 0o600 });
    this.giveAway(path);
    return true;
  }

  /**
   * Removes what a server that was killed, or had its machine restarted, has left behind, where its number is another process's by now:
   * PostgreSQL takes any process of its user for that server, and does not start.
   */
  removeStaleLock(): void {
    const lock = join(this.data, LOCK_FILE);
    if (!existsSync(lock)) return;
    const pid = Number.parseInt(readFileSync(lock, "utf8"), 10);
    // A server of this data that does run is PostgreSQL's to find.
    if (workingDirectory(pid) !== realpathSync(this.data)) rmSync(lock);
  }

  /** With everything in it. */
  remove(): void {
    this.removeData();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private get passwordFile(): string {
    return join(this.folder, "admin-password");
  }

  private makeFolder(): string {
    const { user, folder } = this;
    if (user !== undefined && !mayEnter(this.directory, user)) {
      const base = mkdtempSync(join(folderFor(user), "cloud-sql-"));
      this.giveAway(base);
      writeFileSync(join(folder, "location"), `${base}\n`);
    } else if (user !== undefined) {
      for (const path of [join(this.directory, FOLDER), folder]) this.giveAway(path);
    }
    mkdirSync(this.data, { mode: 0o700 });
    this.giveAway(this.data);
    return this.data;
  }

  private async initialize(data: string): Promise<void> {
    // The password goes by a file that the server's user can read, and that is in nobody's process list.
    const passwordFile = join(data, "..", "first-password");
    writeFileSync(passwordFile, this.adminPassword, { mode: 0o600 });
    this.giveAway(passwordFile);
    const options = [`--username=${ADMIN}`, `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8"];
    try {
      // Whatever locales the machine has: sorting is by bytes everywhere.
      await promisify(execFile)(program("initdb"), ["-D", data, "--locale=C", ...options], {
        ...this.user,
        cwd: data,
        timeout: INITDB_TIMEOUT_MS,
      });
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }

  private removeData(): void {
    const location = join(this.folder, "location");
    rmSync(join(this.folder, "initialized"), { force: true });
    if (existsSync(location))
      rmSync(readFileSync(location, "utf8").trim(), { recursive: true, force: true, maxRetries: 5 });
    rmSync(location, { force: true });
    rmSync(join(this.folder, "data"), { recursive: true, force: true, maxRetries: 5 });
  }

  private giveAway(path: string): void {
    if (this.user !== undefined) chownSync(path, this.user.uid, this.user.gid);
  }
}

/** A folder outside of the local cloud's that a user may enter. */
function folderFor(user: SystemUser): string {
  const { TMPDIR } = process.env;
  const folders = [...(TMPDIR === undefined ? [] : [TMPDIR]), ...SYSTEM_FOLDERS];
  const found = folders.find((folder) => existsSync(folder) && mayEnter(folder, user));
  if (found !== undefined) return found;
  throw new Error(
    `PostgreSQL runs as the user ${user.uid}, who can enter none of ${folders.join(", ")}: set TMPDIR to a folder that it can enter`,
  );
}

/** Undefined where there is no such process, or one of somebody else's. */
function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** Removes the data of all instances of a local cloud, wherever it is. To be called when nothing of it runs. */
export function removeAllData(directory: string): void {
  const folder = join(directory, FOLDER);
  for (const instance of existsSync(folder) ? readdirSync(folder) : []) new DataFolder(directory, instance).remove();
}
