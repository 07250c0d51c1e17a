/** Finds what the next steps name. */
import { delimiter, join, relative } from "node:path";
import { isExecutable } from "../../tools/executable";
import type { LiveEnvironment } from "../live/environment";
import { delegatedTo } from "../live/names";
import { nextSteps } from "./next-steps";
import type { Row } from "./proof-rows";

export async function nextStepsOf(live: LiveEnvironment, rows: readonly Row[]): Promise<string[]> {
  const { environment, cloud, ports, resolver } = live;
  const first = rows.find(({ kind }) => kind === "app");
  if (first === undefined) return [];
  const clusters = Object.entries(environment.clusters).filter(([, { lifecycle }]) => lifecycle === "active");
  const names = clusters.map(([name]) => name);
  const plans = environment.clusters[first.cluster]?.plans ?? [];
  const destination = clusters.find(([name, { plans: taken = [] }]) => {
    return name !== first.cluster && taken.some((plan) => plans.includes(plan));
  });
  return nextSteps({
    host: first.host,
    address: first.address,
    domain: rows.find(({ kind, user }) => kind === "custom domain" && user === first.user)?.host,
    user: first.user,
    destination: destination?.[0],
    victim: names.findLast((name) => name !== environment.placement.defaultCluster) ?? first.cluster,
    // All was proven a moment ago: what has gone wrong since is not the next steps' to tell.
    nameServers: await delegatedTo(resolver, environment.domain.zone, ports.dns).catch(() => []),
    ports,
    dig: isOnPath("dig") || !isOnPath("kdig") ? "dig" : "kdig",
    logs: relative(process.cwd(), join(cloud.directory, "logs")),
  });
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => isExecutable(join(folder, program)));
}
