/** Another release migrates the store while this program runs. */
import type { Pool } from "pg";
import { SchemaWatch } from "../../../../services/resolution/schema-watch";
import { openPool } from "../../../../services/resolution/store/database";
import { migrate } from "../../../../services/resolution/store/migrate";
import { TestPostgres } from "../../../support/postgres";
import { until } from "../../../support/until";

// Starting PostgreSQL takes a while on a machine that is busy with other tests.
jest.setTimeout(30_000);

let postgres: TestPostgres;
let pool: Pool;
let watch: SchemaWatch;
const told: unknown[] = [];

beforeAll(async () => {
  postgres = await TestPostgres.start({ durable: true });
  pool = openPool(await postgres.createDatabase());
  await migrate(pool);
  watch = new SchemaWatch(pool, { onUnfit: (error) => told.push(error), periodMs: 20 });
  watch.start();
});
afterAll(async () => {
  await watch.stop();
  await pool.end();
  await postgres.stop();
});

async function migrated(id: number, compatibility: "compatible" | "breaking"): Promise<void> {
  await pool.query("insert into migrations (id, name, compatibility) values ($1, $2, $3)", [
    id,
    `of_${id}`,
    compatibility,
  ]);
}

/** Several rounds of the watch; each is a query, so as many of ours take as long. */
async function rounds(): Promise<void> {
  const query = jest.spyOn(pool, "query");
  await until("three rounds", () => query.mock.calls.length >= 3);
  query.mockRestore();
}

it("says nothing while the schema fits, while the store is away, and after a compatible migration", async () => {
  await rounds();
  await postgres.kill();
  await rounds();
  await postgres.restart(true);
  await until("the store", () =>
    migrated(9_001, "compatible").then(
      () => true,
      () => false,
    ),
  );
  await rounds();
  expect([watch.fits, told]).toEqual([true, []]);
});

it("says once that a breaking migration has been applied, and stays with it", async () => {
  await migrated(9_002, "breaking");
  await until("the verdict", () => !watch.fits);
  expect(told).toHaveLength(1);
  expect(String(told[0])).toContain("of_9002");
});
