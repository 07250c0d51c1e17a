/** The stack runs exactly these services: what it sets they read, what they need it sets, where it knocks they answer. */
import fastify, { type FastifyInstance } from "fastify";
import { clusterDocument } from "../../components/resolution-service/manifests/clusters";
import { controlApiUrl, serviceEmail } from "../../config/names";
import { clusterDocument as clusterDocumentSchema } from "../../services/contracts/cluster";
import { createHealthServer } from "../../services/node-agent/health";
import { readSettings as readAgentSettings } from "../../services/node-agent/settings";
import { createServer, type ServerDependencies } from "../../services/resolution/server";
import { readSettings as readApiSettings } from "../../services/resolution/settings";
import {
  apiPod,
  clusterOutputs,
  containerOf,
  dnsPod,
  environmentOf,
  containers,
  environments,
  referredTo,
  type Container,
} from "./agreement/stack";

/** A service of ours as the stack runs it. */
interface Service {
  readonly name: string;
  readonly container: Container;
  readonly readSettings: (environment: NodeJS.ProcessEnv) => unknown;
  /** What its probes ask, while it is ready. */
  readonly startServer: () => FastifyInstance | Promise<FastifyInstance>;
}

const services: readonly Service[] = environments.flatMap((environment) => [
  {
    name: `control API of ${environment.name}`,
    container: containerOf(apiPod(environment), "control-api"),
    readSettings: readApiSettings,
    startServer: startApi,
  },
  {
    name: `node agent of ${environment.name}`,
    container: containerOf(dnsPod(environment), "node-agent"),
    readSettings: readAgentSettings,
    startServer: () => createHealthServer(() => true),
  },
]);

/** The control API with nothing behind it but a directory that is up to date: probes ask for no more. */
function startApi(): Promise<FastifyInstance> {
  const { log } = fastify();
  return createServer({ log, directory: { isReady: true } } as unknown as ServerDependencies);
}

/** Names of the variables that settings are read from. */
function namesRead({ container, readSettings }: Service): Set<string> {
  const read = new Set<string>();
  const note = (name: string | symbol): void => void read.add(String(name));
  const watched = new Proxy(environmentOf(container), {
    get: (variables, name) => (note(name), Reflect.get(variables, name) as unknown),
    has: (variables, name) => (note(name), Reflect.has(variables, name)),
  });
  try {
    readSettings(watched);
  } catch {
    // What is wrong with values is another test's business; all of them have been looked at by now.
  }
  return read;
}

describe("environment variables", () => {
  it.each(services)("the $name accepts what the stack sets, and needs nothing else", (service) => {
    expect(() => service.readSettings(environmentOf(service.container))).not.toThrow();
  });

  const set = services.flatMap((service) =>
    Object.keys(environmentOf(service.container))
      // Node reads NODE_OPTIONS itself.
      .filter((variable) => variable !== "NODE_OPTIONS" && !referredTo(service.container).includes(variable))
      .map((variable) => ({ ...service, service, variable })),
  );
  it.each(set)("the $name reads $variable, which the stack sets", ({ service, variable }) => {
    expect([...namesRead(service)]).toContain(variable);
  });

  it.each(environments)("the callers of $name get the roles that the configuration gives them", (environment) => {
    const { operators, platform, resolvers } = environment.resolution.callers;
    const settings = readApiSettings(environmentOf(containerOf(apiPod(environment), "control-api")));
    expect(settings.identity.bindings).toEqual({ operator: operators, platform, resolver: resolvers });
    expect([operators, platform, resolvers].every((callers) => callers.length > 0)).toBe(true);
  });
});

