/**
 * An operator's control API with a memory of its own: clusters, nodes and users that a test sets, moves that pass their phases as
 * they are looked at, and a note of everything that was asked for.
 */
import { randomUUID } from "node:crypto";
import { ServiceError } from "../../../../cli/control-api/failure";
import type { OperatorApi, WatchingApi } from "../../../../cli/control-api/operator-api";
import type { WriteOptions } from "../../../../services/contracts/client";
import type { Cluster, Evacuation, Node, Tombstone, Transfer, User } from "../../../../services/contracts/resources";
import {
  requestTransfer,
  startEvacuation,
  type RequestTransfer,
  type StartEvacuation,
} from "../../../../services/contracts/resources";
import { PHASES, type EvacuationState } from "../../../../services/contracts/transfers";
import { clusterOf, nodeOf, transferOf } from "../../samples";

/** A write as it arrived. */
export interface Write {
  readonly operation: string;
  readonly body: unknown;
  readonly idempotencyKey: string | undefined;
}

export class FakeApi implements OperatorApi, WatchingApi {
  clusters: Cluster[] = [
    clusterOf({ name: "free", users: 150, arriving: 2, maxUsers: 200, headroom: 48 }),
    clusterOf({ name: "free2", region: "europe-north1", users: 20, arriving: 0, maxUsers: 200, headroom: 180 }),
    clusterOf({ name: "hackers", region: "europe-west4", plans: ["hacker"], users: 95, maxUsers: 100, headroom: 5 }),
  ];
  nodes: Node[] = [
    ...["free", "free2", "hackers"].flatMap((cluster) =>
      [1, 2].flatMap((number) => [
        nodeOf({ name: `edge-${number}`, cluster, scope: `edge:${cluster}` }),
        nodeOf({ name: `vm-${number}`, kind: "host", cluster, scope: `host:${cluster}` }),
      ]),
    ),
    ...["dns-0.europe-west1", "dns-0.europe-west4"].map((name) =>
      nodeOf({ name, kind: "dns", cluster: undefined, scope: "dns" }),
    ),
  ];
  users: User[] = ["alice", "bob"].map((label) => ({
    label,
    plan: "free",
    home: "free",
    pinned: false,
    createdAt: "2026-11-01T00:00:00.000Z",
  }));
  transfers: Transfer[] = [];
  tombstones: Tombstone[] = [];
  evacuations: Evacuation[] = [];
  /** What every operation rejects with while it is set. */
  failure: Error | undefined;
  /** Whether moves stay in the phase that they are in. */
  held = false;
  /** How often clusters were listed: once a look. */
  looks = 0;
  readonly writes: Write[] = [];
  private readonly answered = new Map<string, unknown>();

  resolveAgain(): never {
    throw new Error("the page resolves nobody");
  }

  getUser(label: string): Promise<User> {
    return this.answer(() => {
      const user = this.users.find((candidate) => candidate.label === label);
      if (user === undefined) throw new ServiceError(`unknown-user: there is no user "${label}"`, false);
      return user;
    });
  }

  listClusters(): Promise<{ items: Cluster[] }> {
    this.looks += 1;
    return this.answer(() => ({ items: this.clusters }));
  }

  listNodes(): Promise<{ items: Node[] }> {
    return this.answer(() => ({ items: this.nodes }));
  }

  listTransfers({ phase }: { phase?: Transfer["phase"] | undefined } = {}): Promise<{ items: Transfer[] }> {
    return this.answer(() => ({ items: this.transfers.filter((transfer) => transfer.phase === phase) }));
  }

  listTombstones(): Promise<{ items: Tombstone[] }> {
    return this.answer(() => ({ items: this.tombstones }));
  }

  listEvacuations(): Promise<{ items: Evacuation[] }> {
    return this.answer(() => ({ items: this.evacuations }));
  }

  getEvacuation(id: string): Promise<Evacuation> {
    return this.answer(() => this.evacuationOf(id));
  }

