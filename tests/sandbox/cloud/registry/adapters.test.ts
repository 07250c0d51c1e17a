import type { MachineSpec } from "../../../../sandbox/cloud/machine";
import type { Network } from "../../../../sandbox/cloud/network";
import { adapt } from "../../../../sandbox/cloud/registry/adapters";
import { IMAGES, programOf } from "../../../../sandbox/cloud/registry/programs";

const network: Network = {
  range: "127.9.0.0/16",
  own: () => "127.9.0.2",
  claim: () => "127.9.64.1",
  release: () => undefined,
  port: (port) => (port < 1024 ? port + 10_000 : port),
};
const identities = {
  metadataHost: (account: string) => `metadata of ${account}`,
  endpoints: { issuer: "http://i", jwks: "http://i/keys", compute: "http://c", secretManager: "http://s" },
};
const machine = { address: "127.9.64.1", serviceAccount: "edge@acme" } as MachineSpec;

function adapted(image: string, declared: Readonly<Record<string, string>> = {}) {
  const surroundings = { machine, declared, network, identities, authorityFile: "/here/ca.pem" };
  return adapt(programOf(image, "/images"), surroundings);
}

const SERVICE = {
  GCE_METADATA_HOST: "metadata of edge@acme",
  SECRET_MANAGER_ENDPOINT: "http://s",
  NODE_EXTRA_CA_CERTS: "/here/ca.pem",
};

describe("what an image's processes are told beside what is declared", () => {
  it("is nothing of what a machine is for: no image gets a variable that the stack declares", () => {
    const stack = ["ENVIRONMENT", "REGION", "CLUSTER", "ZONE", "CONTROL_API_URL", "HEALTH_PORT", "STATE_DIRECTORY"];
    for (const image of IMAGES) expect(Object.keys(adapted(image))).not.toEqual(expect.arrayContaining(stack));
  });

  it("is nothing for programs of others", () => {
    expect(adapted("edge", { EDGE_DIRECTORY: "/here/edge" })).toEqual({});
    expect(adapted("knot")).toEqual({});
  });

  it("is where Knot listens, for an agent of a name server", () => {
    expect(adapted("node-agent", { NODE_KIND: "dns", KNOT_ADDRESS: "127.0.0.1:5353" })).toEqual({
      ...SERVICE,
      KNOT_ADDRESS: "127.9.64.1:5353",
      KNOT_LISTEN: "127.9.64.1@5353",
      KNOT_RATE_LIMIT_EXEMPT: "127.0.0.0/8",
    });
    expect(adapted("node-agent", { NODE_KIND: "dns", KNOT_ADDRESS: "127.0.0.1:53" })).toMatchObject({
      KNOT_LISTEN: "127.9.64.1@10053",
    });
  });

  it("does not make up an address that is not declared", () => {
    expect(adapted("node-agent", { NODE_KIND: "dns" })).toEqual(SERVICE);
    expect(adapted("node-agent")).toEqual(SERVICE);
  });

  it("is where HAProxy listens and finds others, for an agent of an edge", () => {
    expect(adapted("node-agent", { NODE_KIND: "edge" })).toMatchObject({
      ...SERVICE,
      BIND_ADDRESS: "127.9.64.1",
      SIBLING_PORT: "10080",
      COMPUTE_API_URL: "http://c",
    });
  });

  it("is whom to ask for proofs, for the control API", () => {
    expect(adapted("control-api")).toEqual({
      ...SERVICE,
      OIDC_ISSUER: "http://i",
      OIDC_JWKS_URL: "http://i/keys",
      DNS_RESOLVERS: "127.9.0.2:10053",
    });
  });
});
