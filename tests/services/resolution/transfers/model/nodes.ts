/**
 * Nodes as they promise to behave. Each follows its scope of the feed in order, keeps what it was told on its disk, then puts
 * it in force, and only then acknowledges. What it has in memory is lost when it crashes; what is on its disk is not.
 */
import type { Residency, Scope } from "../../../../../services/contracts/feed";
import type { LoggedEntry, Tables } from "./tables";

/** A word of a node to the store, which may be lost, come late or come twice. */
export interface Acknowledgement {
  readonly name: string;
  readonly incarnation: string;
  readonly revision: number;
}

export abstract class ModelNode {
  /** The process runs. */
  up = false;
  /** It follows the feed. */
  connected = false;
  /** It has had all of the feed once, which is when it is first given work; from then on it serves from its disk. */
  ready = false;
  private starts = 0;
  private received: LoggedEntry[] = [];
  private receivedRevision = 0;
  private readonly disk = new Map<string, LoggedEntry>();
  private diskRevision = 0;
  private readonly inForce = new Map<string, unknown>();
  appliedRevision = 0;

  constructor(
    readonly scope: Scope,
    readonly name: string,
    readonly cluster: string,
  ) {}

  get incarnation(): string {
    return `${this.name}/${this.starts}`;
  }

  get serves(): boolean {
    return this.up && this.ready;
  }

  /** What it obeys. */
  valueOf(key: string): unknown {
    return this.inForce.get(key) ?? null;
  }

  entries(): [string, unknown][] {
    return [...this.inForce];
  }

  /** A new process: everything on the disk is in force before it connects. */
  start(): void {
    if (this.up) return;
    this.starts++;
    this.up = true;
    this.inForce.clear();
    for (const [key, { value }] of this.disk) if (value !== null) this.inForce.set(key, value);
    this.appliedRevision = this.diskRevision;
    this.obeyAll();
  }

  crash(): void {
    this.up = false;
    this.connected = false;
    this.forgetReceived();
  }

  connect(tables: Tables): void {
    if (!this.up || this.connected) return;
    this.forgetReceived();
    tables.connect(this.scope, this.name, this.incarnation, this.appliedRevision);
    this.connected = true;
  }

  disconnect(): void {
    this.connected = false;
    this.forgetReceived();
  }

  /**
   * Takes the next entries. A feed that is read from the store has only the last value of each key; one that a replica still
   * has in its memory has those in between as well.
   */
  receive(tables: Tables, count: number, compacted: boolean): void {
    if (!this.connected || this.receivedRevision === tables.revision) return;
    const log = tables.log.get(this.scope) ?? [];
    const isThere = ({ key, revision }: LoggedEntry) => tables.feed.get(this.scope)?.get(key)?.revision === revision;
    const next = log.filter((entry) => entry.revision > this.receivedRevision && (!compacted || isThere(entry)));
    const taken = next.slice(0, count);
    this.received.push(...taken);
    const isLive = taken.length === next.length;
    this.receivedRevision = isLive ? tables.revision : (taken.at(-1)?.revision ?? this.receivedRevision);
  }

  persist(): void {
    if (!this.up) return;
    for (const entry of this.received) this.disk.set(entry.key, entry);
    this.diskRevision = Math.max(this.diskRevision, this.receivedRevision);
    this.received = [];
  }

  apply(tables: Tables): void {
    if (!this.up) return;
    for (const [key, { revision, value }] of this.disk) {
      if (revision <= this.appliedRevision) continue;
      if (value === null) this.inForce.delete(key);
      else this.inForce.set(key, value);
      this.obey(key);
    }
    this.appliedRevision = this.diskRevision;
    if (this.appliedRevision >= tables.lastRevision(this.scope)) this.ready = true;
  }

  acknowledgement(): Acknowledgement | undefined {
    if (!this.connected) return undefined;
    return { name: this.name, incarnation: this.incarnation, revision: this.appliedRevision };
  }

  /** Does what a changed entry asks for. */
  protected abstract obey(key: string): void;
  /** Does what the entries ask for that a new process finds on its disk. */
  protected abstract obeyAll(): void;

  private forgetReceived(): void {
    this.received = [];
    this.receivedRevision = this.diskRevision;
  }
}

/** Answers with the user's entry, else with the zone's default cluster. */
export class DnsNode extends ModelNode {
  constructor(
    name: string,
    private readonly defaultCluster: string,
  ) {
    super("dns", name, "");
  }

  answer(user: string): string {
    return (this.valueOf(`user/${user}`) as { cluster: string } | null)?.cluster ?? this.defaultCluster;
  }

  protected obey(): void {
    // Its answers follow from its entries.
  }
  protected obeyAll(): void {
    // As above.
  }
}

/** Sends a request on where it has a tombstone for the user, else to a host of its own cluster. */
export class EdgeNode extends ModelNode {
  constructor(name: string, cluster: string) {
    super(`edge:${cluster}`, name, cluster);
  }

  tombstone(user: string): string | undefined {
    return (this.valueOf(`tombstone/${user}`) as { cluster: string } | null)?.cluster;
  }

  protected obey(): void {
    // Its routes follow from its entries.
  }
  protected obeyAll(): void {
    // As above.
  }
}

/** A question to the control API whether a user's containers may be started; asked because of a request, or of a review. */
export interface Question {
  readonly host: HostNode;
  readonly user: string;
  readonly version: string;
}

export class HostNode extends ModelNode {
  readonly running = new Set<string>();
  /** Users whose containers run although their entry is gone: it is to be asked whether they may. */
  readonly unconfirmed = new Set<string>();
  private readonly heard = new Map<string, number>();

  constructor(name: string, cluster: string) {
    super(`host:${cluster}`, name, cluster);
  }

  /** A request has come. Without an entry for the user, and nothing running, a question has to be asked first. */
  serve(user: string): Question | undefined {
    if (!this.serves) return undefined;
    const residency = this.residency(user);
    if (residency === "resident") this.running.add(user);
    if (residency !== undefined || this.running.has(user)) return undefined;
    return this.question(user);
  }

  question(user: string): Question {
    return { host: this, user, version: this.version(user) };
  }

  /** An answer counts unless something was heard of the user since the question was asked, or the process is another one. */
  hear({ user, version }: Question, mayRun: boolean): void {
    if (!this.up || version !== this.version(user)) return;
    this.unconfirmed.delete(user);
    if (mayRun) this.running.add(user);
    else this.running.delete(user);
  }

  /** The machine goes down, and its containers with it; or only the process does, and containers run on without it. */
  override crash(withMachine = false): void {
    super.crash();
    if (withMachine) this.running.clear();
  }

  protected obey(key: string): void {
    const user = key.slice("user/".length);
    this.heard.set(user, (this.heard.get(user) ?? 0) + 1);
    this.settle(user);
  }

  protected obeyAll(): void {
    for (const user of [...this.running]) this.settle(user);
  }

  private settle(user: string): void {
    const residency = this.residency(user);
    if (residency === "arriving" || residency === "leaving") this.running.delete(user);
    if (residency === undefined && this.running.has(user)) this.unconfirmed.add(user);
    else this.unconfirmed.delete(user);
  }

  private residency(user: string): Residency | undefined {
    return (this.valueOf(`user/${user}`) as { residency: Residency } | null)?.residency;
  }

  private version(user: string): string {
    return `${this.incarnation} ${this.heard.get(user) ?? 0}`;
  }
}
