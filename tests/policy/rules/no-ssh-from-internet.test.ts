import { noSshFromInternet } from "../../../policy/rules/no-ssh-from-internet";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { freeStack, judge, resource } from "../support/judge";

const firewall = (properties: Properties) =>
  judge(noSshFromInternet, resource("gcp:compute/firewall:Firewall", properties), freeStack);
const ssh = [{ protocol: "tcp", ports: ["22"] }];

describe("no-ssh-from-internet", () => {
  it.each<[string, Properties]>([
    ["the Identity-Aware Proxy", { sourceRanges: ["35.235.240.0/20"], allows: ssh }],
    ["the private network", { sourceRanges: ["10.16.0.0/20"], allows: ssh }],
    ["a service account", { sourceServiceAccounts: ["ops@p.iam.gserviceaccount.com"], allows: ssh }],
    [
      "other ports from the internet",
      { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "tcp", ports: ["80", "443"] }] },
    ],
    ["UDP, which SSH is not", { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "udp", ports: ["1-65535"] }] }],
    ["sources that are not known yet", { sourceRanges: UNKNOWN, allows: ssh }],
  ])("accepts %s", (_case, properties) => {
    expect(firewall(properties)).toEqual([]);
  });

  it.each<[string, Properties]>([
    ["the port itself", { sourceRanges: ["0.0.0.0/0"], allows: ssh }],
    ["a range around it", { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "tcp", ports: ["80", "1-65535"] }] }],
    ["TCP without ports", { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "tcp" }] }],
    ["every protocol", { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "all" }] }],
    ["a single public address", { sourceRanges: ["198.51.100.7/32"], allows: ssh }],
    ["IPv6", { sourceRanges: ["::/0"], allows: ssh }],
    ["half of the internet", { sourceRanges: ["128.0.0.0/1"], allows: ssh }],
    ["a range around the Identity-Aware Proxy's", { sourceRanges: ["35.0.0.0/8"], allows: ssh }],
  ])("refuses %s from the internet", (_case, properties) => {
    expect(firewall(properties)).toHaveLength(1);
  });
});
