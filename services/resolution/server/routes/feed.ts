/** The feed to its nodes, and what they acknowledge. */
import type { FastifyInstance } from "fastify";
import { FEED_MEDIA_TYPE, type NodeKind } from "../../../contracts/feed";
import { Problem } from "../../../contracts/problems";
import { feedQuery } from "../../../contracts/resources";
import { openFeed, type FeedServices } from "../../feed/stream";
import { mayBe, type Caller } from "../../identity";
import { addOperation, type OperationContext } from "../operation";
import { nodeParams } from "../parameters";

/** Ten thousand users in `requested`, each of at most 63 characters. */
const ACKNOWLEDGEMENT_LIMIT_BYTES = 1024 * 1024;

export function addFeedRoutes(app: FastifyInstance, context: OperationContext & FeedServices): void {
  addOperation(
    app,
    context,
    {
      id: "followFeed",
      method: "GET",
      path: "/v1/feed",
      summary: "The node's part of the feed, as JSON lines that never end",
      description: "Blank lines keep the connection. A node opens one connection; another in its name ends the first.",
      roles: ["node"],
      query: feedQuery,
      answer: "FeedLine",
      mediaType: FEED_MEDIA_TYPE,
      rateClass: "node",
      // A feed that opens after its request was refused would be read by nobody. Agents give up by themselves.
      unhurried: true,
    },
    async ({ query, caller }, reply) => {
      requireNode(caller, query.kind, query.cluster);
      const feed = await openFeed(context, query);
      return reply.header("content-type", FEED_MEDIA_TYPE).header("cache-control", "no-store").send(feed);
    },
  );
  addOperation(
    app,
    context,
    {
      id: "acknowledge",
      method: "POST",
      path: "/v1/nodes/:name/acknowledgements",
      summary: "Says that a node has everything up to a revision on its disk and in force",
      description: "Repeating it does no harm. It is also the node's sign of life.",
      roles: ["node"],
      params: nodeParams,
      body: "Acknowledgement",
      problems: ["unknown-node"],
      rateClass: "node",
      bodyLimit: ACKNOWLEDGEMENT_LIMIT_BYTES,
    },
    async ({ params, body, caller }, reply) => {
      requireNode(caller, body.kind, body.cluster);
      await context.registry.acknowledge(params.name, body);
      reply.code(204);
    },
  );
}

function requireNode(caller: Caller, kind: NodeKind, cluster: string | undefined): void {
  if (mayBe(caller, kind, cluster)) return;
  const asked = cluster === undefined ? `a node of kind ${kind}` : `a node of kind ${kind} in cluster ${cluster}`;
  throw new Problem("forbidden", `${caller.email} is not the identity of ${asked}`);
}
