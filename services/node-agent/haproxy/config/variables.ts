/**
 * Variables of the configuration. Those of a transaction live from a request's first rule until it is logged, on both sides of
 * the switch between frontend and backend.
 */
export const request = {
  /** The name in `Host`: in lower case, without port and trailing dot. */
  name: "txn.name",
  /** The canonical host: `<app>.<user>.<zone>`. */
  host: "txn.host",
  user: "txn.user",
  app: "txn.app",
  /** The method; kept because hop headers cover it. */
  method: "txn.method",
  /** Path without query. */
  path: "txn.path",
  /** Address of who really asks. */
  client: "txn.client",
  /** Cluster that the user's tombstone names, {@link ABSENT} before it is known whether there is one, or NO_ENTRY of files.ts. */
  sibling: "txn.sibling",
  /** Clusters that a request has passed, by its hop header: `a` or `a,b`. */
  clusters: "txn.clusters",
  /** What became of a hop header: `valid` or `invalid`; unset where there is none. */
  hopState: "txn.hop_state",
} as const;

/** What a lookup in a `recent` map gives where it has nothing to say. */
export const ABSENT = ".";

/** Process-wide; made by the first section, and by the runtime API. */
export const processWide = {
  /** Keys of hop headers, in base64 as the `hmac` converter wants it; the first one signs. */
  hopKey: (index: number) => `proc.hop_key_${index}`,
  workspaceTokenKey: (index: number) => `proc.workspace_token_key_${index}`,
  /** 1 from when the edge is to get requests: health answers 503 until then. */
  joined: "proc.joined",
  /** 1 from when the edge is to stop: health answers 503 from then on. */
  stopping: "proc.stopping",
} as const;

/** Whether a variable has this value. */
export function is(variable: string, value: string): string {
  return `{ var(${variable}) -m str -- ${value} }`;
}

export const hasJoined = `{ var(${processWide.joined}) -m int gt 0 }`;
export const isStopping = `{ var(${processWide.stopping}) -m int gt 0 }`;

/** What the runtime API is told once a new edge is to get requests. */
export const JOIN_COMMAND = setTo1(processWide.joined);

/**
 * What the runtime API is told before HAProxy is stopped: health says so from then on, while connections are still taken. Load
 * balancers need two checks of five seconds each to see it.
 */
export const STOP_COMMAND = setTo1(processWide.stopping);

function setTo1(variable: string): string {
  return `experimental-mode on; set var ${variable} int(1)`;
}
