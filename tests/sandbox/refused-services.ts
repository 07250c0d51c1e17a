import type { Properties } from "../../sandbox/provider/values";

/** What each rule about identities, secrets, monitoring, DNS, databases and GKE refuses: the type, a change to its sample, and the one failure that must follow. */
export const REFUSED_SERVICES: readonly (readonly [string, Properties, RegExp])[] = [
  ["Account", { accountId: "short" }, /^accountId: "short" is not valid; use 6 to 30/],
  ["Account", { accountId: "a".repeat(31) }, /^accountId: /],
  ["IAMBinding", { members: ["robot"] }, /^members: "robot" is not a member/],
  ["IAMBinding", { role: "owner" }, /^role: "owner" is not valid/],
  ["IAMCustomRole", { permissions: ["all"] }, /^permissions\[0\]: "all" is not a permission/],
  ["RegionalSecret", { secretId: "no/slash" }, /^secretId: /],
  ["Secret", { replication: {} }, /^replication.auto: exactly one of/],
  ["RegionalSecretVersion", { secret: "token" }, /^secret: "token" is not valid/],
  ["AlertPolicy", { combiner: "XOR" }, /^combiner: "XOR" is not valid; use one of AND, OR/],
  ["AlertPolicy", { conditions: [{ displayName: "c" }] }, /^conditions\[0\]: exactly one of/],
  [
    "AlertPolicy",
    { conditions: [threshold({ duration: "90s" })] },
    /^conditions\[0\].conditionThreshold.duration: "90s"/,
  ],
  [
    "AlertPolicy",
    { conditions: [threshold({ filter: 'metric.type="m"' })] },
    /^conditions\[0\].conditionThreshold.filter: .*resource.type/,
  ],
  ["AlertPolicy", { notificationChannels: ["mail"] }, /^notificationChannels\[0\]: "mail" is not a channel/],
  ["UptimeCheckConfig", { period: "30s" }, /^period: "30s" is not valid/],
  ["UptimeCheckConfig", { timeout: "90s" }, /^timeout: "90s" is not valid/],
  ["UptimeCheckConfig", { tcpCheck: { port: 1 } }, /^httpCheck: exactly one of/],
  ["UptimeCheckConfig", { selectedRegions: ["EUROPE"] }, /^selectedRegions: .*too few/],
  ["NotificationChannel", { labels: {} }, /^labels.email_address: missing/],
  ["ManagedZone", { dnsName: "example.com" }, /^dnsName: .*ends with a dot/],
  ["ManagedZone", { dnssecConfig: { state: "yes" } }, /^dnssecConfig.state: "yes"/],
  ["RecordSet", { name: "api.example.com" }, /^name: .*ends with a dot/],
  ["RecordSet", { rrdatas: ["example.com."] }, /^rrdatas\[0\]: .*write an IPv4 address/],
  ["RecordSet", { type: "NS", rrdatas: ["ns1.example.com"] }, /^rrdatas\[0\]: .*ends with a dot/],
  ["RecordSet", { type: "CNAME", rrdatas: ["a.example.com.", "b.example.com."] }, /^rrdatas: has 2 values/],
  ["RecordSet", { type: "B" }, /^type: "B" is not valid/],
  ["DatabaseInstance", { name: "a".repeat(98) }, /^name: .*at most 98/],
  [
    "DatabaseInstance",
    {
      settings: { tier: "t", availabilityType: "REGIONAL", backupConfiguration: { pointInTimeRecoveryEnabled: true } },
    },
    /^settings.backupConfiguration.enabled: must be true/,
  ],
  [
    "DatabaseInstance",
    { settings: { tier: "t", ipConfiguration: { ipv4Enabled: false } } },
    /^settings.ipConfiguration.ipv4Enabled: false without/,
  ],
  ["DatabaseInstance", { settings: null }, /^settings: missing/],
  ["User", { type: "CLOUD_IAM_USER" }, /^password: cannot be set for a user of type CLOUD_IAM_USER/],
  [
    "User",
    { type: "CLOUD_IAM_SERVICE_ACCOUNT", password: null, name: "a@p.iam.gserviceaccount.com" },
    /^name: .*leave out/,
  ],
  ["Cluster", { name: "a".repeat(41) }, /^name: .*1 to 40/],
  ["Cluster", { initialNodeCount: null }, /^initialNodeCount: missing/],
  [
    "Cluster",
    { privateClusterConfig: { masterIpv4CidrBlock: "10.0.0.0/24" } },
    /^privateClusterConfig.masterIpv4CidrBlock: /,
  ],
  [
    "Cluster",
    { workloadIdentityConfig: { workloadPool: "other.svc.id.goog" } },
    /^workloadIdentityConfig.workloadPool: .*acme.svc.id.goog/,
  ],
  ["Cluster", { releaseChannel: { channel: "FAST" } }, /^releaseChannel.channel: "FAST"/],
  ["NodePool", { autoscaling: { minNodeCount: 3, maxNodeCount: 1 } }, /^autoscaling.minNodeCount: 3 is above/],
  ["DnsAuthorization", { domain: "example.com." }, /^domain: /],
];

function threshold(change: Properties): Properties {
  const condition = { comparison: "COMPARISON_GT", duration: "60s", filter: 'resource.type = "gce_instance"' };
  return { displayName: "c", conditionThreshold: { ...condition, ...change } };
}
