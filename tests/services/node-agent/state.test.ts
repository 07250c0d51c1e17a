import { appendFileSync, cpSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DurableState } from "../../../services/node-agent/state";
import { removeTempDirs, tempDir } from "../../support/temp-dir";
import { afterPowerCut } from "./power-cut";
import { RecordingLog } from "./recording-log";

const opened: DurableState[] = [];
let recording: RecordingLog;

beforeEach(() => (recording = new RecordingLog()));
afterEach(async () => {
  for (const state of opened.splice(0)) await state.close();
  removeTempDirs();
});

async function open(directory: string, options: { owner?: string; minCompactionBytes?: number } = {}) {
  const state = await DurableState.open({ directory, owner: "prod dns", log: recording.log, ...options });
  opened.push(state);
  return state;
}

const put = (key: string, value: unknown, revision: number) => ({ key, value, revision });
const contents = (state: DurableState) => ({ revision: state.revision, ...Object.fromEntries(state.entries) });

async function started(directory: string, options?: { owner?: string; minCompactionBytes?: number }) {
  const state = await open(directory, options);
  await state.replace(new Map([["zone", { defaultCluster: "free" }]]), 5);
  return state;
}

describe("a new directory", () => {
  it("holds no state until the first one is put there", async () => {
    const state = await open(join(tempDir(), "made", "on", "demand"));
    expect([state.isWhole, state.revision, state.entries.size]).toEqual([false, 0, 0]);
    await expect(state.append([], 1)).rejects.toThrow("there is no state to add to before the first replace");
    await state.replace(new Map(), 0);
    expect(state.isWhole).toBe(true);
  });
});

describe("what was written", () => {
  it("is there again after a power cut right behind each write", async () => {
    const directory = tempDir();
    const state = await started(directory);
    const first = afterPowerCut(directory);
    await state.append([put("user/ann", { cluster: "hackers" }, 6), put("user/bob", { cluster: "free2" }, 7)], 7);
    const second = afterPowerCut(directory);
    await state.append([put("user/ann", null, 9)], 12);
    const third = afterPowerCut(directory);
    const zone = { defaultCluster: "free" };
    expect(contents(await open(first))).toEqual({ revision: 5, zone });
    expect(contents(await open(second))).toEqual({
      revision: 7,
      zone,
      "user/ann": { cluster: "hackers" },
      "user/bob": { cluster: "free2" },
    });
    expect(contents(await open(third))).toEqual({ revision: 12, zone, "user/bob": { cluster: "free2" } });
    expect(recording.lines).toEqual([]);
  });

  it("keeps an advanced revision without changes", async () => {
    const directory = tempDir();
    await (await started(directory)).append([], 40);
    expect((await open(afterPowerCut(directory))).revision).toBe(40);
  });

  it("keeps keys and values of any text", async () => {
    const directory = tempDir();
    const value = { text: 'line\nbreak \u2028 \u{1f600} \\ "', list: [1, null, { deep: true }] };
    await (await started(directory)).append([put("domain/\nx", value, 6)], 6);
    expect((await open(afterPowerCut(directory))).entries.get("domain/\nx")).toEqual(value);
  });

  it("is replaced as a whole, and nothing of before comes back", async () => {
    const directory = tempDir();
    const state = await started(directory);
    await state.append([put("user/ann", { cluster: "free2" }, 8)], 8);
    await state.replace(new Map([["zone", { defaultCluster: "free2" }]]), 3);
    await state.append([put("user/eve", { cluster: "free" }, 4)], 4);
    expect(contents(await open(afterPowerCut(directory)))).toEqual({
      revision: 4,
      zone: { defaultCluster: "free2" },
      "user/eve": { cluster: "free" },
    });
  });
});

describe("a change log that ends in part of a record", () => {
  it("is read up to there, says so, and goes on", async () => {
    const directory = tempDir();
    const state = await started(directory);
    await state.append([put("user/ann", { cluster: "free2" }, 6)], 6);
    await state.append([put("user/bob", { cluster: "free2" }, 7)], 7);
    const cut = afterPowerCut(directory);
    const log = join(cut, "changes-1");
    truncateSync(log, statSync(log).size - 3);
    const reopened = await open(cut);
    expect([...reopened.entries.keys()]).toEqual(["zone", "user/ann"]);
    expect(reopened.revision).toBe(6);
    expect(recording.messages("warn")).toEqual([
      expect.stringContaining("the change log ends in bytes that are no whole"),
    ]);
    await reopened.append([put("user/eve", { cluster: "free2" }, 7)], 7);
    expect([...(await open(afterPowerCut(cut))).entries.keys()]).toEqual(["zone", "user/ann", "user/eve"]);
  });

  it("takes later logs with it, which must not continue another state", async () => {
    const directory = tempDir();
    const state = await started(directory);
    await state.append([put("user/ann", { cluster: "free2" }, 6)], 6);
    const damaged = afterPowerCut(directory);
    appendFileSync(join(damaged, "changes-1"), "torn");
    cpSync(join(damaged, "changes-1"), join(damaged, "changes-2"));
    await open(damaged);
    expect(readdirSync(damaged).sort()).toEqual(["changes-1", "snapshot-1"]);
  });
});

