/** `clusters status`: how full clusters are, what follows the feed, and what is moving. */
import { UsageError } from "../../deploy/errors";
import { MAX_PAGE, type Cluster, type Evacuation, type Node } from "../../services/contracts/resources";
import { FINAL_PHASES, PHASES, type Phase } from "../../services/contracts/transfers";
import { EXIT } from "../exit-codes";
import type * as StatusPage from "../status-page/serve";
import { paintFor, printJson, printResult, say } from "../terminal";
import type { ApiCommand, ApiOptions } from "./connect";
import { interruptible } from "./interrupt";
import type { OperatorApi } from "./operator-api";
import { statusText } from "./status-view";

/** Evacuations that are told of, the last ones first. */
const EVACUATIONS = 10;

export interface StatusOptions extends ApiOptions {
  /** Serve a page that shows it, until the command is ended. */
  readonly web?: boolean;
  /** Of the page; a free one without it. */
  readonly port?: number;
}

/** What the command tells, and prints as JSON. */
export interface Status {
  readonly clusters: readonly Cluster[];
  readonly nodes: readonly Node[];
  readonly transfers: readonly PhaseCount[];
  readonly evacuations: readonly Evacuation[];
}

/** Transfers in a phase that something follows. */
export interface PhaseCount {
  readonly phase: Phase;
  readonly count: number;
  /** Whether there are more than were counted. */
  readonly more: boolean;
}

/** Prints the state, or serves a page that shows it, and returns the exit code. */
export async function statusCommand(command: ApiCommand<StatusOptions>): Promise<number> {
  const { web = false, port } = command.options;
  if (!web && port !== undefined) throw new UsageError("--port is the page's: add --web");
  return web ? await servePage(command) : await printStatus(command);
}

/** Ctrl-C is how serving ends, and no failure. */
async function servePage({
  api,
  watching,
  environment: { name },
  options: { port },
  cloud,
}: ApiCommand<StatusOptions>) {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- on demand: no other command waits for a web server to load
  const { serveUntil } = require("../status-page/serve") as typeof StatusPage;
  const onUrl = (url: string): void => {
    say(`The status page of ${name}, for this machine only. Whoever has its address can move users. Ctrl-C ends it.`);
    printResult(url);
  };
  const units = cloud && (() => cloud.client.units());
  const page = { environment: name, api, watching, ...(port !== undefined && { port }), ...(units && { units }) };
  await interruptible((signal) => serveUntil(signal, page, onUrl));
  return EXIT.ok;
}

async function printStatus({ api, options }: ApiCommand): Promise<number> {
  const [clusters, nodes, transfers, evacuations] = await Promise.all([
    api.listClusters(),
    api.listNodes(),
    Promise.all(unfinished().map((phase) => countOf(api, phase))),
    api.listEvacuations({ limit: EVACUATIONS }),
  ]);
  const status: Status = {
    clusters: clusters.items,
    nodes: nodes.items,
    transfers,
    evacuations: evacuations.items,
  };
  if (options.json === true) printJson(status);
  else printResult(statusText(status, paintFor(process.stdout)));
  return EXIT.ok;
}

function unfinished(): Phase[] {
  return PHASES.filter((phase) => !(FINAL_PHASES as readonly Phase[]).includes(phase));
}

async function countOf(api: OperatorApi, phase: Phase): Promise<PhaseCount> {
  const { items, next } = await api.listTransfers({ phase, limit: MAX_PAGE });
  return { phase, count: items.length, more: next !== undefined };
}
