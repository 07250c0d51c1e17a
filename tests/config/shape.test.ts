import type { Edits } from "../support/environments";
import { messagesAfter } from "./problems";

describe("a value of the wrong shape", () => {
  it.each<[string, Edits, string]>([
    [
      "text where a number belongs",
      { "clusters.free.maxUsers": "many" },
      'clusters.free.maxUsers: "many" is not a number',
    ],
    [
      "a number in quotes",
      { "clusters.free.maxUsers": "50" },
      'clusters.free.maxUsers: "50" is not a number; write it without quotes',
    ],
    ["a fraction", { "clusters.free.maxUsers": 1.5 }, "clusters.free.maxUsers: 1.5 is not a whole number"],
    ["not a number", { "clusters.free.maxUsers": NaN }, "clusters.free.maxUsers: NaN is not a number"],
    [
      "a release without quotes",
      { "clusters.free.release": 2026.11 },
      "clusters.free.release: 2026.11 is not a string; put it in quotes",
    ],
    ["a list where a map belongs", { clusters: [] }, "clusters: a list is not a map"],
    ["a map where a list belongs", { "clusters.free.zones": {} }, "clusters.free.zones: a map is not a list"],
    ["a map where text belongs", { project: { a: 1 } }, "project: a map is not a string"],
    ["an empty value", { "domain.zone": null }, "domain.zone: is empty (null), not a string"],
    ["a missing value", { "domain.zone": undefined }, "domain.zone: is missing"],
    ["a missing section", { images: undefined }, "images: is missing"],
    [
      "too few entries",
      { "clusters.free.zones": ["europe-west1-b"] },
      "clusters.free.zones: has 1 entry, needs at least 2",
    ],
    ["a number above its maximum", { "domain.ttl": 3601 }, "domain.ttl: 3601 is above the maximum of 3600"],
    ["an absurd number, once", { "domain.ttl": 1e300 }, "domain.ttl: 1e+300 is above the maximum of 9007199254740991"],
    [
      "the release latest",
      { "clusters.free.release": "latest" },
      'clusters.free.release: "latest" is not an image tag, and never "latest"',
    ],
    [
      "an address that is no e-mail",
      { "operators.emails": ["oncall"] },
      'operators.emails.0: "oncall" is not an e-mail address',
    ],
    [
      "a map key that is no name",
      { "machineTiers.Big": { machineType: "e2-small" } },
      'machineTiers.Big: key "Big" is not a name of lower-case letters, digits and hyphens that starts with a letter and ends with no hyphen',
    ],
    [
      "a hosting zone that leaves no room for users",
      { "domain.zone": `${"a.".repeat(60)}acme-hosting.dev` },
      "domain.zone: has 136 characters, may have at most 125",
    ],
    [
      "something that is no range",
      { "clusters.free.cidr": "10.16.0.0" },
      'clusters.free.cidr: "10.16.0.0" is not an IPv4 range such as 10.16.0.0/20',
    ],
    [
      "an octet above 255",
      { "clusters.free.cidr": "10.300.0.0/20" },
      'clusters.free.cidr: "10.300.0.0/20" is not an IPv4 range such as 10.16.0.0/20',
    ],
    [
      "bits beyond the prefix",
      { "clusters.free.cidr": "10.16.1.0/20" },
      'clusters.free.cidr: "10.16.1.0/20" has bits set beyond its prefix; the range it lies in is 10.16.0.0/20',
    ],
    [
      "a range too small",
      { "clusters.free.cidr": "10.16.0.0/28" },
      "clusters.free.cidr: 10.16.0.0/28 is /28; it must be /16 to /22",
    ],
    [
      "an unknown section far from any known",
      { wibble: 1 },
      "wibble: unknown key; known here: project, domain, operators, machineTiers, images, clusters, placement, resolution",
    ],
    [
      "an unknown key near a known one",
      { "domain.tll": 5 },
      'domain.tll: unknown key (did you mean "ttl"?); known here: zone, parentZone, ttl, grace',
    ],
  ])("is reported: %s", (_, edits, message) => {
    expect(messagesAfter(edits)).toEqual([message]);
  });

  it("is cut short in the message when it is long", () => {
    const [message = ""] = messagesAfter({ "clusters.free.region": "x".repeat(500) });
    expect(message).toContain("xxx... is not a Google Cloud region");
    expect(message.length).toBeLessThan(150);
  });
});
