/** The UDP load balancers that are open. */
import type { Log } from "../context";
import type { Endpoint } from "../network";
import type { UdpFrontend } from "./plan";
import { UdpForwarder } from "./udp-forwarder";

export class UdpForwarders {
  private readonly open = new Map<string, UdpForwarder>();
  private readonly troubles = new Map<string, string>();

  constructor(private readonly log: Log) {}

  /** Opens, changes and closes forwarders until they are those of these frontends. */
  async run(frontends: readonly UdpFrontend[]): Promise<void> {
    const wanted = new Map(
      frontends.flatMap(({ listen, targets }) =>
        listen.map((endpoint) => [keyOf(endpoint), { endpoint, targets }] as const),
      ),
    );
    for (const [key, forwarder] of this.open) {
      if (wanted.has(key)) continue;
      this.open.delete(key);
      await forwarder.close();
    }
    this.troubles.clear();
    for (const [key, { endpoint, targets }] of wanted) (await this.ensure(key, endpoint))?.setTargets(targets);
  }

  /** Why a frontend does not listen; undefined where it does. */
  trouble({ listen }: UdpFrontend): string | undefined {
    const missing = listen.map(keyOf).find((key) => !this.open.has(key));
    return missing === undefined ? undefined : (this.troubles.get(missing) ?? `nobody listens at ${missing} yet`);
  }

  async stop(): Promise<void> {
    await this.run([]);
  }

  private async ensure(key: string, listen: Endpoint): Promise<UdpForwarder | undefined> {
    const known = this.open.get(key);
    if (known !== undefined) return known;
    try {
      const opened = await UdpForwarder.open({ listen, log: this.log });
      this.open.set(key, opened);
      return opened;
    } catch (error) {
      this.troubles.set(key, `cannot listen for UDP at ${key}: ${(error as Error).message}`);
      return undefined;
    }
  }
}

function keyOf({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}
