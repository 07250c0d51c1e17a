/** Identities and Google's APIs, asked by the clients that the services ask with. */
import { Agent, request, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import type { Firewall, Instance } from "../../../../sandbox/cloud/context";
import { GoogleApis, LocalIdentities } from "../../../../sandbox/cloud/identity";
import { ComputeApi } from "../../../../services/google/compute";
import { MetadataServer } from "../../../../services/google/metadata";
import { readNewestVersions, readSecret } from "../../../../services/google/secrets";
import { removeTempDirs } from "../../../support/temp-dir";
import { TestContext } from "../google-context";

const ACCOUNT = "gcp:serviceaccount/account:Account";
const MEMBER = "gcp:projects/iAMMember:IAMMember";
const ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole";
const SECRET_MEMBER = "gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember";
const VERSION = "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion";
const EDGE = "edge@acme.iam.gserviceaccount.com";
const OTHER = "other@acme.iam.gserviceaccount.com";
const SECRET = "projects/acme/locations/europe-west1/secrets/hop-key";
const READER = "projects/acme/roles/reader";

let context: TestContext;
let identities: LocalIdentities;
let clusters: Record<string, string>;
let instances: Instance[];
/** Ports that the edges may not reach. */
let closed: number[];

beforeAll(async () => {
  context = await TestContext.open();
});

beforeEach(async () => {
  context.records.clear();
  [clusters, instances, closed] = [{}, [], []];
  await start();
  const { records } = context;
  for (const email of [EDGE, OTHER])
    records.put(ACCOUNT, `projects/acme/serviceAccounts/${email}`, { project: "acme" }, { email });
  await identities.reconcile(records);
  putVersion(1, "first");
  putVersion(2, "second");
  const grant = { role: "roles/secretmanager.secretAccessor", member: `serviceAccount:${EDGE}` };
  records.put(SECRET_MEMBER, `${SECRET}/${grant.role}/${grant.member}`, { ...grant, secretId: "hop-key" });
  records.put(ROLE, READER, { project: "acme", permissions: ["compute.instances.get", "compute.instances.list"] });
  records.put(MEMBER, "edge reader", { project: "acme", role: READER, member: `serviceAccount:${EDGE}` });
});

afterEach(async () => {
  await identities.stop();
});

afterAll(async () => {
  await context.close();
  removeTempDirs();
});

async function start(): Promise<void> {
  identities = new LocalIdentities(context, { clusterOf: (address) => clusters[address] });
  const firewall: Firewall = {
    allows: (_records, _target, port, source) => ({
      allowed: "serviceAccount" in source && source.serviceAccount === EDGE && !closed.includes(port),
      reason: "",
    }),
  };
  new GoogleApis(context, { identities, instances: { all: () => instances }, firewall });
  await identities.start();
}

function putVersion(number: number, secretData: string, inputs = {}): void {
  context.records.put(VERSION, `${SECRET}/versions/${number}`, { secret: SECRET, secretData, ...inputs });
}

function metadata(email: string): MetadataServer {
  return new MetadataServer({ host: identities.metadataHost(email) });
}

async function read(secret = SECRET, email = EDGE): Promise<string> {
  return await readSecret(secret, await metadata(email).accessToken(), {
    endpoint: identities.endpoints.secretManager,
  });
}

async function list(filter = "", email = EDGE, zone = "europe-west1-b") {
  const accessToken = () => metadata(email).accessToken();
  return await new ComputeApi({ project: "acme", accessToken, endpoint: identities.endpoints.compute }).instances(
    zone,
    filter,
  );
}

function instance(name: string, fields: Partial<Instance> = {}): Instance {
  const spec = { containers: [{ ports: [8090, 8091] }] };
  return {
    name,
    zone: "europe-west1-b",
    labels: { environment: "sandbox" },
    status: "RUNNING",
    address: "127.1.64.1",
    serviceAccount: "host",
    network: "n",
    namedPorts: {},
    accepting: true,
    machine: { spec } as unknown as Instance["machine"],
    ...fields,
  };
}

describe("identities", () => {
  it("give identity tokens that their keys prove", async () => {
    const token = await metadata(EDGE).identityToken("https://api.test");
    const keys = (await (await fetch(identities.endpoints.jwks)).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { issuer: identities.endpoints.issuer });
    expect(payload).toMatchObject({ email: EDGE, email_verified: true, aud: "https://api.test" });
  });

  it("give people tokens for the command line, and no account that does not exist", async () => {
    expect(await identities.identityToken("operator@example.com", "a")).toMatch(/^ey/);
    await expect(identities.identityToken("no@acme.iam.gserviceaccount.com", "a")).rejects.toThrow(
      /no service account/,
    );
    expect(() => identities.metadataHost("no@acme.iam.gserviceaccount.com")).toThrow(/no service account/);
  });

  it("know no account of a machine without one, or with one that was deleted", async () => {
    const url = (email: string) =>
      `http://${identities.metadataHost(email)}/computeMetadata/v1/instance/service-accounts/default/token`;
    const ask = async (email: string) => (await fetch(url(email), { headers: { "metadata-flavor": "Google" } })).status;
    expect([await ask(""), await ask(EDGE)]).toEqual([404, 200]);
    context.records.remove(ACCOUNT, `projects/acme/serviceAccounts/${EDGE}`);
    await identities.reconcile(context.records);
    expect(await ask(EDGE)).toBe(404);
  });

  it("are where and what they were after a restart", async () => {
    const before = [identities.endpoints, identities.metadataHost(EDGE), await metadata(EDGE).accessToken()];
    await identities.stop();
    await start();
    await identities.reconcile(context.records);
    expect([identities.endpoints, identities.metadataHost(EDGE), await metadata(EDGE).accessToken()]).toEqual(before);
  });

  it("are out of reach for the machines of a partitioned cluster, on connections that they have too", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress: "127.0.0.9" });
    const ask = async () => {
      const asked = request(identities.endpoints.jwks, { agent }).end();
      const [response] = (await once(asked, "response")) as [IncomingMessage];
      response.resume();
      await once(response, "end");
      return response.statusCode;
    };
    clusters = { "127.0.0.9": "free" };
    expect(await ask()).toBe(200);
    context.injected = { down: [], partitioned: ["free"] };
    await expect(ask()).rejects.toThrow(/ECONNRESET|hang up/);
    await expect(ask()).rejects.toThrow(/ECONNRESET|hang up/);
    expect((await fetch(identities.endpoints.jwks)).status).toBe(200);
    context.injected = { down: [], partitioned: [] };
    expect(await ask()).toBe(200);
    agent.destroy();
  });
});

