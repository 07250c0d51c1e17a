import { databaseUser } from "../../../components/resolution-service/database";
import { kubeconfig } from "../../../components/resolution-service/kubeconfig";
import { maintenanceWindow } from "../../../components/resolution-service/maintenance-window";
import { sharedName, sharedRegionName, tooLongSharedNames } from "../../../config/names";

describe("kubeconfig", () => {
  const parsed = JSON.parse(kubeconfig({ name: "prod", endpoint: "gke-1.goog" })) as Record<string, never[]>;

  it("names the DNS-based endpoint and asks Google's plugin for credentials", () => {
    expect(parsed.clusters).toEqual([{ name: "prod", cluster: { server: "https://gke-1.goog" } }]);
    expect(parsed.users?.[0]).toMatchObject({ user: { exec: { command: "gke-gcloud-auth-plugin" } } });
  });

  it("holds no credential", () => {
    expect(JSON.stringify(parsed)).not.toMatch(/token|password|certificate|client-key/);
  });

  it("selects its one context", () => {
    expect(parsed.contexts).toEqual([{ name: "prod", context: { cluster: "prod", user: "prod" } }]);
    expect(parsed["current-context"]).toBe("prod");
  });
});

describe("maintenance window", () => {
  const days = (region: string, regions: string[]) =>
    (/BYDAY=(.*)/.exec(maintenanceWindow(region, regions).recurrence)?.[1] ?? "").split(",");

  it("gives two regions no day in common, in whatever order they are written", () => {
    const west = days("europe-west1", ["europe-west4", "europe-west1"]);
    const north = days("europe-west4", ["europe-west1", "europe-west4"]);
    expect(west.filter((day) => north.includes(day))).toEqual([]);
    expect(days("europe-west1", ["europe-west1", "europe-west4"])).toEqual(west);
  });

  it("gives GKE at least 48 hours within any 32 days", () => {
    const { startTime, endTime } = maintenanceWindow("a", ["a"]);
    const hours = (Date.parse(endTime) - Date.parse(startTime)) / 3_600_000;
    // Each weekday occurs at least four times in 32 days.
    expect(hours * 4 * days("a", ["a"]).length).toBeGreaterThanOrEqual(48);
  });

  it("refuses a region that the service does not have", () => {
    expect(() => maintenanceWindow("europe-north1", ["europe-west1"])).toThrow(
      "europe-north1 is none of the service's regions: europe-west1",
    );
  });
});

describe("database user", () => {
  it("is the email without its last part", () => {
    expect(databaseUser("api@acme.iam.gserviceaccount.com")).toBe("api@acme.iam");
  });
});

describe("names of shared resources", () => {
  it("begin with what no cluster's resources begin with", () => {
    expect(sharedName("prod", "dns")).toBe("prod-shared-dns");
    expect(sharedRegionName("prod", "europe-west1")).toBe("prod-shared-europe-west1");
    expect(sharedRegionName("prod", "europe-west1", "api")).toBe("prod-shared-europe-west1-api");
  });

  it("fit for the longest region and the committed environments", () => {
    expect(tooLongSharedNames("prod", ["northamerica-northeast1"])).toEqual([]);
    expect(tooLongSharedNames("sandbox", ["northamerica-northeast1"])).toEqual([]);
  });

  it("are reported when a limit is broken, longest excess first", () => {
    expect(tooLongSharedNames("staging-of-everything", ["northamerica-northeast1"])).toEqual([
      { name: "staging-of-everything-shared-northamerica-northeast1", limit: 40, excess: 12 },
      { name: "staging-of-everything-shared-nodes", limit: 30, excess: 4 },
      { name: "staging-of-everything-shared-northamerica-northeast1-dns-update-key", limit: 63, excess: 4 },
    ]);
  });
});
