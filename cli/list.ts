/** `clusters list`: the environment's clusters and whether they are deployed. */
import { SHARED, clusterStack } from "../config/names";
import { openSession } from "../deploy/session";
import type { Project } from "../deploy/site";
import { listStacks, type StackSummary } from "../deploy/stacks";
import { columns } from "../preview/table";
import { EXIT } from "./exit-codes";
import type { CommonOptions } from "./options";
import { paintFor, printJson, printResult, say } from "./terminal";

interface Row {
  readonly domain: string;
  readonly stack: string;
  readonly region?: string;
  readonly lifecycle?: string;
  readonly plans?: readonly string[];
  readonly role?: string;
  readonly release?: string;
  readonly deployed: boolean;
  readonly resources: number;
  /** ISO 8601. */
  readonly lastUpdate?: string;
}

/** Prints the list and returns the exit code. */
export async function listCommand(project: Project, environment: string, options: CommonOptions): Promise<number> {
  const session = await openSession(
    project,
    { environment, cloud: options.cloud, configFile: options.configFile },
    say,
  );
  const stopListening = session.interruption.listen();
  const stacks = await listStacks(session.processes, session.site).finally(() => {
    stopListening();
    session.interruption.check();
  });
  const { clusters, name } = session.environment;
  const rows: Row[] = Object.entries(clusters).map(([cluster, { region, lifecycle, plans, role, release }]) => ({
    domain: cluster,
    stack: clusterStack(name, cluster),
    region,
    lifecycle,
    ...(plans !== undefined && { plans }),
    ...(role !== undefined && { role }),
    release,
    ...deployment(stacks.get(clusterStack(name, cluster))),
  }));
  rows.push({
    domain: SHARED,
    stack: name,
    release: session.environment.resolution.release,
    ...deployment(stacks.get(name)),
  });
  if (options.json === true) printJson({ environment: name, cloud: session.site.cloud, stacks: rows });
  else printResult(table(rows));
  return EXIT.ok;
}

function deployment(stack: StackSummary | undefined): Pick<Row, "deployed" | "resources" | "lastUpdate"> {
  const { resourceCount = 0, lastUpdate } = stack ?? {};
  return { deployed: resourceCount > 0, resources: resourceCount, ...(lastUpdate !== undefined && { lastUpdate }) };
}

function table(rows: readonly Row[]): string {
  const header = ["failure domain", "region", "lifecycle", "plans", "release", "deployed", "last update"];
  const lines = rows.map(({ domain, region, lifecycle, plans, role, release, deployed, resources, lastUpdate }) => [
    domain,
    region ?? "",
    lifecycle ?? "",
    plans?.join(", ") ?? role ?? "",
    release ?? "",
    deployed ? `${resources} resources` : "no",
    lastUpdate === undefined ? "" : lastUpdate.replace("T", " ").replace(/\.\d+/, ""),
  ]);
  return columns([header, ...lines], paintFor(process.stdout));
}
