/** The control API's server: operations under /v1, probes, one form of refusal, ids on every request. */
import { randomUUID } from "node:crypto";
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import type { DomainNames } from "../../../config/names";
import type { Directory } from "../directory";
import type { DomainLookup } from "../domains";
import type { FeedServices } from "../feed/stream";
import type { Identity } from "../identity";
import type { Placement } from "../placement";
import type { Pool } from "pg";
import { endIdleConnections } from "./closing";
import { ANSWER_WITHIN_MS } from "./deadline";
import { addProbes } from "./health";
import { logRequests } from "./log";
import { collectOpenApi, serveOpenApi } from "./openapi";
import { MAX_PARAMETER_LENGTH } from "./parameters";
import {
  handleClientError,
  handleError,
  handleUnknownRoute,
  problemOf,
  REQUEST_ID_HEADER,
  sendProblem,
} from "./problems";
import { requestLog } from "./request-log";
import { DEFAULT_RATE_LIMITS, rateLimiters, type RateLimits } from "./rate-limits";
import { addAuditRoute } from "./routes/audit";
import { addClusterRoutes } from "./routes/clusters";
import { addDomainRoutes } from "./routes/domains";
import { addEvacuationRoutes } from "./routes/evacuations";
import { addFeedRoutes } from "./routes/feed";
import { addNodeRoutes } from "./routes/nodes";
import { addResidencyRoute } from "./routes/residency";
import { addResolveRoute } from "./routes/resolve";
import { addTransferRoutes } from "./routes/transfers";
import { addUserRoutes } from "./routes/users";
import { namedSchemas } from "./schemas";

/** What the server works with. */
export interface ServerDependencies extends FeedServices {
  readonly log: FastifyBaseLogger;
  readonly pool: Pool;
  readonly identity: Pick<Identity, "authenticate">;
  readonly directory: Pick<Directory, "resolve" | "etag" | "stalenessSeconds" | "until" | "isReady">;
  readonly zones: DomainNames;
  readonly placement: Placement;
  readonly lookup: DomainLookup;
  readonly rateLimits?: RateLimits;
  /** Whether the store's schema is one that this program may run on. Default: always. */
  readonly schemaFits?: () => boolean;
  /** Milliseconds that the store has for an answer. */
  readonly answerWithinMs?: number;
  /** Told of every answer: operation, status, seconds. */
  readonly observe?: (operation: string, status: number, seconds: number) => void;
}

/** Longer than load balancers keep idle connections, 600 s, so that none is closed under a request on its way. */
const KEEP_ALIVE_MS = 620_000;
/** Longest that a request may take to arrive whole: eight megabytes at ten megabits a second, several times over. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Builds the server; it listens to nothing yet. */
export async function createServer(dependencies: ServerDependencies): Promise<FastifyInstance> {
  const { log, directory, observe = () => undefined, answerWithinMs = ANSWER_WITHIN_MS } = dependencies;
  const { schemaFits = () => true } = dependencies;
  const app = Fastify({
    loggerInstance: log,
    childLoggerFactory: requestLog,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: ({ headers }) => requestIdOf(headers[REQUEST_ID_HEADER]),
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // What comes on an open connection while the server stops is answered like everything else.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    // Strict: what the document does not have is refused, not dropped or bent into shape.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    clientErrorHandler: handleClientError,
    frameworkErrors: (error, request, reply) => void sendProblem(problemOf(error), request, reply),
  });
  // Bodies are JSON; Fastify would take plain text as well.
  app.removeContentTypeParser("text/plain");
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleUnknownRoute);
  logRequests(app);
  for (const schema of namedSchemas()) app.addSchema(schema);
  await collectOpenApi(app);
  addRoutes(app, {
    ...dependencies,
    limiters: rateLimiters(dependencies.rateLimits ?? DEFAULT_RATE_LIMITS),
    observe,
    answerWithinMs,
    isStarted: () => directory.isReady,
    readable: (revision, timeoutMs) => directory.until(revision, timeoutMs),
  });
  const isClosing = endIdleConnections(app);
  addProbes(app, () => {
    if (isClosing()) return "stopping";
    if (!schemaFits()) return "the store has the schema of a newer release";
    return directory.isReady ? undefined : "starting: the store has not been read yet";
  });
  serveOpenApi(app);
  return app;
}

type Context = Parameters<typeof addUserRoutes>[1] &
  Parameters<typeof addDomainRoutes>[1] &
  Parameters<typeof addFeedRoutes>[1] &
  Parameters<typeof addResolveRoute>[1];

function addRoutes(app: FastifyInstance, context: Context): void {
  app.decorateRequest("caller");
  addResolveRoute(app, context);
  addUserRoutes(app, context);
  addDomainRoutes(app, context);
  addClusterRoutes(app, context);
  addTransferRoutes(app, context);
  addEvacuationRoutes(app, context);
  addNodeRoutes(app, context);
  addFeedRoutes(app, context);
  addResidencyRoute(app, context);
  addAuditRoute(app, context);
}

/** The caller's own id where it is a sound one, so that its log and this one can be read together. */
function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === "string" && /^[\w.-]{8,128}$/.test(given) ? given : randomUUID();
}
