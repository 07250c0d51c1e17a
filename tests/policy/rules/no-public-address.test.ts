import { noPublicAddress } from "../../../policy/rules/no-public-address";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { freeStack, judge, resource } from "../support/judge";

const TYPES = [
  "gcp:compute/instance:Instance",
  "gcp:compute/instanceTemplate:InstanceTemplate",
  "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
];
const of = (type: string, ...networkInterfaces: Properties[]) =>
  judge(noPublicAddress, resource(type, { networkInterfaces }), freeStack);

describe.each(TYPES)("no-public-address on %s", (type) => {
  it("accepts interfaces without access configuration, or with one that is not known yet", () => {
    expect(of(type, { subnetwork: "s" }, { accessConfigs: [] }, { accessConfigs: UNKNOWN })).toEqual([]);
  });

  it("refuses an access configuration, an empty one included, on any interface", () => {
    expect(of(type, { subnetwork: "s" }, { accessConfigs: [{}] })).toEqual([
      "networkInterfaces[1].accessConfigs gives the machine a public address",
    ]);
    expect(of(type, { ipv6AccessConfigs: [{ networkTier: "PREMIUM" }] })).toHaveLength(1);
  });
});
