/**
 * A world in which transfers happen: clusters with edges and hosts, name servers, clients that keep answers, one store, and the
 * real driver and machine. Nothing happens in it by itself: tests say what happens next.
 */
import type { Mode } from "../../../../../services/contracts/transfers";
import { TransferPass } from "../../../../../services/resolution/transfers/pass";
import { transferTimings } from "../../../../../services/resolution/transfers/timings";
import { MemoryTransferStore, SessionLost, type Interruption } from "./memory-store";
import { STAGES, type Acknowledgement, type ModelNode, type Stage } from "./node";
import { DnsNode, EdgeNode, HostNode, type Question } from "./nodes";
import { Tables } from "./tables";

/** As in production, but for the numbers: the service clock goes on by a second per pass at most. */
export const TIMINGS = transferTimings(
  { ttlSeconds: 5, graceSeconds: 2 },
  {
    phaseSeconds: { accepting: 4, forwarding: 4, stopping: 6, publishing: 4, aborting: 4 },
    quietSeconds: 9,
    maxSettleSeconds: 30,
  },
);

export const CLUSTERS = ["a", "b", "c", "d"] as const;
export const USERS = ["u0", "u1"] as const;
export const DEFAULT_CLUSTER = "a";
/** Of each kind: edges and hosts in each cluster, and name servers. */
export const MACHINES = 2;
const DOMAIN = "www.example.org";

/** An answer that clients, or resolvers on their way, still have. */
export interface CachedAnswer {
  readonly user: string;
  readonly cluster: string;
  /** The last of them dies then. */
  untilMs: number;
}

export class World {
  readonly tables = new Tables(DEFAULT_CLUSTER);
  readonly edges: EdgeNode[] = [];
  readonly hosts: HostNode[] = [];
  readonly dns: DnsNode[] = [];
  /** Under way from nodes to the store, and from the control API to hosts. */
  readonly acknowledgements: Acknowledgement[] = [];
  readonly answers: { readonly question: Question; readonly mayRun: boolean }[] = [];
  private cached: CachedAnswer[] = [];
  /** Time as it passes, which nobody in the world can see; the monotonic clocks of all machines go with it. */
  realMs = 0;
  /** What the clock on the wall of every machine is wrong by. */
  wallOffsetMs = 0;
  /** Called where the driver can be interrupted. */
  onDriver: Interruption = () => undefined;
  private pass!: TransferPass;
  private joined = 0;

  constructor(homes: readonly number[]) {
    for (const cluster of CLUSTERS) this.tables.clusters.set(cluster, { active: true, users: 0, arriving: 0 });
    USERS.forEach((user, index) => {
      const home = CLUSTERS[(homes[index] ?? 0) % CLUSTERS.length] ?? DEFAULT_CLUSTER;
      this.tables.createUser(user, home, index === 0 ? [DOMAIN] : []);
    });
    for (const cluster of CLUSTERS) {
      for (let n = 0; n < MACHINES; n++) this.join(new EdgeNode(`edge-${cluster}${n}`, cluster));
      for (let n = 0; n < MACHINES; n++) this.join(new HostNode(`host-${cluster}${n}`, cluster));
    }
    for (let n = 0; n < MACHINES; n++) this.join(new DnsNode(`dns-${n}`, DEFAULT_CLUSTER));
    for (const node of this.nodes()) this.catchUp(node);
    // Every user has been here for long, and runs on all hosts that may run them.
    for (const user of USERS) for (const host of this.hosts) this.ask(host.question(user));
    while (this.answers.length > 0) this.deliverAnswer(0);
    this.replaceDriver();
  }

  nodes(): ModelNode[] {
    return [...this.edges, ...this.hosts, ...this.dns];
  }

  /** The driver crashes, or its connection is lost; another one, of whichever replica, goes on from the store alone. */
  replaceDriver(): void {
    const store = new MemoryTransferStore(
      this.tables,
      () => this.realMs,
      (point) => this.onDriver(point),
    );
    this.pass = new TransferPass(store, TIMINGS);
  }

  /** One look of the driver's, and how many steps it took; none if it loses its session on the way. */
  async drive(): Promise<number> {
    try {
      return await this.pass.run();
    } catch (error) {
      if (!(error instanceof SessionLost)) throw error;
      this.replaceDriver();
      return 0;
    }
  }

  wait(ms: number): void {
    this.realMs += ms;
    this.cached = this.cached.filter(({ untilMs }) => untilMs > this.realMs);
  }

  request(user: string, destination: string, mode: Mode): void {
    this.tables.request(user, destination, mode);
  }

  /** A new machine. */
  join(node: ModelNode): void {
    if (node instanceof EdgeNode) this.edges.push(node);
    if (node instanceof HostNode) this.hosts.push(node);
    if (node instanceof DnsNode) this.dns.push(node);
    node.start();
    node.connect(this.tables);
  }

  /** A machine takes the place of another, which leaves for good and says so. */
  replaceNode(old: ModelNode): void {
    this.leave(old);
    const name = `joined-${++this.joined}`;
    if (old instanceof EdgeNode) this.join(new EdgeNode(name, old.cluster));
    if (old instanceof HostNode) this.join(new HostNode(name, old.cluster));
    if (old instanceof DnsNode) this.join(new DnsNode(name, DEFAULT_CLUSTER));
  }

