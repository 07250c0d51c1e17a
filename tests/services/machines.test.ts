/** Clusters' machines run exactly these services: what the stack tells them they read, and where it knocks they listen. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { edgePorts, hostPorts } from "../../components/ports";
import { readSettings as readHostSettings } from "../../services/container-host/settings";
import { edgeConfig } from "../../services/node-agent/haproxy/config";
import { edgeSettingsOf, readEdgeVariables } from "../../services/node-agent/kinds/edge";
import { readSettings as readAgentSettings } from "../../services/node-agent/settings";
import { REPOSITORY } from "../support/environments";
import { machineContainers, running } from "./agreement/machines";

/** Compute Engine cuts a machine's power so long after it asked. */
const POWER_CUT_SECONDS = 90;
const ENTRYPOINT = readFileSync(join(REPOSITORY, "services", "edge", "entrypoint.sh"), "utf8");
/** What reads the environment of a container, by its image. */
const READERS: Readonly<Record<string, (environment: NodeJS.ProcessEnv) => unknown>> = {
  "node-agent": readAgentSettings,
  "container-host": readHostSettings,
};
const services = machineContainers.flatMap((machine) => {
  const read = READERS[machine.image];
  return read === undefined ? [] : [{ ...machine, read }];
});
const agents = running("node-agent");
const edges = running("edge");
const hosts = running("container-host");

/** Names of the variables that are looked at, whether they are set or not. */
function namesRead(read: (environment: NodeJS.ProcessEnv) => unknown, environment: NodeJS.ProcessEnv): Set<string> {
  const names = new Set<string>();
  read(
    new Proxy(environment, {
      get: (variables, name) => (names.add(String(name)), Reflect.get(variables, name) as unknown),
    }),
  );
  return names;
}

/** HAProxy's configuration as the agent beside it writes it. */
function configurationBy({ container }: (typeof agents)[number]): string {
  const keys = { hopKeys: ["k".repeat(32)], workspaceTokenKeys: ["k".repeat(32)] };
  return edgeConfig(edgeSettingsOf(readEdgeVariables(container.environment), keys), [], []);
}

it("machines run an agent, a HAProxy and container hosts", () => {
  for (const some of [agents, edges, hosts]) expect(some.length).toBeGreaterThan(0);
  expect(agents.length + edges.length + hosts.length).toBe(machineContainers.length);
});

describe("environment variables", () => {
  it.each(services)("the $name accepts what the stack sets, and needs nothing else", ({ read, container }) => {
    expect(() => read(container.environment)).not.toThrow();
  });

  it.each(services)("the $name reads all that the stack sets", ({ read, container }) => {
    const names = namesRead(read, container.environment);
    const unread = Object.keys(container.environment).filter((name) => !names.has(name));
    // Node reads that one itself.
    expect(unread.filter((name) => name !== "NODE_OPTIONS")).toEqual([]);
  });

  it.each(edges)("the $name reads all that the stack sets", ({ container }) => {
    for (const name of Object.keys(container.environment)) expect(ENTRYPOINT).toContain(`\${${name}:?`);
  });
});

describe("ports", () => {
  it.each(agents)("the $name makes HAProxy listen on every port of its container, and on no other", (agent) => {
    const bound = [...configurationBy(agent).matchAll(/^\s*bind \S+:(\d+)/gm)].map(([, port]) => Number(port));
    const edge = agent.machine.find(({ name }) => name === "edge");
    expect([...new Set(bound)].sort()).toEqual([...(edge?.ports ?? [])].sort());
    expect(edge?.ports).toEqual(Object.values(edgePorts));
  });

  it.each(hosts)("the $name listens where edges and health checks knock", ({ container }) => {
    const settings = readHostSettings(container.environment);
    expect([settings.appsPort, settings.agent.healthPort]).toEqual([hostPorts.apps, hostPorts.health]);
    expect(container.ports).toEqual(Object.values(hostPorts));
  });

  it.each(agents)("the $name sends requests and checks to the ports of container hosts", ({ container }) => {
    const { ports } = edgeSettingsOf(readEdgeVariables(container.environment), { hopKeys: [], workspaceTokenKeys: [] });
    expect([ports.hostApps, ports.hostHealth]).toEqual([hostPorts.apps, hostPorts.health]);
  });

  it.each(agents)("the $name has HAProxy expect the header that load balancers begin connections with", (agent) => {
    const configuration = configurationBy(agent);
    for (const port of [edgePorts.hosting, edgePorts.workspace]) {
      expect(configuration).toMatch(new RegExp(`bind \\S+:${port} accept-proxy`));
    }
    expect(configuration).not.toMatch(new RegExp(`bind \\S+:${edgePorts.health} accept-proxy`));
  });
});

describe("directories", () => {
  const named = machineContainers.flatMap((machine) =>
    Object.entries(machine.container.environment)
      .filter(([, value]) => value.startsWith("/"))
      .map(([variable, path]) => ({ ...machine, variable, path })),
  );

  it.each(named)("$variable of the $name can be written", ({ container, path }) => {
    expect(Object.keys(container.writableDirectories ?? {})).toContain(path);
  });

  it.each(edges)("the $name sees the directory of its agent", ({ container, machine }) => {
    const { EDGE_DIRECTORY = "" } = container.environment;
    const agent = machine.find(({ name }) => name === "node-agent");
    expect(container.writableDirectories?.[EDGE_DIRECTORY]).toBeDefined();
    expect(agent?.environment.EDGE_DIRECTORY).toBe(EDGE_DIRECTORY);
    expect(agent?.writableDirectories?.[EDGE_DIRECTORY]).toBe(container.writableDirectories?.[EDGE_DIRECTORY]);
  });
});

describe("stopping", () => {
  it.each(agents)("HAProxy beside the $name is done before it is killed", (agent) => {
    const notice = Number(/EDGE_NOTICE_SECONDS:-(\d+)/.exec(ENTRYPOINT)?.[1]);
    const drain = Number(/^\s*hard-stop-after (\d+)s$/m.exec(configurationBy(agent))?.[1]);
    const edge = agent.machine.find(({ name }) => name === "edge");
    expect(notice + drain).toBeLessThan(edge?.stopTimeoutSeconds ?? 0);
  });

  it.each(agents)("the $name outlasts the HAProxy beside it, and ends before it is killed itself", (agent) => {
    const { outlastMs, stopMs } = readAgentSettings(agent.container.environment).patience;
    const edge = agent.machine.find(({ name }) => name === "edge");
    expect(outlastMs / 1000).toBeGreaterThan(edge?.stopTimeoutSeconds ?? Infinity);
    // To say that the edge is gone.
    expect(stopMs - outlastMs).toBeGreaterThanOrEqual(5_000);
    expect(stopMs / 1000).toBeLessThan(agent.container.stopTimeoutSeconds ?? 0);
    expect(agent.container.stopTimeoutSeconds).toBeLessThan(POWER_CUT_SECONDS);
  });

  it.each(hosts)("the $name is done before it is killed", ({ container }) => {
    const { noticeMs, drainMs, stopMs } = readHostSettings(container.environment);
    expect((noticeMs + drainMs + stopMs) / 1000).toBeLessThan(container.stopTimeoutSeconds ?? 0);
  });
});
