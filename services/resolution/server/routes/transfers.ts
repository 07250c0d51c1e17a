/** Transfers of single users, and the tombstones that they leave. */
import type { FastifyInstance } from "fastify";
import { listTombstonesQuery, listTransfersQuery } from "../../../contracts/resources";
import { cancelTransfer, getTransfer, listTombstones, listTransfers, requestTransfer } from "../../transfers";
import { addOperation } from "../operation";
import { idParams } from "../parameters";
import { addWrite, type WriteContext } from "../write";

export function addTransferRoutes(app: FastifyInstance, context: WriteContext): void {
  const { pool } = context;
  addOperation(
    app,
    context,
    {
      id: "listTransfers",
      method: "GET",
      path: "/v1/transfers",
      summary: "Transfers, newest first",
      roles: ["operator", "platform"],
      query: listTransfersQuery,
      answer: "TransferPage",
      problems: ["invalid-label", "reserved-label"],
      rateClass: "read",
    },
    ({ query }) => listTransfers(pool, query),
  );
  addOperation(
    app,
    context,
    {
      id: "getTransfer",
      method: "GET",
      path: "/v1/transfers/:id",
      summary: "One transfer, with the nodes that it waits for",
      roles: ["operator", "platform"],
      params: idParams,
      answer: "Transfer",
      problems: ["unknown-transfer"],
      rateClass: "read",
    },
    ({ params }) => getTransfer(pool, params.id),
  );
  addWrite(
    app,
    context,
    {
      id: "requestTransfer",
      method: "POST",
      path: "/v1/transfers",
      summary: "Moves a user to another cluster",
      roles: ["operator"],
      body: "RequestTransfer",
      answer: "Transfer",
      status: 202,
      problems: [
        "invalid-label",
        "reserved-label",
        "unknown-user",
        "unknown-cluster",
        "same-cluster",
        "transfer-running",
        "cluster-full",
        "cluster-not-active",
        "no-cluster",
      ],
    },
    {
      target: ({ body }) => `user/${body.user.toLowerCase()}`,
      work: (tx, { body, caller }) => requestTransfer(tx, body, caller.email),
    },
  );
  addWrite(
    app,
    context,
    {
      id: "cancelTransfer",
      method: "POST",
      path: "/v1/transfers/:id/cancel",
      summary: "Calls a transfer off, while no request has been forwarded",
      roles: ["operator"],
      params: idParams,
      answer: "Transfer",
      problems: ["unknown-transfer", "transfer-not-cancellable"],
    },
    {
      target: ({ params }) => `transfer/${params.id}`,
      work: (tx, { params }) => cancelTransfer(tx, params.id),
    },
  );
  addOperation(
    app,
    context,
    {
      id: "listTombstones",
      method: "GET",
      path: "/v1/tombstones",
      summary: "Users whose requests a cluster passes on to another one",
      roles: ["operator"],
      query: listTombstonesQuery,
      answer: "TombstonePage",
      problems: ["invalid-label", "reserved-label"],
      rateClass: "read",
    },
    ({ query }) => listTombstones(pool, query),
  );
}
