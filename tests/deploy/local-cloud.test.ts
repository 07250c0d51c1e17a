/** How the command starts and ends the local cloud, with a fake one as a real process. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalCloud } from "../../deploy/local-cloud";
import { isAlive } from "../../deploy/process-tree";
import { LOG_LIMIT } from "../../sandbox/cloud/processes/log-file";
import { removeTempDirs, tempDir } from "../support/temp-dir";
import { FAKE_LOCAL_CLOUD } from "../support/tiny/project";

const started: LocalCloud[] = [];

function cloudIn(root: string): LocalCloud {
  const cloud = new LocalCloud(join(root, "cloud"), join(root, "logs", "local-cloud.log"), FAKE_LOCAL_CLOUD);
  started.push(cloud);
  return cloud;
}

const said: string[] = [];
const waiting = { notify: (text: string) => void said.push(text), check: () => undefined };

beforeEach(() => (said.length = 0));
afterEach(async () => {
  for (const cloud of started.splice(0)) await cloud.stop(waiting);
});
afterAll(removeTempDirs);

test("it is started once, in a session of its own, and found by whoever comes later", async () => {
  const root = tempDir();
  const { pid, network } = await cloudIn(root).start(waiting);
  expect(network).toBe("127.99.0.0/16");
  expect(Number(execFileSync("ps", ["-o", "sid=", "-p", String(pid)], { encoding: "utf8" }))).toBe(pid);
  expect((await cloudIn(root).start(waiting)).pid).toBe(pid);
  expect(said).toEqual(["starting the local cloud"]);
});

test("plugins are told of its socket and its addresses", async () => {
  const root = tempDir();
  const cloud = cloudIn(root);
  expect(cloud.variables(await cloud.start(waiting))).toEqual({
    LOCAL_CLOUD_SOCKET: join(root, "cloud", "cloud.sock"),
    LOCAL_CLOUD_NETWORK: "127.99.0.0/16",
  });
});

test("two that are begun at once end in one", async () => {
  const root = tempDir();
  const [first, second] = await Promise.all([cloudIn(root).start(waiting), cloudIn(root).start(waiting)]);
  expect(first.pid).toBe(second.pid);
  expect(isAlive(first.pid)).toBe(true);
});

test("one that ends as it starts is told with the end of its own words, and not with those of an earlier one", async () => {
  const root = tempDir();
  const cloud = cloudIn(root);
  mkdirSync(join(root, "logs"));
  writeFileSync(join(root, "logs", "local-cloud.log"), "an earlier story\n");
  writeFileSync(join(root, "fail"), "no address is free");
  const error = await cloud.start(waiting).catch((reason: Error) => reason);
  expect(error).toMatchObject({ name: "DeployError" });
  expect((error as Error).message).toBe(
    `the local cloud ended as it started; the end of its log, ${join(root, "logs", "local-cloud.log")}:\nno address is free`,
  );
});

test("its log is not added to for ever, and words of its own are found after it was cut", async () => {
  const root = tempDir();
  mkdirSync(join(root, "logs"));
  const file = join(root, "logs", "local-cloud.log");
  writeFileSync(file, "x".repeat(LOG_LIMIT));
  writeFileSync(join(root, "fail"), "no address is free");
  await expect(cloudIn(root).start(waiting)).rejects.toThrow(/:\nno address is free$/);
  expect(readFileSync(file, "utf8")).toBe("no address is free\n");
  expect(statSync(`${file}.1`).size).toBe(LOG_LIMIT);
});

test("a wait that the person ends leaves it running, and the next run finds it", async () => {
  const root = tempDir();
  const enough = new Error("enough");
  const check = (): void => {
    throw enough;
  };
  await expect(cloudIn(root).start({ ...waiting, check })).rejects.toBe(enough);
  const { pid } = await cloudIn(root).start(waiting);
  expect(isAlive(pid)).toBe(true);
});

test("stopping it waits until it is gone", async () => {
  const root = tempDir();
  const cloud = cloudIn(root);
  const { pid } = await cloud.start(waiting);
  await cloud.stop(waiting);
  expect(isAlive(pid)).toBe(false);
  expect(await cloud.health()).toBeUndefined();
  await cloud.stop(waiting);
  expect(said).toEqual(["starting the local cloud", "stopping the local cloud"]);
});

test("one that does not answer any more is ended by its number", async () => {
  const root = tempDir();
  writeFileSync(join(root, "deaf"), "");
  const cloud = cloudIn(root);
  let looks = 0;
  const check = (): void => {
    if (looks++ > 2) throw new Error("enough");
  };
  await expect(cloud.start({ ...waiting, check })).rejects.toThrow("enough");
  const pid = Number(readFileSync(join(root, "logs", "local-cloud.pid"), "utf8"));
  expect(isAlive(pid)).toBe(true);
  await cloud.stop(waiting);
  expect(isAlive(pid)).toBe(false);
});

test("a number that is somebody else's by now is left alone", async () => {
  const root = tempDir();
  const cloud = cloudIn(root);
  mkdirSync(join(root, "logs"));
  writeFileSync(join(root, "logs", "local-cloud.pid"), String(process.ppid));
  await cloud.stop(waiting);
  expect(isAlive(process.ppid)).toBe(true);
  expect(existsSync(join(root, "logs", "local-cloud.pid"))).toBe(false);
});
