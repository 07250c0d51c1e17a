/* Writes schema.sql from a database that the migrations were applied to: node --require ./tools/typescript.cjs services/resolution/store/write-schema.ts */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TestPostgres } from "../../../tests/support/postgres";
import { openPool } from "./database";
import { migrate } from "./migrate";
import { dumpSchema } from "./schema-dump";

async function main(): Promise<void> {
  const postgres = await TestPostgres.start();
  const pool = openPool(await postgres.createDatabase());
  try {
    await migrate(pool);
    writeFileSync(join(__dirname, "schema.sql"), await dumpSchema(pool));
  } finally {
    await pool.end();
    await postgres.stop();
  }
}

void main();
