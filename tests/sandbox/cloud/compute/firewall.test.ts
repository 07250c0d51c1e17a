import fc from "fast-check";
import { formatIpv4, parseCidr } from "../../../../config/cidr";
import { RecordedFirewall } from "../../../../sandbox/cloud/compute/firewall/recorded-firewall";
import { decide, parseRule } from "../../../../sandbox/cloud/compute/firewall/rules";
import { TYPES } from "../../../../sandbox/cloud/compute/types";
import type { Instance } from "../../../../sandbox/cloud/context";
import type { Properties } from "../../../../sandbox/provider/values";
import { ChangingRecords, container, EDGE_ACCOUNT, NETWORK, template, templateId } from "./support/records";
import { FakeMachine } from "./support/fake-machines";

const HOST_ACCOUNT = "sandbox-free-host@acme.iam.gserviceaccount.com";
const CHECKERS = "35.191.0.0/16";
const SUBNETWORK = "projects/acme/regions/europe-west1/subnetworks/sandbox-free-machines";

/** A container VM that itself accepts these ports. */
function host(ports: number[] = [8090]): Instance {
  const containers = [
    { name: "host", image: "", args: [], environment: {}, mounts: {}, stopTimeoutSeconds: 1, restartSeconds: 1, ports },
  ];
  const machine = new FakeMachine(
    {
      name: "h",
      hostname: "h",
      kind: "vm",
      failureDomain: "free",
      role: "host",
      region: "r",
      address: "127.99.64.1",
      serviceAccount: HOST_ACCOUNT,
      containers,
    },
    () => Promise.resolve(),
  );
  return {
    name: "h",
    zone: "europe-west1-b",
    labels: {},
    status: "RUNNING",
    address: "127.99.64.1",
    serviceAccount: HOST_ACCOUNT,
    network: NETWORK,
    namedPorts: {},
    accepting: true,
    machine,
  };
}

/** The VPC with its edges, and these rules by name. */
function records(rules: Readonly<Record<string, Properties>>): ChangingRecords {
  const all = new ChangingRecords()
    .put(TYPES.subnetwork, SUBNETWORK, { network: NETWORK, ipCidrRange: "10.16.0.0/23" })
    .put(TYPES.template, templateId("a"), template([container()]));
  for (const [name, rule] of Object.entries(rules)) {
    all.put(TYPES.firewall, `projects/acme/global/firewalls/${name}`, {
      name,
      network: NETWORK,
      direction: "INGRESS",
      ...rule,
    });
  }
  return all;
}

const tcp = (...ports: string[]) => [{ protocol: "tcp", ports }];
const denyAll = { priority: 65534, denies: [{ protocol: "all" }], sourceRanges: ["0.0.0.0/0"] };
const firewall = new RecordedFirewall();

function asked(
  rules: Readonly<Record<string, Properties>>,
  source: Parameters<RecordedFirewall["allows"]>[3],
  port = 8090,
) {
  return firewall.allows(records(rules), host(), port, source);
}

