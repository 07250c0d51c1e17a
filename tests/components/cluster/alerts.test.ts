import { prod, registerCluster, type RegisteredCluster } from "./registered-cluster";

const POLICY = "monitoring/alertPolicy:AlertPolicy";

interface Condition {
  readonly conditionThreshold?: { readonly filter: string; readonly thresholdValue: number };
  readonly conditionMatchedLog?: { readonly filter: string };
}

let hackers: RegisteredCluster;

beforeAll(async () => {
  hackers = await registerCluster(prod({ "operators.emails": ["a@example.com", "b@example.com"] }), "hackers");
});

function conditionsOf(role: string): Condition[] {
  return hackers.one(POLICY, `hackers-alerts-${role}`).inputs.conditions as Condition[];
}

describe("a cluster's alerts", () => {
  it("go to every operator", () => {
    const channels = hackers.of("monitoring/notificationChannel:NotificationChannel");
    expect(channels.map(({ inputs }) => inputs.labels)).toEqual([
      { email_address: "a@example.com" },
      { email_address: "b@example.com" },
    ]);
    for (const { inputs } of hackers.of(POLICY)) {
      expect(inputs.notificationChannels).toEqual([
        "name-of-hackers-alerts-to-a@example.com",
        "name-of-hackers-alerts-to-b@example.com",
      ]);
    }
  });

  it("name the failure domain first", () => {
    const titles = hackers.of(POLICY).map(({ inputs }) => String(inputs.displayName));
    expect(titles.filter((title) => !title.startsWith("prod hackers: "))).toEqual([]);
    expect(new Set(titles).size).toBe(5);
  });

  it("watch the hosting address from outside, and an edge's refusal of an unknown app counts as an answer", () => {
    const [check] = hackers.of("monitoring/uptimeCheckConfig:UptimeCheckConfig");
    expect(check?.inputs.monitoredResource).toEqual({
      type: "uptime_url",
      labels: { project_id: "acme-hosting-prod", host: "address-of-hackers-hosting-address" },
    });
    expect(check?.inputs.httpCheck).toMatchObject({
      port: 80,
      acceptedResponseStatusCodes: [{ statusClass: "STATUS_CLASS_2XX" }, { statusValue: 404 }],
    });
    expect(conditionsOf("uptime")[0]?.conditionThreshold?.filter).toContain('metric.labels.check_id="check-1"');
  });

  it("tell of every group that has reached its limit", () => {
    const limits = conditionsOf("group-at-limit").map(({ conditionThreshold }) => [
      /instance_group_name="([^"]+)"/.exec(conditionThreshold?.filter ?? "")?.[1],
      conditionThreshold?.thresholdValue,
    ]);
    expect(limits).toEqual([
      ["prod-hackers-container-vm-standard", 39],
      ["prod-hackers-container-vm-boosted", 19],
      ["prod-hackers-http-serving", 8],
    ]);
  });

  it("do not tell of groups of a fixed size, which are at their limit always", async () => {
    const edits = { "clusters.free.containerVms.standard": { min: 5, max: 5 }, "clusters.free.httpServing.min": 12 };
    const { of } = await registerCluster(prod(edits), "free");
    expect(of(POLICY).map(({ name }) => name)).not.toContain("free-alerts-group-at-limit");
    expect(of(POLICY)).toHaveLength(4);
  });

  it("limit how often log entries are told of, which Google asks for, and metrics are not limited", () => {
    for (const { inputs } of hackers.of(POLICY)) {
      const fromLogs = (inputs.conditions as Condition[]).some(
        ({ conditionMatchedLog }) => conditionMatchedLog !== undefined,
      );
      expect("notificationRateLimit" in (inputs.alertStrategy as object)).toBe(fromLogs);
    }
  });

  it("hear of this cluster only", () => {
    const filters = hackers
      .of(POLICY)
      .flatMap(({ inputs }) =>
        (inputs.conditions as Condition[]).map(
          ({ conditionThreshold, conditionMatchedLog }) => (conditionThreshold ?? conditionMatchedLog)?.filter,
        ),
      );
    expect(filters).toHaveLength(1 + 1 + 1 + 3 + 1);
    const ofUptime = filters.filter((filter) => filter?.includes("check_id"));
    expect(ofUptime).toHaveLength(1);
    for (const filter of filters) expect(filter).toMatch(/prod-hackers-|"failure-domain"="hackers"|check_id="check-1"/);
  });
});
