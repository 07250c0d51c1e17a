/** What the page shows, ready to be shown: texts, levels and rows. Pure; the page itself decides nothing. */
import type { Node } from "../../services/contracts/resources";
import { grouped } from "../control-api/evacuation-view";
import { domainRows, type DomainRow } from "./domain-rows";
import { LEVELS, type Level } from "./health";
import { evacuationRows, inFlight, moveRow, phaseCounts, tombstoneRows } from "./moving-rows";
import type { EvacuationRow, InFlight, MoveRow, PhaseCount, Tombstones } from "./moving-rows";
import { nodeKey } from "./node-watch";
import type { Reading } from "./reading";
import { unitPanel, type UnitPanel } from "./unit-rows";

/** A reading with what only several readings tell. */
export interface Observation {
  readonly reading: Reading;
  /** Keys of nodes that lag: see NodeWatch. */
  readonly late: ReadonlySet<string>;
  /** Users per second that an evacuation moves, by its id; undefined while that is not known. */
  readonly speedOf: (evacuation: string) => number | undefined;
}

export interface Snapshot {
  readonly environment: string;
  readonly verdict: Verdict;
  /** Clusters by name, then `shared`. */
  readonly domains: readonly DomainRow[];
  readonly nameServers: readonly NameServerRow[];
  readonly phases: readonly PhaseCount[];
  readonly inFlight: InFlight;
  /** Moves that were asked for on the page, newest first. */
  readonly moves: readonly MoveRow[];
  readonly tombstones: Tombstones;
  readonly evacuations: readonly EvacuationRow[];
  /** None where nothing tells what runs. */
  readonly units?: UnitPanel;
}

/** The whole in a sentence, for whoever was woken by it. */
export interface Verdict {
  readonly level: Level;
  readonly text: string;
  readonly detail: string;
}

export interface NameServerRow {
  readonly name: string;
  readonly level: Level;
  readonly state: "live" | "lagging" | "silent";
  /** Entries behind, in words. */
  readonly lag: string;
  /** When it was heard of last, ISO 8601. */
  readonly seenAt: string;
}

export function snapshotOf(environment: string, { reading, late, speedOf }: Observation): Snapshot {
  const domains = domainRows(reading, late);
  return {
    environment,
    verdict: verdictOf(domains, reading),
    domains,
    nameServers: reading.nodes.filter(({ kind }) => kind === "dns").map((node) => nameServerRow(node, late)),
    phases: phaseCounts(reading.phases),
    inFlight: inFlight(reading.phases),
    moves: reading.moves.map(moveRow),
    tombstones: tombstoneRows(reading.tombstones),
    evacuations: evacuationRows(reading.evacuations, speedOf),
    ...(reading.units && {
      units: unitPanel(
        reading.units,
        domains.map(({ name }) => name),
      ),
    }),
  };
}

function verdictOf(domains: readonly DomainRow[], reading: Reading): Verdict {
  const at = (level: Level) => domains.filter((domain) => domain.level === level).map(({ name }) => name);
  const [down, degraded] = [at("bad"), at("warn")];
  const troubles = [
    ...(down.length > 0 ? [`${list(down)} ${areOrIs(down)} down`] : []),
    ...(degraded.length > 0 ? [`${list(degraded)} ${areOrIs(degraded)} degraded`] : []),
  ];
  const level = LEVELS[Math.max(1, ...domains.map((domain) => LEVELS.indexOf(domain.level)))] ?? "good";
  return {
    level,
    text: troubles.length > 0 ? `${troubles.join("; ")}.` : `All ${domains.length} failure domains are healthy.`,
    detail: detailOf(reading),
  };
}

function detailOf({ clusters }: Reading): string {
  const sum = (of: (cluster: (typeof clusters)[number]) => number) =>
    clusters.reduce((total, one) => total + of(one), 0);
  const users = `${plural(
    sum(({ users }) => users),
    "user",
  )} in ${plural(clusters.length, "cluster")}`;
  const full = clusters
    .filter(({ lifecycle, headroom }) => lifecycle === "active" && headroom === 0)
    .map(({ name }) => name);
  const noRoom = full.length === 0 ? "" : `; ${list(full)} ${areOrIs(full)} full`;
  return `${users}, room for ${grouped(sum(({ headroom }) => headroom))} more${noRoom}.`;
}

function nameServerRow(node: Node, late: ReadonlySet<string>): NameServerRow {
  const state = !node.live ? "silent" : late.has(nodeKey(node)) ? "lagging" : "live";
  return {
    name: node.name,
    level: state === "live" ? "good" : "warn",
    state,
    lag: node.lag === 0 ? "up to date" : `${plural(node.lag, "entry", "entries")} behind`,
    seenAt: node.seenAt,
  };
}

function list(names: readonly string[]): string {
  return new Intl.ListFormat("en-GB").format(names);
}

function areOrIs({ length }: readonly string[]): string {
  return length === 1 ? "is" : "are";
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
