/** The servers of backend `hosts`, brought to what the members are, without a reload. */
import { HOSTS, memberServer } from "../config";
import { Refused } from "../runtime/exchange";
import type { RuntimeApi } from "../runtime/runtime-api";
import type { EdgeSettings, Member } from "../settings";
import { planServers, type WantedServer } from "./plan";

/**
 * How long those who use a server that has left may go on. Compute Engine cuts a VM's power 90 seconds after it asked; what is left
 * of a connection then is noticed by nobody.
 */
const LEAVING_MS = 120_000;

export class Servers {
  /** When servers were taken out, of a clock that only goes forward. */
  private readonly retiredAt = new Map<string, number>();

  constructor(
    private readonly runtime: RuntimeApi,
    private readonly settings: EdgeSettings,
  ) {}

  /** Whether a server that has left is still there, because somebody uses it. */
  get areLeaving(): boolean {
    return this.retiredAt.size > 0;
  }

  /** Brings HAProxy's servers to these members. Returns how many were not as wanted. */
  async become(members: readonly Member[]): Promise<number> {
    const { ports } = this.settings;
    const plan = planServers(await this.runtime.servers(HOSTS), members, ports.hostApps);
    for (const name of plan.retire) await this.runtime.command(`set server ${HOSTS}/${name} state maint`, "");
    for (const server of plan.readdress) await this.readdress(server);
    for (const name of plan.restore) await this.runtime.command(`set server ${HOSTS}/${name} state ready`, "");
    for (const server of plan.add) await this.add(server);
    await this.removeRetired([...plan.retire, ...plan.retired]);
    return plan.retire.length + plan.readdress.length + plan.restore.length + plan.add.length;
  }

  /** It gets requests after its first successful checks: a VM that has just been made takes minutes to be ready. */
  private async add({ member, id }: WantedServer): Promise<void> {
    const name = `${HOSTS}/${member.name}`;
    const steps = [
      `add server ${HOSTS}/${memberServer(this.settings, member, id)}`,
      `enable health ${name}`,
      `set server ${name} state ready`,
      `set server ${name} health down`,
    ];
    await this.runtime.command(steps.join(";"), "New server registered.");
  }

  /** The same name on another machine. */
  private async readdress({ member: { name, address } }: WantedServer): Promise<void> {
    const { hostApps } = this.settings.ports;
    const answer = await this.runtime.ask(`set server ${HOSTS}/${name} addr ${address} port ${hostApps}`);
    const server = (await this.runtime.servers(HOSTS)).find((found) => found.name === name);
    if (server?.address !== address || server.port !== hostApps)
      throw new Refused(`HAProxy does not take ${name}'s address ${address}:${hostApps}: ${answer}`);
    await this.runtime.command(`set server ${HOSTS}/${name} health down`, "");
  }

  private async removeRetired(names: readonly string[]): Promise<void> {
    const now = performance.now();
    for (const name of this.retiredAt.keys()) if (!names.includes(name)) this.retiredAt.delete(name);
    for (const name of names) {
      const since = this.retiredAt.get(name) ?? now;
      this.retiredAt.set(name, since);
      if (now - since > LEAVING_MS) await this.runtime.command(`shutdown sessions server ${HOSTS}/${name}`, "");
      const answer = await this.runtime.ask(`del server ${HOSTS}/${name}`);
      if (answer === "Server deleted.") this.retiredAt.delete(name);
      else if (!/connections? attached/.test(answer)) throw new Refused(`HAProxy does not delete ${name}: ${answer}`);
    }
  }
}
