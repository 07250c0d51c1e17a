/**
 * What can go wrong with a request, each with a type that callers may rely on (RFC 9457). Types are never renamed or given
 * another status: a caller decides by them. Pure.
 */

/** Status of each problem type. */
export const PROBLEM_STATUS = {
  /** The request does not fit the schema of its route. */
  "invalid-request": 400,
  "invalid-label": 400,
  "reserved-label": 400,
  "invalid-domain": 400,
  /** No token, or one that is malformed, expired, of another issuer or for another audience. */
  unauthenticated: 401,
  /** The caller's roles do not allow this, or it concerns another cluster than the node's own. */
  forbidden: 403,
  "unknown-route": 404,
  "unknown-user": 404,
  "unknown-cluster": 404,
  "unknown-domain": 404,
  "unknown-plan": 404,
  "unknown-transfer": 404,
  "unknown-evacuation": 404,
  "unknown-node": 404,
  "user-exists": 409,
  /** One user is moved by one transfer at a time. */
  "transfer-running": 409,
  /** The user lives there already. */
  "same-cluster": 409,
  "cluster-full": 409,
  /** The cluster is `provisioned` or `draining`, so no user may move in. */
  "cluster-not-active": 409,
  /** Requests are forwarded already: the transfer ends by itself; transfer the user back instead. */
  "transfer-not-cancellable": 409,
  /** The evacuation has ended, or is in a state that this does not apply to. */
  "evacuation-not-running": 409,
  /** Somebody else has verified it. */
  "domain-taken": 409,
  "domain-unverified": 409,
  /** No name of a user's fits: every cluster of the plan is full or not active. */
  "no-cluster": 409,
  /** The body is larger than any that the route takes. */
  "body-too-large": 413,
  "unsupported-media-type": 415,
  /** The key was used for another request. */
  "idempotency-key-reused": 422,
  "rate-limited": 429,
  internal: 500,
  /** The store cannot be reached. Nothing was changed, or the request may be sent again with the same idempotency key. */
  "store-unavailable": 503,
  /** Nobody new can be authenticated: the token issuer's keys cannot be fetched. */
  "issuer-unavailable": 503,
} as const;

export type ProblemType = keyof typeof PROBLEM_STATUS;

/** Media type of a problem's body. */
export const PROBLEM_MEDIA_TYPE = "application/problem+json";
const TYPE_PREFIX = "urn:failure-domains:problem:";

/** A request that is refused. The message names the value and what to do. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    readonly type: ProblemType,
    message: string,
    /** Seconds after which another try may succeed. */
    readonly retryAfterSeconds?: number,
    /** Of the refused request, where somebody else refused it: its log has more under this id. */
    readonly requestId?: string,
  ) {
    super(message);
  }

  get status(): number {
    return PROBLEM_STATUS[this.type];
  }
}

/** The URI that stands for a type in the body. */
export function problemUri(type: ProblemType): string {
  return `${TYPE_PREFIX}${type}`;
}

/** The type that a URI stands for; nothing for a URI of somebody else's. */
export function problemTypeOf(uri: string): ProblemType | undefined {
  const type = uri.startsWith(TYPE_PREFIX) ? uri.slice(TYPE_PREFIX.length) : "";
  return type in PROBLEM_STATUS ? (type as ProblemType) : undefined;
}
