/**
 * What must hold after every step, whatever has happened. Each check throws an error that says what is wrong.
 *
 * An emergency transfer goes on without nodes that are silent or too slow, and putting back goes on without nodes that are
 * silent for too long; the store records which ones (`skipped`). A node that was skipped for a user is excused, for that user
 * only, until it has applied what it was not waited for. Nobody else is.
 */
import { FINAL_PHASES, RUNNING_PHASES, type Phase } from "../../../../../services/contracts/transfers";
import type { SkippedNode } from "../../../../../services/resolution/transfers/facts";
import type { ModelNode } from "./node";
import type { EdgeNode, HostNode } from "./nodes";
import type { TransferRow } from "./tables";
import { CLUSTERS, USERS, type World } from "./world";

/** Edges that a request may pass after the first. */
const MOST_HOPS = 2;

export class Invariants {
  /** Transfers that have ended, and as what. */
  private readonly ended = new Map<string, Phase>();
  private readonly homes: Map<string, string>;

  constructor(private readonly world: World) {
    this.homes = new Map(world.tables.homes);
  }

  check(): void {
    for (const user of USERS) {
      const entrances = this.world.entrances(user);
      this.oneClusterRuns(user);
      this.tombstonesOutliveAnswers(user, entrances);
      this.requestsArrive(user, entrances);
      this.tombstonesAreTold(user);
    }
    this.transfersEndOnce();
    this.countsAreExact();
  }

  /** I1: at any time at most one cluster runs a user's containers, or would if a request came. */
  private oneClusterRuns(user: string): void {
    const running = this.world.hosts.filter((host) => host.running.has(user) || host.wouldRun(user));
    const hosts = running.filter((host) => !this.isExcusedHost(host, user));
    const isOne = hosts.every(({ cluster }) => cluster === hosts[0]?.cluster);
    hold(isOne, () => `I1: ${user} runs in several clusters: on ${hosts.map(({ name }) => name).join(", ")}`);
  }

  /**
   * I2: wherever it begins, no request passes more than two edges after the first, and none loops; and what clients with a valid
   * answer ask for ends where the user's containers run or will be running, never where they were stopped.
   */
  private requestsArrive(user: string, entrances: readonly string[]): void {
    const running = this.world.tables.runningOf(user);
    const home = this.world.tables.homes.get(user);
    const isHere = (cluster: string) =>
      running !== undefined && running.phase !== "publishing"
        ? cluster === running.destination || (cluster === home && running.phase !== "stopping")
        : cluster === home;
    const next = this.nextClusters(user);
    for (const first of CLUSTERS) {
      for (const path of follow([first], next)) {
        hold(path.length <= 1 + MOST_HOPS, () => `I2: a request for ${user} goes ${path.join(" -> ")}`);
        const last = path.at(-1) ?? first;
        if (!entrances.includes(first) || running?.phase === "aborting") continue;
        const state = () => `home ${String(home)}, ${running?.phase ?? "nothing"} running`;
        hold(isHere(last), () => `I2: a request for ${user} is refused: it goes ${path.join(" -> ")}, ${state()}`);
      }
    }
  }

  /** Where the edges of each cluster send requests for the user: to other clusters, or, as `undefined`, to their own hosts. */
  private nextClusters(user: string): NextClusters {
    const next = new Map(CLUSTERS.map((cluster) => [cluster as string, new Set<string | undefined>()]));
    for (const edge of this.world.edges) {
      if (edge.serves && !this.isExcusedEdge(edge, user)) next.get(edge.cluster)?.add(edge.tombstone(user));
    }
    return next;
  }

  /** I3: a tombstone outlives every cached answer, and every answer that a name server may still give. */
  private tombstonesOutliveAnswers(user: string, entrances: readonly string[]): void {
    const { tables } = this.world;
    const running = tables.runningOf(user);
    for (const cluster of entrances) {
      const isSafe =
        cluster === tables.homes.get(user) ||
        cluster === running?.destination ||
        tables.current(`edge:${cluster}`, `tombstone/${user}`) !== null;
      hold(isSafe, () => `I3: clients come to ${cluster} for ${user}, and there is no tombstone any more`);
    }
  }

  /** I5: what the store says of tombstones is what edges are told, except that a destination drops its own from the beginning. */
  private tombstonesAreTold(user: string): void {
    const { tables } = this.world;
    const running = tables.runningOf(user);
    for (const { holder, destination } of tables.tombstonesOf(user)) {
      const isDropped = running?.destination === holder && running.phase !== "requested";
      const told = (tables.current(`edge:${holder}`, `tombstone/${user}`) as { cluster: string } | null)?.cluster;
      const expected = isDropped ? undefined : destination;
      hold(
        told === expected,
        () => `I5: ${holder} is to send ${user} to ${String(expected)}, and told ${String(told)}`,
      );
    }
  }

