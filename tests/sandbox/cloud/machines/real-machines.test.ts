/**
 * Machines as the stack declares them, with the real services: an edge (agent and HAProxy), a container host and a name server (agent
 * and Knot), their environments copied from what the stack recorded for the sandbox. Control API and Google's APIs are the test's own.
 */
import { Resolver } from "node:dns/promises";
import { mkdirSync, readFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { NO_FAULTS, type Faults } from "../../../../sandbox/cloud/controller";
import type { ContainerSpec, Machine, MachineSpec } from "../../../../sandbox/cloud/machine";
import { LocalMachines } from "../../../../sandbox/cloud/machines/local-machines";
import { Processes } from "../../../../sandbox/cloud/processes/processes";
import { descendantsOf, processTable, type ProcessEntry } from "../../../../sandbox/cloud/processes/process-table";
import { LocalRegistry } from "../../../../sandbox/cloud/registry/local-registry";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { SILENT } from "../support";
import { SmallControlApi } from "./support/control-api";
import { SmallGoogle } from "./support/google";
import { SmallResolver } from "./support/small-resolver";
import { TestNetwork } from "./support/test-network";

const REGISTRY = "europe-docker.pkg.dev/acme-hosting-sandbox/platform";
const API = "resolution.sandbox.test";
const SECRETS = "projects/acme-hosting-sandbox/locations/europe-west1/secrets";
const COMMON = {
  CLUSTER: "free",
  CONTROL_API_AUDIENCE: `https://${API}`,
  CONTROL_API_URL: `https://${API}`,
  ENVIRONMENT: "sandbox",
  PROJECT: "acme-hosting-sandbox",
  REGION: "europe-west1",
  STATE_DIRECTORY: "/var/lib/node",
  ZONE: "apps.sandbox.test",
};
const AGENT = {
  ...COMMON,
  COMPUTE_ZONES: "europe-west1-b,europe-west1-c",
  EDGE_DIRECTORY: "/var/lib/edge",
  EDGE_HOP_KEY_SECRET: `${SECRETS}/sandbox-free-edge-hop-key`,
  HEALTH_PORT: "8082",
  HOSTING_PORT: "8080",
  HOST_APPS_PORT: "8090",
  HOST_HEALTH_PORT: "8091",
  NODE_KIND: "edge",
  NODE_OPTIONS: "--max-old-space-size=480",
  WORKSPACE_PORT: "8081",
  WORKSPACE_TOKEN_KEY_SECRET: `${SECRETS}/sandbox-free-workspace-token-key`,
};
const HOST = { ...COMMON, APPS_PORT: "8090", HEALTH_PORT: "8091", MACHINE_TIER: "standard" };
const EDGE_HEALTH = 8082;
const INTERNAL_API = "control-api.resolution.svc.cluster.local";
const NAME_SERVER = {
  ENVIRONMENT: "sandbox",
  REGION: "europe-west4",
  NODE_KIND: "dns",
  NODE_NAME: "dns-0.europe-west4",
  HEALTH_PORT: "8081",
  METRICS_PORT: "9090",
  ZONE: "apps.sandbox.test",
  TTL_SECONDS: "5",
  NAME_SERVERS:
    '{"europe-west1.ns.apps.sandbox.test":"203.0.113.163","europe-west4.ns.apps.sandbox.test":"203.0.113.219"}',
  CONTROL_API_URL: `http://${INTERNAL_API}`,
  CONTROL_API_AUDIENCE: `https://${API}`,
  DNS_UPDATE_KEY_VERSION:
    "projects/acme-hosting-sandbox/locations/europe-west4/secrets/sandbox-shared-europe-west4-dns-update-key/versions/1",
  KNOT_ADDRESS: "127.0.0.1:5353",
  KNOT_CONFIG: "/run/knot/knot.conf",
  KNOT_STATE_DIRECTORY: "/var/lib/knot",
  STATE_DIRECTORY: "/var/lib/node",
  NODE_OPTIONS: "--max-old-space-size=96",
};
/** Pods' containers see the same folders. */
const KNOT_FOLDERS = { "/run/knot": "run", "/var/lib/knot": "state/knot" };

const network = new TestNetwork();
let directory: string;
let processes: Processes;
let machines: LocalMachines;
let resolver: SmallResolver;
let google: SmallGoogle;
let api: SmallControlApi;
let faults: Faults = NO_FAULTS;

beforeAll(async () => {
  directory = tempDir();
  processes = new Processes({ directory, log: SILENT });
  const apiAddress = network.claim("api");
  resolver = await SmallResolver.start(network.own("resolver"), network.port(53), {
    [API]: apiAddress,
    [INTERNAL_API]: apiAddress,
  });
  google = await SmallGoogle.start(network.own("google"));
  api = await SmallControlApi.start({
    name: API,
    host: apiAddress,
    ports: { http: network.port(80), https: network.port(443) },
    directory,
    entries: {
      edge: { "cluster/hackers": { hostingAddress: network.claim("lb"), workspaceAddress: network.claim("lb") } },
      host: { "user/alice": { residency: "resident" } },
      dns: { zone: { defaultCluster: "free" }, "cluster/free": { ipv4: "203.0.113.7" } },
    },
  });
  machines = new LocalMachines({
    directory,
    network,
    log: SILENT,
    processes,
    registry: new LocalRegistry({ directory, log: SILENT }),
    identities: google.identities,
    authorityFile: api.authorityFile,
    faults: () => faults,
    wake: () => undefined,
  });
});

afterAll(async () => {
  // Not in order, which takes an edge as long as load balancers need to notice.
  faults = { ...NO_FAULTS, down: ["edge-1", "edge-2", "edge-3", "host-1", "dns-0"] };
  machines.applyFaults();
  await machines.powerOff();
  await processes.stop();
  await Promise.all([api.stop(), google.stop(), resolver.stop()]);
  removeTempDirs();
});

function container(
  name: string,
  machine: string,
  environment: Record<string, string>,
  folders: Record<string, string>,
) {
  const mounts = Object.entries(folders).map(([inside, folder]) => [inside, join(directory, machine, folder)]);
  const spec: ContainerSpec = {
    name,
    image: `${REGISTRY}/${name}:dev`,
    args: [],
    environment,
    mounts: Object.fromEntries(mounts) as Record<string, string>,
    stopTimeoutSeconds: 30,
    restartSeconds: 0.2,
  };
  for (const source of Object.values(spec.mounts)) mkdirSync(source, { recursive: true });
  return spec;
}

/** Creates it and starts its containers. */
function machine(name: string, role: string, containers: readonly ContainerSpec[]): Machine {
  const spec: MachineSpec = {
    name,
    hostname: name,
    kind: "vm",
    failureDomain: "free",
    role,
    region: "europe-west1",
    address: network.claim(name),
    serviceAccount: "sandbox-free@acme-hosting-sandbox.iam.gserviceaccount.com",
    containers,
  };
  const made = machines.create(spec);
  for (const { name } of containers) made.start(name);
  return made;
}

function edge(name: string, environment: Record<string, string> = AGENT): Machine {
  return machine(name, "http-serving", [
    container("node-agent", name, environment, { "/var/lib/node": "state", "/var/lib/edge": "edge" }),
    container("edge", name, { EDGE_DIRECTORY: "/var/lib/edge" }, { "/var/lib/edge": "edge" }),
  ]);
}

interface Heard {
  readonly status: number;
  readonly body: string;
}

async function ask(address: string, port: number, path: string, headers: Record<string, string> = {}): Promise<Heard> {
  return await new Promise((resolve, reject) => {
    get({ host: address, port, path, headers, agent: false, timeout: 5_000 }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    }).once("error", reject);
  });
}

