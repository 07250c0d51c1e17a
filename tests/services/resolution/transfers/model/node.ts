/**
 * Nodes as they promise to behave. Each follows its scope of the feed in order, keeps what it was told on its disk, then puts
 * it in force, and only then acknowledges. What it has in memory is lost when it crashes; what is on its disk is not.
 */
import type { Scope } from "../../../../../services/contracts/feed";
import type { LoggedEntry, Tables } from "./tables";

/** A word of a node to the store, which may be lost, come late or come twice. */
export interface Acknowledgement {
  readonly name: string;
  readonly incarnation: string;
  readonly revision: number;
}

/** How far a node gets with what it receives, each including those before. */
export const STAGES = ["received", "persisted", "applied", "acknowledged"] as const;
export type Stage = (typeof STAGES)[number];

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

  /** The machine is made anew under its old name, with nothing on its disk. */
  recreate(): void {
    this.crash();
    this.disk.clear();
    this.diskRevision = 0;
    this.forgetReceived();
    this.ready = false;
  }

  connect(tables: Tables): void {
    if (!this.up || this.connected) return;
    this.forgetReceived();
    tables.connect(this.scope, this.name, this.incarnation);
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
