/** Nodes: who follows the feed and how far behind they are, and forgetting one that is gone. */
import type { FastifyInstance } from "fastify";
import { forgetNode, listNodes } from "../../nodes/list";
import { addOperation } from "../operation";
import { registrationParams } from "../parameters";
import { addWrite, type WriteContext } from "../write";

export function addNodeRoutes(app: FastifyInstance, context: WriteContext): void {
  addOperation(
    app,
    context,
    {
      id: "listNodes",
      method: "GET",
      path: "/v1/nodes",
      summary: "All nodes, with their lag",
      roles: ["operator"],
      answer: "NodeList",
      rateClass: "read",
    },
    async () => ({ items: await listNodes(context.pool) }),
  );
  addWrite(
    app,
    context,
    {
      id: "forgetNode",
      method: "DELETE",
      path: "/v1/nodes/:scope/:name",
      summary: "Forgets a node that will not come back, so that no transfer waits for it",
      description: "Only for one that no longer serves: what it has not applied is then not waited for.",
      roles: ["operator"],
      params: registrationParams,
      problems: ["unknown-node"],
    },
    {
      target: ({ params }) => `node/${params.scope}/${params.name}`,
      work: (tx, { params }) => forgetNode(tx, params.scope, params.name),
    },
  );
}
