/** Random histories of a state, cut off at any byte: what is read again was the state once, and lacks nothing acknowledged. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { DurableState } from "../../../services/node-agent/state";
import { removeTempDirs, tempDir } from "../../support/temp-dir";
import { afterPowerCut } from "./power-cut";
import { RecordingLog } from "./recording-log";

const { log } = new RecordingLog();
afterAll(removeTempDirs);
// Each history is read back after each of its steps.
jest.setTimeout(60_000);

const key = fc.constantFrom("zone", "user/a", "user/b", "user/c", "domain/d");
const value = fc.oneof(fc.record({ cluster: fc.constantFrom("free", "free2") }), fc.string(), fc.integer());
const batch = fc.array(fc.tuple(key, fc.option(value, { freq: 3 })), { maxLength: 6 });
type Step =
  | { type: "append"; batch: [string, unknown][] }
  | { type: "replace"; entries: [string, unknown][] }
  | { type: "restart" };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("append" as const), batch }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("replace" as const), entries: fc.array(fc.tuple(key, value)) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("restart" as const) }) },
);
/** Part of a file's length. */
const part = fc.double({ min: 0, max: 1, noNaN: true });

const textOf = (revision: number, entries: ReadonlyMap<string, unknown>) =>
  JSON.stringify([revision, [...entries].sort(([a], [b]) => (a < b ? -1 : 1))]);
const NOTHING = textOf(0, new Map());

/** Takes the steps in a new directory, with so small a bound that it compacts all the time, and tells each state's text. */
async function run(
  steps: readonly Step[],
  afterEach: (directory: string, history: readonly string[]) => Promise<void>,
) {
  const directory = tempDir();
  const open = () => DurableState.open({ directory, owner: "test", log, minCompactionBytes: 300 });
  let state = await open();
  const history = [NOTHING];
  try {
    for (const taken of [{ type: "replace" as const, entries: [] }, ...steps]) {
      const revision = state.revision + 1;
      if (taken.type === "append") {
        const changes = taken.batch.map(([name, content]) => ({ key: name, value: content, revision }));
        await state.append(changes, revision);
      } else if (taken.type === "replace") await state.replace(new Map(taken.entries), revision);
      else {
        await state.close();
        state = await open();
        expect(textOf(state.revision, state.entries)).toBe(history.at(-1));
      }
      history.push(textOf(state.revision, state.entries));
      await afterEach(directory, history);
    }
  } finally {
    await state.close();
    rmSync(directory, { recursive: true });
  }
}

/** What is read from a copy of the directory after some damage to it. */
async function readAfter(directory: string, damage: (copy: string) => void): Promise<string> {
  const copy = afterPowerCut(directory);
  damage(copy);
  const state = await DurableState.open({ directory: copy, owner: "test", log });
  const text = textOf(state.revision, state.entries);
  // It must take further changes, and give them back, whatever it was made from.
  if (!state.isWhole) await state.replace(new Map(), 1);
  await state.append([{ key: "probe", value: 1, revision: 999 }], 999);
  await state.close();
  const again = await DurableState.open({ directory: copy, owner: "test", log });
  expect([again.revision, again.entries.get("probe")]).toEqual([999, 1]);
  await again.close();
  rmSync(copy, { recursive: true });
  return text;
}

const newest = (directory: string, kind: string) =>
  Math.max(
    ...readdirSync(directory)
      .filter((name) => new RegExp(`^${kind}-\\d+$`).test(name))
      .map((name) => Number(name.split("-")[1])),
  );

describe("a state on disk", () => {
  it("loses nothing that was written, wherever a power cut stops the next write", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.uint8Array({ maxLength: 60 }), async (steps, torn) => {
        await run(steps, async (directory, history) => {
          const read = await readAfter(directory, (copy) => {
            const active = join(copy, `changes-${newest(copy, "changes")}`);
            writeFileSync(active, torn, { flag: "a" });
            writeFileSync(join(copy, "snapshot-1000000.unfinished"), torn);
          });
          expect(read).toBe(history.at(-1));
        });
      }),
      { numRuns: 25 },
    );
  });

  it("is an earlier state of its own when a change log was cut at any byte or has rotted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), part, fc.boolean(), async (steps, at, rots) => {
        await run(steps, async (directory, history) => {
          const read = await readAfter(directory, (copy) => {
            const first = join(copy, `changes-${newest(copy, "snapshot")}`);
            const bytes = readFileSync(first);
            const offset = Math.floor(at * bytes.length);
            if (!rots) truncateSync(first, offset);
            else if (offset < bytes.length) {
              bytes.writeUInt8(bytes.readUInt8(offset) ^ 0x10, offset);
              writeFileSync(first, bytes);
            }
          });
          expect(history).toContain(read);
        });
      }),
      { numRuns: 25 },
    );
  });

  it("is empty, never wrong, when the snapshot was cut at any byte or has rotted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), part, fc.boolean(), async (steps, at, rots) => {
        await run(steps, async (directory) => {
          const read = await readAfter(directory, (copy) => {
            const file = join(copy, `snapshot-${newest(copy, "snapshot")}`);
            const bytes = readFileSync(file);
            const offset = Math.min(bytes.length - 1, Math.floor(at * bytes.length));
            if (!rots) truncateSync(file, offset);
            else {
              bytes.writeUInt8(bytes.readUInt8(offset) ^ 0x10, offset);
              writeFileSync(file, bytes);
            }
          });
          expect(read).toBe(NOTHING);
        });
      }),
      { numRuns: 25 },
    );
  });
});
