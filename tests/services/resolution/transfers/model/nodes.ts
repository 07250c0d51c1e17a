/** The kinds of nodes, and what each does with its entries. */
import type { Residency } from "../../../../../services/contracts/feed";
import { ModelNode } from "./node";

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

  /** Whether a request would start the user's containers, with nobody being asked. */
  wouldRun(user: string): boolean {
    return this.serves && this.residency(user) === "resident";
  }

  /** A request has come. Without an entry for the user, and nothing running, a question has to be asked first. */
  serve(user: string): Question | undefined {
    if (!this.serves) return undefined;
    if (this.wouldRun(user)) this.running.add(user);
    if (this.residency(user) !== undefined || this.running.has(user)) return undefined;
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

  override recreate(): void {
    super.recreate();
    this.running.clear();
  }

  protected obey(key: string): void {
    const user = key.slice("user/".length);
    this.heard.set(user, (this.heard.get(user) ?? 0) + 1);
    this.settle(user);
  }

  protected obeyAll(): void {
    this.unconfirmed.clear();
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
