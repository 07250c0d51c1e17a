/** A ConfigMap as a directory, whose files follow it while processes read them. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";

/** Link to the folder with the present files. */
const PRESENT = "..data";
const NEXT = "..data.next";
const VERSION = "..version-";

/** File name to content. */
export type Files = Readonly<Record<string, Uint8Array>>;

/**
 * Makes the directory hold these files, as the kubelet does: each `<key>` is a link to `..data/<key>`, and `..data` one to a folder of a
 * version. Swapping that one link changes all files at once, so no reader sees some of the old and some of the new. Returns
 * whether anything changed.
 */
export function writeConfigMapVolume(directory: string, files: Files): boolean {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const before = presentVersion(directory);
  if (before !== undefined && holds(join(directory, before), files)) return false;
  const version = mkdtempSync(join(directory, VERSION));
  chmodSync(version, 0o755);
  for (const [key, content] of Object.entries(files)) writeFileSync(join(version, key), content, { mode: 0o644 });
  rmSync(join(directory, NEXT), { force: true });
  symlinkSync(basename(version), join(directory, NEXT));
  renameSync(join(directory, NEXT), join(directory, PRESENT));
  linkKeys(directory, Object.keys(files));
  if (before !== undefined) rmSync(join(directory, before), { recursive: true, force: true });
  return true;
}

/** Added keys get their link once their file is there; those of removed ones dangle for a moment and go. */
function linkKeys(directory: string, keys: readonly string[]): void {
  const linked = readdirSync(directory).filter((name) => !name.startsWith(".."));
  for (const key of keys) {
    if (!linked.includes(key)) symlinkSync(join(PRESENT, key), join(directory, key));
  }
  for (const key of linked) if (!keys.includes(key)) rmSync(join(directory, key));
}

function presentVersion(directory: string): string | undefined {
  try {
    return readlinkSync(join(directory, PRESENT));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function holds(version: string, files: Files): boolean {
  const names = readdirSync(version);
  const keys = Object.keys(files);
  if (names.length !== keys.length) return false;
  return keys.every((key) => names.includes(key) && readFileSync(join(version, key)).equals(files[key]!));
}
