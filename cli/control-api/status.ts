/** `clusters status`: how full clusters are, what follows the feed, and what is moving. */
import { MAX_PAGE, type Cluster, type Evacuation, type Node } from "../../services/contracts/resources";
import { FINAL_PHASES, PHASES, type Phase } from "../../services/contracts/transfers";
import { EXIT } from "../exit-codes";
import { paintFor, printJson, printResult } from "../terminal";
import type { ApiCommand } from "./connect";
import type { OperatorApi } from "./operator-api";
import { statusText } from "./status-view";

/** Evacuations that are told of, the last ones first. */
const EVACUATIONS = 10;

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

/** Prints the state and returns the exit code. */
export async function statusCommand({ api, options }: ApiCommand): Promise<number> {
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
