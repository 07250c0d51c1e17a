import { observe, pauseAfter, UNPROBED } from "../../../../sandbox/cloud/compute/instance-groups/health";
import type { HealthCheck } from "../../../../sandbox/cloud/compute/instance-groups/health-check";

const CHECK: HealthCheck = {
  port: 1,
  path: "/",
  host: undefined,
  response: undefined,
  intervalSeconds: 10,
  timeoutSeconds: 5,
  healthyThreshold: 2,
  unhealthyThreshold: 3,
};

/** Verdicts after each of some probes: `+` succeeded, `-` failed. */
function verdicts(probes: string): string[] {
  let health = UNPROBED;
  return [...probes].map((probe) => (health = observe(health, probe === "+" ? undefined : "no", CHECK)).verdict);
}

describe("the health of an instance", () => {
  it("changes after as many equal answers in a row as the check says", () => {
    expect(verdicts("+-++")).toEqual(["starting", "starting", "starting", "healthy"]);
    expect(verdicts("++--+---")).toEqual([
      "starting",
      "healthy",
      "healthy",
      "healthy",
      "healthy",
      "healthy",
      "healthy",
      "unhealthy",
    ]);
    expect(verdicts("---+").at(-1)).toBe("unhealthy");
    expect(verdicts("---++").at(-1)).toBe("healthy");
  });

  it("is asked for every second until the first success, and at the check's interval from then on", () => {
    const failed = observe(UNPROBED, "no", CHECK);
    const succeeded = observe(failed, undefined, CHECK);
    expect([UNPROBED, failed].map((health) => pauseAfter(health, CHECK))).toEqual([1, 1]);
    expect([succeeded, observe(succeeded, "no", CHECK)].map((health) => pauseAfter(health, CHECK))).toEqual([10, 10]);
  });
});
