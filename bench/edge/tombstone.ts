/** Requests that go through a tombstone, against two HAProxies in a row that do nothing but proxy. */
import type { Sibling } from "../../services/node-agent/haproxy/settings";
import { ownAddress } from "../../tests/services/node-agent/haproxy/config/addresses";
import type { Result } from "../result";
import { place, ZONE, type Place, type Proxies, type Proxy } from "./proxies";
import { compare, NAMES, withProxies, type Progress } from "./rate";

const FLOOR = 0.9;

/**
 * Clients are told to close their connections after each answer, so that they ask DNS again; against HAProxies that tell them the
 * same, and against ones that do not, which is what a tombstone costs in all.
 */
export async function edgeTombstone(seconds: number, rounds: number, progress: Progress): Promise<Result> {
  return await withProxies(async (proxies) => {
    const edge = await twoEdges(proxies, "load");
    const origin = await proxies.origin();
    const second = await proxies.bare(origin, { share: "load" });
    const closing = await proxies.bare(second, { closes: true });
    const open = await proxies.bare(second);
    const name = "(k) requests through a tombstone";
    const course = { seconds, rounds, progress };
    const results = [
      await compare(name, "two edges / two bare HAProxies that close, too", [edge, closing], FLOOR, course),
      await compare(name, "two edges / two bare HAProxies", [edge, open], undefined, course),
    ];
    const dropped = results.reduce((sum, result) => sum + (result.dropped ?? 0), 0);
    return { name, rounds, dropped, rows: results.flatMap(({ rows }) => rows) };
  });
}

/** An edge where every user has moved to the cluster of another, which is found behind it; returns the first. */
export async function twoEdges(proxies: Proxies, share: "load" | "measured", origin?: Place): Promise<Proxy> {
  const behind = origin ?? (await proxies.origin());
  const at = await place();
  const pro: Sibling = { name: "pro", hostingAddress: at.host, workspaceAddress: ownAddress() };
  const second = await proxies.edge({ cluster: "pro", origin: behind, at, share });
  const users = NAMES.map((name) => name.slice("app.".length, -ZONE.length - 1));
  const maps = { tombstones: users.map((user) => `${user} pro\n`).join("") };
  const first = await proxies.edge({ cluster: "free", origin: behind, siblings: [pro], siblingPort: at.port, maps });
  return { ...first, processes: [...first.processes, ...second.processes] };
}
