/** Updates of what runs: one that is right, and two that are not. */
import { Resolver } from "node:dns/promises";
import { until } from "../../../support/until";
import { brokenCheckout } from "../support/broken-checkout";
import type { LiveSandbox } from "../support/live-sandbox";
import { underLoad } from "../support/visitors";

/** A tier with another machine type, which one cluster uses. */
const TIER = { "machineTiers.boosted.machineType": "e2-standard-2" };
const OF_TIER = "-container-vm-boosted-";

export function changes(sandbox: LiveSandbox): void {
  test("another machine type for a tier replaces its machines, and no visitor notices", async () => {
    const before = await sandbox.machines("free", "free2", "hackers");
    sandbox.configure(TIER);
    const noticed = await underLoad(sandbox, () => sandbox.up(["hackers"]));
    expect(noticed).toMatchObject({ failures: [], cut: 0 });
    expect(noticed.requests).toBeGreaterThan(500);
    const after = await sandbox.machines("free", "free2", "hackers");
    const stayed = Object.keys(before).filter((name) => after[name] !== undefined);
    expect(stayed.filter((name) => name.includes(OF_TIER))).toEqual([]);
    const others = Object.keys(before).filter((name) => !name.includes(OF_TIER));
    expect(stayed.sort()).toEqual(others.sort());
    for (const name of stayed) expect(after[name]).toEqual(before[name]);
  });

  test("a service that lacks an environment variable stops the update by its name, and what ran serves on until the next update mends it", async () => {
    const broken = brokenCheckout({
      file: "components/cluster/machine-containers.ts",
      right: '    NODE_KIND: "edge",\n',
      wrong: "",
    });
    const { result, ...noticed } = await underLoad(sandbox, () => sandbox.upBroken(["hackers"], broken));
    await sandbox.up(["hackers"]);
    expect(`${result.stdout}${result.stderr}`).toMatch(
      /sandbox-hackers-http-serving-\w+: .*container node-agent: .*NODE_KIND/,
    );
    expect(result.code).toBe(1);
    expect(noticed).toMatchObject({ failures: [], cut: 0 });
    await sandbox.prove();
  });

  test("a delegation to addresses at which no name server is breaks the proof, which says who does not answer", async () => {
    const broken = brokenCheckout({
      file: "components/zone/index.ts",
      right: "...delegationRecords(domain, resolution.dnsAddresses),",
      wrong: "...delegationRecords(domain, resolution.apiAddresses),",
    });
    const { code } = await sandbox.upBroken(["shared"], broken);
    const proof = async () => {
      await delegationForgotten(sandbox);
      return await sandbox.run(["sandbox", "--no-up", "--patience", "5"]);
    };
    const proven = await proof().finally(() => sandbox.up(["shared"]));
    expect(code).toBe(0);
    expect(proven.code).toBe(1);
    expect(proven.stderr).toMatch(
      /the delegation of the hosting zone cannot be followed: no name server of "apps\.sandbox\.test" answers apps\.sandbox\.test: 127\./,
    );
    await sandbox.prove();
  });
}

/** The resolver keeps a delegation for its TTL: whoever asks meanwhile is still led to the name servers of before. */
async function delegationForgotten({ cloud }: LiveSandbox): Promise<void> {
  const { host, port } = await cloud.resolver();
  const resolver = new Resolver({ timeout: 3_000, tries: 1 });
  resolver.setServers([`${host}:${port}`]);
  const ask = () =>
    resolver.resolve4("hello.alice.apps.sandbox.test").then(
      () => false,
      ({ code }: NodeJS.ErrnoException) => code === "ESERVFAIL",
    );
  await until("the delegation of before to be forgotten", ask, 120_000);
}
