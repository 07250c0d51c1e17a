/** Users: list, creation with placement, change of plan, deletion. */
import type { FastifyInstance } from "fastify";
import { listUsersQuery } from "../../../contracts/resources";
import type { Placement } from "../../placement";
import { changePlan, createUser, deleteUser, getUser, listUsers } from "../../users";
import { addOperation } from "../operation";
import { labelParams } from "../parameters";
import { addWrite, type WriteContext } from "../write";

const NAME_PROBLEMS = ["invalid-label", "reserved-label"] as const;
const ADMISSION_PROBLEMS = ["no-cluster", "unknown-cluster", "cluster-not-active", "cluster-full"] as const;

export function addUserRoutes(app: FastifyInstance, context: WriteContext & { readonly placement: Placement }): void {
  const { pool, placement } = context;
  addOperation(
    app,
    context,
    {
      id: "listUsers",
      method: "GET",
      path: "/v1/users",
      summary: "Users by label, of all clusters or of one",
      roles: ["platform", "operator"],
      query: listUsersQuery,
      answer: "UserPage",
      problems: ["unknown-cluster"],
      rateClass: "read",
    },
    ({ query }) => listUsers(pool, query),
  );
  addOperation(
    app,
    context,
    {
      id: "getUser",
      method: "GET",
      path: "/v1/users/:label",
      summary: "One user",
      roles: ["platform", "operator"],
      params: labelParams,
      answer: "User",
      problems: [...NAME_PROBLEMS, "unknown-user"],
      rateClass: "read",
    },
    ({ params }) => getUser(pool, params.label),
  );
  addWrite(
    app,
    context,
    {
      id: "createUser",
      method: "POST",
      path: "/v1/users",
      summary: "Creates a user, in the cluster that is named or in one of the plan's",
      roles: ["platform"],
      body: "CreateUser",
      answer: "User",
      status: 201,
      problems: [...NAME_PROBLEMS, ...ADMISSION_PROBLEMS, "unknown-plan", "user-exists"],
    },
    {
      target: ({ body }) => `user/${body.label.toLowerCase()}`,
      work: (tx, { body }) => createUser(tx, placement, body),
    },
  );
  addWrite(
    app,
    context,
    {
      id: "changePlan",
      method: "PUT",
      path: "/v1/users/:label/plan",
      summary: "Puts a user on a plan, and moves them where their cluster does not serve it",
      roles: ["platform"],
      params: labelParams,
      body: "ChangePlan",
      answer: "PlanChange",
      problems: [
        ...NAME_PROBLEMS,
        ...ADMISSION_PROBLEMS,
        "unknown-user",
        "unknown-plan",
        "transfer-running",
        "same-cluster",
      ],
    },
    {
      target: ({ params }) => `user/${params.label.toLowerCase()}`,
      work: (tx, { params, body, caller }) => changePlan(tx, placement, params.label, body.plan, caller.email),
    },
  );
  addWrite(
    app,
    context,
    {
      id: "deleteUser",
      method: "DELETE",
      path: "/v1/users/:label",
      summary: "Deletes a user with their domains",
      roles: ["platform"],
      params: labelParams,
      problems: [...NAME_PROBLEMS, "unknown-user", "transfer-running"],
    },
    {
      target: ({ params }) => `user/${params.label.toLowerCase()}`,
      work: (tx, { params }) => deleteUser(tx, params.label),
    },
  );
}
