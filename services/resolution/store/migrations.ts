/** The migrations that this program brings, and what they mean for a schema that it finds. Pure, but for reading the files. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folder of the migrations, one file each: `<number>_<what it does>.sql`. */
export const MIGRATIONS_FOLDER = join(__dirname, "migrations");

/** `breaking`: programs that do not know it must not run on the schema any more. `compatible`: they may. */
export type Compatibility = "compatible" | "breaking";

export interface AppliedMigration {
  /** Position, counted from 1. */
  readonly id: number;
  /** File name without its ending. */
  readonly name: string;
  readonly compatibility: Compatibility;
}

export interface Migration extends AppliedMigration {
  readonly sql: string;
}

const FILE = /^(\d{4})_[a-z0-9_]+\.sql$/;
const HEADER = /^-- compatibility: (compatible|breaking)\n/;

/** Reads a folder's migrations in their order. Throws where numbers repeat or leave a gap, or a file does not say what it is. */
export function readMigrations(folder: string): Migration[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort();
  return files.map((file, index) => parseMigration(file, index + 1, readFileSync(join(folder, file), "utf8")));
}

function parseMigration(file: string, id: number, sql: string): Migration {
  if (Number(FILE.exec(file)?.[1]) !== id) {
    const expected = String(id).padStart(4, "0");
    throw new Error(
      `${file}: migrations are named <number>_<what_it_does>.sql without gaps; expected ${expected}_….sql`,
    );
  }
  const compatibility = HEADER.exec(sql)?.[1] as Compatibility | undefined;
  if (compatibility === undefined) {
    throw new Error(`${file}: the first line must be "-- compatibility: compatible" or "-- compatibility: breaking"`);
  }
  return { id, name: file.slice(0, -".sql".length), compatibility, sql };
}

/**
 * Those of `known` that a schema with `applied` lacks. Throws when the schema is from a newer program and breaks this one, or
 * has another history than this program's.
 */
export function pendingMigrations(known: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const breaking = applied.find(({ id, compatibility }) => id > known.length && compatibility === "breaking");
  if (breaking !== undefined) {
    const newest = known.at(-1)?.name ?? "none";
    throw new Error(
      `the store has migration ${breaking.name}, which breaks programs that do not know it, and this one knows them up to ` +
        `${newest}: run the release that brought it, or a later one`,
    );
  }
  const done = new Map(applied.map(({ id, name }) => [id, name]));
  for (const { id, name } of known) {
    const other = done.get(id);
    if (other === undefined ? id <= done.size : other !== name) {
      throw new Error(
        `the store has ${other ?? "no"} migration as number ${id}, where this program has ${name}: ` +
          `point it at its own database, or restore the migration`,
      );
    }
  }
  return known.filter(({ id }) => !done.has(id));
}