  /** One phase further each time. */
  getTransfer(id: string): Promise<Transfer> {
    return this.answer(() => {
      const transfer = this.transfers.find((candidate) => candidate.id === id);
      if (transfer === undefined) throw new ServiceError(`unknown-transfer: there is no transfer "${id}"`, false);
      const next = PHASES[PHASES.indexOf(transfer.phase) + 1];
      if (!this.held && transfer.phase !== "settling" && next !== undefined) Object.assign(transfer, { phase: next });
      return { ...transfer };
    });
  }

  requestTransfer(body: Partial<RequestTransfer> & { user: string }, options?: WriteOptions): Promise<Transfer> {
    return this.write("requestTransfer", body, options, () => {
      const { user, destination = "free2", mode, reason } = requestTransfer.parse(body);
      const { home } = this.users.find(({ label }) => label === user) ?? { home: "free" };
      const transfer = transferOf({ user, source: home, destination, mode, reason });
      this.transfers.unshift(transfer);
      return { ...transfer };
    });
  }

  startEvacuation(body: Partial<StartEvacuation> & { source: string }, options?: WriteOptions): Promise<Evacuation> {
    const input = startEvacuation.parse(body);
    if (input.dryRun) return this.answer(() => this.planOf(input));
    return this.write("startEvacuation", body, options, () => {
      const evacuation: Evacuation = {
        ...this.planOf(input),
        id: randomUUID(),
        state: "running",
        requestedAt: "2026-11-23T03:00:00.000Z",
      };
      evacuation.phases = { requested: evacuation.total };
      this.evacuations.unshift(evacuation);
      return evacuation;
    });
  }

  pauseEvacuation(id: string, options?: WriteOptions): Promise<Evacuation> {
    return this.steer("pauseEvacuation", id, "paused", options);
  }

  resumeEvacuation(id: string, options?: WriteOptions): Promise<Evacuation> {
    return this.steer("resumeEvacuation", id, "running", options);
  }

  abortEvacuation(id: string, options?: WriteOptions): Promise<Evacuation> {
    return this.steer("abortEvacuation", id, "aborting", options);
  }

  private steer(operation: string, id: string, state: EvacuationState, options?: WriteOptions): Promise<Evacuation> {
    return this.write(operation, { id }, options, () => Object.assign(this.evacuationOf(id), { state }));
  }

  private evacuationOf(id: string): Evacuation {
    const evacuation = this.evacuations.find((candidate) => candidate.id === id);
    if (evacuation === undefined) throw new ServiceError(`unknown-evacuation: there is no "${id}"`, false);
    return evacuation;
  }

  /** All go to the first destination that has room; nobody where there is none. */
  private planOf({ source, users, share = 1, destinations, mode, rate, concurrency }: StartEvacuation): Evacuation {
    const leaving =
      users?.length ?? Math.round((this.clusters.find(({ name }) => name === source)?.users ?? 0) * share);
    const open = this.clusters.filter(({ name, headroom }) => name !== source && headroom > 0);
    const [target] = open
      .filter(({ name }) => destinations?.includes(name) ?? true)
      .sort((a, b) => b.headroom - a.headroom);
    const total = Math.min(leaving, target?.headroom ?? 0);
    return {
      source,
      mode,
      state: "dry-run",
      rate,
      concurrency,
      total,
      phases: {},
      destinations: target === undefined ? {} : { [target.name]: total },
      refused: total < leaving ? { "cluster-full": leaving - total } : {},
    };
  }

  private write<T>(operation: string, body: unknown, options: WriteOptions | undefined, work: () => T): Promise<T> {
    return this.answer(() => {
      const key = options?.idempotencyKey;
      this.writes.push({ operation, body, idempotencyKey: key });
      if (key === undefined) return work();
      if (!this.answered.has(key)) this.answered.set(key, work());
      return this.answered.get(key) as T;
    });
  }

  private async answer<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    return structuredClone(work());
  }
}
