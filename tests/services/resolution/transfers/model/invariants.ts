/**
 * What must hold after every step, whatever has happened. Each check throws an error that says what is wrong.
 *
 * An emergency transfer goes on without nodes that are silent or too slow, and putting back goes on without nodes that are
 * silent for too long; the store records which ones (`skipped`). A node that was skipped for a user is excused, for that user
 * only, until it has applied what it was not waited for. Nobody else is.
 */
import type { Scope } from "../../../../../services/contracts/feed";
import { FINAL_PHASES, RUNNING_PHASES, type Phase } from "../../../../../services/contracts/transfers";
import type { EdgeNode, HostNode, ModelNode } from "./nodes";
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
      this.requestsArrive(user, entrances);
      this.tombstonesOutliveAnswers(user, entrances);
      this.tombstonesAreTold(user);
    }
    this.transfersEndOnce();
    this.countsAreExact();
  }

  /** I1: at any time at most one cluster runs a user's containers. */
  private oneClusterRuns(user: string): void {
    const hosts = this.world.hosts.filter((host) => host.running.has(user) && !this.isExcusedHost(host, user));
    const isOne = hosts.every(({ cluster }) => cluster === hosts[0]?.cluster);
    hold(isOne, () => `I1: ${user} runs in several clusters: on ${hosts.map(({ name }) => name).join(", ")}`);
  }

  /**
   * I2: no request passes more than two edges after the first, and none loops; and what clients with a valid answer ask for ends
   * where the user's containers run or will be running, never where they were stopped.
   */
  private requestsArrive(user: string, entrances: readonly string[]): void {
    const running = this.world.tables.runningOf(user);
    const home = this.world.tables.homes.get(user);
    const isHere = (cluster: string) =>
      running !== undefined && running.phase !== "publishing"
        ? cluster === running.destination || (cluster === home && running.phase !== "stopping")
        : cluster === home;
    const nextOf = (cluster: string) => this.nextClusters(user, cluster);
    for (const first of entrances) {
      const paths = follow([first], nextOf);
      for (const path of paths) {
        hold(path.length <= 1 + MOST_HOPS, () => `I2: a request for ${user} goes ${path.join(" -> ")}`);
        const last = path.at(-1) ?? first;
        if (running?.phase === "aborting") continue;
        const state = () => `home ${String(home)}, ${running?.phase ?? "nothing"} running`;
        hold(isHere(last), () => `I2: a request for ${user} is refused: it goes ${path.join(" -> ")}, ${state()}`);
      }
    }
  }

  /** Where the edges of a cluster send requests for the user: to other clusters, or, as `undefined`, to their own hosts. */
  private nextClusters(user: string, cluster: string): Set<string | undefined> {
    const edges = this.world.edges.filter((edge) => edge.cluster === cluster && edge.serves);
    return new Set(edges.filter((edge) => !this.isExcusedEdge(edge, user)).map((edge) => edge.tombstone(user)));
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
    const transfers = this.world.tables.transfersOf(user).filter((row) => row.skipped.length > 0 && applies(row));
    return transfers
      .flatMap(({ skipped }) => skipped)
      .filter(({ scope, node: name }) => isNode(node, scope, name))
      .some(({ revision }) => knowsTooLittle || node.appliedRevision < revision);
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

function hold(condition: boolean, broken: () => string): void {
  if (!condition) throw new Error(broken());
}

function isNode(node: ModelNode, scope: Scope, name: string): boolean {
  return node.scope === scope && node.name === name;
}

/** All ways that a request can take, each cut off at one edge more than it may pass. */
function follow(
  path: readonly string[],
  nextOf: (cluster: string) => Iterable<string | undefined>,
): (readonly string[])[] {
  if (path.length > 1 + MOST_HOPS) return [path];
  return [...nextOf(path.at(-1) ?? "")].flatMap((next) =>
    next === undefined ? [path] : follow([...path, next], nextOf),
  );
}