describe("the firewall of a VPC", () => {
  it("lets nothing in by itself, and says so", () => {
    expect(asked({}, { range: CHECKERS })).toEqual({
      allowed: false,
      reason: `no firewall rule allows tcp:8090 from ${CHECKERS} to ${HOST_ACCOUNT}`,
    });
  });

  it("lets in what a rule allows, and names the rule", () => {
    const rules = {
      checks: { allows: tcp("8090"), sourceRanges: [CHECKERS], targetServiceAccounts: [HOST_ACCOUNT] },
      denyAll,
    };
    expect(asked(rules, { range: CHECKERS })).toEqual({
      allowed: true,
      reason: `firewall rule checks allows tcp:8090 from ${CHECKERS}`,
    });
  });

  const allow: Properties = { allows: tcp("8090"), sourceRanges: [CHECKERS], targetServiceAccounts: [HOST_ACCOUNT] };
  it.each<[string, Properties]>([
    ["another port", { allows: tcp("8091", "9000-9010") }],
    ["another protocol", { allows: [{ protocol: "udp", ports: ["8090"] }] }],
    ["other machines", { targetServiceAccounts: [EDGE_ACCOUNT] }],
    ["another network", { network: "projects/acme/global/networks/other" }],
    ["a part of the range", { sourceRanges: ["35.191.0.0/17"] }],
    ["nothing, as it is disabled,", { disabled: true }],
    ["less than a denial of the same priority", { priority: 65534 }],
  ])("is not opened by a rule for %s", (_, changes) => {
    expect(asked({ rule: { ...allow, ...changes }, denyAll }, { range: CHECKERS }).allowed).toBe(false);
  });

  it.each<[string, Properties]>([
    ["a range of ports", { allows: tcp("8000-8100") }],
    ["all ports", { allows: [{ protocol: "tcp" }] }],
    ["all protocols", { allows: [{ protocol: "all" }] }],
    ["a wider range", { sourceRanges: ["10.0.0.0/8", "35.0.0.0/8"] }],
    ["all machines", { targetServiceAccounts: [] }],
    ["the network by another link", { network: `https://www.googleapis.com/compute/v1/${NETWORK}` }],
  ])("is opened by a rule for %s", (_, changes) => {
    expect(asked({ rule: { ...allow, ...changes }, denyAll }, { range: CHECKERS }).allowed).toBe(true);
  });

  it("is closed by a denial of a part of the source, and names the rule", () => {
    const partly = { priority: 10, denies: tcp("8090"), sourceRanges: ["35.191.7.0/24"] };
    expect(asked({ rule: allow, partly }, { range: CHECKERS })).toMatchObject({
      allowed: false,
      reason: expect.stringContaining("firewall rule partly refuses tcp:8090") as string,
    });
  });

  it("knows machines by their service account", () => {
    const edges = { allows: tcp("8090"), sourceServiceAccounts: [EDGE_ACCOUNT] };
    expect(asked({ edges, denyAll }, { serviceAccount: EDGE_ACCOUNT }).allowed).toBe(true);
    expect(asked({ edges, denyAll }, { range: "10.16.0.0/23" }).allowed).toBe(false);
  });

  it("knows machines of a service account by their subnet's addresses too", () => {
    expect(
      asked({ rule: { ...allow, sourceRanges: ["10.16.0.0/20"] } }, { serviceAccount: EDGE_ACCOUNT }).allowed,
    ).toBe(true);
  });

  it("lets no machine in from another VPC", () => {
    const rules = { any: { allows: tcp("8090"), sourceServiceAccounts: ["other@acme"], sourceRanges: ["0.0.0.0/0"] } };
    expect(asked(rules, { serviceAccount: "other@acme" })).toEqual({
      allowed: false,
      reason: "no VM of other@acme is in sandbox-free-network, and no other VPC reaches it",
    });
  });

  it("counts the VM's own firewall", () => {
    const rules = records({ rule: { ...allow, allows: [{ protocol: "tcp" }] } });
    expect(firewall.allows(rules, host([8091]), 8090, { range: CHECKERS })).toEqual({
      allowed: false,
      reason: "h itself does not accept tcp:8090: its cloud-init has no iptables rule for it",
    });
  });

  it.each<[string, Properties]>([
    ["direction EGRESS", { direction: "EGRESS" }],
    ["network tags", { targetTags: ["edge"] }],
    ["destinationRanges", { destinationRanges: ["10.0.0.0/8"] }],
  ])("refuses rules with %s by name, and lets nothing in with them", (what, changes) => {
    const rule = { ...allow, ...changes };
    const [record] = records({ rule }).google(TYPES.firewall);
    expect(() => record && parseRule(record)).toThrow(`firewall rule rule: the sandbox does not emulate ${what}`);
    expect(asked({ rule, other: allow }, { range: CHECKERS }).allowed).toBe(false);
  });

  it("allows a range only where it allows every address of it", () => {
    const range = fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }))
      .map(([base, prefix]) => `10.0.0.${base - (base % 2 ** (32 - prefix))}/${prefix}`);
    const rule = fc.record({ priority: fc.integer({ min: 1, max: 4 }), allows: fc.boolean(), range });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), range, (given, source) => {
        const rules = given.map(({ priority, allows, range: from }, index) => ({
          name: `rule-${index}`,
          network: NETWORK,
          priority,
          allows,
          ports: [[0, 65535] as const],
          sourceRanges: [parseCidr(from)],
          sourceServiceAccounts: [],
          targetServiceAccounts: [],
        }));
        const verdict = (text: string) =>
          decide(rules, HOST_ACCOUNT, 1, { ranges: [parseCidr(text)], shown: text }).allowed;
        const { base, prefix } = parseCidr(source);
        const addresses = Array.from({ length: 2 ** (32 - prefix) }, (_, index) => `${formatIpv4(base + index)}/32`);
        if (verdict(source)) expect(addresses.every(verdict)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
