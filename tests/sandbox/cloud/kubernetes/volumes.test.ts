import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { retained, type ClaimOwner, type StoredClaim } from "../../../../sandbox/cloud/kubernetes/volumes/claims";
import { writeConfigMapVolume } from "../../../../sandbox/cloud/kubernetes/volumes/config-map-volume";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";

afterAll(removeTempDirs);

const bytes = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([key, text]) => [key, Buffer.from(text)]));

/** What a process that lists the directory finds. */
function listed(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => !name.startsWith(".."));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), "utf8")]));
}

describe("the directory of a ConfigMap", () => {
  it("holds the present files, whatever they were before", () => {
    const files = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}(\.json)?$/), fc.string(), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.array(files, { minLength: 1, maxLength: 4 }), (versions) => {
        const directory = join(tempDir(), "clusters");
        for (const version of versions) {
          writeConfigMapVolume(directory, bytes(version));
          expect(listed(directory)).toEqual({ ...version });
        }
        // One version is left, and the link to it.
        expect(readdirSync(directory).filter((name) => name.startsWith(".."))).toHaveLength(2);
      }),
      { numRuns: 30 },
    );
  });

  it("changes all files by one link", () => {
    const directory = tempDir();
    writeConfigMapVolume(directory, bytes({ a: "1", b: "1" }));
    expect([readlinkSync(join(directory, "a")), readlinkSync(join(directory, "b"))]).toEqual(["..data/a", "..data/b"]);
    const before = join(directory, readlinkSync(join(directory, "..data")));
    expect(writeConfigMapVolume(directory, bytes({ a: "2", b: "2" }))).toBe(true);
    expect(readlinkSync(join(directory, "..data"))).not.toBe(before);
    expect(existsSync(before)).toBe(false);
  });

  it("stays as it is when nothing has changed", () => {
    const directory = tempDir();
    writeConfigMapVolume(directory, bytes({ a: "1" }));
    const before = readlinkSync(join(directory, "..data"));
    expect(writeConfigMapVolume(directory, bytes({ a: "1" }))).toBe(false);
    expect(readlinkSync(join(directory, "..data"))).toBe(before);
  });
});

describe("claims of a StatefulSet", () => {
  const retention = { whenDeleted: "Delete", whenScaled: "Retain" } as const;
  const claims: StoredClaim[] = [0, 1, 2].map((ordinal) => ({
    ...{ cluster: "c", namespace: "n", kind: "StatefulSet", workload: "dns", gkeCluster: "g" },
    ...{ claim: `state-dns-${ordinal}`, ordinal, retention },
  }));
  const kept = (owner: ClaimOwner, used: readonly number[] = []) =>
    retained(
      claims,
      () => owner,
      ({ ordinal }) => used.includes(ordinal),
    ).map(({ ordinal }) => ordinal);
  const declared = (whenScaled: "Retain" | "Delete"): ClaimOwner => {
    return { is: "declared", desired: 1, retention: { whenDeleted: "Retain", whenScaled } };
  };

  it.each<[string, ClaimOwner, number[]]>([
    ["scaled down with Retain", declared("Retain"), [0, 1, 2]],
    ["scaled down with Delete", declared("Delete"), [0]],
    ["refused", { is: "refused" }, [0, 1, 2]],
    ["deleted, after Delete was declared", { is: "deleted" }, []],
    ["deleted with their namespace", { is: "deleted with namespace" }, []],
  ])("that is %s", (_, owner, ordinals) => {
    expect(kept(owner)).toEqual(ordinals);
  });

  it("stay while a pod uses them", () => {
    expect(kept({ is: "deleted" }, [1])).toEqual([1]);
  });

  it("are kept by what was declared last", () => {
    const [first] = retained(
      claims,
      () => declared("Delete"),
      () => false,
    );
    expect(first?.retention).toEqual({ whenDeleted: "Retain", whenScaled: "Delete" });
  });
});
