/** What the page knows: one look at everything that the control API tells an operator. */
import type { Unit } from "../../sandbox/cloud/controller";
import type { Cluster, Evacuation, Node, Page, Tombstone, Transfer } from "../../services/contracts/resources";
import { FINAL_PHASES, PHASES, type Phase } from "../../services/contracts/transfers";
import type { WatchingApi } from "../control-api/operator-api";
import type { AskedMoves } from "./asked-moves";

/** Transfers of a phase that are read: enough to see who moves; how many there are in all, evacuations tell. */
const TRANSFERS = 200;
const TOMBSTONES = 500;
/** Evacuations that are told of, the last ones first. */
const EVACUATIONS = 8;

/** What runs in the failure domains, where somebody can tell: the local cloud can, Google Cloud is not asked. */
export type UnitSource = () => Promise<readonly Unit[]>;

/** Transfers in a phase that something follows, newest first. */
export interface PhasePage {
  readonly phase: Phase;
  readonly transfers: readonly Transfer[];
  /** Whether there are more than were read. */
  readonly more: boolean;
}

export interface Reading {
  readonly clusters: readonly Cluster[];
  readonly nodes: readonly Node[];
  readonly phases: readonly PhasePage[];
  readonly tombstones: Page<Tombstone>;
  readonly evacuations: readonly Evacuation[];
  /** Moves that were asked for on this page, newest first. */
  readonly moves: readonly Transfer[];
  /** None where there is no source of them. */
  readonly units?: UnitReading;
}

/** The local cloud may be away while the control API is not. */
export type UnitReading = { readonly units: readonly Unit[] } | { readonly trouble: string };

/** Asks for everything at once: some twelve requests, whatever the size of the environment. Throws what any of them throws. */
export async function read(api: WatchingApi, asked: AskedMoves, units?: UnitSource): Promise<Reading> {
  const [clusters, nodes, phases, tombstones, evacuations, moves, unitReading] = await Promise.all([
    api.listClusters(),
    api.listNodes(),
    Promise.all(UNFINISHED.map((phase) => readPhase(api, phase))),
    api.listTombstones({ limit: TOMBSTONES }),
    api.listEvacuations({ limit: EVACUATIONS }),
    asked.read(api),
    units && readUnits(units),
  ]);
  return {
    clusters: clusters.items,
    nodes: nodes.items,
    phases,
    tombstones,
    evacuations: evacuations.items,
    moves,
    ...(unitReading && { units: unitReading }),
  };
}

const UNFINISHED = PHASES.filter((phase) => !(FINAL_PHASES as readonly Phase[]).includes(phase));

async function readPhase(api: WatchingApi, phase: Phase): Promise<PhasePage> {
  const { items, next } = await api.listTransfers({ phase, limit: TRANSFERS });
  return { phase, transfers: items, more: next !== undefined };
}

async function readUnits(units: UnitSource): Promise<UnitReading> {
  try {
    return { units: await units() };
  } catch (error) {
    return { trouble: (error as Error).message };
  }
}
