/** The load balancer of a cluster's HTTP-serving group, as a visitor meets it. */
import { hostingStack, regional, TYPES } from "./stack";
import { visit, World } from "./world";

/** Its forwarding rule. */
export const RULE = regional("forwardingRules");

export class Hosting {
  private constructor(
    readonly world: World,
    readonly address: string,
    readonly port: number,
  ) {}

  /** Declared, with no instance yet. */
  static async open(): Promise<Hosting> {
    const world = await World.open();
    const address = world.address("the load balancer");
    hostingStack(world.records, address);
    return new Hosting(world, address, world.context.network.port(80));
  }

  async settled(): Promise<void> {
    await this.world.settled(TYPES.rule, RULE);
  }

  /** The edges that serve these visits. */
  async servers(visits = 8): Promise<Set<string>> {
    const names = new Set<string>();
    for (let count = 0; count < visits; count++) {
      names.add((JSON.parse((await visit(this.address, this.port)).body) as { name: string }).name);
    }
    return names;
  }

  async close(): Promise<void> {
    await this.world.close();
  }
}