  /** A machine is made anew, as groups of machines do with one that is ill: the same name, and an empty disk. */
  recreateNode(node: ModelNode): void {
    node.recreate();
    node.start();
    node.connect(this.tables);
  }

  /**
   * One of two replicas of the control API dies. What was under way to it and from it is lost, and the nodes that followed the feed
   * there, each second one, turn to the other.
   */
  loseReplica(replica: number): void {
    const there = this.nodes().filter((_, index) => index % 2 === replica % 2);
    const isThere = (name: string) => there.some((node) => node.name === name);
    removeAll(this.acknowledgements, ({ name }) => isThere(name));
    removeAll(this.answers, ({ question }) => isThere(question.host.name));
    for (const node of there.filter(({ connected }) => connected)) {
      node.disconnect();
      node.connect(this.tables);
    }
  }

  /** Follows the feed by some entries, and gets as far with them as `until`: what it says of it is then still under way. */
  follow(node: ModelNode, entries: number, compacted: boolean, until: Stage): void {
    const stages: Record<Stage, () => void> = {
      received: () => node.receive(this.tables, entries, compacted),
      persisted: () => node.persist(),
      applied: () => node.apply(this.tables),
      acknowledged: () => this.acknowledge(node),
    };
    for (const stage of STAGES.slice(0, STAGES.indexOf(until) + 1)) stages[stage]();
  }

  /** Follows the feed to its end, with nothing lost on the way. */
  catchUp(node: ModelNode): void {
    node.start();
    node.connect(this.tables);
    this.follow(node, Infinity, true, "acknowledged");
    this.deliverAcknowledgement(this.acknowledgements.length - 1, false);
    if (node instanceof HostNode) for (const user of node.unconfirmed) this.ask(node.question(user));
  }

  private acknowledge(node: ModelNode): void {
    const word = node.acknowledgement();
    if (word !== undefined) this.acknowledgements.push(word);
  }

  /** Words arrive in any order, and some more than once. */
  deliverAcknowledgement(index: number, again: boolean): void {
    const word = this.acknowledgements[index];
    if (word === undefined) return;
    this.tables.acknowledge(word.name, word.incarnation, word.revision);
    if (!again) this.acknowledgements.splice(index, 1);
  }

  /** A host asks, and the store answers at once; the answer is under way for as long as it takes. */
  ask(question: Question): void {
    const mayRun = this.tables.mayRun(question.user, question.host.cluster);
    this.answers.push({ question, mayRun });
  }

  deliverAnswer(index: number): void {
    const [answer] = this.answers.splice(index, 1);
    if (answer !== undefined) answer.question.host.hear(answer.question, answer.mayRun);
  }

  /** A client asks a name server, and keeps the answer for the TTL and up to the grace longer. */
  lookUp(user: string, server: DnsNode, stretch: number): void {
    if (!server.serves) return;
    const seconds = TIMINGS.ttlSeconds + TIMINGS.graceSeconds * Math.min(1, stretch);
    const cluster = server.answer(user);
    const untilMs = this.realMs + seconds * 1000;
    const known = this.cached.find((answer) => answer.user === user && answer.cluster === cluster);
    if (known === undefined) this.cached.push({ user, cluster, untilMs });
    else known.untilMs = Math.max(known.untilMs, untilMs);
  }

  /** Where clients come to: by an answer that they have or would get now, or because the web server told them the home. */
  entrances(user: string): string[] {
    const answers = this.cached.filter((answer) => answer.user === user).map(({ cluster }) => cluster);
    const servers = this.dns.filter(({ serves }) => serves).map((server) => server.answer(user));
    return [...new Set([this.tables.homes.get(user) ?? "", ...answers, ...servers])];
  }

  /** A client comes to a cluster, where an edge sends the request on or to one of its hosts. */
  visit(user: string, entrance: string, choice: number): void {
    let cluster = entrance;
    for (let hops = 0; hops <= CLUSTERS.length; hops++) {
      const edge = pick(this.servingIn(this.edges, cluster), choice);
      if (edge === undefined) return;
      const next = edge.tombstone(user);
      if (next === undefined) break;
      this.tables.noteRequest(user, cluster);
      cluster = next;
    }
    const question = pick(this.servingIn(this.hosts, cluster), choice)?.serve(user);
    if (question !== undefined) this.ask(question);
  }

  private servingIn<N extends ModelNode>(nodes: readonly N[], cluster: string): N[] {
    return nodes.filter((node) => node.cluster === cluster && node.serves);
  }

  private leave(node: ModelNode): void {
    node.crash();
    if (node instanceof HostNode) node.running.clear();
    this.tables.forget(node.name);
    for (const list of [this.edges, this.hosts, this.dns] as ModelNode[][]) {
      if (list.includes(node)) list.splice(list.indexOf(node), 1);
    }
  }
}

function removeAll<T>(list: T[], isRemoved: (item: T) => boolean): void {
  list.splice(0, list.length, ...list.filter((item) => !isRemoved(item)));
}

/** One of a list, whichever number was drawn. */
export function pick<T>(list: readonly T[], choice: number): T | undefined {
  return list[choice % Math.max(1, list.length)];
}
