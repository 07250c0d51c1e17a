/** The bodies' schemas as JSON schema, under the names that they have in the OpenAPI document. Pure. */
import { z } from "zod";
import { feedLine } from "../../contracts/feed";
import * as resources from "../../contracts/resources";

/** By name. What is in here is referred to by name wherever it occurs. */
export const schemas = {
  Problem: resources.problemBody,
  Resolution: resources.resolution,
  User: resources.user,
  UserPage: resources.userPage,
  CreateUser: resources.createUser,
  ChangePlan: resources.changePlan,
  PlanChange: resources.planChange,
  Domain: resources.domain,
  DomainPage: resources.domainPage,
  ClaimDomain: resources.claimDomain,
  Cluster: resources.cluster,
  ClusterList: resources.clusterList,
  SetLifecycle: resources.setLifecycle,
  Transfer: resources.transfer,
  TransferPage: resources.transferPage,
  RequestTransfer: resources.requestTransfer,
  Evacuation: resources.evacuation,
  EvacuationPage: resources.evacuationList,
  StartEvacuation: resources.startEvacuation,
  TombstonePage: resources.tombstonePage,
  NodeList: resources.nodeList,
  Acknowledgement: resources.acknowledgement,
  FeedLine: feedLine,
  ResidencyAnswer: resources.residencyAnswer,
  AuditPage: resources.auditPage,
} as const;
export type SchemaName = keyof typeof schemas;
/** Value of a schema, with its defaults filled in. */
export type Body<Name extends SchemaName> = z.output<(typeof schemas)[Name]>;

/** Draft 7 is what Fastify's validator speaks. "input": what has a default may be absent. */
const OPTIONS = { target: "draft-7", io: "input", override: simplify } as const;
/** Formats that the validator checks exactly; zod's patterns beside them say the same at length. */
const SELF_SUFFICIENT_FORMATS = ["date-time", "ipv4", "ipv6"];

type JsonSchema = z.core.JSONSchema.JSONSchema;

function simplify({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (SELF_SUFFICIENT_FORMATS.includes(jsonSchema.format ?? "")) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

/** All named schemas, each with its name as `$id`. */
export function namedSchemas(): (JsonSchema & { $id: string })[] {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: rendered } = z.toJSONSchema(registry, { ...OPTIONS, uri: referenceTo });
  return Object.keys(schemas).map(($id) => {
    const schema = JSON.parse(JSON.stringify(rendered[$id]), anyJson) as JsonSchema;
    return { ...withoutDialect(schema), $id };
  });
}

/** What may be any JSON refers to a definition of JSON beside the schemas; the empty schema says the same. */
function anyJson(_key: string, part: unknown): unknown {
  const reference = (part as JsonSchema | null)?.$ref;
  return typeof reference === "string" && reference.startsWith("__shared") ? {} : part;
}

/** What refers to a named schema. */
export function referenceTo(name: string): string {
  return `${name}#`;
}

/** The schema of path or query parameters, in place. */
export function parameterSchema(schema: z.ZodObject): JsonSchema {
  return withoutDialect(z.toJSONSchema(schema, OPTIONS));
}

/** The document says once for all of its schemas which JSON schema they are. */
function withoutDialect(schema: JsonSchema): JsonSchema {
  const { $schema, ...rest } = schema;
  return $schema === undefined ? schema : rest;
}
