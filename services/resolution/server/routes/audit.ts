/** The audit. */
import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import { listAuditQuery } from "../../../contracts/resources";
import { listAudit } from "../audit";
import { addOperation, type OperationContext } from "../operation";

export function addAuditRoute(app: FastifyInstance, context: OperationContext & { readonly pool: Pool }): void {
  addOperation(
    app,
    context,
    {
      id: "listAudit",
      method: "GET",
      path: "/v1/audit",
      summary: "Writes, newest first: who did what to which",
      roles: ["operator"],
      query: listAuditQuery,
      answer: "AuditPage",
      rateClass: "read",
    },
    ({ query }) => listAudit(context.pool, query),
  );
}
