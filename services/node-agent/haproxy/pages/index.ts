/** What the edge answers by itself. docs/edge.md lists them, and a test compares. Pure. */

export interface Page {
  readonly status: number;
  readonly title: string;
  /** What happened and what to do, to the person in front of the browser. */
  readonly text: string;
  /** Seconds after which it is worth another try. */
  readonly retryAfter?: number;
}

export const pages = {
  badRequest: {
    status: 400,
    title: "Bad request",
    text: "The request is malformed, or ambiguous in a way that could be read as two requests, or it names no host.",
  },
  tokenNeeded: {
    status: 401,
    title: "Workspace token needed",
    text: "The token is missing, expired or not signed by this platform. Reload the page that opens the workspace.",
  },
  otherWorkspace: {
    status: 403,
    title: "Not your workspace",
    text: "The token is for another workspace. Reload the page that opens this one.",
  },
  unknownHost: {
    status: 404,
    title: "No such app",
    text: "No app is known by this name. Check its spelling; a custom domain must be verified before it is served.",
  },
  methodNotAllowed: {
    status: 405,
    title: "Method not allowed",
    text: "CONNECT is for proxies that tunnel to anywhere, which this is not.",
  },
  requestTimeout: {
    status: 408,
    title: "Request too slow",
    text: "The request's headers did not arrive in time.",
  },
  uriTooLong: {
    status: 414,
    title: "Address too long",
    text: "The request's path and query are longer than this platform accepts.",
  },
  tooManyRequests: {
    status: 429,
    title: "Too many requests",
    text: "This user's apps get more requests than one user may have. Try again in a moment, at a lower rate.",
    retryAfter: 5,
  },
  headersTooLarge: {
    status: 431,
    title: "Headers too large",
    text: "The request's headers are larger than this platform accepts. Cookies are the usual cause: delete some.",
  },
  internalError: {
    status: 500,
    title: "Internal error",
    text: "The edge could not handle the request. This is a fault of the platform.",
  },
  hostFailed: {
    status: 502,
    title: "App failed",
    text: "The machine that runs the app closed the connection without an answer.",
    retryAfter: 5,
  },
  noHost: {
    status: 503,
    title: "No machine free",
    text: "No machine can take the request now. Try again in a moment.",
    retryAfter: 5,
  },
  hostTimeout: {
    status: 504,
    title: "App too slow",
    text: "The app did not answer in time.",
  },
} as const satisfies Record<string, Page>;

/** Where a user has moved to another cluster, which does not answer. */
export function siblingUnreachable(cluster: string, sibling: string): Page {
  return {
    status: 502,
    title: "Cluster unreachable",
    text: `The app has moved from cluster ${cluster} to cluster ${sibling}, which cannot be reached from here. Try again in a moment.`,
    retryAfter: 5,
  };
}

export function siblingTimeout(cluster: string, sibling: string): Page {
  return {
    status: 504,
    title: "Cluster too slow",
    text: `The app has moved from cluster ${cluster} to cluster ${sibling}, which did not answer in time.`,
  };
}

export function siblingBusy(cluster: string, sibling: string): Page {
  return {
    status: 503,
    title: "Cluster busy",
    text: `The app has moved from cluster ${cluster} to cluster ${sibling}, and too many requests wait for it. Try again in a moment.`,
    retryAfter: 5,
  };
}

/** Where a tombstone names a cluster that this edge has no address of. */
export function siblingUnknown(cluster: string): Page {
  return {
    status: 502,
    title: "Cluster unknown",
    text: `The app has moved from cluster ${cluster} to one that this edge does not know yet. Try again in a moment.`,
    retryAfter: 5,
  };
}

/** Where tombstones of several clusters send a request round in a circle, or too far. */
export function loopDetected(cluster: string): Page {
  return {
    status: 508,
    title: "Loop detected",
    text: `Clusters disagree about where the app lives: the request has come to cluster ${cluster} and would have to leave it again. Try again in a moment.`,
    retryAfter: 5,
  };
}

export const PAGE_TYPE = "text/html; charset=utf-8";

export function html({ status, title, text }: Page): string {
  const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${status} ${title}</title></head>`;
  return `${head}<body><h1>${title}</h1><p>${text}</p></body></html>`;
}
