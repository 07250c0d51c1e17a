/**
 * What the feed's scope `directory` amounts to, compactly: a user is one entry of a map, their label to a small number that
 * stands for home and state, without an object of their own.
 */
import { parseKey, type directoryEntries, type FeedEntry } from "../../contracts/feed";
import type { Resolution } from "../../contracts/resources";
import type { z } from "zod";

type Values = { readonly [Kind in keyof typeof directoryEntries]: z.infer<(typeof directoryEntries)[Kind]> };

/** A cluster's part of an answer, shared by all answers about its users. */
export interface ClusterAnswer {
  readonly hosting: Resolution["hosting"];
  readonly workspace: Resolution["workspace"];
  /** Changes with the addresses. */
  readonly revision: number;
}

export class DirectoryState {
  /** Everything up to here is in. */
  revision = 0;
  private readonly clusters = new Map<string, ClusterAnswer>();
  /** By label: twice the index of the home in `names`, and one more while the user is being moved. */
  private readonly users = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly indexes = new Map<string, number>();
  private readonly domains = new Map<string, string>();

  /** Takes the next entry. Its value is one of this service's own writing and is not checked again. */
  apply({ key, value, revision }: FeedEntry): void {
    const { kind, name } = parseKey(key);
    if (kind === "user") this.setUser(name, value as Values["user"] | null);
    else if (kind === "domain") this.setDomain(name, value as Values["domain"] | null);
    else if (kind === "cluster") this.setCluster(name, value as Values["cluster"] | null, revision);
    this.revision = revision;
  }

  cluster(name: string): ClusterAnswer | undefined {
    return this.clusters.get(name);
  }

  /** Home of a user, and whether a transfer is about to change it. */
  user(label: string): { home: string; moving: boolean } | undefined {
    const packed = this.users.get(label);
    if (packed === undefined) return undefined;
    return { home: this.names[packed >> 1] ?? "", moving: packed % 2 === 1 };
  }

  /** The user whose verified custom domain it is. */
  domainUser(name: string): string | undefined {
    return this.domains.get(name);
  }

  private setUser(label: string, value: Values["user"] | null): void {
    if (value === null) this.users.delete(label);
    else this.users.set(compact(label), this.indexOf(value.home) * 2 + (value.moving === true ? 1 : 0));
  }

  private setDomain(name: string, value: Values["domain"] | null): void {
    if (value === null) this.domains.delete(name);
    else this.domains.set(compact(name), value.user);
  }

  private setCluster(name: string, value: Values["cluster"] | null, revision: number): void {
    if (value === null) {
      this.clusters.delete(name);
      return;
    }
    const { hostingAddress, hostingIpv6, workspaceAddress } = value;
    const hosting = { ipv4: hostingAddress, ...(hostingIpv6 !== undefined && { ipv6: hostingIpv6 }) };
    this.clusters.set(name, { hosting, workspace: { ipv4: workspaceAddress }, revision });
  }

  private indexOf(name: string): number {
    const known = this.indexes.get(name);
    if (known !== undefined) return known;
    this.indexes.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}

/** A string of its own: one that was cut out of another keeps the whole of that in memory. */
function compact(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}
