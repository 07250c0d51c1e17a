/** Clusters: list with counts and headroom, lifecycle. */
import type { FastifyInstance } from "fastify";
import { listClusters, setLifecycle } from "../../clusters";
import { addOperation } from "../operation";
import { clusterParams } from "../parameters";
import { addWrite, type WriteContext } from "../write";

export function addClusterRoutes(app: FastifyInstance, context: WriteContext): void {
  addOperation(
    app,
    context,
    {
      id: "listClusters",
      method: "GET",
      path: "/v1/clusters",
      summary: "All clusters, with their users and headroom",
      roles: ["operator"],
      answer: "ClusterList",
      rateClass: "read",
    },
    async () => ({ items: await listClusters(context.pool) }),
  );
  addWrite(
    app,
    context,
    {
      id: "setLifecycle",
      method: "PUT",
      path: "/v1/clusters/:name/lifecycle",
      summary: "Sets whether a cluster takes users",
      description: "It holds until the environment's configuration says another one than before.",
      roles: ["operator"],
      params: clusterParams,
      body: "SetLifecycle",
      answer: "Cluster",
      problems: ["unknown-cluster"],
    },
    {
      target: ({ params }) => `cluster/${params.name}`,
      work: (tx, { params, body }) => setLifecycle(tx, params.name, body.lifecycle),
    },
  );
}
