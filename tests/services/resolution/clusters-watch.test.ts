import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterDocument } from "../../../services/contracts/cluster";
import { readDocuments, watchClusters, type ClusterWatch } from "../../../services/resolution/clusters";
import { removeTempDirs, tempDir } from "../../support/temp-dir";
import { until } from "../../support/until";
import { clusterDocument, writeClusters } from "../support/clusters";

afterEach(removeTempDirs);

/** A ConfigMap as the kubelet mounts it: files are links through `..data`, which is swapped for every version. */
class MountedConfigMap {
  readonly dir = tempDir();
  private version = 0;

  write(documents: readonly ClusterDocument[]): void {
    const version = `..2026_${++this.version}`;
    writeClusters(join(this.dir, version), documents);
    symlinkSync(version, join(this.dir, "..data_tmp"));
    renameSync(join(this.dir, "..data_tmp"), join(this.dir, "..data"));
    for (const { name } of documents) {
      const link = join(this.dir, `${name}.json`);
      rmSync(link, { force: true });
      symlinkSync(join("..data", `${name}.json`), link);
    }
    rmSync(join(this.dir, `..2026_${this.version - 1}`), { recursive: true, force: true });
  }
}

const a = clusterDocument("a", 1);
const b = clusterDocument("b", 2);

describe("readDocuments", () => {
  it("reads every cluster's file by name, and no others", async () => {
    const dir = tempDir();
    writeClusters(dir, [b, a]);
    writeFileSync(join(dir, "README"), "not a cluster");
    expect(await readDocuments(dir)).toEqual([a, b]);
  });

  it("reads a mounted ConfigMap", async () => {
    const mounted = new MountedConfigMap();
    mounted.write([a, b]);
    expect(await readDocuments(mounted.dir)).toEqual([a, b]);
  });

  it.each([
    ["no JSON", "a.json", "{", /^a\.json: is not JSON: /],
    ["a wrong value", "a.json", JSON.stringify({ ...a, maxUsers: 0 }), /^a\.json: maxUsers: /],
    ["an unknown key", "a.json", JSON.stringify({ ...a, color: "red" }), /^a\.json: .*color/],
    ["another cluster", "a.json", JSON.stringify(b), /^a\.json: name: is "b"/],
  ])("refuses a file with %s, naming file and key", async (_, file, text, message) => {
    const dir = tempDir();
    writeFileSync(join(dir, file), text);
    await expect(readDocuments(dir)).rejects.toThrow(message);
  });

  it("refuses an empty directory", async () => {
    await expect(readDocuments(tempDir())).rejects.toThrow(/no cluster is described/);
  });
});

describe("watchClusters", () => {
  let watch: ClusterWatch | undefined;
  let seen: string[][];
  let errors: string[];
  let failing: boolean;
  beforeEach(() => {
    [seen, errors, failing] = [[], [], false];
  });
  afterEach(() => watch?.stop());

  function start(dir: string): void {
    const onChange = (documents: ClusterDocument[]) => {
      if (failing) throw new Error("the store cannot be reached");
      seen.push(documents.map(({ name, maxUsers }) => `${name} ${maxUsers}`));
    };
    watch = watchClusters(dir, onChange, { intervalMs: 5, onError: (error) => errors.push(String(error)) });
  }

  it("tells of the documents at first and whenever a ConfigMap's link is swapped, once each", async () => {
    const mounted = new MountedConfigMap();
    mounted.write([a]);
    start(mounted.dir);
    await until("the first", () => seen.length === 1);
    mounted.write([a]);
    mounted.write([a, b]);
    await until("the second", () => seen.length === 2);
    mounted.write([{ ...a, maxUsers: 9 }, b]);
    await until("the third", () => seen.length === 3);
    expect(seen).toEqual([["a 2000000"], ["a 2000000", "b 2000000"], ["a 9", "b 2000000"]]);
  });

  it("tells of files that are written in place", async () => {
    const dir = tempDir();
    writeClusters(dir, [a]);
    start(dir);
    await until("the first", () => seen.length === 1);
    writeClusters(dir, [{ ...a, maxUsers: 8 }]);
    await until("the change", () => seen.at(-1)?.[0] === "a 8");
  });

  it("reports a mistake once, leaves the last good documents in force, and goes on", async () => {
    const mounted = new MountedConfigMap();
    mounted.write([a]);
    start(mounted.dir);
    await until("the first", () => seen.length === 1);
    mounted.write([{ ...a, maxUsers: -1 }]);
    await until("the mistake", () => errors.some((error) => error.includes("a.json: maxUsers")));
    mounted.write([a, b]);
    await until("the remedy", () => seen.length === 2);
    expect(errors.filter((error) => error.includes("maxUsers"))).toHaveLength(1);
  });

  it("tries again what could not be taken", async () => {
    const dir = tempDir();
    writeClusters(dir, [a]);
    failing = true;
    start(dir);
    await until("the failure", () => errors.length === 1);
    failing = false;
    await until("another try", () => seen.length === 1);
  });

  it("tells of unchanged documents now and then", async () => {
    const dir = tempDir();
    writeClusters(dir, [a]);
    const onChange = (documents: ClusterDocument[]) => void seen.push(documents.map(({ name }) => name));
    watch = watchClusters(dir, onChange, { intervalMs: 5, repeatMs: 10 });
    await until("the third time", () => seen.length >= 3);
    expect(new Set(seen.flat())).toEqual(new Set(["a"]));
  });

  it("comes after a directory that is not there yet", async () => {
    const dir = join(tempDir(), "later");
    start(dir);
    await until("the failure", () => errors.length === 1);
    mkdirSync(dir);
    writeClusters(dir, [a]);
    await until("the first", () => seen.length === 1);
  });

  it("tells of nothing any more when it has stopped", async () => {
    const dir = tempDir();
    writeClusters(dir, [a]);
    let taken: (() => void) | undefined;
    watch = watchClusters(dir, () => new Promise<void>((resolve) => (taken = resolve)), { intervalMs: 5 });
    await until("a change being taken", () => taken !== undefined);
    let stopped = false;
    const stopping = watch.stop().then(() => (stopped = true));
    writeClusters(dir, [a, b]);
    expect(stopped).toBe(false);
    taken?.();
    await stopping;
  });
});
