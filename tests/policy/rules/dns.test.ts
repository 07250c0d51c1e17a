import { dnsTtl } from "../../../policy/rules/dns-ttl";
import { tombstoneGrace } from "../../../policy/rules/tombstone-grace";
import { twoNameServers } from "../../../policy/rules/two-name-servers";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { judge, judgeStack, prod, resource, sandbox, sharedStack } from "../support/judge";

const RECORD_SET = "gcp:dns/recordSet:RecordSet";

describe("dns-ttl", () => {
  const ttl = (value: unknown) => judge(dnsTtl, resource(RECORD_SET, { type: "A", ttl: value }), sharedStack);

  it.each([5, 60, 3600, UNKNOWN])("accepts %p", (value) => {
    expect(ttl(value)).toEqual([]);
  });

  it.each([0, 4, 3601, undefined])("refuses %p", (value) => {
    expect(ttl(value)).toHaveLength(1);
  });
});

describe("tombstone-grace", () => {
  const domain = (changed: Partial<typeof prod.domain>, environment = prod) =>
    judgeStack(tombstoneGrace, [], { environment: { ...environment, domain: { ...environment.domain, ...changed } } });

  it("accepts production's own configuration and the bounds", () => {
    expect(domain({})).toEqual([]);
    expect(domain({ ttl: 300, grace: 86_400 })).toEqual([]);
  });

  it("refuses a grace that resolvers outlast, and a TTL that keeps old answers for long", () => {
    expect(domain({ grace: 299 })).toEqual([{ message: "domain.grace is 299" }]);
    expect(domain({ ttl: 301, grace: 301 })).toEqual([{ message: "domain.ttl is 301" }]);
  });

  it("lets a sandbox be quick", () => {
    expect(domain({}, sandbox)).toEqual([]);
  });
});

describe("two-name-servers", () => {
  const glue = (region: string) =>
    resource(
      RECORD_SET,
      { type: "A", name: `${region}.ns.apps.test.`, rrdatas: [UNKNOWN] },
      {
        name: region,
        sources: { rrdatas: [resource("gcp:compute/address:Address", { region })] },
      },
    );
  const delegation = (properties: Properties) =>
    resource(RECORD_SET, { type: "NS", name: "apps.test.", ...properties }, { name: "ns" });
  const servers = ["europe-west1.ns.apps.test.", "europe-west4.ns.apps.test."];
  const judged = (...resources: ReturnType<typeof resource>[]) =>
    judgeStack(twoNameServers, resources, sharedStack).map(({ message }) => message);

  it("accepts name servers whose addresses lie in two regions, known or not", () => {
    expect(judged(delegation({ rrdatas: servers }), glue("europe-west1"), glue("europe-west4"))).toEqual([]);
    expect(judged(delegation({ rrdatas: UNKNOWN }))).toEqual([]);
  });

  it("refuses one name server", () => {
    expect(judged(delegation({ rrdatas: servers.slice(1) }), glue("europe-west4"))).toEqual([
      "ns delegates to 1 name server",
    ]);
  });

  it("refuses two in one region, or in none that is known", () => {
    const twin = { ...glue("europe-west1"), properties: { type: "A", name: "europe-west4.ns.apps.test." } };
    expect(judged(delegation({ rrdatas: servers }), glue("europe-west1"), twin)).toEqual([
      "the name servers of ns lie in europe-west1",
    ]);
    expect(judged(delegation({ rrdatas: servers }))).toEqual(["the name servers of ns lie in no known region"]);
  });

  it("blames the delegation", () => {
    const record = delegation({ rrdatas: [] });
    expect(judgeStack(twoNameServers, [record], sharedStack)[0]?.urn).toBe(record.urn);
  });
});
