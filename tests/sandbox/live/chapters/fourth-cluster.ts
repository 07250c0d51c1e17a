/** A cluster is added by an entry in the configuration, filled step by step, and retired again. */
import { brokenCheckout } from "../support/broken-checkout";
import type { LiveSandbox } from "../support/live-sandbox";
import { underLoad } from "../support/visitors";

const NORTH = {
  region: "europe-north2",
  zones: ["europe-north2-a", "europe-north2-b"],
  cidr: "10.16.12.0/22",
  plans: ["free"],
  maxUsers: 200,
  release: "dev",
  containerVms: { standard: { min: 2, max: 4 } },
  httpServing: { min: 2, max: 3, machineType: "e2-small" },
};
const OTHERS = ["free", "free2", "hackers"];

interface Status {
  readonly clusters: readonly { readonly name: string; readonly lifecycle: string; readonly users: number }[];
  readonly nodes: readonly { readonly scope: string }[];
}

export function fourthCluster(sandbox: LiveSandbox): void {
  let before: Record<string, readonly number[]> = {};
  const status = () => sandbox.json<Status>(["status", "sandbox"]);
  const north = async () => (await status()).clusters.find(({ name }) => name === "north");
  const homes = async () => new Map((await sandbox.prove()).map(({ user, expected }) => [user, expected.cluster]));
  const usersOf = async (cluster: string) =>
    [...(await homes())].flatMap(([user, home]) => (home === cluster ? [user] : []));

  test("its health check at a wrong port: the proof says which machine is not asked where it listens", async () => {
    before = await sandbox.machines(...OTHERS);
    sandbox.configure({ "clusters.north": { ...NORTH, lifecycle: "provisioned" } });
    const broken = brokenCheckout({
      file: "components/cluster/managed-instance-group.ts",
      right: 'httpHealthCheck: { port: healthPort, requestPath: "/healthz" }',
      wrong: 'httpHealthCheck: { port: healthPort + 1, requestPath: "/healthz" }',
    });
    await sandbox.upBroken(["north"], broken);
    const { code, stderr } = await sandbox.run(["sandbox", "--no-up", "--patience", "10"]);
    expect(stderr).toMatch(
      /north: sandbox-north-container-vm-standard-\w+ is not well: health check GET :8092\/healthz does not get through/,
    );
    expect(code).toBe(1);
  });

  test("provisioned, by an update with the right port: its machines are well, and nobody lives there", async () => {
    await sandbox.up(["north", "shared"]);
    await sandbox.prove();
    expect(await north()).toMatchObject({ lifecycle: "provisioned", users: 0 });
    const machines = (await sandbox.units()).filter(({ failureDomain }) => failureDomain === "north");
    expect(machines.filter(({ kind, healthy }) => kind === "vm" && healthy)).toHaveLength(4);
  });

  test("active: a user who is moved there is served by it", async () => {
    sandbox.configure({ "clusters.north": { ...NORTH, lifecycle: "active" } });
    await sandbox.up(["shared"]);
    expect(await sandbox.ok(["move", "sandbox", "alice", "--to", "north"])).toContain("alice lives in north now");
    expect(await usersOf("north")).toEqual(["alice"]);
  });

  test("a whole cluster is evacuated into it", async () => {
    const leaving = await usersOf("free2");
    expect(leaving).not.toEqual([]);
    await sandbox.ok(["evacuate", "sandbox", "free2", "--to", "north", "--yes"]);
    expect((await usersOf("north")).sort()).toEqual(["alice", ...leaving].sort());
    expect(await usersOf("free2")).toEqual([]);
  });

  test("drained, taken out of the configuration and destroyed, and no request fails", async () => {
    const beforehand = sandbox.configure({ "clusters.north": { ...NORTH, lifecycle: "draining" } });
    await sandbox.up(["shared"]);
    const leaving = (await usersOf("north")).length;
    const noticed = await underLoad(sandbox, async () => {
      expect(await sandbox.ok(["evacuate", "sandbox", "north", "--yes"])).toContain(`${leaving} of ${leaving} moved`);
      expect((await north())?.users).toBe(0);
      // The guide waits five minutes longer, for WebSockets and for visitors who keep an address beyond its TTL.
      sandbox.configure();
      await sandbox.up(["shared"]);
      await sandbox.ok(["destroy", "sandbox", "north", "--yes"], { configFile: beforehand });
    });
    expect(noticed.failures).toEqual([]);
    expect((await sandbox.units()).filter(({ failureDomain }) => failureDomain === "north")).toEqual([]);
    const { clusters, nodes } = await status();
    expect(clusters.map(({ name }) => name).sort()).toEqual(OTHERS);
    // Its machines have told that they go: no transfer waits for them.
    expect(nodes.map(({ scope }) => scope)).not.toContain("edge:north");
    await sandbox.prove();
  });

  test("no machine of another cluster was touched by any of it", async () => {
    expect(Object.keys(before).length).toBeGreaterThan(10);
    expect(await sandbox.machines(...OTHERS)).toEqual(before);
  });
}