describe("a snapshot that cannot be used", () => {
  it.each([
    ["was cut short", (file: string) => truncateSync(file, statSync(file).size - 1), "it is damaged after byte"],
    [
      "is empty",
      (file: string) => truncateSync(file, 0),
      "it is damaged after byte 0 of 0: 0 of an unknown number of entries",
    ],
    ["has a flipped bit", flipBit, "it is damaged after byte"],
  ])("is moved aside when it %s, and the state starts empty", async (_, damage, reason) => {
    const directory = tempDir();
    const state = await started(directory);
    await state.append([put("user/ann", { cluster: "free2" }, 6)], 6);
    const damaged = afterPowerCut(directory);
    damage(join(damaged, "snapshot-1"));
    const reopened = await open(damaged);
    expect([reopened.isWhole, reopened.revision, reopened.entries.size]).toEqual([false, 0, 0]);
    expect(readdirSync(damaged)).toEqual(["snapshot.unreadable"]);
    expect(recording.lines[0]).toMatchObject({
      level: "error",
      message: expect.stringContaining("was moved aside, and everything is fetched from the feed again") as string,
      fields: { snapshot: join(damaged, "snapshot-1"), err: { message: expect.stringContaining(reason) as string } },
    });
    await reopened.replace(new Map([["zone", 1]]), 9);
    expect(contents(await open(afterPowerCut(damaged)))).toEqual({ revision: 9, zone: 1 });
  });

  it("is another owner's", async () => {
    const directory = tempDir();
    await started(directory, { owner: "prod edge:free" });
    const reopened = await open(afterPowerCut(directory));
    expect(reopened.isWhole).toBe(false);
    expect(recording.lines[0]?.fields.err).toEqual(
      new Error('it holds the state of "prod edge:free", not of "prod dns"'),
    );
  });
});

function flipBit(file: string): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 10) ^ 1, bytes.length - 10);
  writeFileSync(file, bytes);
}

describe("compaction", () => {
  it("leaves one snapshot and one log, with everything that came meanwhile", async () => {
    const directory = tempDir();
    const state = await started(directory, { minCompactionBytes: 2000 });
    for (let revision = 6; revision < 300; revision++) {
      await state.append([put(`user/u${revision % 20}`, { cluster: `c${revision}` }, revision)], revision);
    }
    await state.settled();
    const files = readdirSync(directory).sort();
    expect(files).toEqual([expect.stringMatching(/^changes-\d+$/), expect.stringMatching(/^snapshot-\d+$/)]);
    const bytes = files.map((name) => statSync(join(directory, name)).size);
    expect(Math.max(...bytes)).toBeLessThan(6000);
    expect(contents(await open(afterPowerCut(directory)))).toEqual(contents(state));
    expect(state.entries.size).toBe(21);
  });

  it("that a crash cut short costs nothing", async () => {
    const directory = tempDir();
    const state = await started(directory, { minCompactionBytes: 0 });
    const many = Array.from({ length: 5000 }, (_, index) => put(`user/u${index}`, { cluster: "free2" }, 6 + index));
    await state.append(many, 5005);
    const during = afterPowerCut(directory);
    expect(readdirSync(during)).toEqual(expect.arrayContaining(["changes-1", "changes-2", "snapshot-1"]));
    await state.append([put("user/u1", null, 5006)], 5006);
    const later = afterPowerCut(directory);
    expect((await open(during)).entries.size).toBe(5001);
    const reopened = await open(later);
    expect([reopened.revision, reopened.entries.size]).toEqual([5006, 5000]);
    expect(readdirSync(later).filter((name) => name.endsWith("unfinished"))).toEqual([]);
  });

  it("is ended by closing", async () => {
    const directory = tempDir();
    const state = await started(directory, { minCompactionBytes: 0 });
    await state.append(
      Array.from({ length: 20_000 }, (_, index) => put(`user/u${index}`, { cluster: "free2" }, 6)),
      6,
    );
    await opened.pop()?.close();
    expect(readdirSync(directory).filter((name) => name.endsWith("unfinished"))).toEqual([]);
    expect((await open(directory)).entries.size).toBe(20_001);
    expect(state.isWhole).toBe(false);
  });
});

describe("a directory", () => {
  it("is refused to a second agent, whatever path it comes by", async () => {
    const directory = tempDir();
    await open(directory);
    await expect(open(join(directory, "..", directory.split("/").at(-1) ?? ""))).rejects.toThrow(
      /is in use by another node agent: stop it, or set STATE_DIRECTORY to one of its own/,
    );
  });

  it("is free again once closed", async () => {
    const directory = tempDir();
    await started(directory);
    await opened.pop()?.close();
    expect((await open(directory)).revision).toBe(5);
  });
});
