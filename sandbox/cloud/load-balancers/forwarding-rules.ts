/** Regional proxy Network Load Balancers: forwarding rule, target proxy, backend service, instances. Pure. */
import { z } from "zod";
import { sameLink, shortName } from "../../gcp/links";
import type { CloudRecord } from "../../provider/store";
import { text } from "../../provider/values";
import type { Instance } from "../context";
import type { ResourceName } from "../controller";
import { accepted, Refusal } from "../kubernetes/refusal";
import type { Backend, HealthCheck, Interpreted, LoadBalancer, Server } from "./plan";
import {
  gateOf,
  HEALTH_CHECK_RANGES,
  interpreted,
  neededRecord,
  proxyRange,
  throughGate,
  type Surroundings,
} from "./surroundings";
import { TYPES } from "./types";

const SCHEME = z.literal("EXTERNAL_MANAGED", { error: "the sandbox emulates EXTERNAL_MANAGED only" });
const named = {
  name: z.string(),
  region: z.string(),
  description: z.string().optional(),
  project: z.string().optional(),
};

const forwardingRule = z.strictObject({
  ...named,
  loadBalancingScheme: SCHEME,
  ipProtocol: z.literal("TCP"),
  ipAddress: z.string(),
  portRange: z.string().regex(/^(\d+)(-\1)?$/, { error: "must be one port" }),
  target: z.string(),
  network: z.string(),
  // Neither has an effect on one machine.
  networkTier: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
});

const targetTcpProxy = z.strictObject({
  ...named,
  backendService: z.string(),
  proxyHeader: z.enum(["NONE", "PROXY_V1"]).default("NONE"),
});

const backendService = z.strictObject({
  ...named,
  loadBalancingScheme: SCHEME,
  protocol: z.literal("TCP"),
  sessionAffinity: z.literal("NONE").optional(),
  portName: z.string(),
  timeoutSec: z.number().default(30),
  connectionDrainingTimeoutSec: z.number().default(300),
  healthChecks: z.string(),
  logConfig: z.unknown().optional(),
  backends: z
    .array(
      z.strictObject({
        group: z.string(),
        // How full zones are is of no account on one machine.
        balancingMode: z.enum(["UTILIZATION", "CONNECTION"]).optional(),
        maxUtilization: z.number().optional(),
        maxConnections: z.number().optional(),
        maxConnectionsPerInstance: z.number().optional(),
        capacityScaler: z.number().default(1),
      }),
    )
    .default([]),
});

const healthCheck = z.strictObject({
  ...named,
  checkIntervalSec: z.number().default(5),
  timeoutSec: z.number().default(5),
  healthyThreshold: z.number().default(2),
  unhealthyThreshold: z.number().default(2),
  logConfig: z.unknown().optional(),
  httpHealthCheck: z.strictObject({
    port: z.number().default(80),
    requestPath: z.string().startsWith("/").default("/"),
    host: z.string().optional(),
    portSpecification: z.literal("USE_FIXED_PORT").optional(),
    proxyHeader: z.literal("NONE").optional(),
  }),
});

type BackendService = z.output<typeof backendService>;

interface Asked {
  readonly check: HealthCheck;
  readonly port: number;
}

/** All of them. */
export function forwardingRules(surroundings: Surroundings): Interpreted[] {
  return surroundings.records.google(TYPES.forwardingRule).map((record) => {
    const resource = { scope: "gcp", type: record.type, id: record.id };
    return interpreted(resource, () => interpretRule(surroundings, resource, record));
  });
}

function interpretRule(surroundings: Surroundings, resource: ResourceName, record: CloudRecord): LoadBalancer {
  const rule = accepted(forwardingRule, record.inputs);
  const { records, network } = surroundings;
  const proxies = proxyRange(surroundings, rule.network, rule.region);
  const address = reservedAddress(surroundings, rule.ipAddress, rule.region);
  const proxy = accepted(targetTcpProxy, neededRecord(records, TYPES.targetTcpProxy, rule.target).inputs);
  const service = accepted(backendService, neededRecord(records, TYPES.backendService, proxy.backendService).inputs);
  const troubles: string[] = [];
  const asked = healthCheckOf(surroundings, service);
  const servers = serversOf(surroundings, service, asked.port, proxies, troubles);
  const backend: Backend = {
    name: rule.name,
    servers,
    healthCheck: asked.check,
    proxyHeader: proxy.proxyHeader === "PROXY_V1",
    idleSeconds: service.timeoutSec,
    drainSeconds: service.connectionDrainingTimeoutSec,
  };
  const listen = [{ host: address, port: network.port(Number.parseInt(rule.portRange, 10)) }];
  return {
    resource,
    unit: rule.name,
    failureDomain: rule.labels["failure-domain"] ?? rule.name,
    role: rule.labels.role ?? rule.name,
    region: rule.region,
    address,
    frontends: [{ kind: "tcp", name: rule.name, listen, backend }],
    troubles,
  };
}

/** A rule's address, which is given as such or as a link; it must be reserved in the region. */
function reservedAddress({ records }: Surroundings, wanted: string, region: string): string {
  const found = records.google(TYPES.address).find(({ id, outputs }) => {
    return (outputs.address === wanted || sameLink(id, wanted)) && outputs.region === region;
  });
  if (found !== undefined) return text(found.outputs.address);
  throw new Refusal(`${wanted} is no reserved address of ${region}`);
}

function healthCheckOf({ records }: Surroundings, service: BackendService): Asked {
  const record = neededRecord(records, TYPES.healthCheck, service.healthChecks);
  const { httpHealthCheck, ...times } = accepted(healthCheck, record.inputs);
  const check: HealthCheck = {
    path: httpHealthCheck.requestPath,
    ...(httpHealthCheck.host !== undefined && { host: httpHealthCheck.host }),
    interval: times.checkIntervalSec,
    timeout: times.timeoutSec,
    healthy: times.healthyThreshold,
    unhealthy: times.unhealthyThreshold,
  };
  return { check, port: httpHealthCheck.port };
}

/** The instances that may get new connections; those that are about to go drain. */
function serversOf(
  surroundings: Surroundings,
  { backends, portName }: BackendService,
  healthPort: number,
  proxies: string,
  troubles: string[],
): Server[] {
  const inUse = backends.filter(({ capacityScaler }) => capacityScaler > 0);
  if (inUse.length === 0) troubles.push("no instance group is in use");
  return inUse.flatMap(({ group }) => {
    const instances = surroundings.instances
      .inGroup(group)
      .filter(({ status, accepting }) => status === "RUNNING" && accepting);
    if (instances.length === 0) troubles.push(`${shortName(group)} has no running instance`);
    return instances.flatMap((instance) => {
      const port = instance.namedPorts[portName];
      if (port !== undefined) return [serverOf(surroundings, instance, port, healthPort, proxies, troubles)];
      troubles.push(`${shortName(group)} has no port named ${portName}`);
      return [];
    });
  });
}

function serverOf(
  surroundings: Surroundings,
  instance: Instance,
  port: number,
  healthPort: number,
  proxies: string,
  troubles: string[],
): Server {
  const { name, address: host } = instance;
  const gate = gateOf(surroundings, instance);
  const serving = throughGate(surroundings, gate, { host, port }, [proxies]);
  const health = throughGate(surroundings, gate, { host, port: healthPort }, HEALTH_CHECK_RANGES);
  troubles.push(...[...serving.troubles, ...health.troubles].map((reason) => `${name}: ${reason}`));
  return { name, endpoint: serving.endpoint, health: health.endpoint };
}
