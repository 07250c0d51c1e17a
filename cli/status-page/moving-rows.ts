/** Users on the move, and what their moves leave behind, as the page shows them. Pure. */
import type { Evacuation, Page, Tombstone, Transfer } from "../../services/contracts/resources";
import type { Phase } from "../../services/contracts/transfers";
import { countsOf, grouped, hasEnded as evacuationHasEnded, progressText } from "../control-api/evacuation-view";
import { hasEnded, hasMoved, phaseMeaning, waitingFor } from "../control-api/transfer-view";
import type { Level } from "./health";
import type { PhasePage } from "./reading";

/** Most transfers that are shown one by one. */
const SHOWN = 10;

export interface PhaseCount {
  readonly phase: Phase;
  /** `12`, or `200+` where only so many were counted. */
  readonly count: string;
  readonly some: boolean;
}

/** Transfers of users who do not live elsewhere yet. */
export interface InFlight {
  readonly rows: readonly MoveRow[];
  /** `and 120 more`; empty for none. */
  readonly more: string;
}

export interface MoveRow {
  readonly id: string;
  readonly user: string;
  readonly source: string;
  readonly destination: string;
  readonly mode: string;
  readonly phase: Phase;
  readonly level: Level;
  /** What happens now, or how it ended. */
  readonly text: string;
  /** Whom it waits for; empty for nobody. */
  readonly waiting: string;
  readonly ended: boolean;
  /** When the phase began, ISO 8601. */
  readonly since: string;
}

export interface Tombstones {
  readonly text: string;
  readonly rows: readonly { readonly holder: string; readonly destination: string; readonly users: string }[];
}

export interface EvacuationRow {
  readonly id: string;
  readonly source: string;
  /** `to free2 and reserve`. */
  readonly destinations: string;
  readonly mode: string;
  readonly state: Evacuation["state"];
  /** Parts of all users, 0 to 1. */
  readonly moved: number;
  readonly failed: number;
  readonly text: string;
  /** Users whom it left out, with the reason; empty for none. */
  readonly refused: string;
  readonly requestedAt: string;
  readonly ended: boolean;
  /** What it may be told. */
  readonly commands: readonly ("pause" | "resume" | "abort")[];
}

export function phaseCounts(phases: readonly PhasePage[]): PhaseCount[] {
  return phases.map(({ phase, transfers, more }) => ({
    phase,
    count: `${grouped(transfers.length)}${more ? "+" : ""}`,
    some: transfers.length > 0,
  }));
}

/** Those furthest on their way first; settling ones have moved, so they are only counted. */
export function inFlight(phases: readonly PhasePage[]): InFlight {
  const moving = phases.filter(({ phase }) => phase !== "settling");
  const all = [...moving].reverse().flatMap(({ transfers }) => transfers);
  const rest = all.length - SHOWN;
  const uncounted = moving.some(({ more }) => more);
  return {
    rows: all.slice(0, SHOWN).map(moveRow),
    more: rest > 0 ? `and ${uncounted ? "more than " : ""}${grouped(rest)} more` : "",
  };
}

export function moveRow(transfer: Transfer): MoveRow {
  const { id, user, source, destination, mode, phase, updatedAt } = transfer;
  const failed = phase === "aborting" || phase === "aborted";
  return {
    id,
    user,
    source,
    destination,
    mode,
    phase,
    level: failed ? "bad" : hasMoved(transfer) ? "good" : "idle",
    text: phaseMeaning(transfer),
    waiting: hasEnded(transfer) ? "" : waitingFor(transfer),
    ended: hasEnded(transfer),
    since: updatedAt,
  };
}

/** By the cluster that holds them and the one they point at. */
export function tombstoneRows({ items, next }: Page<Tombstone>): Tombstones {
  const counts = new Map<string, { holder: string; destination: string; count: number }>();
  for (const { holder, destination } of items) {
    const key = `${holder} ${destination}`;
    const known = counts.get(key);
    counts.set(key, { holder, destination, count: (known?.count ?? 0) + 1 });
  }
  const more = next === undefined ? "" : "+";
  const rows = [...counts.values()].sort((a, b) => b.count - a.count || (a.holder < b.holder ? -1 : 1));
  return {
    text:
      items.length === 0
        ? "None. The old cluster of a user who has moved holds one until cached DNS answers are gone."
        : `${grouped(items.length)}${more} ${items.length === 1 ? "user has" : "users have"} moved whose old cluster still forwards what comes by cached DNS answers.`,
    rows: rows.map(({ count, ...ends }) => ({ ...ends, users: `${grouped(count)}${more}` })),
  };
}

/** Those that go on, then those that have ended, each newest first. */
export function evacuationRows(
  evacuations: readonly Evacuation[],
  speedOf: (id: string) => number | undefined,
): EvacuationRow[] {
  const rows = evacuations.map((evacuation) => evacuationRow(evacuation, speedOf(evacuation.id ?? "")));
  return [...rows.filter(({ ended }) => !ended), ...rows.filter(({ ended }) => ended)];
}

function evacuationRow(evacuation: Evacuation, perSecond: number | undefined): EvacuationRow {
  const { id = "", source, destinations, mode, state, refused, requestedAt = "" } = evacuation;
  const { total, moved, aborted } = countsOf(evacuation);
  const ended = evacuationHasEnded(evacuation);
  const part = (count: number) => (total === 0 ? 1 : count / total);
  return {
    id,
    source,
    destinations: new Intl.ListFormat("en-GB").format(Object.keys(destinations).sort()),
    mode,
    state: ended && state === "running" ? "done" : state,
    moved: part(moved),
    failed: total === 0 ? 0 : part(aborted),
    text: progressText({ ...evacuation, state: "running" }, state === "running" ? perSecond : undefined),
    refused: Object.entries(refused)
      .map(([problem, users]) => `${grouped(users)} not begun: ${problem}`)
      .join("; "),
    requestedAt,
    ended,
    commands: ended ? [] : commandsOf(state),
  };
}

function commandsOf(state: Evacuation["state"]): EvacuationRow["commands"] {
  if (state === "running") return ["pause", "abort"];
  return state === "paused" ? ["resume", "abort"] : [];
}
