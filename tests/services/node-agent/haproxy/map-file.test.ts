/** Files of maps. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isIntact, readMapFile, writeMapFile } from "../../../../services/node-agent/haproxy/map-file";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";

const ENTRIES = [
  ["alice", "paid"],
  ["bob", "-"],
  ["www.example.org", "app.carol.apps.example.com"],
] as const;

let path: string;
beforeEach(() => (path = join(tempDir(), "x.map")));
afterAll(removeTempDirs);

it.each([[ENTRIES], [[]]])("a map is read as it was written: %j", async (entries) => {
  const digest = await writeMapFile(path, entries);
  expect(await readMapFile(path)).toEqual({ map: new Map(entries), digest });
  expect(await isIntact(path, digest)).toBe(true);
});

it("a map of many chunks is intact", async () => {
  const entries = Array.from({ length: 20_000 }, (_, index) => [`user${index}`, "paid"] as const);
  const digest = await writeMapFile(path, entries);
  expect(await isIntact(path, digest)).toBe(true);
  expect((await readMapFile(path))?.map.size).toBe(20_000);
});

describe("a file that is not as it was written", () => {
  it.each([
    ["lost its end", (text: string) => text.slice(0, -20)],
    ["lost a line", (text: string) => text.replace("bob -\n", "")],
    ["lost everything", () => ""],
    ["got a line more", (text: string) => `${text}eve paid\n`],
    ["has another value", (text: string) => text.replace("paid", "free")],
    ["has no digest", () => "alice paid\n"],
    ["has a digest of something else", (text: string) => text.replace(/[0-9a-f]{64}/, "0".repeat(64))],
  ])("is not taken: %s", async (_, change) => {
    const digest = await writeMapFile(path, ENTRIES);
    writeFileSync(path, change(readFileSync(path, "utf8")));
    expect(await readMapFile(path)).toBeUndefined();
    expect(await isIntact(path, digest)).toBe(false);
  });

  it("or is not there at all is none", async () => {
    expect(await readMapFile(path)).toBeUndefined();
    expect(await isIntact(path, "")).toBe(false);
  });
});

it("what cannot be written leaves what was there, and nothing else", async () => {
  const digest = await writeMapFile(path, ENTRIES);
  mkdirSync(`${path}.unfinished`);
  await expect(writeMapFile(path, [])).rejects.toThrow(/EISDIR|EEXIST|directory/);
  expect(await isIntact(path, digest)).toBe(true);
});

it("an error while it is made leaves what was there, and nothing else", async () => {
  const digest = await writeMapFile(path, ENTRIES);
  function* broken(): Generator<readonly [string, string]> {
    yield ["alice", "free"];
    throw new Error("broken");
  }
  await expect(writeMapFile(path, broken())).rejects.toThrow("broken");
  expect(await isIntact(path, digest)).toBe(true);
  expect(readdirSync(join(path, ".."))).toEqual(["x.map"]);
});
