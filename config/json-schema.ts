/** The JSON schema of `Pulumi.<environment>.yaml`, with which an editor completes and checks the file. */
import { z } from "zod";
import { PULUMI_KEYS } from "./file";
import { environmentSchema } from "./schema";
import { SECRET_MEANINGS, SECRETS_SECTION } from "./secrets";
import { PROJECT } from "./sections";

type JsonSchema = z.core.JSONSchema.JSONSchema;

const secretValue: JsonSchema = {
  anyOf: [
    { type: "string", minLength: 1 },
    {
      type: "object",
      properties: { secure: { type: "string", minLength: 1 } },
      required: ["secure"],
      additionalProperties: false,
    },
  ],
};

const secrets: JsonSchema = {
  type: "object",
  description: "Secrets, each encrypted by Pulumi: pulumi config set --secret --path.",
  properties: mapValues(SECRET_MEANINGS, (description) => ({ description, ...secretValue })),
  additionalProperties: false,
};

/**
 * The schema as the text of `config.schema.json`. It says what each value may be; rules that join several values are
 * checked by the reader alone.
 */
export function renderJsonSchema(): string {
  // Draft 7 is what editors' YAML support knows best. "input": what has a default may be absent.
  const sections = z.toJSONSchema(environmentSchema, { target: "draft-7", io: "input" });
  const schema: JsonSchema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Pulumi.<environment>.yaml",
    description: "An environment: what its clusters, its resolution service and its zone are built from.",
    type: "object",
    properties: {
      config: {
        type: "object",
        description: `Stack configuration, the same for every stack of the environment; its sections are ${PROJECT}:<section>.`,
        properties: namespaced({ ...sections.properties, [SECRETS_SECTION]: secrets }),
        // Other namespaces belong to providers.
        patternProperties: { [`^(?!${PROJECT}:)[^:]+:.`]: true },
        required: (sections.required ?? []).map(inNamespace),
        additionalProperties: false,
      },
      ...Object.fromEntries(PULUMI_KEYS.map((key) => [key, { description: "Kept by Pulumi." }])),
    },
    required: ["config"],
    additionalProperties: false,
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function inNamespace(section: string): string {
  return `${PROJECT}:${section}`;
}

function namespaced<T>(sections: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(sections).map(([section, value]) => [inNamespace(section), value]));
}

function mapValues<T, U>(map: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
