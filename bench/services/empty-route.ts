/**
 * What resolving costs without resolving: a Fastify server with one route that has the schema of `resolve` and answers the same
 * each time. `empty-route.ts <port>`; runs until it is stopped.
 */
import fastify from "fastify";
import type { Resolution } from "../../services/contracts/resources";
import { schemaOf } from "../../services/resolution/server/operation";
import { resolveOperation } from "../../services/resolution/server/routes/resolve";
import { namedSchemas } from "../../services/resolution/server/schemas";

const ANSWER: Resolution = {
  user: "u1",
  cluster: "free",
  hosting: { ipv4: "192.0.2.1", ipv6: "2001:db8::1" },
  workspace: { ipv4: "198.51.100.1" },
  ttlSeconds: 60,
};

async function main(port: number): Promise<void> {
  const app = fastify();
  for (const schema of namedSchemas()) app.addSchema(schema);
  app.get("/v1/resolve", { schema: schemaOf(resolveOperation) }, (_request, reply) => reply.send(ANSWER));
  process.once("SIGTERM", () => void app.close());
  await app.listen({ port, host: "127.0.0.1" });
}

void main(Number(process.argv[2]));
