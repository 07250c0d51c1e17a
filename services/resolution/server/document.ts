/** The OpenAPI document of the server that `createServer` builds, without anything that it would serve from. */
import { Directory } from "../directory";
import { dnsLookup } from "../domains";
import { FeedHub } from "../feed/hub";
import { createLog } from "../log";
import { NodeRegistry } from "../nodes/registry";
import { openPool } from "../store/database";
import { createServer } from ".";
import { renderOpenApi } from "./openapi";

/** The document as it is committed. Nothing is connected to: neither the pool nor what uses it does so before it is asked. */
export async function describeApi(): Promise<string> {
  const pool = openPool({});
  const app = await createServer({
    log: createLog("silent"),
    pool,
    identity: { authenticate: () => Promise.reject(new Error("nobody calls a document")) },
    directory: new Directory({ zone: "example.org", ttlSeconds: 60 }),
    hub: new FeedHub({ pool }),
    registry: new NodeRegistry({ pool }),
    zones: { zone: "example.org", parentZone: "org" },
    placement: { defaultCluster: "", plans: [] },
    lookup: dnsLookup(),
  });
  await app.ready();
  const document = renderOpenApi(app);
  await app.close();
  await pool.end();
  return document;
}
