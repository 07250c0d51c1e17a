import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KeyRing } from "../../../../services/node-agent/haproxy/keys";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";
import { RecordingLog } from "../recording-log";

const MINUTE_MS = 60_000;

let file: string;
let now: number;
let hop: string[] | Error;
const recording = new RecordingLog();
beforeEach(() => {
  file = join(tempDir(), "keys.json");
  now = 1_800_000_000_000;
  hop = ["first\n"];
  recording.lines.length = 0;
});
afterAll(removeTempDirs);

const open = () =>
  KeyRing.open({
    sources: {
      hopKeys: () => (hop instanceof Error ? Promise.reject(hop) : Promise.resolve(hop)),
      workspaceTokenKeys: () => Promise.resolve(["token"]),
    },
    file,
    log: recording.log,
    now: () => now,
  });

it("are read and kept for the edge alone", async () => {
  expect((await open()).keys).toEqual({ hopKeys: ["first"], workspaceTokenKeys: ["token"] });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it("are those that were kept, where they cannot be read", async () => {
  await open();
  hop = new Error("away");
  expect((await open()).keys.hopKeys).toEqual(["first"]);
  expect(recording.messages("warn")).toEqual(["keys cannot be read; those that were read last are used"]);
});

it.each(["", "{", '{"hopKeys":[]}', '{"hopKeys":[],"workspaceTokenKeys":[]}'])(
  "cannot be read and were not kept, as in %j: there is no edge without",
  async (text) => {
    writeFileSync(file, text);
    hop = new Error("away");
    await expect(open()).rejects.toThrow("away");
  },
);

it("are accepted at once when they are rotated, and sign when the other edges have read them", async () => {
  await open();
  hop = ["second"];
  expect((await open()).keys.hopKeys).toEqual(["first", "second"]);
  now += 14 * MINUTE_MS;
  expect((await open()).keys.hopKeys).toEqual(["first", "second"]);
  now += MINUTE_MS;
  expect((await open()).keys.hopKeys).toEqual(["second", "first"]);
  hop = ["third", "second"];
  expect((await open()).keys.hopKeys).toEqual(["second", "third"]);
  expect(readFileSync(file, "utf8")).not.toContain("first");
});

it("of an edge that begins amid a rotation sign with what all edges know", async () => {
  hop = ["second", "first"];
  expect((await open()).keys.hopKeys).toEqual(["first", "second"]);
  now += 15 * MINUTE_MS;
  expect((await open()).keys.hopKeys).toEqual(["second", "first"]);
});