describe("Secret Manager", () => {
  it("gives a version, and the latest, to whom it is granted", async () => {
    expect(await read()).toBe("second");
    expect(await read(`${SECRET}/versions/1`)).toBe("first");
    const token = await metadata(EDGE).accessToken();
    expect(await readNewestVersions(SECRET, token, { endpoint: identities.endpoints.secretManager })).toEqual([
      "second",
      "first",
    ]);
  });

  it("gives binary content as it is", async () => {
    putVersion(3, Buffer.from("binary").toString("base64"), { isSecretDataBase64: true });
    expect(await read()).toBe("binary");
  });

  it("gives nothing to anybody else, and does not say whether it is there", async () => {
    await expect(read(SECRET, OTHER)).rejects.toThrow(/answered 403/);
    await expect(read("projects/acme/secrets/none")).rejects.toThrow(/answered 403/);
  });

  it("does not have what was never made, and keeps back what is disabled", async () => {
    await expect(read(`${SECRET}/versions/9`)).rejects.toThrow(/answered 404/);
    putVersion(2, "second", { enabled: false });
    await expect(read()).rejects.toThrow(/answered 400/);
  });

  it("takes no token that it has not given", async () => {
    const endpoint = identities.endpoints.secretManager;
    await expect(readSecret(SECRET, "invented", { endpoint })).rejects.toThrow(/answered 401/);
  });
});

describe("Compute Engine", () => {
  it("lists the instances of a zone that pass the filter", async () => {
    instances = [
      instance("b"),
      instance("a", { labels: { environment: "sandbox", "failure-domain": "free" } }),
      instance("stopping", { status: "STOPPING" }),
      instance("elsewhere", { zone: "europe-west1-c" }),
      instance("foreign", { labels: {} }),
    ];
    const found = await list('(labels.environment = "sandbox") AND (status = "RUNNING")');
    expect(found.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(found[0]).toEqual({
      name: "a",
      status: "RUNNING",
      labels: { environment: "sandbox", "failure-domain": "free" },
      address: "127.1.64.1",
    });
    expect(await list("", EDGE, "europe-west4-a")).toEqual([]);
  });

  it("gives more than a page of them", async () => {
    instances = Array.from({ length: 1203 }, (_, index) => instance(`vm-${String(index).padStart(4, "0")}`));
    const found = await list();
    expect(found).toHaveLength(1203);
    expect(new Set(found.map(({ name }) => name)).size).toBe(1203);
  });

  it("puts instances that the firewall keeps the account's machines from where nobody is", async () => {
    instances = [instance("a")];
    closed = [8091];
    const [found] = await list();
    expect(found?.address).toMatch(/^127\./);
    expect(found?.address).not.toBe("127.1.64.1");
    closed = [];
    expect((await list())[0]?.address).toBe("127.1.64.1");
  });

  it("lists nothing to an account without the permission", async () => {
    await expect(list("", OTHER)).rejects.toThrow(/answered 403/);
    context.records.put(MEMBER, "viewer", {
      project: "acme",
      role: "roles/compute.viewer",
      member: `serviceAccount:${OTHER}`,
    });
    expect(await list("", OTHER)).toEqual([]);
    context.records.put(ROLE, READER, { project: "acme", permissions: ["compute.instances.get"] });
    await expect(list()).rejects.toThrow(/answered 403/);
  });

  it("refuses filters that it does not understand, and zones that are none", async () => {
    await expect(list('name eq "a.*"')).rejects.toThrow(/answered 400/);
    await expect(list("", EDGE, "europe-west1")).rejects.toThrow(/answered 404/);
  });
});