async function answers(address: string, port: number): Promise<boolean> {
  return await ask(address, port, "/healthz").then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** With everything that the machine's containers say, for a test that fails. */
async function serving(made: Machine, port: number): Promise<void> {
  await until(`${made.spec.name} serving`, () => answers(made.spec.address, port), 20_000).catch((error: Error) => {
    const logs = made.spec.containers.map(({ name }) => join(directory, "logs", made.spec.name, `${name}.log`));
    const states = JSON.stringify(made.containers, null, 2);
    throw new Error([error.message, states, ...logs.map((log) => readFileSync(log, "utf8").slice(-3000))].join("\n"));
  });
}

function groupOf(made: Machine, container: string): ProcessEntry[] {
  const leader = made.containers.find(({ name }) => name === container)?.pid;
  return processTable().filter(({ group }) => group === leader);
}

function alive(entries: readonly ProcessEntry[]): number[] {
  const table = processTable();
  const runs = (one: ProcessEntry) =>
    table.some(({ pid, started, isZombie }) => pid === one.pid && started === one.started && !isZombie);
  return entries.filter(runs).map(({ pid }) => pid);
}

describe("machines with the platform's services", () => {
  let one: Machine;
  let other: Machine;
  let edges: readonly Machine[];

  beforeAll(() => {
    one = edge("edge-1");
    other = edge("edge-2");
    edges = [one, other];
  });

  it("serve side by side, on the same ports of their own addresses", async () => {
    for (const made of edges) await serving(made, EDGE_HEALTH);
    const seen = api.followers.filter(({ kind }) => kind === "edge");
    for (const { spec } of edges) expect(seen).toContainEqual({ kind: "edge", node: spec.name, from: spec.address });
    // Metrics of the agent are on the same port of both, too.
    for (const { spec } of edges) expect((await ask(spec.address, 9090, "/metrics")).status).toBe(200);
  });

  it("take users' apps with them, which the host has started in groups of their own", async () => {
    const host = machine("host-1", "container-vm-standard", [
      container("container-host", "host-1", HOST, { "/var/lib/node": "state" }),
    ]);
    await serving(host, 8091);
    const name = { "x-hosted-name": "echo.alice.apps.sandbox.test" };
    expect(await ask(host.spec.address, 8090, "/", name)).toMatchObject({ status: 200 });
    const [leader] = groupOf(host, "container-host");
    if (leader === undefined) throw new Error("no host runs");
    const apps = descendantsOf([leader], processTable());
    expect(apps.map(({ group }) => group)).not.toContain(leader.group);
    expect(alive(apps)).toHaveLength(1);

    faults = { ...NO_FAULTS, down: ["host-1"] };
    machines.applyFaults();
    await until("the host's end", () => host.containers[0]?.state === "waiting");
    expect(alive([leader, ...apps])).toEqual([]);
    faults = NO_FAULTS;
  });

  it("answer DNS with Knot, which finds its agent on the pod's address", async () => {
    const pod = machine("dns-0", "dns", [
      container("knot", "dns-0", {}, KNOT_FOLDERS),
      container("node-agent", "dns-0", NAME_SERVER, { ...KNOT_FOLDERS, "/var/lib/node": "state/agent" }),
    ]);
    await serving(pod, 8081);
    const resolver = new Resolver({ timeout: 1_000, tries: 1 });
    resolver.setServers([`${pod.spec.address}:5353`]);
    const addresses = () => resolver.resolve4("hello.alice.apps.sandbox.test").catch(() => undefined);
    expect(await until("an answer", addresses)).toEqual(["203.0.113.7"]);
    const { address, name } = pod.spec;
    expect(api.followers).toContainEqual({ kind: "dns", node: `${name}.europe-west4`, from: address });
    await pod.stop();
  });

  it("die with HAProxy's workers and come up again by themselves, while others serve on", async () => {
    const group = groupOf(one, "edge");
    // The entry point, HAProxy's master and a worker.
    expect(group.length).toBeGreaterThanOrEqual(3);
    faults = { ...NO_FAULTS, down: ["edge-1"] };
    machines.applyFaults();
    await until("the end of its processes", () => alive(group).length === 0);
    expect(await answers(one.spec.address, EDGE_HEALTH)).toBe(false);
    expect(await answers(other.spec.address, EDGE_HEALTH)).toBe(true);

    // From what is on disk: an edge needs no control plane to serve.
    await api.stop();
    faults = NO_FAULTS;
    machines.applyFaults();
    await serving(one, EDGE_HEALTH);
  });

  it("tell what the stack has not declared", async () => {
    const withoutZone = Object.fromEntries(Object.entries(AGENT).filter(([name]) => name !== "ZONE"));
    const made = edge("edge-3", withoutZone);
    const agent = () => made.containers.find(({ name }) => name === "node-agent");
    await until("its trouble", () => agent()?.trouble !== undefined);
    expect(agent()?.trouble).toMatch(/^ended with code 1: .*ZONE.*set the hosting zone/);
    await made.stop();
  });
});
