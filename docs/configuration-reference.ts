/** The reference of every key of an environment's configuration, as Markdown. Pure: the JSON schema says it all. */
import { table } from "./generated-section";

/** What this page reads of a JSON schema. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

/** One value that somebody writes. */
interface Key {
  /** Dotted path below the section; a part that the writer chooses is `<name>`. Empty for the section itself. */
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** A heading, the section's meaning and a table of its keys, for each section of `config.schema.json`. */
export function renderConfigurationReference(jsonSchema: string): string {
  return sectionsOf(jsonSchema).map(renderSection).join("\n\n");
}

/** Every key of the configuration as a dotted path from its section, such as `clusters.<name>.region`. */
export function configurationKeys(jsonSchema: string): string[] {
  return sectionsOf(jsonSchema).flatMap(({ section, schema }) => {
    const name = section.slice(section.indexOf(":") + 1);
    return keysOf({ path: "", schema, required: true }).map(({ path }) => (path === "" ? name : `${name}.${path}`));
  });
}

interface Section {
  /** With its namespace. */
  readonly section: string;
  readonly schema: Schema;
  readonly required: boolean;
}

function sectionsOf(jsonSchema: string): Section[] {
  const { properties } = JSON.parse(jsonSchema) as Schema;
  const config = properties?.config ?? {};
  return Object.entries(config.properties ?? {}).map(([section, schema]) => ({
    section,
    schema,
    required: isRequired(config, section),
  }));
}

function renderSection({ section, schema, required }: Section): string {
  const keys = keysOf({ path: "", schema, required });
  const meaning = schema.description ?? "";
  const [only] = keys;
  if (only?.path === "") return `## \`${section}\`\n\n${meaning} Value: ${valueOf(schema)}, ${presence(only)}.`;
  const rows = keys.map((key) => [
    `\`${key.path}\``,
    valueOf(key.schema),
    presence(key),
    escapeAngles(key.schema.description ?? ""),
  ]);
  return `## \`${section}\`\n\n${escapeAngles(meaning)}\n\n${table(["Key", "Value", "Default", "Meaning"], rows)}`;
}

/** The values below a key, in the schema's order; the key itself when it is one. */
function keysOf(key: Key): Key[] {
  const { path, schema } = key;
  const below = (name: string) => (path === "" ? name : `${path}.${name}`);
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([name, property]) =>
      keysOf({ path: below(name), schema: property, required: isRequired(schema, name) }),
    );
  }
  const entry = schema.additionalProperties;
  if (typeof entry === "object" && entry.type === "object") {
    return keysOf({ path: below("<name>"), schema: entry, required: true });
  }
  return [key];
}

function isRequired(schema: Schema, name: string): boolean {
  return schema.required?.includes(name) ?? false;
}

function presence({ schema, required }: Key): string {
  if (schema.default !== undefined) return `\`${JSON.stringify(schema.default).replaceAll('"', "")}\``;
  return required ? "required" : "optional";
}

function valueOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  const { type, items, minimum, maximum, minItems, maxItems } = schema;
  if (type === "integer") return `whole number${boundsOf(minimum, maximum)}`;
  if (type === "number") return `number${boundsOf(minimum, maximum)}`;
  if (type === "array") return `list of ${items?.type === "string" ? "text" : "values"}${boundsOf(minItems, maxItems)}`;
  if (type === "object") return "map of text";
  // A secret is text, or what Pulumi encrypted.
  return type === "string" || schema.anyOf !== undefined ? "text" : "any value";
}

/** `, 1 to 5`, with only the bounds that exist. */
function boundsOf(least: number | undefined, most: number | undefined): string {
  if (least === undefined) return most === undefined ? "" : `, at most ${most}`;
  return most === undefined ? `, at least ${least}` : `, ${least} to ${most}`;
}

/** Markdown takes `<app>` for an HTML element and shows nothing. */
function escapeAngles(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
