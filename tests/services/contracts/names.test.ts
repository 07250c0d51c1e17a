import * as fc from "fast-check";
import { RESERVED_LABELS } from "../../../config/names";
import {
  MAX_NAME_LENGTH,
  normalizedName,
  parseDomain,
  parseHostedName,
  parseUserLabel,
} from "../../../services/contracts/names";

const ZONE = "apps.example";
const ZONES = [ZONE, "hosting.example"];

const label = fc
  .stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/)
  .filter((text) => !/^..--/.test(text) && !(RESERVED_LABELS as readonly string[]).includes(text));

/** The same name in other cases, as resolvers that draw cases at random send it. */
function anyCase(text: string): fc.Arbitrary<string> {
  return fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => [...text].map((char, index) => (upper[index] ? char.toUpperCase() : char)).join(""));
}

function typeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { type: string }).type;
  }
  return "accepted";
}

describe("parseUserLabel", () => {
  it.each(["a", "7", "alice", "a-b", "0x1", "a".repeat(63)])("accepts %s", (text) => {
    expect(parseUserLabel(text)).toBe(text);
  });

  it("makes one name of all ways to write its case", () => {
    const written = label.chain((name) => fc.tuple(fc.constant(name), anyCase(name)));
    fc.assert(fc.property(written, ([name, text]) => expect(parseUserLabel(text)).toBe(name)));
  });

  it.each([
    ["nothing", ""],
    ["64 characters", "a".repeat(64)],
    ["a leading hyphen", "-a"],
    ["a trailing hyphen", "a-"],
    ["an underscore", "a_b"],
    ["a dot", "a.b"],
    ["a trailing dot", "a."],
    ["a space", " a"],
    ["a line break at the end", "alice\n"],
    ["a zero", "a\0"],
    ["a wildcard", "*"],
    ["a letter outside ASCII", "ä"],
    ["a Kelvin sign, whose lower case is k", "\u212Aelvin"],
    ["an A-label", "xn--mnchen-3ya"],
    ["hyphens third and fourth", "ab--c"],
  ])("refuses %s", (_, text) => {
    expect(typeOf(() => parseUserLabel(text))).toBe("invalid-label");
  });

  it.each([...RESERVED_LABELS, "CLUSTERS", "Ns"])("refuses the reserved label %s", (text) => {
    expect(typeOf(() => parseUserLabel(text))).toBe("reserved-label");
  });

  it("accepts nothing that is no label, whatever it is given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        const outcome = typeOf(() => expect(parseUserLabel(text)).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/));
        return ["accepted", "invalid-label", "reserved-label"].includes(outcome);
      }),
    );
  });
});

describe("parseDomain", () => {
  it.each([
    ["www.example.org", "www.example.org"],
    ["WWW.Example.ORG.", "www.example.org"],
    ["münchen.example", "xn--mnchen-3ya.example"],
    ["MÜNCHEN.example", "xn--mnchen-3ya.example"],
    ["faß.example", "xn--fa-hia.example"],
    ["例え。テスト", "xn--r8jz45g.xn--zckzah"],
    ["xn--mnchen-3ya.example", "xn--mnchen-3ya.example"],
    ["notapps.example", "notapps.example"],
  ])("reads %s as %s", (text, name) => {
    expect(parseDomain(text, ZONES)).toBe(name);
  });

  it.each([
    ["a single label", "localhost"],
    ["an IPv4 address", "192.0.2.1"],
    ["a numeric last label", "www.example.1"],
    ["an IPv6 address", "[2001:db8::1]"],
    ["an empty label", "www..example.org"],
    ["two trailing dots", "example.org.."],
    ["a wildcard", "*.example.org"],
    ["an underscore", "_dmarc.example.org"],
    ["a port", "example.org:443"],
    ["a URL", "https://example.org"],
    ["a label of 64 characters", `${"a".repeat(64)}.org`],
    ["254 characters", `${"a.".repeat(126)}aa`],
    ["a symbol that IDNA forbids", "a\u2028b.example"],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(typeOf(() => parseDomain(text, ZONES))).toBe("invalid-domain");
  });

  it("accepts a name of the greatest length", () => {
    const name = `${"a.".repeat(126)}a`;
    expect(name).toHaveLength(MAX_NAME_LENGTH);
    expect(parseDomain(`${name}.`, ZONES)).toBe(name);
  });

  it.each([ZONE, "hosting.example", "x.alice.APPS.example.", "resolution.hosting.example"])(
    "refuses %s, which is the platform's own",
    (text) => {
      expect(() => parseDomain(text, ZONES)).toThrow(/the platform's own/);
    },
  );
});

describe("parseHostedName", () => {
  const app = fc.option(
    fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join(".")),
    {
      nil: undefined,
    },
  );
  const suffix = fc.constantFrom("", ".", ":80", ".:65535");

  it("finds user and app however the host is written", () => {
    const written = fc.tuple(label, app, suffix).chain(([user, name, end]) => {
      const host = [name, user, ZONE].filter((part) => part !== undefined).join(".");
      return fc.tuple(fc.constant({ user, ...(name !== undefined && { app: name }) }), anyCase(host), fc.constant(end));
    });
    fc.assert(
      fc.property(written, ([expected, host, end]) => expect(parseHostedName(host + end, ZONE)).toEqual(expected)),
    );
  });

  it.each([
    ["the zone itself", ZONE],
    ["another zone", "app.alice.example.org"],
    ["a zone that ends alike", "alice.notapps.example"],
    ["a reserved label", "free.clusters.apps.example"],
    ["a name server", "eu.NS.apps.example"],
    ["an empty label", "app..apps.example"],
    ["an A-label as user", "xn--mnchen-3ya.apps.example"],
    ["an underscore", "a_b.apps.example"],
    ["a port alone", ":80"],
    ["nothing", ""],
  ])("finds none in %s", (_, host) => {
    expect(parseHostedName(host, ZONE)).toBeUndefined();
  });
});

describe("normalizedName", () => {
  it("gives names that stay as they are", () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string({ unit: "grapheme" })), (text) => {
        const name = normalizedName(text);
        fc.pre(name !== undefined);
        expect(normalizedName(name)).toBe(name);
        expect(normalizedName(`${name}.`)).toBe(name);
      }),
    );
  });
});
