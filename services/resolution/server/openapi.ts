/** The OpenAPI document, derived from the operations. */
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";

/** Where it is served. */
export const OPENAPI_PATH = "/v1/openapi.json";

const DESCRIPTION = `Who lives in which cluster, and moving them.

Callers bring OIDC identity tokens. Refusals are problem+json (RFC 9457); their \`type\` is stable. Writes take an
\`idempotency-key\`. Lists are paged: follow \`next\` as \`cursor\` until there is none. \`x-roles\` of an operation names the roles
that may use it, one of which is enough.`;

/** Collects operations that are added after it. */
export async function collectOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Cluster resolution service", description: DESCRIPTION, version: "1" },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
      security: [{ token: [] }],
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) =>
        typeof schema.$id === "string" ? schema.$id : `schema${index}`,
    },
  });
}

/** Serves the document; it is no secret, and tells a client that lacks a token how to get on. */
export function serveOpenApi(app: FastifyInstance): void {
  let document: string | undefined;
  app.get(OPENAPI_PATH, { schema: { hide: true } }, (_request, reply) => {
    document ??= renderOpenApi(app);
    return reply.type("application/json").send(document);
  });
}

/** The document as text, once the server is ready. */
export function renderOpenApi(app: FastifyInstance): string {
  return `${JSON.stringify(app.swagger(), undefined, 2)}\n`;
}
