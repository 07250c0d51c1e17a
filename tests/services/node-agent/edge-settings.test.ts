/** An edge's settings, and that the stack gives what they need. */
import { readEnvironmentFile } from "../../../config";
import { edgeAgentEnvironment } from "../../../components/cluster/machine-containers";
import { scopeOf } from "../../../components/cluster/scope";
import { edgePorts, hostPorts, publicPorts } from "../../../components/ports";
import { edgeSettingsOf, readEdgeVariables, variables as read } from "../../../services/node-agent/kinds/edge";
import { readSettings } from "../../../services/node-agent/settings";
import { committedFile } from "../../support/environments";

const environment = readEnvironmentFile(committedFile("prod"));
const [[cluster, config] = never()] = Object.entries(environment.clusters);
const variables = edgeAgentEnvironment(scopeOf(environment, cluster, config));

function never(): never {
  throw new Error("there is no cluster");
}

function mistakes(changed: Record<string, string | undefined>): string[] {
  try {
    readSettings({ ...variables, ...changed });
    return [];
  } catch (error) {
    return (error as Error).message.split("\n");
  }
}

it("are read from what the stack gives, with nothing left over and the machine's name", () => {
  const settings = readSettings(variables);
  expect(settings).toMatchObject({ kind: "edge", leaveOnStop: true, agent: { cluster, environment: "prod" } });
  expect(settings.agent.node).not.toBe("");
  const unread = Object.keys(variables).filter((name) => !(name in read) && name !== "NODE_KIND");
  expect(unread).toEqual([]);
});

it("have the ports of the stack, siblings' being those of their load balancers", () => {
  const known = readEdgeVariables({ ...variables });
  expect(edgeSettingsOf(known, { hopKeys: ["k"], workspaceTokenKeys: ["k"] })).toMatchObject({
    cluster,
    zone: environment.domain.zone,
    bindAddress: "0.0.0.0",
    acceptProxyHeader: true,
    ports: {
      hosting: edgePorts.hosting,
      workspace: edgePorts.workspace,
      health: edgePorts.health,
      hostApps: hostPorts.apps,
      hostHealth: hostPorts.health,
      sibling: publicPorts.http,
    },
  });
});

it.each<[Record<string, string | undefined>, string]>([
  [{ CLUSTER: undefined }, "CLUSTER is not set: set the name of the cluster that this edge belongs to"],
  [
    { COMPUTE_ZONES: "a,,b" },
    'COMPUTE_ZONES is "a,,b": set the zones of the cluster\'s container VMs, separated by commas',
  ],
  [{ BIND_ADDRESS: "localhost" }, 'BIND_ADDRESS is "localhost": set the address that HAProxy listens at'],
  [{ HOSTING_PORT: "80000" }, 'HOSTING_PORT is "80000": set a port, 1 to 65535'],
  [{ SIBLING_PORT: "0" }, 'SIBLING_PORT is "0": set a port, 1 to 65535'],
  [
    { EDGE_HOP_KEY_FILE: "/key" },
    "EDGE_HOP_KEY_SECRET, EDGE_HOP_KEY_FILE: both are set; set exactly one, in production the secret",
  ],
  [
    { WORKSPACE_TOKEN_KEY_SECRET: undefined },
    "WORKSPACE_TOKEN_KEY_SECRET, WORKSPACE_TOKEN_KEY_FILE: neither is set; set exactly one, in production the secret",
  ],
])("name what is wrong: %j", (changed, message) => {
  expect(mistakes(changed)).toEqual([message]);
});
