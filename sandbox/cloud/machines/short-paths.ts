/**
 * Short names for directories. Unix sockets have paths of 107 characters at most, and programs put them into directories that they
 * are told of; a checkout may be deep enough to leave them no room.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The longest that leaves room for all that is added: `/apps/<36 characters>.sock` of a container host is the most. */
const ROOM = 60;

export class ShortPaths {
  private readonly folder: string;
  private readonly user = process.getuid?.() ?? 0;

  /** @param directory whose paths these are; nobody else uses the same links. */
  constructor(directory: string) {
    this.folder = join(tmpdir(), `local-cloud-${this.user}-${hashOf(directory)}`);
  }

  /** The directory itself, or a link to it where its path is too long. */
  of(directory: string): string {
    if (directory.length <= ROOM) return directory;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    if (lstatSync(this.folder).uid !== this.user) {
      throw new Error(`${this.folder} is another user's: set TMPDIR to a folder of your own with a short path`);
    }
    const link = join(this.folder, hashOf(directory));
    if (readLink(link) === directory) return link;
    rmSync(link, { force: true });
    symlinkSync(directory, link);
    return link;
  }

  /** Removes the link to a directory, where it has one. */
  release(directory: string): void {
    rmSync(join(this.folder, hashOf(directory)), { force: true });
  }

  /** Removes all links. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function readLink(link: string): string | undefined {
  return lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(link) : undefined;
}

function hashOf(path: string): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 8);
}
