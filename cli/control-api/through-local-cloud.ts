/**
 * HTTPS to a name of the local cloud's, without a word in the environment: the name is resolved by the local cloud's resolver, the
 * port is where the public one really is, and the certificate is its own authority's.
 */
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { LocalCloud } from "../../deploy/local-cloud";
import { AUTHORITY_FILE } from "../../sandbox/cloud/client";
import { addressesOf } from "../live/names";

/** Answers of these statuses have no body, and `Response` insists on that. */
const BODILESS = [204, 205, 304];

type Fetch = typeof globalThis.fetch;

/**
 * From now on this process's `fetch` reaches `host` so, and everybody else as ever. `fetch` itself can be told neither of an authority
 * nor of a resolver once the process runs.
 */
export function reachThroughLocalCloud(cloud: LocalCloud, host: string): void {
  if (clouds.size === 0) install();
  clouds.set(host, cloud);
}

/** The local clouds by the names that are reached through them. */
const clouds = new Map<string, LocalCloud>();

function install(): void {
  const before = globalThis.fetch;
  // Connections are kept for the next request, but keep no process alive.
  const agent = new Agent({ keepAlive: true });
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? undefined : new URL(input);
    const cloud = clouds.get(url?.hostname ?? "");
    return url === undefined || cloud === undefined
      ? await before(input, init)
      : await exchange(cloud, agent, url, init ?? {});
  };
}

async function exchange(cloud: LocalCloud, agent: Agent, url: URL, init: Parameters<Fetch>[1] & {}): Promise<Response> {
  const [ports, resolver] = await Promise.all([cloud.client.publicPorts(), cloud.client.resolver()]);
  const [address] = await addressesOf(resolver, url.hostname);
  if (address === undefined) throw new Error(`${url.hostname} has no address`);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({
      agent,
      host: address,
      port: ports.https,
      servername: url.hostname,
      ca: readFileSync(join(cloud.directory, AUTHORITY_FILE)),
      method: init.method ?? "GET",
      path: `${url.pathname}${url.search}`,
      headers: { ...Object.fromEntries(new Headers(init.headers)), host: url.host },
      ...(init.signal && { signal: init.signal }),
    });
    sent.once("response", resolve).once("error", reject);
    sent.end(typeof init.body === "string" ? init.body : undefined);
  });
  const { statusCode: status = 0, headers } = answer;
  const body = await text(answer);
  return new Response(BODILESS.includes(status) ? null : body, { status, headers: headersOf(headers) });
}

function headersOf(headers: IncomingMessage["headers"]): Headers {
  const known = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const each of [value].flat()) known.append(name, each ?? "");
  return known;
}
