/** What the project promises of an environment as a whole: the real program, the real engine, two clusters and the shared stack. */
import { removeTempDirs } from "../support/temp-dir";
import { LocalEnvironment, type ReportedStack } from "./local-environment";

const ENGINE_TIMEOUT = 300_000;
const UNCHANGED = { create: 0, update: 0, replace: 0, delete: 0 };

/** The entry of a new cluster as a person would write it. */
const THIRD_CLUSTER = {
  region: "europe-north1",
  zones: ["europe-north1-a", "europe-north1-b", "europe-north1-c"],
  cidr: "10.18.0.0/20",
  plans: ["hacker"],
  maxUsers: 40_000,
  release: "2026.11.0",
  containerVms: { standard: { min: 3, max: 20 } },
  httpServing: { min: 3, max: 9, machineType: "e2-standard-2" },
};

function changed(stack: ReportedStack | undefined, kind: string): string[] {
  return (stack?.changes ?? []).filter((change) => change.kind === kind).map(({ name }) => name);
}

describe("an environment on the real engine", () => {
  const environment = new LocalEnvironment();
  afterAll(removeTempDirs);

  test(
    "a cluster that is not deployed gets no DNS record, and a preview names its addresses as unknown",
    async () => {
      const config = environment.configFile();
      await environment.report("up", config, ["free", "--skip-preview", "--yes"]);
      const names = () => environment.resources("gcp:dns/recordSet:RecordSet").map(({ name }) => name);
      expect(names()).toContain("free.hosting.acme-hosting.dev.");
      expect(names()).not.toContain("hackers.hosting.acme-hosting.dev.");

      const { prod } = await environment.report("preview", config, ["shared"]);
      expect(changed(prod, "create")).toEqual(
        expect.arrayContaining(["zone-hosting-hackers", "zone-workspace-hackers"]),
      );
      expect(prod?.diagnostics.map(({ message }) => message)).toEqual([
        expect.stringMatching(/cluster hackers is not deployed: its addresses are unknown/),
      ]);
    },
    ENGINE_TIMEOUT,
  );

  test(
    "up creates what is missing, and a second run changes nothing",
    async () => {
      const config = environment.configFile();
      const first = await environment.report("up", config, ["--skip-preview", "--yes"]);
      expect(first["prod.free"]?.counts).toMatchObject(UNCHANGED);
      expect(first["prod.hackers"]?.counts.create).toBeGreaterThan(50);
      const second = await environment.report("up", config, ["--skip-preview", "--yes"]);
      expect(Object.keys(second)).toEqual(["prod.free", "prod.hackers", "prod"]);
      for (const stack of Object.values(second))
        expect(stack).toMatchObject({ outcome: "succeeded", counts: UNCHANGED });
    },
    ENGINE_TIMEOUT,
  );

  test(
    "a third cluster is one entry: creations in its stack, additions in the shared stack, no change elsewhere",
    async () => {
      const config = environment.configFile({ "clusters.north": THIRD_CLUSTER });
      const stacks = await environment.report("preview", config);
      expect(stacks["prod.free"]?.counts).toMatchObject(UNCHANGED);
      expect(stacks["prod.hackers"]?.counts).toMatchObject(UNCHANGED);
      const north = stacks["prod.north"];
      expect(north?.counts).toMatchObject({ update: 0, replace: 0, delete: 0 });
      expect(north?.counts.create).toBeGreaterThan(50);
      const { prod } = stacks;
      expect(prod?.counts).toMatchObject({ replace: 0, delete: 0 });
      expect(changed(prod, "create").sort()).toEqual(["zone-hosting-north", "zone-workspace-north"]);
      const updates = prod?.changes.filter(({ kind }) => kind === "update") ?? [];
      expect(updates.map(({ paths }) => paths)).toEqual([['data["north.json"]'], ['data["north.json"]']]);
    },
    ENGINE_TIMEOUT,
  );

  test(
    "a tier's new machine type reaches the stacks that use it, and deletes nothing first",
    async () => {
      const config = environment.configFile({ "machineTiers.boosted.machineType": "c3-standard-22" });
      const preview = await environment.report("preview", config);
      expect(preview["prod.free"]?.counts).toMatchObject(UNCHANGED);
      expect(preview.prod?.counts).toMatchObject(UNCHANGED);
      const hackers = preview["prod.hackers"];
      expect(hackers?.counts).toMatchObject({ create: 0, update: 1, replace: 1, delete: 0 });
      const [template] = hackers?.changes.filter(({ kind }) => kind === "replace") ?? [];
      expect(template).toMatchObject({ name: "hackers-container-vm-boosted-template", deleteFirst: false });
      expect(template?.reasons).toContain("machineType");
      expect(changed(hackers, "update")).toEqual(["hackers-container-vm-boosted-manager"]);

      // The local cloud refuses to delete a template that a group uses, so this order is the only one that succeeds.
      const { "prod.hackers": updated } = await environment.report("up", config, [
        "hackers",
        "--no-shared",
        "--skip-preview",
        "--yes",
      ]);
      expect(updated?.counts).toMatchObject({ update: 1, replace: 1, delete: 0 });
      const templates = environment.resources("gcp:compute/regionInstanceTemplate:RegionInstanceTemplate");
      expect(templates.map(({ machineType }) => machineType)).toContain("c3-standard-22");
      expect(templates.map(({ machineType }) => machineType)).not.toContain("c3-standard-8");
    },
    ENGINE_TIMEOUT,
  );

  test(
    "an update that a dying provider cut short is completed by the next",
    async () => {
      const config = environment.configFile({ "clusters.north": THIRD_CLUSTER });
      const faults = [
        { operation: "create", type: "gcp:compute/regionBackendService:RegionBackendService", nth: 1, effect: "crash" },
      ];
      const cut = await environment.run("up", config, ["north", "--yes"], {
        LOCAL_CLOUD_FAULTS: JSON.stringify(faults),
      });
      expect(cut.code).toBe(1);
      expect(cut.stderr + cut.stdout).toMatch(/clusters up prod north/);
      const next = await environment.report("up", config, ["north", "--no-shared", "--skip-preview", "--yes"]);
      expect(next["prod.north"]?.outcome).toBe("succeeded");
      const again = await environment.report("preview", config, ["north", "--no-shared"]);
      expect(again["prod.north"]?.counts).toMatchObject(UNCHANGED);
    },
    ENGINE_TIMEOUT,
  );
});
