import * as pulumi from "@pulumi/pulumi";
import type { ClusterOutputs } from "../../../components/cluster-outputs";
import { Zone } from "../../../components/zone";
import { checkSchema } from "../../../sandbox/provider/schema-check";
import type { Properties } from "../../../sandbox/provider/values";
import { gcpFacts } from "../../../sandbox/facts/gcp";
import { register, valueOf, type Registered } from "../resolution/registered";
import { environmentOf, outputsOf } from "../resolution/registered-service";

const REGIONS = ["europe-west1", "europe-west4"];
const MANAGED_ZONE = "gcp:dns/managedZone:ManagedZone";
const RECORD_SET = "gcp:dns/recordSet:RecordSet";

function endpoints(regions: readonly string[] = REGIONS) {
  const byRegion = <T>(make: (region: string, index: number) => T) =>
    Object.fromEntries(regions.map((region, index) => [region, make(region, index)]));
  return {
    dnsAddresses: byRegion((_, index) => `192.0.2.${index + 1}`),
    apiAddresses: byRegion((_, index) => `198.51.100.${index + 1}`),
    certificateRecords: byRegion((region) => ({ name: `_acme_${region}.`, type: "CNAME", data: `proof-${region}.` })),
  };
}

async function registerZone(
  options: {
    environment?: "prod" | "sandbox";
    clusters?: Record<string, pulumi.Input<ClusterOutputs>>;
    regions?: string[];
    preview?: boolean;
  } = {},
): Promise<Registered & { zone: Zone }> {
  const environment = environmentOf(options.environment ?? "prod");
  const clusters = options.clusters ?? { free: outputsOf("free"), hackers: outputsOf("hackers") };
  let zone: Zone | undefined;
  const registered = await register(environment.name, options.preview ?? false, (opts) => {
    zone = new Zone("zone", { environment, clusters, resolution: endpoints(options.regions) }, opts);
  });
  if (zone === undefined) throw new Error("the zone was not constructed");
  return { ...registered, zone };
}

/** The record sets as lines of a zone file, sorted. */
function lines({ of }: Registered): string[] {
  return of(RECORD_SET)
    .map(({ inputs }) => {
      const { name, ttl, type, rrdatas } = inputs as { name: string; ttl: number; type: string; rrdatas: string[] };
      return `${name} ${ttl} ${type} ${rrdatas.join(" ")}`;
    })
    .sort();
}

describe("zone", () => {
  it("holds exactly the delegation with glue, the control API and the clusters' addresses", async () => {
    expect(lines(await registerZone())).toEqual(
      [
        "_acme_europe-west1. 300 CNAME proof-europe-west1.",
        "_acme_europe-west4. 300 CNAME proof-europe-west4.",
        "apps.acme-hosting.dev. 3600 NS europe-west1.ns.apps.acme-hosting.dev. europe-west4.ns.apps.acme-hosting.dev.",
        "europe-west1.ns.apps.acme-hosting.dev. 3600 A 192.0.2.1",
        "europe-west4.ns.apps.acme-hosting.dev. 3600 A 192.0.2.2",
        "free.hosting.acme-hosting.dev. 60 A hosting of free",
        "free.workspace.acme-hosting.dev. 60 A workspace of free",
        "hackers.hosting.acme-hosting.dev. 60 A hosting of hackers",
        "hackers.workspace.acme-hosting.dev. 60 A workspace of hackers",
        "resolution.acme-hosting.dev. 60 A 198.51.100.1 198.51.100.2",
        'resolution.acme-hosting.dev. 300 CAA 0 issue "pki.goog"',
      ].sort(),
    );
  });

  it("delegates to one name server where there is one region", async () => {
    const records = lines(await registerZone({ environment: "sandbox", clusters: {}, regions: ["europe-west1"] }));
    expect(records.filter((line) => line.includes("ns.apps"))).toEqual([
      "apps.sandbox.test. 3600 NS europe-west1.ns.apps.sandbox.test.",
      "europe-west1.ns.apps.sandbox.test. 3600 A 192.0.2.1",
    ]);
  });

  it("is signed, and names its servers", async () => {
    const { of, zone } = await registerZone();
    const [managed] = of(MANAGED_ZONE);
    expect(managed?.inputs).toMatchObject({
      name: "prod-shared-parent",
      dnsName: "acme-hosting.dev.",
      visibility: "public",
      dnssecConfig: {
        state: "on",
        nonExistence: "nsec3",
        defaultKeySpecs: [
          { algorithm: "ecdsap256sha256", keyLength: 256, keyType: "keySigning" },
          { algorithm: "ecdsap256sha256", keyLength: 256, keyType: "zoneSigning" },
        ],
      },
      labels: { environment: "prod", "failure-domain": "shared" },
    });
    expect(await valueOf(zone.parentNameServers)).toEqual(["ns1.google.", "ns2.google."]);
  });

  it("does not sign the delegation", async () => {
    expect((await registerZone()).of(RECORD_SET).filter(({ inputs }) => inputs.type === "DS")).toEqual([]);
  });

  it("is protected in production only, its records nowhere", async () => {
    const protectedTypes = async (environment: "prod" | "sandbox") =>
      (await registerZone({ environment })).resources.filter(({ protect }) => protect).map(({ type }) => type);
    expect(await protectedTypes("prod")).toEqual([MANAGED_ZONE]);
    expect(await protectedTypes("sandbox")).toEqual([]);
  });

  it("only gains two records when a cluster is added", async () => {
    const free = { free: outputsOf("free") };
    const before = lines(await registerZone({ clusters: free }));
    const after = lines(await registerZone({ clusters: { ...free, hackers: outputsOf("hackers") } }));
    expect(after.filter((line) => !before.includes(line))).toHaveLength(2);
    expect(before.filter((line) => !after.includes(line))).toEqual([]);
  });

  it("shows the records of a cluster whose addresses are not known yet, and keeps the others known", async () => {
    const unknown = pulumi.output(pulumi.unknown as unknown as ClusterOutputs);
    const { one } = await registerZone({ clusters: { free: outputsOf("free"), hackers: unknown }, preview: true });
    expect(one("zone-hosting-hackers").inputs.name).toBe("hackers.hosting.acme-hosting.dev.");
    expect(one("zone-hosting-free").inputs.rrdatas).toEqual(["hosting of free"]);
  });

  it("gives Google Cloud only what its provider accepts", async () => {
    const failures = (await registerZone()).resources
      .filter(({ type }) => type.startsWith("gcp:"))
      .flatMap(({ type, name, inputs }) =>
        checkSchema(gcpFacts(type), inputs as Properties).map(
          ({ property, reason }) => `${name}.${property}: ${reason}`,
        ),
      );
    expect(failures).toEqual([]);
  });
});
