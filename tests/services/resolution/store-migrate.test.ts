import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openPool } from "../../../services/resolution/store/database";
import { checkSchema, migrate } from "../../../services/resolution/store/migrate";
import { MIGRATIONS_FOLDER, readMigrations } from "../../../services/resolution/store/migrations";
import { dumpSchema } from "../../../services/resolution/store/schema-dump";
import { removeTempDirs, tempDir } from "../../support/temp-dir";
import { scalar, useStore } from "./store-fixture";

const store = useStore({ migrated: false });
afterEach(removeTempDirs);

/** A release's migrations: name to the compatibility and statements of each. */
function release(migrations: Record<string, readonly ["compatible" | "breaking", string]>): string {
  const folder = join(tempDir(), "migrations");
  mkdirSync(folder);
  for (const [name, [compatibility, sql]] of Object.entries(migrations)) {
    writeFileSync(join(folder, `${name}.sql`), `-- compatibility: ${compatibility}\n${sql}\n`);
  }
  return folder;
}

const first = { "0001_initial": ["breaking", "create table a (x integer);"] } as const;
const compatible = { ...first, "0002_more": ["compatible", "alter table a add column y integer;"] } as const;
const breaking = { ...compatible, "0003_other": ["breaking", "alter table a drop column x;"] } as const;

describe("migrate", () => {
  it("applies all migrations in order, and none twice", async () => {
    const folder = release(breaking);
    await migrate(store.pool, folder);
    await migrate(store.pool, folder);
    const { rows } = await store.pool.query("select id, name, compatibility from migrations order by id");
    expect(rows).toEqual([
      { id: 1, name: "0001_initial", compatibility: "breaking" },
      { id: 2, name: "0002_more", compatibility: "compatible" },
      { id: 3, name: "0003_other", compatibility: "breaking" },
    ]);
  });

  it("applies what a later release adds", async () => {
    await migrate(store.pool, release(first));
    await store.pool.query("insert into a values (7)");
    await migrate(store.pool, release(compatible));
    expect(await scalar(store.pool, "select x from a where y is null")).toBe(7);
  });

  it("lets one of many replicas work while the others wait", async () => {
    const folder = release({ "0001_initial": ["breaking", "create table a (x integer); insert into a values (1);"] });
    await Promise.all(Array.from({ length: 8 }, () => migrate(store.pool, folder)));
    expect(await scalar(store.pool, "select count(*)::integer from a")).toBe(1);
  });

  it("changes nothing when one migration fails, and says which", async () => {
    const folder = release({ ...first, "0002_wrong": ["compatible", "alter table nowhere add column y integer;"] });
    await expect(migrate(store.pool, folder)).rejects.toThrow(/0002_wrong: relation "nowhere" does not exist/);
    expect(await scalar(store.pool, "select to_regclass('a')")).toBeNull();
  });

  it("lets old code run on a schema with newer compatible migrations", async () => {
    await migrate(store.pool, release(compatible));
    await migrate(store.pool, release(first));
    await checkSchema(store.pool, release(first));
  });

  it("refuses to run old code on a schema with a newer breaking migration", async () => {
    await migrate(store.pool, release(breaking));
    const message = /0003_other, which breaks programs.*knows them up to 0002_more: run the release/;
    await expect(migrate(store.pool, release(compatible))).rejects.toThrow(message);
    await expect(checkSchema(store.pool, release(compatible))).rejects.toThrow(message);
  });

  it("refuses a schema of another history", async () => {
    await migrate(store.pool, release(compatible));
    const other = { ...first, "0002_else": ["compatible", "select 1;"] } as const;
    await expect(migrate(store.pool, release(other))).rejects.toThrow(/0002_more .* where this program has 0002_else/);
  });

  it("says that the store cannot be reached when it cannot", async () => {
    const pool = openPool({ host: "/nowhere" });
    await expect(migrate(pool)).rejects.toMatchObject({ type: "store-unavailable" });
    await pool.end();
  });
});

describe("checkSchema", () => {
  it("has nothing against a database that is still empty", async () => {
    await expect(checkSchema(store.pool, release(first))).resolves.toBeUndefined();
  });
});

describe("readMigrations", () => {
  it.each([
    ["a gap", { "0001_a": "compatible", "0003_c": "compatible" }, /0003_c.sql: .* expected 0002_/],
    ["a number twice", { "0001_a": "compatible", "0001_b": "compatible" }, /0001_b.sql: .* expected 0002_/],
    ["a name without number", { initial: "compatible" }, /initial.sql: .* expected 0001_/],
    ["no compatibility", { "0001_a": "harmless" }, /0001_a.sql: the first line must be/],
  ])("refuses %s", (_, files, message) => {
    const folder = tempDir();
    for (const [name, compatibility] of Object.entries(files)) {
      writeFileSync(join(folder, `${name}.sql`), `-- compatibility: ${compatibility}\n`);
    }
    expect(() => readMigrations(folder)).toThrow(message);
  });

  it("finds every file of the service's own folder", () => {
    const files = readdirSync(MIGRATIONS_FOLDER).map((file) => file.replace(".sql", ""));
    expect(readMigrations(MIGRATIONS_FOLDER).map(({ name }) => name)).toEqual(files.sort());
  });
});

describe("schema.sql", () => {
  const path = join(MIGRATIONS_FOLDER, "..", "schema.sql");

  it("is what the migrations amount to", async () => {
    await migrate(store.pool);
    expect(await dumpSchema(store.pool)).toBe(readFileSync(path, "utf8"));
  });

  it("builds the same schema when it is run itself", async () => {
    await store.pool.query("set search_path to public");
    const statements = readFileSync(path, "utf8").split(/(?<=;)\n+/);
    // Tables refer to one another and are listed by name: until a round has nothing left to try again.
    for (let left = statements; left.length > 0;) {
      const failed: string[] = [];
      for (const statement of left) await store.pool.query(statement).catch(() => failed.push(statement));
      if (failed.length === left.length) throw new Error(`cannot be run: ${failed[0]}`);
      left = failed;
    }
    expect(await dumpSchema(store.pool)).toBe(readFileSync(path, "utf8"));
  });
});
