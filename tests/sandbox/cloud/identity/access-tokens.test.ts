import { statSync } from "node:fs";
import { join } from "node:path";
import { AccessTokens } from "../../../../sandbox/cloud/identity/access-tokens";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";

const HOUR_MS = 3_600_000;

let file: string;
let now: number;

beforeEach(() => {
  file = join(tempDir(), "tokens.json");
  now = Date.parse("2026-01-01T00:00:00Z");
});
afterAll(removeTempDirs);

const open = () => new AccessTokens(file, () => now);

describe("access tokens", () => {
  it("are one per account, whoever asks and how many at once", async () => {
    const tokens = open();
    const given = await Promise.all([tokens.get("a"), tokens.get("a"), tokens.get("b")]);
    const [first, second, other] = given.map(({ token }) => token);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
    now += 5 * HOUR_MS;
    expect(await tokens.get("a")).toEqual({ token: first, expiresInSeconds: 7 * 3600 });
  });

  it("are told apart by their owners, until they expire", async () => {
    const tokens = open();
    const { token } = await tokens.get("a");
    expect([tokens.ownerOf(token), tokens.ownerOf("other")]).toEqual(["a", undefined]);
    now += 12 * HOUR_MS;
    expect(tokens.ownerOf(token)).toBeUndefined();
  });

  it("are followed by the next shortly before they expire, and are good until then", async () => {
    const tokens = open();
    const { token } = await tokens.get("a");
    now += 12 * HOUR_MS - 59_000;
    const next = await tokens.get("a");
    expect(next.token).not.toBe(token);
    expect(next.expiresInSeconds).toBe(12 * 3600);
    expect([tokens.ownerOf(token), tokens.current("a")]).toEqual(["a", next.token]);
  });

  it("are known to listeners before anybody has them, though one of these fails", async () => {
    const tokens = open();
    const heard: string[] = [];
    tokens.onNew(() => Promise.reject(new Error("away")));
    tokens.onNew(async (email, token) => {
      await Promise.resolve();
      expect(tokens.current(email)).toBeUndefined();
      heard.push(token);
    });
    const { token } = await tokens.get("a");
    expect(heard).toEqual([token]);
    await tokens.get("a");
    expect(heard).toHaveLength(1);
  });

  it("outlive the process, in a file for its owner alone", async () => {
    const { token } = await open().get("a");
    expect(open().current("a")).toBe(token);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