  /** I4: a transfer that has ended stays what it is, and moves its user once. */
  private transfersEndOnce(): void {
    for (const { id, phase } of this.world.tables.transfers.values()) {
      const before = this.ended.get(id);
      hold(before === undefined || before === phase, () => `I4: ${id} was ${String(before)} and is ${phase}`);
      if ((FINAL_PHASES as readonly Phase[]).includes(phase)) this.ended.set(id, phase);
    }
    for (const user of USERS) this.homeFollowsTransfers(user);
  }

  /** The home is the one at the beginning, moved by each transfer that got past the point of no return, in their order. */
  private homeFollowsTransfers(user: string): void {
    let home = this.homes.get(user);
    for (const { id, source, destination, phase } of this.world.tables.transfersOf(user)) {
      if (!PUBLISHED.includes(phase)) continue;
      hold(source === home, () => `I4: ${id} moves ${user} from where they do not live`);
      home = destination;
    }
    hold(this.world.tables.homes.get(user) === home, () => `I4: ${user} lives where no transfer has moved them`);
  }

  /** I4: nobody is counted twice, or forgotten. */
  private countsAreExact(): void {
    const { tables } = this.world;
    const transfers = [...tables.transfers.values()];
    for (const cluster of CLUSTERS) {
      const users = [...tables.homes.values()].filter((home) => home === cluster).length;
      const arriving = transfers.filter((row) => row.destination === cluster && ARRIVING.includes(row.phase)).length;
      const counted = tables.clusters.get(cluster);
      hold(
        counted?.users === users && counted.arriving === arriving,
        () => `I4: ${cluster} has ${users} users and ${arriving} arriving, and counts ${JSON.stringify(counted)}`,
      );
    }
    for (const { id, concurrency } of tables.evacuations.values()) {
      const underway = transfers.filter((row) => row.evacuation === id && UNDERWAY.includes(row.phase)).length;
      hold(underway <= concurrency, () => `${id} has ${underway} transfers under way, of ${concurrency} at once`);
    }
  }

  /**
   * An emergency did not wait for it to stop the user's containers. Where the transfer is over when it comes back, it finds its
   * entry gone, and asks before it stops them.
   */
  private isExcusedHost(host: HostNode, user: string): boolean {
    const applies = ({ mode, source }: TransferRow) => mode === "emergency" && host.cluster === source;
    return this.isSkipped(host, user, applies, host.unconfirmed.has(user));
  }

  private isExcusedEdge(edge: EdgeNode, user: string): boolean {
    return this.isSkipped(edge, user, () => true) || this.isToBeRestored(edge, user);
  }

  private isSkipped(
    node: ModelNode,
    user: string,
    applies: (transfer: TransferRow) => boolean,
    knowsTooLittle = false,
  ): boolean {
    const isExcused = ({ scope, node: name, revision }: SkippedNode) =>
      node.scope === scope && node.name === name && (knowsTooLittle || node.appliedRevision < revision);
    return this.world.tables.transfersOf(user).some((row) => applies(row) && row.skipped.some(isExcused));
  }

  /** A tombstone that an aborted transfer has put back is not waited for: until it is in force, requests are refused. */
  private isToBeRestored(edge: EdgeNode, user: string): boolean {
    const { tables } = this.world;
    const isAborted = tables.transfersOf(user).some(({ phase, destination }) => {
      return phase === "aborted" && destination === edge.cluster;
    });
    const entry = tables.feed.get(edge.scope)?.get(`tombstone/${user}`);
    return isAborted && entry !== undefined && edge.appliedRevision < entry.revision;
  }
}

const PUBLISHED: readonly Phase[] = ["publishing", "settling", "done", "superseded"];
const ARRIVING: readonly Phase[] = ["requested", "accepting", "forwarding", "stopping"];
const UNDERWAY: readonly Phase[] = RUNNING_PHASES.filter((phase) => phase !== "requested");

type NextClusters = ReadonlyMap<string, ReadonlySet<string | undefined>>;

function hold(condition: boolean, broken: () => string): void {
  if (!condition) throw new Error(broken());
}

/** All ways that a request can take, each cut off at one edge more than it may pass. */
function follow(path: readonly string[], next: NextClusters): (readonly string[])[] {
  if (path.length > 1 + MOST_HOPS) return [path];
  const ways: (readonly string[])[] = [];
  for (const cluster of next.get(path.at(-1) ?? "") ?? []) {
    ways.push(...(cluster === undefined ? [path] : follow([...path, cluster], next)));
  }
  return ways;
}
