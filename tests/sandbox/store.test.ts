import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type CloudRecord, RecordStore } from "../../sandbox/provider/store";

const TYPE = "gcp:compute/network:Network";
let root: string;
let store: RecordStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "records-"));
  store = new RecordStore(root, "gcp");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function record(id: string, size = 0): CloudRecord {
  const time = new Date(0).toISOString();
  return { type: TYPE, id, urn: "urn", created: time, updated: time, inputs: { size }, outputs: { size }, secrets: [] };
}

const files = () => readdirSync(join(root, "gcp", "gcp-compute-network-Network"));

describe("the record store", () => {
  test("gives back what was recorded, also to another instance", () => {
    expect(store.create(record("projects/p/global/networks/n", 1))).toBe(true);
    expect(new RecordStore(root, "gcp").read(TYPE, "projects/p/global/networks/n")).toEqual(
      record("projects/p/global/networks/n", 1),
    );
    expect(new RecordStore(root, "other").read(TYPE, "projects/p/global/networks/n")).toBeUndefined();
  });

  test("creates an id once", () => {
    expect([store.create(record("n", 1)), store.create(record("n", 2))]).toEqual([true, false]);
    expect(store.read(TYPE, "n")?.inputs).toEqual({ size: 1 });
  });

  test("keeps ids apart that look alike, and takes ids longer than a file name", () => {
    const ids = ["a/b", "a-b", "a//b", `${"long/".repeat(200)}1`, `${"long/".repeat(200)}2`];
    expect(ids.map((id) => store.create(record(id)))).toEqual(ids.map(() => true));
    expect(store.list(TYPE).map(({ id }) => id)).toEqual([...ids].sort());
  });

  test("lets only the owner read, since records hold secrets", () => {
    store.create(record("n"));
    store.put(record("n", 1));
    const modes = files().map((file) => statSync(join(root, "gcp", "gcp-compute-network-Network", file)).mode & 0o777);
    expect(modes).toEqual([0o600]);
  });

  test("leaves no other files behind and ignores what a crash left", () => {
    store.create(record("n"));
    store.create(record("n"));
    writeFileSync(join(root, "gcp", "gcp-compute-network-Network", ".half"), '{"type"');
    expect(store.list(TYPE)).toEqual([record("n")]);
    expect(files()).toHaveLength(2);
  });

  test("names the file of a record that cannot be read", () => {
    store.create(record("n"));
    writeFileSync(join(root, "gcp", "gcp-compute-network-Network", files()[0] ?? ""), "{");
    expect(() => store.read(TYPE, "n")).toThrow(/gcp-compute-network-Network\/.*repair or remove the file/);
  });

  test("gives a claim to one owner until it is released", () => {
    expect([store.claim("ips", "1", "a"), store.claim("ips", "1", "b"), store.claim("ips", "1", "a")]).toEqual([
      true,
      false,
      true,
    ]);
    store.release("ips", "1", "b");
    expect(store.claim("ips", "1", "b")).toBe(false);
    store.release("ips", "1", "a");
    expect(store.claim("ips", "1", "b")).toBe(true);
  });

  test("asks for the folder when the environment names none", () => {
    expect(() => RecordStore.rootFromEnvironment({})).toThrow(/LOCAL_CLOUD_DIR is not set/);
  });

  test("behaves like a map under any sequence of operations", () => {
    const operation = fc.record({
      kind: fc.constantFrom("create", "put", "remove"),
      id: fc.constantFrom("a", "a/b", "c"),
      size: fc.nat(9),
    });
    const property = fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
      const fresh = new RecordStore(root, `run-${Math.random()}`);
      const model = new Map<string, number>();
      for (const { kind, id, size } of operations) {
        if (kind === "create") expect(fresh.create(record(id, size))).toBe(!model.has(id));
        if (kind === "put" || (kind === "create" && !model.has(id))) model.set(id, size);
        if (kind === "put") fresh.put(record(id, size));
        if (kind === "remove") {
          fresh.remove(TYPE, id);
          model.delete(id);
        }
      }
      expect(fresh.list(TYPE).map(({ id, inputs }) => [id, inputs.size])).toEqual([...model].sort());
    });
    fc.assert(property, { numRuns: 30 });
  });

  test("survives processes that write the same records at once: each id has one creator, and no record is torn", async () => {
    const script = join(__dirname, "store-writer.ts");
    const writers = [1, 2, 3].map((writer) =>
      fork(script, [root, String(writer)], {
        timeout: 30_000,
        execArgv: ["--require", require.resolve("../../tools/typescript.cjs")],
      }),
    );
    const created = await Promise.all(
      writers.map(async (child) => {
        const [ids] = (await once(child, "message")) as [string[]];
        await once(child, "exit");
        return ids;
      }),
    );
    const all = created.flat();
    expect(new Set(all).size).toBe(all.length);
    expect(store.list(TYPE).map(({ id }) => id)).toEqual([...all].sort());
    expect(files().filter((file) => file.startsWith("."))).toEqual([]);
  });
});
