/** A cluster in small: an edge, its load balancers and its container VMs. */
import type { Member, Sibling } from "../../../../../services/node-agent/haproxy/settings";
import { freePort, ownAddress } from "./addresses";
import { Edge, type EdgeOptions } from "./edge";
import { LoadBalancer } from "./load-balancer";
import { Origin } from "./origin";

/** Where a cluster will be, known before it runs: clusters name each other. */
export interface Site {
  readonly name: string;
  readonly hostingAddress: string;
  readonly workspaceAddress: string;
}

export class Cluster {
  private constructor(
    readonly name: string,
    readonly edge: Edge,
    readonly origins: readonly Origin[],
    readonly balancers: { readonly hosting: LoadBalancer; readonly workspace: LoadBalancer },
    private readonly port: number,
  ) {}

  static async start(
    site: Site,
    { port, siblings = [], origins: count = 1, ...options }: { port: number; origins?: number } & EdgeOptions,
  ): Promise<Cluster> {
    const first = ownAddress();
    const hostPort = await freePort(first);
    const origins = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        new Origin(`${site.name}-vm-${index}`, index === 0 ? first : ownAddress()).start(hostPort),
      ),
    );
    const members: Member[] = origins.map(({ name, address }) => ({ name, address }));
    const { acceptProxyHeader = true } = options;
    const edge = await Edge.start({
      ...options,
      acceptProxyHeader,
      cluster: site.name,
      members,
      siblings,
      hostPort,
      siblingPort: port,
    });
    const balancers = {
      hosting: new LoadBalancer(site.hostingAddress, () => edge.hosting, acceptProxyHeader),
      workspace: new LoadBalancer(site.workspaceAddress, () => edge.workspace, acceptProxyHeader),
    };
    await balancers.hosting.start(port);
    await balancers.workspace.start(port);
    return new Cluster(site.name, edge, origins, balancers, port);
  }

  /** Where clients ask for apps. */
  get hosting() {
    return { host: this.balancers.hosting.address, port: this.port };
  }

  /** Where browsers open workspaces. */
  get workspace() {
    return { host: this.balancers.workspace.address, port: this.port };
  }

  async stop(): Promise<void> {
    await this.edge.stop();
    await Promise.all([
      this.balancers.hosting.stop(),
      this.balancers.workspace.stop(),
      ...this.origins.map(async (origin) => await origin.stop()),
    ]);
  }
}

/** Addresses for clusters of these names, and a port that all of them have at their load balancers. */
export async function sites<Name extends string>(
  ...names: readonly Name[]
): Promise<{ readonly port: number; readonly sites: Readonly<Record<Name, Site>> }> {
  const made = names.map((name) => [name, { name, hostingAddress: ownAddress(), workspaceAddress: ownAddress() }]);
  const port = await freePort(ownAddress());
  return { port, sites: Object.fromEntries(made) as Record<Name, Site> };
}

/** All sites but one, as its siblings. */
export function siblingsOf(site: Site, all: Readonly<Record<string, Site>>): Sibling[] {
  return Object.values(all).filter(({ name }) => name !== site.name);
}
