/** Updates of what runs: one that is right, and two that are not. */
import { until } from "../../../support/until";
import { brokenCheckout } from "../support/broken-checkout";
import type { LiveSandbox } from "../support/live-sandbox";
import { underLoad } from "../support/visitors";

/** The tier with another machine type. */
const TIER = { "machineTiers.standard.machineType": "e2-medium" };

export function changes(sandbox: LiveSandbox): void {
  test("another machine type for a tier replaces its machines, and no visitor notices", async () => {
    const before = await sandbox.machines("free", "free2", "hackers");
    sandbox.configure(TIER);
    const noticed = await underLoad(sandbox, () => sandbox.up(["free", "free2", "hackers"]));
    expect(noticed).toMatchObject({ failures: [], cut: 0 });
    expect(noticed.requests).toBeGreaterThan(500);
    const after = await sandbox.machines("free", "free2", "hackers");
    const stayed = Object.keys(before).filter((name) => after[name] !== undefined);
    expect(stayed.filter((name) => name.includes("-container-vm-standard-"))).toEqual([]);
    const others = Object.keys(before).filter((name) => !name.includes("-container-vm-standard-"));
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
    // Once the resolver has forgotten the delegation of before.
    const proof = async () => {
      const { stderr, ...finished } = await sandbox.run(["sandbox", "--no-up", "--patience", "5"]);
      return finished.code === 1 && stderr;
    };
    const said = await until("a proof that fails", proof, 120_000).finally(() => sandbox.up(["shared"]));
    expect(code).toBe(0);
    expect(said).toMatch(
      /the delegation of the hosting zone cannot be followed: no name server of "apps\.sandbox\.test" answers apps\.sandbox\.test: 127\./,
    );
    await sandbox.prove();
  });
}
