/** The access log: a line of JSON per request, on standard output. Pure. */
import { quoted } from "./text";
import { request } from "./variables";

/** Longest line. Longer ones would be cut, and be no JSON any more. */
const LINE_BYTES = 8_192;
/** Characters of a path that are logged. In JSON one takes two at most, since HAProxy refuses control characters in a path. */
const PATH_CHARACTERS = 1_024;
const NAME_CHARACTERS = 256;

const text = (variable: string) => `"%[var(${variable}),json(utf8s)]"`;
const start = (variable: string, characters: number) => `"%[var(${variable}),bytes(0,${characters}),json(utf8s)]"`;

/**
 * Fields of a line and how HAProxy writes them; docs/edge.md explains them. Texts are `-` where there is nothing to say, and
 * milliseconds -1 where a request did not get that far. Never the query, which holds workspaces' tokens, and no header.
 */
export function logFields(cluster: string): Readonly<Record<string, string>> {
  return {
    at: "%Ts.%ms",
    cluster: `"${cluster}"`,
    listener: '"%f"',
    client: text(request.client),
    peer: '"%ci"',
    user: text(request.user),
    host: text(request.host),
    name: start(request.name, NAME_CHARACTERS),
    method: text(request.method),
    path: start(request.path, PATH_CHARACTERS),
    version: '"%HV"',
    status: "%ST",
    backend: '"%b"',
    server: '"%s"',
    sibling: text(request.sibling),
    hop: text(request.hopState),
    clusters: text(request.clusters),
    bytesIn: "%U",
    bytesOut: "%B",
    requestMs: "%TR",
    queueMs: "%Tw",
    connectMs: "%Tc",
    responseMs: "%Tr",
    totalMs: "%Ta",
    retries: '"%rc"',
    ended: '"%ts"',
    connections: "%fc",
    queued: "%bq",
  };
}

/** Of a listener. */
export function accessLog(cluster: string): string[] {
  const fields = Object.entries(logFields(cluster)).map(([name, value]) => `"${name}":${value}`);
  return [`log stdout len ${LINE_BYTES} format raw local0 info`, `log-format ${quoted(`{${fields.join(",")}}`)}`];
}