describe("nodes", () => {
  it.each(environments)("name servers of $name have names of their own in every region", (environment) => {
    const names = Object.keys(environment.resolution.regions).map(
      (region) => readAgentSettings(environmentOf(containerOf(dnsPod(environment, region), "node-agent"))).agent.node,
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(1);
  });

  it.each(environments)("name servers of $name and the control API agree on who they are", (environment) => {
    const api = readApiSettings(environmentOf(containerOf(apiPod(environment), "control-api")));
    const agent = readAgentSettings(environmentOf(containerOf(dnsPod(environment), "node-agent"))).agent;
    expect(agent.controlApi.audience).toBe(api.identity.audience);
    expect(api.identity.audience).toBe(controlApiUrl(environment.domain));
    expect(api.identity.dnsIdentity).toBe(serviceEmail(environment.name, environment.project, "dns"));
  });
});

describe("ports", () => {
  const numbers = services.flatMap((service) =>
    service.container.ports.map(({ name, containerPort }) => ({ ...service, port: name, containerPort })),
  );
  it.each(numbers)("the $name is told to listen on its port $port", ({ container, containerPort }) => {
    const told = Object.entries(environmentOf(container)).filter(([name]) => /(^|_)PORT$/.test(name));
    expect(told.map(([, value]) => value)).toContain(String(containerPort));
  });

  const probes = containers.flatMap(({ name, container }) =>
    (["startupProbe", "livenessProbe", "readinessProbe"] as const).map((kind) => ({ name, container, kind })),
  );
  it.each(probes)("the $kind of $name knocks at a port that the container has", ({ container, kind }) => {
    const { httpGet, tcpSocket } = container[kind];
    expect(container.ports.map(({ name }) => name)).toContain((httpGet ?? tcpSocket)?.port);
  });
});

describe("probes", () => {
  const asked = services.flatMap((service) =>
    (["startupProbe", "livenessProbe", "readinessProbe"] as const).map((kind) => ({
      ...service,
      kind,
      path: service.container[kind].httpGet?.path ?? "",
    })),
  );
  it.each(asked)("the $name answers its $kind, $path, when all is well", async ({ startServer, path }) => {
    const server = await startServer();
    try {
      expect((await server.inject({ method: "GET", url: path })).statusCode).toBe(200);
    } finally {
      await server.close();
    }
  });
});

describe("directories", () => {
  const absolute = services.flatMap((service) =>
    Object.entries(environmentOf(service.container))
      .filter(([, value]) => value.startsWith("/"))
      .map(([variable, path]) => ({ ...service, variable, path })),
  );
  it.each(absolute)("$variable of the $name is on a volume", ({ container, path }) => {
    expect(container.volumeMounts.filter((mount) => isWithin(path, mount.mountPath))).toHaveLength(1);
  });

  const mounts = services.flatMap((service) =>
    service.container.volumeMounts.map((mount) => ({ ...service, mount, path: mount.mountPath })),
  );
  it.each(mounts)("the $name is told of its volume at $path", ({ container, path }) => {
    expect(Object.values(environmentOf(container)).some((value) => isWithin(value, path))).toBe(true);
  });

  it.each(environments)("agent and Knot of $name see the same configuration, zone and journal", (environment) => {
    const pod = dnsPod(environment);
    const [agent, knot] = [containerOf(pod, "node-agent"), containerOf(pod, "knot")];
    const { KNOT_CONFIG = "", KNOT_STATE_DIRECTORY = "" } = environmentOf(agent);
    for (const path of [KNOT_CONFIG, KNOT_STATE_DIRECTORY]) {
      expect(mountOf(knot, path)).toEqual(mountOf(agent, path));
      expect(mountOf(knot, path)?.readOnly).not.toBe(true);
    }
    expect(knot.args).toEqual(["--config", KNOT_CONFIG]);
  });
});

describe("cluster documents", () => {
  const all = environments.flatMap((environment) =>
    Object.entries(environment.clusters).map(([cluster, config]) => ({
      environment: environment.name,
      cluster,
      config,
    })),
  );
  it.each(all)("$cluster of $environment is described as the control API reads it", ({ cluster, config }) => {
    const document = clusterDocument(cluster, config, clusterOutputs);
    expect(clusterDocumentSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  });
});

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function mountOf({ volumeMounts }: Container, path: string): Container["volumeMounts"][number] | undefined {
  return volumeMounts.find(({ mountPath }) => isWithin(path, mountPath));
}
