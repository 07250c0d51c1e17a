/**
 * What only a file backend on this machine allows: to see whose lock it is, and which steps an interrupted run left open.
 * The file layout is that of Pulumi's self-managed backends.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isAlive } from "./process-tree";

/** Self-managed backends know one organization. */
const ORGANIZATION = "organization";

interface LockFile {
  readonly pid: number;
  readonly hostname: string;
}

/**
 * Removes the locks of a stack whose owners died on this machine, and returns their process numbers. A lock of a process
 * that lives, or of another machine, stays: only its owner or a person can tell whether it still holds.
 */
export function removeStaleLocks(stateDir: string, project: string, stack: string): number[] {
  const dir = join(stateDir, ".pulumi", "locks", ORGANIZATION, project, stack);
  if (!existsSync(dir)) return [];
  const removed: number[] = [];
  for (const name of readdirSync(dir).filter((file) => file.endsWith(".json"))) {
    const file = join(dir, name);
    const lock = readJson<LockFile>(file);
    if (lock?.hostname !== hostname() || isAlive(lock.pid)) continue;
    rmSync(file, { force: true });
    rmSync(`${file}.attrs`, { force: true });
    removed.push(lock.pid);
  }
  return removed;
}

/**
 * Removes what a killed engine has begun to write beside a file: the file's attributes, which say nothing that anybody needs. Empty
 * ones, which is what is left of them, make Pulumi end every look into the backend with the one word `EOF`.
 */
export function removeCutOffAttributes(stateDir: string): void {
  const dir = join(stateDir, ".pulumi");
  if (!existsSync(dir)) return;
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    const file = join(dir, name);
    // Those of an engine that is just writing them may go as well: it does not mind.
    if (name.endsWith(".attrs") && statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file, { force: true });
  }
}

/** How many steps of an earlier run were begun and, its engine having died, never reported as ended. */
export function pendingOperations(stateDir: string, project: string, stack: string): number {
  return readLatest(join(stacksDir(stateDir, project), `${stack}.json`))?.pending_operations?.length ?? 0;
}

/** A resource by what providers know it by. */
export interface RecordedResource {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
}

/** The resources that the states of a project's stacks hold, those of no provider left out. */
export function recordedResources(stateDir: string, project: string): RecordedResource[] {
  const dir = stacksDir(stateDir, project);
  const files = existsSync(dir) ? readdirSync(dir).filter((file) => file.endsWith(".json")) : [];
  return files
    .flatMap((file) => readLatest(join(dir, file))?.resources ?? [])
    .flatMap(({ urn, type, id }) => (id === undefined ? [] : [{ urn, type, id }]));
}

interface Latest {
  readonly resources?: readonly { readonly urn: string; readonly type: string; readonly id?: string }[];
  readonly pending_operations?: readonly unknown[];
}

function readLatest(file: string): Latest | undefined {
  return readJson<{ checkpoint?: { latest?: Latest } }>(file)?.checkpoint?.latest;
}

function stacksDir(stateDir: string, project: string): string {
  return join(stateDir, ".pulumi", "stacks", project);
}

/** Undefined for a file that is gone or, its writer having died, incomplete. */
function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch {
    return undefined;
  }
}
