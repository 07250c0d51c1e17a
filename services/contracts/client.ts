/**
 * A client of the control API. Requests end in time and are repeated where that helps, writes under an idempotency key; refusals
 * are thrown as {@link Problem}; answers are checked against the contract. Methods are named as the operations are in the OpenAPI
 * document; types are those of resources.ts.
 */
import type { z } from "zod";
import * as resources from "./resources";
import type { Page } from "./resources";
import { parseAnswer, pathOf, Transport, type TransportOptions, type WriteOptions } from "./transport";

export type ControlApiOptions = TransportOptions;
export type { WriteOptions } from "./transport";

/** What to resolve by: one of the three. */
export type ResolveQuery = { readonly user: string } | { readonly host: string } | { readonly domain: string };

/** An answer to `resolve`, with what is told about it. */
export interface Resolved {
  /** None where it is still the one that `etag` was of. */
  readonly resolution: resources.Resolution | undefined;
  /** Names the answer. */
  readonly etag: string | undefined;
  /** Seconds since the service last knew it to be current; 0 unless the service has lost its store. */
  readonly stalenessSeconds: number;
}

type Paging = Partial<resources.PageQuery>;

export class ControlApi {
  private readonly transport: Transport;

  constructor(options: ControlApiOptions) {
    this.transport = new Transport(options);
  }

  /** Where a user lives. */
  async resolve(query: ResolveQuery): Promise<resources.Resolution> {
    return await this.transport.read("/v1/resolve", resources.resolution, { ...query });
  }

  /** The same, unless it still is what it was when its `etag` was given. */
  async resolveAgain(query: ResolveQuery, etag: string | undefined): Promise<Resolved> {
    const headers: Record<string, string> = etag === undefined ? {} : { "if-none-match": etag };
    const answer = await this.transport.get("/v1/resolve", { ...query }, headers);
    return {
      resolution: answer.status === 304 ? undefined : parseAnswer(answer, resources.resolution, "/v1/resolve"),
      etag: answer.headers.get("etag") ?? undefined,
      stalenessSeconds: Number(answer.headers.get("resolution-staleness") ?? 0),
    };
  }

  /** Whether the asking host's cluster may run the user's containers. For container hosts. */
  async getResidency(user: string): Promise<z.output<typeof resources.residencyAnswer>> {
    return await this.transport.read(pathOf`/v1/residency/${user}`, resources.residencyAnswer);
  }

  async getUser(label: string): Promise<resources.User> {
    return await this.transport.read(pathOf`/v1/users/${label}`, resources.user);
  }

  async listUsers(query: Partial<z.output<typeof resources.listUsersQuery>> = {}): Promise<Page<resources.User>> {
    return await this.transport.read("/v1/users", resources.userPage, query);
  }

  async createUser(body: resources.CreateUser, options?: WriteOptions): Promise<resources.User> {
    return await this.transport.write("/v1/users", resources.user, { method: "POST", body, ...options });
  }

  /** The transfer is there where the plan's clusters asked for one. */
  async changePlan(
    label: string,
    body: z.input<typeof resources.changePlan>,
    options?: WriteOptions,
  ): Promise<resources.PlanChange> {
    const path = pathOf`/v1/users/${label}/plan`;
    return await this.transport.write(path, resources.planChange, { method: "PUT", body, ...options });
  }

  async deleteUser(label: string, options?: WriteOptions): Promise<void> {
    await this.transport.change(pathOf`/v1/users/${label}`, { method: "DELETE", ...options });
  }

  async listDomains(user: string, query: Paging = {}): Promise<Page<resources.Domain>> {
    return await this.transport.read(pathOf`/v1/users/${user}/domains`, resources.domainPage, query);
  }

  async claimDomain(user: string, body: resources.ClaimDomain, options?: WriteOptions): Promise<resources.Domain> {
    const path = pathOf`/v1/users/${user}/domains`;
    return await this.transport.write(path, resources.domain, { method: "POST", body, ...options });
  }

  async verifyDomain(user: string, name: string, options?: WriteOptions): Promise<resources.Domain> {
    const path = pathOf`/v1/users/${user}/domains/${name}/verify`;
    return await this.transport.write(path, resources.domain, { method: "POST", ...options });
  }

