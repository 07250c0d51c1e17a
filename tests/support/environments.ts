/** Environments for tests: the committed ones, edited by path, written as `Pulumi.<environment>.yaml` where a test wants them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";

/** Folder of the committed configuration files. */
export const REPOSITORY = join(__dirname, "..", "..");

/** The sections of an environment by name, without the `platform:` prefix. Untyped: tests break them on purpose. */
export type Sections = Record<string, unknown>;

/**
 * What to change, as dotted paths: `{ "clusters.free.maxUsers": 5 }` sets, and a value of undefined removes. Maps on the
 * way are created; a number is an index where the path meets a list.
 */
export type Edits = Readonly<Record<string, unknown>>;

/** The path of a committed file. */
export function committedFile(environment: "prod" | "sandbox"): string {
  return join(REPOSITORY, `Pulumi.${environment}.yaml`);
}

const COMMITTED = { prod: load("prod"), sandbox: load("sandbox") };

function load(environment: "prod" | "sandbox"): Sections {
  const { config } = parse(readFileSync(committedFile(environment), "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^platform:/, ""), value]));
}

/** A fresh copy of a committed environment's sections, edited. */
export function sectionsOf(environment: "prod" | "sandbox", edits: Edits = {}): Sections {
  const sections = structuredClone(COMMITTED[environment]);
  for (const [path, value] of Object.entries(edits)) edit(sections, path.split("."), value);
  return sections;
}

/** Sections as the keys of a stack configuration. */
export function configOf(sections: Sections): Record<string, unknown> {
  return Object.fromEntries(Object.entries(sections).map(([section, value]) => [`platform:${section}`, value]));
}

/** Sections as Pulumi hands them to a stack's program: text as it is, anything else as JSON. */
export function stackValuesOf(sections: Sections): Record<string, string> {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(configOf(sections)).map(([key, value]) => [key, text(value)]));
}

/** Writes sections as `Pulumi.<environment>.yaml` into a folder and returns the file's path. */
export function writeEnvironment(folder: string, environment: string, sections: Sections): string {
  return writeText(folder, environment, stringify({ config: configOf(sections) }, { aliasDuplicateObjects: false }));
}

/** Writes a text, sound or not, as `Pulumi.<environment>.yaml` into a folder and returns the file's path. */
export function writeText(folder: string, environment: string, text: string): string {
  const file = join(folder, `Pulumi.${environment}.yaml`);
  writeFileSync(file, text);
  return file;
}

function edit(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const last = path.at(-1) ?? "";
  const parent = path.slice(0, -1).reduce((map, key) => (map[key] ??= {}) as Record<string, unknown>, root);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
}
