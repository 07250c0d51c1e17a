/** Evacuations: many transfers out of a cluster under one rate limit. */
import type { FastifyInstance } from "fastify";
import { pageQuery } from "../../../contracts/resources";
import { getEvacuation, listEvacuations, setEvacuationState, startEvacuation } from "../../transfers";
import { addOperation } from "../operation";
import { idParams } from "../parameters";
import type { Body } from "../schemas";
import { addWrite, type WriteContext } from "../write";

/** A hundred thousand users by name. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

const ACTIONS = {
  pause: "Starts no more transfers until it is resumed",
  resume: "Goes on with a paused evacuation",
  abort: "Starts no more transfers and calls off those that can be; users who have moved stay where they are",
} as const;

export function addEvacuationRoutes(app: FastifyInstance, context: WriteContext): void {
  addReads(app, context);
  addWrite(
    app,
    context,
    {
      id: "startEvacuation",
      method: "POST",
      path: "/v1/evacuations",
      summary: "Moves users out of a cluster: those that are named, a share, or all",
      description: "With `dryRun` it only tells what would happen.",
      roles: ["operator"],
      body: "StartEvacuation",
      answer: "Evacuation",
      status: 202,
      problems: [
        "invalid-label",
        "reserved-label",
        "unknown-user",
        "unknown-cluster",
        "cluster-not-active",
        "same-cluster",
      ],
      bodyLimit: BODY_LIMIT_BYTES,
    },
    {
      target: ({ body }) => `cluster/${body.source}`,
      detail: ({ body }) => summaryOf(body),
      work: (tx, { body, caller }) => startEvacuation(tx, body, caller.email),
    },
  );
  for (const action of ["pause", "resume", "abort"] as const) {
    addWrite(
      app,
      context,
      {
        id: `${action}Evacuation`,
        method: "POST",
        path: `/v1/evacuations/:id/${action}`,
        summary: ACTIONS[action],
        roles: ["operator"],
        params: idParams,
        answer: "Evacuation",
        problems: ["unknown-evacuation", "evacuation-not-running"],
      },
      {
        target: ({ params }) => `evacuation/${params.id}`,
        work: (tx, { params }) => setEvacuationState(tx, params.id, action),
      },
    );
  }
}

function addReads(app: FastifyInstance, context: WriteContext): void {
  const { pool } = context;
  addOperation(
    app,
    context,
    {
      id: "listEvacuations",
      method: "GET",
      path: "/v1/evacuations",
      summary: "Evacuations, newest first",
      roles: ["operator"],
      query: pageQuery,
      answer: "EvacuationPage",
      rateClass: "read",
    },
    ({ query }) => listEvacuations(pool, query),
  );
  addOperation(
    app,
    context,
    {
      id: "getEvacuation",
      method: "GET",
      path: "/v1/evacuations/:id",
      summary: "One evacuation and how far it has come",
      roles: ["operator"],
      params: idParams,
      answer: "Evacuation",
      problems: ["unknown-evacuation"],
      rateClass: "read",
    },
    ({ params }) => getEvacuation(pool, params.id),
  );
}

/** A hundred thousand names are no use in the audit: the transfers tell who was moved. */
function summaryOf({ users, ...rest }: Body<"StartEvacuation">): Record<string, unknown> {
  return { ...rest, ...(users && { users: users.length }) };
}