  async releaseDomain(user: string, name: string, options?: WriteOptions): Promise<void> {
    await this.transport.change(pathOf`/v1/users/${user}/domains/${name}`, { method: "DELETE", ...options });
  }

  async listClusters(): Promise<{ items: resources.Cluster[] }> {
    return await this.transport.read("/v1/clusters", resources.clusterList);
  }

  async setLifecycle(
    name: string,
    body: z.input<typeof resources.setLifecycle>,
    options?: WriteOptions,
  ): Promise<resources.Cluster> {
    const path = pathOf`/v1/clusters/${name}/lifecycle`;
    return await this.transport.write(path, resources.cluster, { method: "PUT", body, ...options });
  }

  async getTransfer(id: string): Promise<resources.Transfer> {
    return await this.transport.read(pathOf`/v1/transfers/${id}`, resources.transfer);
  }

  /** Newest first. */
  async listTransfers(
    query: Partial<z.output<typeof resources.listTransfersQuery>> = {},
  ): Promise<Page<resources.Transfer>> {
    return await this.transport.read("/v1/transfers", resources.transferPage, query);
  }

  async requestTransfer(
    body: z.input<typeof resources.requestTransfer>,
    options?: WriteOptions,
  ): Promise<resources.Transfer> {
    return await this.transport.write("/v1/transfers", resources.transfer, { method: "POST", body, ...options });
  }

  async cancelTransfer(id: string, options?: WriteOptions): Promise<resources.Transfer> {
    const path = pathOf`/v1/transfers/${id}/cancel`;
    return await this.transport.write(path, resources.transfer, { method: "POST", ...options });
  }

  async getEvacuation(id: string): Promise<resources.Evacuation> {
    return await this.transport.read(pathOf`/v1/evacuations/${id}`, resources.evacuation);
  }

  /** Newest first. */
  async listEvacuations(query: Paging = {}): Promise<Page<resources.Evacuation>> {
    return await this.transport.read("/v1/evacuations", resources.evacuationList, query);
  }

  async startEvacuation(
    body: z.input<typeof resources.startEvacuation>,
    options?: WriteOptions,
  ): Promise<resources.Evacuation> {
    return await this.transport.write("/v1/evacuations", resources.evacuation, { method: "POST", body, ...options });
  }

  async pauseEvacuation(id: string, options?: WriteOptions): Promise<resources.Evacuation> {
    return await this.steer(pathOf`/v1/evacuations/${id}/pause`, options);
  }

  async resumeEvacuation(id: string, options?: WriteOptions): Promise<resources.Evacuation> {
    return await this.steer(pathOf`/v1/evacuations/${id}/resume`, options);
  }

  /** Users who have moved stay where they are. */
  async abortEvacuation(id: string, options?: WriteOptions): Promise<resources.Evacuation> {
    return await this.steer(pathOf`/v1/evacuations/${id}/abort`, options);
  }

  async listTombstones(
    query: Partial<z.output<typeof resources.listTombstonesQuery>> = {},
  ): Promise<Page<resources.Tombstone>> {
    return await this.transport.read("/v1/tombstones", resources.tombstonePage, query);
  }

  async listNodes(): Promise<{ items: resources.Node[] }> {
    return await this.transport.read("/v1/nodes", resources.nodeList);
  }

  /** Only for a node that no longer serves: transfers stop waiting for it. */
  async forgetNode(scope: string, name: string, options?: WriteOptions): Promise<void> {
    await this.transport.change(pathOf`/v1/nodes/${scope}/${name}`, { method: "DELETE", ...options });
  }

  /** Newest first. */
  async listAudit(query: Partial<z.output<typeof resources.listAuditQuery>> = {}): Promise<Page<resources.AuditEntry>> {
    return await this.transport.read("/v1/audit", resources.auditPage, query);
  }

  private async steer(path: string, options: WriteOptions | undefined): Promise<resources.Evacuation> {
    return await this.transport.write(path, resources.evacuation, { method: "POST", ...options });
  }
}

/** Every item of a list, page by page: `itemsOf((cursor) => api.listUsers({ cluster, cursor }))`. */
export async function* itemsOf<T>(page: (cursor: string | undefined) => Promise<Page<T>>): AsyncGenerator<T> {
  for (let cursor: string | undefined; ;) {
    const { items, next } = await page(cursor);
    yield* items;
    if (next === undefined) return;
    cursor = next;
  }
}
