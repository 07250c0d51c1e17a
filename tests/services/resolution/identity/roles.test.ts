/** From a proven email to what its owner may do. */
import { Identity, mayBe } from "../../../../services/resolution/identity";
import { callersOf, type RoleSources } from "../../../../services/resolution/identity/roles";

const sources: RoleSources = {
  bindings: { resolver: ["web@example.org"], platform: ["web@example.org"], operator: ["Oncall@example.org"] },
  dnsIdentity: "dns@example.org",
  clusters: ["free", "pro"].map((name) => ({
    name,
    nodeIdentities: { edge: `${name}-edge@example.org`, host: `${name}-host@example.org` },
  })),
};

describe("roles", () => {
  const callers = callersOf(sources);
  const rolesOf = (email: string) => [...(callers.get(email)?.roles ?? [])];

  it("come from configuration, several to one email, in any case", () => {
    expect(rolesOf("web@example.org")).toEqual(["resolver", "platform"]);
    expect(rolesOf("oncall@example.org")).toEqual(["operator"]);
    expect(rolesOf("stranger@example.org")).toEqual([]);
  });

  it.each([
    ["free-edge@example.org", "edge", "free", true],
    ["free-edge@example.org", "edge", "pro", false],
    ["free-edge@example.org", "host", "free", false],
    ["free-edge@example.org", "dns", undefined, false],
    ["pro-host@example.org", "host", "pro", true],
    ["dns@example.org", "dns", undefined, true],
    ["dns@example.org", "dns", "free", false],
    ["dns@example.org", "edge", "free", false],
    ["oncall@example.org", "edge", "free", false],
  ] as const)("let %s be a node of kind %s of cluster %s: %s", (email, kind, cluster, allowed) => {
    const caller = callers.get(email);
    expect(caller !== undefined && mayBe(caller, kind, cluster)).toBe(allowed);
  });
});

describe("an identity", () => {
  const tokens = {
    recall: (token: string) => (token === "known" ? "free-edge@example.org" : undefined),
    verify: (token: string) => Promise.resolve(`${token}@example.org`),
  };

  it.each([undefined, "", "Bearer", "Bearer ", "Basic d2ViOnNlY3JldA==", "Bearer two tokens", "Bearer tok\u00e9n"])(
    "is not proven by the header %j",
    (header) => {
      expect(() => new Identity(tokens, sources).authenticate(header)).toThrow(/authorization: Bearer/);
    },
  );

  it("is told at once for a known token, after verification for a new one", async () => {
    const identity = new Identity(tokens, sources);
    expect(identity.authenticate("Bearer known")).toMatchObject({ email: "free-edge@example.org" });
    const stranger = identity.authenticate("bearer stranger");
    expect(stranger).toBeInstanceOf(Promise);
    expect(await stranger).toEqual({ email: "stranger@example.org", roles: new Set(), nodes: [] });
  });

  it("stops being a node with the next request once its cluster is gone", () => {
    const identity = new Identity(tokens, sources);
    identity.useClusters(sources.clusters.filter(({ name }) => name !== "free"));
    expect(identity.authenticate("Bearer known")).toMatchObject({ roles: new Set() });
  });
});
