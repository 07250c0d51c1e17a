/** What to try in a sandbox that answers, in commands that work as they are printed. Pure. */
import type { PublicPorts } from "../../sandbox/cloud/api";
import type { NameServer } from "../live/names";

export interface NextSteps {
  /** An app, the address that DNS gives for it, and a custom domain where there is one. */
  readonly host: string;
  readonly address: string;
  readonly domain: string | undefined;
  readonly user: string;
  /** Where the user could move to; none where their plan has one cluster. */
  readonly destination: string | undefined;
  /** A cluster to lose. */
  readonly victim: string;
  readonly nameServers: readonly NameServer[];
  readonly ports: PublicPorts;
  /** `dig`, or `kdig` where only that is installed. */
  readonly dig: string;
  readonly logs: string;
}

export function nextSteps(known: NextSteps): string[] {
  const { host, address, domain, user, destination, victim, nameServers, ports, dig, logs } = known;
  const [server] = nameServers;
  const dnsPort = ports.dns === 53 ? "" : ` -p ${ports.dns}`;
  const httpPort = ports.http === 80 ? "" : `:${ports.http}`;
  const curl = (name: string) => `curl --resolve ${name}:${ports.http}:${address} http://${name}${httpPort}/`;
  const steps: [string, string | undefined][] = [
    ["ask a name server", server && `${dig} @${server.host}${dnsPort} ${host}`],
    ["visit an app", curl(host)],
    ["and by the user's own domain", domain && curl(domain)],
    ["move a user", destination && `cli/clusters move sandbox ${user} --to ${destination}`],
    ["lose a cluster, under load", `cli/clusters drill kill-cluster ${victim}`],
    ["every drill there is", "cli/clusters drill --list"],
    ["watch it all", "cli/clusters status sandbox --web"],
    ["what each process says", `ls ${logs}`],
    ["end it", "make sandbox-down"],
  ];
  const shown = steps.flatMap(([what, command]) => (command === undefined ? [] : [{ what, command }]));
  const width = Math.max(...shown.map(({ what }) => what.length));
  return ["Try next:", ...shown.map(({ what, command }) => `  ${`${what}:`.padEnd(width + 1)}  ${command}`)];
}
