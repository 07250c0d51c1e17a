/**
 * An example of the web server's part: the page of an app asks where to open its WebSocket, and gets the address in the user's
 * cluster with a token for it. docs/web-server.md is the recipe.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { workspaceName, type DomainNames } from "../../config/names";
import { LABEL_PATTERN } from "../contracts/names";
import { Problem } from "../contracts/problems";
import { RETRY_MS, type ClusterResolver, type Located } from "./cluster-resolver";
import { LIFETIME_SECONDS, type WorkspaceTokens } from "./workspace-token";

export interface WorkspaceRouteOptions {
  readonly resolver: Pick<ClusterResolver, "resolve">;
  readonly tokens: Pick<WorkspaceTokens, "sign">;
  /** The environment's zones. */
  readonly domain: DomainNames;
  /** `wss` where the clusters' edges end TLS. */
  readonly scheme: "ws" | "wss";
  /** The user who is logged in, by whatever the web server knows them by; undefined for nobody. */
  readonly userOf: (request: FastifyRequest) => string | undefined;
}

/** What the page gets: it opens `<url>?token=<token>` within `expiresInSeconds`, and asks again before it reconnects. */
export interface WorkspaceAnswer {
  readonly url: string;
  readonly token: string;
  readonly expiresInSeconds: number;
}

const params = {
  type: "object",
  properties: { app: { type: "string", pattern: LABEL_PATTERN } },
  required: ["app"],
} as const;

/** Adds `POST /workspaces/<app>`: not GET, so that no cache keeps a token. */
export function addWorkspaceRoute(app: FastifyInstance, options: WorkspaceRouteOptions): void {
  const { tokens, domain, scheme, userOf } = options;
  app.post<{ Params: { app: string } }>("/workspaces/:app", { schema: { params } }, async (request, reply) => {
    const user = userOf(request);
    if (user === undefined) return reply.code(401).send({ error: "log in first" });
    const located = await locate(options, user);
    if (located === "unknown") return reply.code(404).send({ error: `${user} has no workspace` });
    if (located === "unavailable") {
      return reply
        .code(503)
        .header("retry-after", String(RETRY_MS / 1000))
        .send({ error: "try again in a moment" });
    }
    const { cluster, user: label } = located.resolution;
    const name = request.params.app;
    const answer: WorkspaceAnswer = {
      url: `${scheme}://${workspaceName(domain, cluster)}/${label}/${name}`,
      token: await tokens.sign({ user: label, app: name }),
      expiresInSeconds: LIFETIME_SECONDS,
    };
    return reply.header("cache-control", "no-store").send(answer);
  });
}

async function locate({ resolver }: WorkspaceRouteOptions, user: string): Promise<Located | "unknown" | "unavailable"> {
  try {
    return await resolver.resolve(user);
  } catch (error) {
    return error instanceof Problem && error.status === 404 ? "unknown" : "unavailable";
  }
}
