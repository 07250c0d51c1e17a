/** Whether a container host may start a user's containers: asked by one that has no entry for them. */
import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import { Problem } from "../../../contracts/problems";
import { mayRun } from "../../transfers/residency";
import { getUser } from "../../users";
import { addOperation, type OperationContext } from "../operation";
import { userParams } from "../parameters";

export function addResidencyRoute(app: FastifyInstance, context: OperationContext & { readonly pool: Pool }): void {
  addOperation(
    app,
    context,
    {
      id: "getResidency",
      method: "GET",
      path: "/v1/residency/:user",
      summary: "Whether the asking host's cluster may run a user's containers, and which cluster is the user's home",
      description: "From the store, never from memory: no two clusters are told yes.",
      roles: ["node"],
      params: userParams,
      answer: "ResidencyAnswer",
      problems: ["invalid-label", "reserved-label", "unknown-user"],
      rateClass: "node",
    },
    async ({ params, caller }) => {
      const clusters = caller.nodes.filter(({ kind }) => kind === "host").map(({ cluster }) => cluster ?? "");
      if (clusters.length === 0) {
        throw new Problem("forbidden", `${caller.email} is no identity of container hosts: only they start containers`);
      }
      const { label, home } = await getUser(context.pool, params.user);
      return { cluster: home, resident: clusters.includes(home) && (await mayRun(context.pool, label, home)) };
    },
  );
}
