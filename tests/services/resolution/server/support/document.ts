/** The committed OpenAPI document, as tests read it: its operations, and whether an answer is one that it has. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type ValidateFunction } from "ajv";
import { REPOSITORY } from "../../../../support/environments";

type Json = Record<string, unknown>;

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: Json;
}

/** One operation of the document. */
export interface Operation {
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With parameters in braces. */
  readonly path: string;
  readonly roles: readonly string[];
  readonly parameters: readonly Parameter[];
  /** Schema of the body; none for operations without. */
  readonly body?: Json;
  readonly responses: Readonly<
    Record<
      string,
      { readonly description?: string; readonly content?: Readonly<Record<string, { readonly schema: Json }>> }
    >
  >;
}

interface Rendered {
  readonly operationId: string;
  readonly "x-roles": readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: Json } } };
  readonly responses: Operation["responses"];
}

export const documentFile = join(REPOSITORY, "services", "resolution", "openapi.json");
const document = JSON.parse(readFileSync(documentFile, "utf8")) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Rendered>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
};

/** All operations. */
export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, rendered]) => ({
    id: rendered.operationId,
    method: method.toUpperCase() as Operation["method"],
    path,
    roles: rendered["x-roles"],
    parameters: rendered.parameters ?? [],
    ...(rendered.requestBody && { body: rendered.requestBody.content["application/json"].schema }),
    responses: rendered.responses,
  })),
);

/** Schemas by name. */
export const components = document.components.schemas;

const REFERENCE = "#/components/schemas/";

/** A schema with what it refers to. */
export function resolved(schema: Json): Json {
  const reference = schema.$ref;
  if (typeof reference !== "string") return schema;
  const found = components[reference.slice(REFERENCE.length)];
  if (!reference.startsWith(REFERENCE) || found === undefined) throw new Error(`the document has no ${reference}`);
  return found;
}

const ajv = new Ajv({ allErrors: true, schemaId: "auto" });
ajv.addSchema({ $id: "document", components: document.components });
const validators = new Map<Json, ValidateFunction>();

/** What is wrong with a value; nothing where it fits. */
export function mismatch(schema: Json, value: unknown): string | undefined {
  let validate = validators.get(schema);
  if (validate === undefined) {
    const text = JSON.stringify(schema).replaceAll(`"${REFERENCE}`, `"document${REFERENCE}`);
    validate = ajv.compile(JSON.parse(text) as Json);
    validators.set(schema, validate);
  }
  return validate(value) === true ? undefined : ajv.errorsText(validate.errors);
}

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
}

/** How an answer differs from what the document says of the operation; nothing where it does not. */
export function deviation(operation: Operation, { status, contentType, text }: Answer): string | undefined {
  if (status === 304 && text === "") return undefined;
  const response = operation.responses[String(status)];
  if (response === undefined) return `${operation.id} has no answer ${status}: ${text}`;
  if (response.content === undefined) return text === "" ? undefined : `${operation.id} ${status} has a body: ${text}`;
  const type = contentType?.split(";")[0] ?? "none";
  const content = response.content[type];
  if (content === undefined) return `${operation.id} ${status} is not of type ${type}`;
  const wrong = mismatch(content.schema, JSON.parse(text));
  return wrong === undefined ? undefined : `${operation.id} ${status}: ${wrong}: ${text}`;
}
