import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { edgePorts, publicPorts } from "../ports";
import { labelsIn, nameIn, type ClusterScope } from "./scope";

/** What a load balancer's connections are for. Also its role in names and labels, and the name of its port. */
export type TrafficPurpose = "hosting" | "workspace";

/**
 * Seconds of silence after which the load balancer cuts a connection, and seconds that one may go on when its edge leaves.
 * - hosting: longer than edges keep idle connections, so that the one who knows HTTP closes them and no request is lost.
 * - workspace: a WebSocket is silent for as long as nobody types, so a day; edges notice dead ones by pings long before. When
 *   an edge leaves, clients get five minutes to finish what they do and reconnect.
 */
const TIMEOUTS: Readonly<Record<TrafficPurpose, { readonly idle: number; readonly draining: number }>> = {
  hosting: { idle: 650, draining: 60 },
  workspace: { idle: 86_400, draining: 300 },
};

/** Share of the edges' CPU at which the load balancer counts a zone as full and prefers another. */
const MAX_UTILIZATION = 0.8;

export interface LoadBalancerArgs {
  readonly scope: ClusterScope;
  readonly purpose: TrafficPurpose;
  /** The VPC whose proxy-only subnet the proxies take their addresses from. */
  readonly network: pulumi.Input<string>;
  /** That subnet: the forwarding rule cannot exist before it, nor be deleted after it. */
  readonly proxies: pulumi.Resource;
  /** The instance group of the edges. It must have a port of the purpose's name. */
  readonly instanceGroup: pulumi.Input<string>;
}

/**
 * A regional external proxy Network Load Balancer with an address of its own, from public port 80 to the edges. It hands over
 * TCP with a PROXY protocol header, so that edges see clients' addresses; HTTP, and later TLS, are the edges' business.
 */
export class LoadBalancer extends pulumi.ComponentResource {
  /** The public address. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:cluster:LoadBalancer", name, {}, opts);
    const { scope, purpose } = args;
    const address = new gcp.compute.Address(
      `${name}-address`,
      {
        name: nameIn(scope, purpose),
        region: scope.config.region,
        addressType: "EXTERNAL",
        networkTier: "PREMIUM",
        labels: labelsIn(scope, purpose),
      },
      // DNS names it, and answers outlive any record.
      { parent: this, protect: scope.environment.production },
    );
    this.forward(name, args, address, this.backend(name, args));
    this.address = address.address;
    this.registerOutputs({ address: this.address });
  }

  private backend(name: string, { scope, purpose, instanceGroup }: LoadBalancerArgs): gcp.compute.RegionBackendService {
    const { region } = scope.config;
    const healthCheck = new gcp.compute.RegionHealthCheck(
      `${name}-health-check`,
      {
        name: nameIn(scope, purpose),
        region,
        httpHealthCheck: { port: edgePorts.health, requestPath: "/healthz" },
        // Takes an edge out within ten seconds; autohealing is slower, so that a busy edge is spared before it is replaced.
        checkIntervalSec: 5,
        timeoutSec: 3,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        logConfig: { enable: true },
      },
      { parent: this },
    );
    return new gcp.compute.RegionBackendService(
      `${name}-backend`,
      {
        name: nameIn(scope, purpose),
        region,
        loadBalancingScheme: "EXTERNAL_MANAGED",
        protocol: "TCP",
        portName: purpose,
        timeoutSec: TIMEOUTS[purpose].idle,
        connectionDrainingTimeoutSec: TIMEOUTS[purpose].draining,
        healthChecks: healthCheck.id,
        backends: [
          { group: instanceGroup, balancingMode: "UTILIZATION", maxUtilization: MAX_UTILIZATION, capacityScaler: 1 },
        ],
      },
      { parent: this },
    );
  }

  private forward(
    name: string,
    { scope, purpose, network, proxies }: LoadBalancerArgs,
    address: gcp.compute.Address,
    backend: gcp.compute.RegionBackendService,
  ): void {
    const { region } = scope.config;
    const proxy = new gcp.compute.RegionTargetTcpProxy(
      `${name}-proxy`,
      { name: nameIn(scope, purpose), region, backendService: backend.id, proxyHeader: "PROXY_V1" },
      { parent: this },
    );
    new gcp.compute.ForwardingRule(
      `${name}-forwarding-rule`,
      {
        name: nameIn(scope, purpose),
        region,
        loadBalancingScheme: "EXTERNAL_MANAGED",
        ipProtocol: "TCP",
        portRange: String(publicPorts.http),
        ipAddress: address.address,
        networkTier: "PREMIUM",
        network,
        target: proxy.id,
        labels: labelsIn(scope, purpose),
      },
      { parent: this, dependsOn: [proxies] },
    );
  }
}
