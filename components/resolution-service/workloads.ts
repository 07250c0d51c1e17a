/** What runs on the GKE cluster of one region. The objects' contents are in manifests/; here they are registered. */
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config";
import { serviceEmail } from "../../config/names";
import type { ClusterOutputs } from "../cluster-outputs";
import type { DatabaseEndpoint } from "./database";
import { apiAutoscaler, apiDeployment, apiDisruptionBudget, apiService } from "./manifests/api";
import { clustersConfigMap } from "./manifests/clusters";
import { dnsDisruptionBudget, dnsServices, dnsStatefulSet } from "./manifests/dns";
import { agentVariables, apiVariables } from "./manifests/environment";
import { gatewayObjects, type CustomObject, type GatewayReferences } from "./manifests/gateway";
import { metadataOf, NAMESPACE, objectLabels, serviceAccountOf, type Workload } from "./manifests/metadata";
import { podMonitoring } from "./manifests/monitoring";
import { networkPolicies } from "./manifests/network-policies";

/**
 * How long an update waits for a workload's pods: the autoscaler may have to add nodes, images are pulled, and the first
 * name server fetches the whole zone.
 */
const READY_TIMEOUT = "15m";

/** What the objects are made from. */
export interface WorkloadsArgs {
  readonly environment: Environment;
  readonly region: string;
  readonly clusters: Readonly<Record<string, pulumi.Input<ClusterOutputs>>>;
  readonly database: DatabaseEndpoint;
  readonly gateway: GatewayReferences;
  /** Address of the region's name server. */
  readonly dnsAddress: pulumi.Input<string>;
  /** Value of the agents' variable `NAME_SERVERS`. */
  readonly nameServers: pulumi.Input<string>;
  /** Resource name of the TSIG key's version. */
  readonly updateKeyVersion: pulumi.Input<string>;
  /** Nodes to run on; the objects also go before they do. */
  readonly nodes: pulumi.Resource;
  /** The subnet that the Gateway's proxies need. */
  readonly proxies: pulumi.Resource;
  /** Rights and users without which the pods do not get ready. */
  readonly access: readonly pulumi.Resource[];
  /** What runs in the region before this one: a release that does not get ready there goes no further. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Namespace, control API and name servers. An update waits for Deployment, StatefulSet and Services to be ready, because
 * the zone's delegation follows, and a release that does not start must fail the update.
 */
export class Workloads extends pulumi.ComponentResource {
  /** What runs pods; each is ready before an update goes on to what depends on it. */
  readonly running: readonly pulumi.Resource[];
  private readonly environment: Environment;
  private readonly namespace: kubernetes.core.v1.Namespace;

  constructor(
    private readonly name: string,
    args: WorkloadsArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("platform:resolution:Workloads", name, {}, opts);
    this.environment = args.environment;
    this.namespace = this.createNamespace(args);
    // In place before the first pod is, so that none runs unrestricted.
    const policies = this.networkPolicies(args);
    this.running = [this.api(args, policies), this.nameServers(args, policies)];
    this.gateway(args);
    this.registerOutputs({});
  }

  private createNamespace({ nodes }: WorkloadsArgs): kubernetes.core.v1.Namespace {
    const labels = { ...objectLabels(this.environment), "pod-security.kubernetes.io/enforce": "restricted" };
    return new kubernetes.core.v1.Namespace(
      `${this.name}-namespace`,
      { metadata: { name: NAMESPACE, labels } },
      { parent: this, dependsOn: [nodes] },
    );
  }

  private networkPolicies({ environment, region }: WorkloadsArgs): pulumi.Resource[] {
    return Object.entries(networkPolicies(environment, region)).map(
      ([role, policy]) => new kubernetes.networking.v1.NetworkPolicy(`${this.name}-${role}`, policy, this.options()),
    );
  }

  private api(args: WorkloadsArgs, policies: pulumi.Resource[]): pulumi.Resource {
    const { environment, region, clusters, database } = args;
    const dnsIdentity = serviceEmail(environment.name, environment.project, "dns");
    const account = this.serviceAccount("api");
    const config = new kubernetes.core.v1.ConfigMap(
      `${this.name}-clusters`,
      clustersConfigMap(environment, clusters),
      this.options(),
    );
    const deployment = new kubernetes.apps.v1.Deployment(
      `${this.name}-api`,
      apiDeployment(environment, apiVariables(environment, region, { database, dnsIdentity })),
      this.runningOptions([account, config, ...policies, ...args.access, ...args.after]),
    );
    new kubernetes.core.v1.Service(`${this.name}-api-service`, apiService(environment), this.options());
    new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
      `${this.name}-api-autoscaler`,
      apiAutoscaler(environment),
      this.options([deployment]),
    );
    new kubernetes.policy.v1.PodDisruptionBudget(
      `${this.name}-api-disruption-budget`,
      apiDisruptionBudget(environment),
      this.options(),
    );
    this.custom("api-monitoring", podMonitoring(environment, "api"));
    return deployment;
  }

  private nameServers(args: WorkloadsArgs, policies: pulumi.Resource[]): pulumi.Resource {
    const { environment, region, dnsAddress, nameServers, updateKeyVersion } = args;
    const account = this.serviceAccount("dns");
    const statefulSet = new kubernetes.apps.v1.StatefulSet(
      `${this.name}-dns`,
      dnsStatefulSet(environment, agentVariables(environment, region, { nameServers, updateKeyVersion })),
      this.runningOptions([account, ...policies, ...args.access, ...args.after]),
    );
    for (const [protocol, service] of Object.entries(dnsServices(environment, dnsAddress))) {
      new kubernetes.core.v1.Service(`${this.name}-dns-${protocol}`, service, this.options());
    }
    new kubernetes.policy.v1.PodDisruptionBudget(
      `${this.name}-dns-disruption-budget`,
      dnsDisruptionBudget(environment),
      this.options(),
    );
    this.custom("dns-monitoring", podMonitoring(environment, "dns"));
    return statefulSet;
  }

  private gateway({ environment, gateway, proxies }: WorkloadsArgs): void {
    for (const [role, object] of Object.entries(gatewayObjects(environment, gateway))) {
      this.custom(`api-${role}`, object, [proxies]);
    }
  }

  private serviceAccount(workload: Workload): kubernetes.core.v1.ServiceAccount {
    const { name, project } = this.environment;
    return new kubernetes.core.v1.ServiceAccount(
      `${this.name}-${workload}-account`,
      {
        metadata: {
          ...metadataOf(this.environment, serviceAccountOf(workload), workload),
          annotations: { "iam.gke.io/gcp-service-account": serviceEmail(name, project, workload) },
        },
        automountServiceAccountToken: false,
      },
      this.options(),
    );
  }

  private custom(role: string, object: CustomObject, dependsOn: pulumi.Resource[] = []): void {
    new kubernetes.apiextensions.CustomResource(`${this.name}-${role}`, object, this.options(dependsOn));
  }

  private options(dependsOn: pulumi.Resource[] = []): pulumi.CustomResourceOptions {
    return { parent: this, dependsOn: [this.namespace, ...dependsOn] };
  }

  private runningOptions(dependsOn: pulumi.Resource[]): pulumi.CustomResourceOptions {
    return { ...this.options(dependsOn), customTimeouts: { create: READY_TIMEOUT, update: READY_TIMEOUT } };
  }
}
