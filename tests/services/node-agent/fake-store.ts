/** The feed's one scope as the control API has it, with its history, and streams of it for followers. */
import type { FeedLine } from "../../../services/contracts/feed";

interface Version {
  readonly revision: number;
  /** `null`: deleted. */
  readonly value: unknown;
}

export class FakeStore {
  head = 0;
  /** What was found wrong. */
  readonly violations: string[] = [];
  /** Deletions up to here are forgotten. */
  private horizon = 0;
  private readonly entries = new Map<string, Version>();
  private readonly history = new Map<string, Version[]>();
  private waiting: (() => void)[] = [];

  write(key: string, value: unknown): void {
    const version = { revision: ++this.head, value };
    this.entries.set(key, version);
    this.history.set(key, [...(this.history.get(key) ?? []), version]);
    this.wake();
  }

  /** Something happens in another scope. */
  advance(): void {
    this.head++;
    this.wake();
  }

  prune(): void {
    for (const [key, { value }] of this.entries) if (value === null) this.entries.delete(key);
    this.horizon = this.head;
    this.wake();
  }

  current(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.entries].filter(([, { value }]) => value !== null).map(([key, { value }]) => [key, value]),
    );
  }

  /**
   * Each key has the value that it has had since the revision. A key that has got another since may still have any that it had
   * before, because the feed tells nobody what was overtaken.
   */
  check(what: string, revision: number, state: ReadonlyMap<string, unknown>): void {
    for (const key of new Set([...this.history.keys(), ...state.keys()])) {
      const versions = this.history.get(key) ?? [];
      const settled = versions.at(-1)?.revision ?? 0;
      const allowed =
        settled > revision ? [null, ...versions.map(({ value }) => value)] : [versions.at(-1)?.value ?? null];
      const found = state.get(key) ?? null;
      if (!allowed.includes(found)) {
        this.violations.push(`${what} ${revision}: ${key} is ${JSON.stringify(found)}, not ${JSON.stringify(allowed)}`);
      }
    }
  }

  async *follow(after: number): AsyncGenerator<FeedLine> {
    let cursor = after;
    let known = cursor < this.horizon ? -1 : this.horizon;
    for (let told = -1; ;) {
      if (known < this.horizon && cursor < this.horizon) {
        yield { type: "reset" };
        [cursor, known, told] = [0, this.horizon, -1];
      }
      const next = this.nextAfter(cursor);
      if (next !== undefined) {
        cursor = next.revision;
        yield next;
      } else if (told < this.head) {
        cursor = told = this.head;
        yield { type: "live", revision: told };
      } else await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private nextAfter(cursor: number): Extract<FeedLine, { type: "entry" }> | undefined {
    const [next] = [...this.entries]
      .filter(([, { revision }]) => revision > cursor)
      .sort(([, a], [, b]) => a.revision - b.revision);
    return next && { type: "entry", revision: next[1].revision, key: next[0], value: next[1].value as never };
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
