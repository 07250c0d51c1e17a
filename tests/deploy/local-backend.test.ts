import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { pendingOperations, removeCutOffAttributes, removeStaleLocks } from "../../deploy/local-backend";
import { removeTempDirs, tempDir } from "../support/temp-dir";

afterEach(removeTempDirs);

/** A process number that was in use a moment ago. */
function deadPid(): number {
  return spawnSync("true").pid;
}

function lock(state: string, owner: { pid: number; hostname: string }): string {
  const dir = join(state, ".pulumi", "locks", "organization", "platform", "prod.free");
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${owner.pid}.json`);
  writeFileSync(file, JSON.stringify(owner));
  return file;
}

test("the lock of a process that died here is removed, and its owner told", () => {
  const state = tempDir();
  const pid = deadPid();
  const file = lock(state, { pid, hostname: hostname() });
  expect(removeStaleLocks(state, "platform", "prod.free")).toEqual([pid]);
  expect(existsSync(file)).toBe(false);
});

test("the lock of a process that lives stays", () => {
  const state = tempDir();
  const file = lock(state, { pid: process.pid, hostname: hostname() });
  expect(removeStaleLocks(state, "platform", "prod.free")).toEqual([]);
  expect(existsSync(file)).toBe(true);
});

test("the lock of another machine stays, whatever its process number", () => {
  const state = tempDir();
  const file = lock(state, { pid: deadPid(), hostname: "elsewhere" });
  expect(removeStaleLocks(state, "platform", "prod.free")).toEqual([]);
  expect(existsSync(file)).toBe(true);
});

test("another stack's lock is not looked at", () => {
  const state = tempDir();
  const file = lock(state, { pid: deadPid(), hostname: hostname() });
  expect(removeStaleLocks(state, "platform", "prod")).toEqual([]);
  expect(existsSync(file)).toBe(true);
});

test("pending operations are counted; a stack without state has none", () => {
  const state = tempDir();
  const dir = join(state, ".pulumi", "stacks", "platform");
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    join(dir, "prod.free.json"),
    JSON.stringify({ checkpoint: { latest: { pending_operations: [{}, {}] } } }),
  );
  expect(pendingOperations(state, "platform", "prod.free")).toBe(2);
  expect(pendingOperations(state, "platform", "prod")).toBe(0);
});

test("attributes that a killed engine has only begun to write are removed, others stay", () => {
  const state = tempDir();
  removeCutOffAttributes(state);
  const dir = join(state, ".pulumi", "stacks", "platform");
  mkdirSync(dir, { recursive: true });
  for (const [name, content] of [
    ["prod.free.json", ""],
    ["prod.free.json.attrs", ""],
    ["prod.json.attrs", "{}"],
  ] as const) {
    writeFileSync(join(dir, name), content);
  }
  removeCutOffAttributes(state);
  expect(readdirSync(dir).sort()).toEqual(["prod.free.json", "prod.json.attrs"]);
});
