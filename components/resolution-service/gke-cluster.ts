/** The private regional GKE cluster of the resolution service in one region, and the provider of what runs on it. */
import * as gcp from "@pulumi/gcp";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config";
import { contentName, sharedRegionName } from "../../config/names";
import { labelsOf } from "../labels";
import type { Identities } from "./identities";
import { kubeconfig } from "./kubeconfig";
import { maintenanceWindow } from "./maintenance-window";
import type { RegionNetwork, ServiceNetwork } from "./network";
import { podRange, serviceRange } from "./secondary-ranges";

/** Node disk in GB: images, logs and what pods write beside their volumes. */
const NODE_DISK_GB = 50;
/** Rights come from IAM roles alone; scopes must not narrow them a second time. */
const SCOPES = ["https://www.googleapis.com/auth/cloud-platform"];
const SHIELDED = { enableSecureBoot: true, enableIntegrityMonitoring: true };

/** What a GKE cluster is built from. */
export interface GkeClusterArgs {
  readonly environment: Environment;
  readonly region: string;
  readonly network: ServiceNetwork;
  readonly regionNetwork: RegionNetwork;
  readonly identities: Identities;
}

/** Cluster, node pool and Kubernetes provider. */
export class GkeCluster extends pulumi.ComponentResource {
  readonly cluster: gcp.container.Cluster;
  readonly nodePool: gcp.container.NodePool;
  /** Creates objects in this cluster. */
  readonly provider: kubernetes.Provider;

  constructor(
    private readonly name: string,
    args: GkeClusterArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("platform:resolution:GkeCluster", name, {}, opts);
    this.cluster = this.createCluster(args);
    this.nodePool = this.createNodePool(args);
    this.provider = this.createProvider(args);
    this.registerOutputs({});
  }

  private createCluster({
    environment,
    region,
    network,
    regionNetwork,
    identities,
  }: GkeClusterArgs): gcp.container.Cluster {
    const { email } = identities.accounts.nodes;
    return new gcp.container.Cluster(
      `${this.name}-cluster`,
      {
        name: sharedRegionName(environment.name, region),
        location: region,
        network: network.networkId,
        subnetwork: regionNetwork.subnetwork.id,
        networkingMode: "VPC_NATIVE",
        ipAllocationPolicy: { clusterSecondaryRangeName: podRange, servicesSecondaryRangeName: serviceRange },
        // Dataplane V2: without it NetworkPolicies are accepted and not enforced.
        datapathProvider: "ADVANCED_DATAPATH",
        privateClusterConfig: { enablePrivateNodes: true },
        // No address of the control plane is reachable from anywhere: the DNS-based endpoint asks IAM first.
        controlPlaneEndpointsConfig: {
          dnsEndpointConfig: { allowExternalTraffic: true },
          ipEndpointsConfig: { enabled: false },
        },
        workloadIdentityConfig: { workloadPool: `${environment.project}.svc.id.goog` },
        releaseChannel: { channel: "REGULAR" },
        gatewayApiConfig: { channel: "CHANNEL_STANDARD" },
        enableShieldedNodes: true,
        enableLegacyAbac: false,
        masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
        rbacBindingConfig: {
          enableInsecureBindingSystemAuthenticated: false,
          enableInsecureBindingSystemUnauthenticated: false,
        },
        securityPostureConfig: { mode: "BASIC" },
        addonsConfig: {
          httpLoadBalancing: { disabled: false },
          horizontalPodAutoscaling: { disabled: false },
          gcePersistentDiskCsiDriverConfig: { enabled: true },
        },
        maintenancePolicy: {
          recurringWindow: maintenanceWindow(region, Object.keys(environment.resolution.regions)),
        },
        loggingConfig: { enableComponents: ["SYSTEM_COMPONENTS", "WORKLOADS"] },
        monitoringConfig: { enableComponents: ["SYSTEM_COMPONENTS"], managedPrometheus: { enabled: true } },
        resourceLabels: labelsOf({ environment: environment.name }, "gke"),
        deletionProtection: environment.production,
        // A cluster is born with a node pool. It is removed at once for one that can be changed without the cluster; until
        // then it must not run as the project's default service account, which may be disabled.
        removeDefaultNodePool: true,
        initialNodeCount: 1,
        nodeConfig: { serviceAccount: email, oauthScopes: SCOPES, shieldedInstanceConfig: SHIELDED },
      },
      {
        parent: this,
        protect: environment.production,
        dependsOn: [...identities.nodeRoles],
        // It describes the pool that is gone; what the API answers instead would replace the cluster.
        ignoreChanges: ["nodeConfig"],
      },
    );
  }

  private createNodePool({ environment, region, identities }: GkeClusterArgs): gcp.container.NodePool {
    const { machineType, min, max } = environment.resolution.nodes;
    const { email } = identities.accounts.nodes;
    const immutable = { oauthScopes: SCOPES, shieldedInstanceConfig: SHIELDED };
    return new gcp.container.NodePool(
      `${this.name}-nodes`,
      {
        // What cannot be changed in place makes a new pool, which then needs another name beside the old one.
        name: contentName("nodes", immutable),
        cluster: this.cluster.id,
        location: region,
        // Only for the first moments, then the autoscaler decides. A change would replace the pool, so it is not `min`.
        initialNodeCount: 1,
        autoscaling: { minNodeCount: min, maxNodeCount: max, locationPolicy: "BALANCED" },
        management: { autoRepair: true, autoUpgrade: true },
        // A new node is ready before an old one drains: capacity never falls during an upgrade.
        upgradeSettings: { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
        networkConfig: { enablePrivateNodes: true },
        nodeConfig: {
          ...immutable,
          machineType,
          imageType: "COS_CONTAINERD",
          diskType: "pd-balanced",
          diskSizeGb: NODE_DISK_GB,
          serviceAccount: email,
          workloadMetadataConfig: { mode: "GKE_METADATA" },
          kubeletConfig: { insecureKubeletReadonlyPortEnabled: "FALSE" },
          resourceLabels: labelsOf({ environment: environment.name }, "gke-nodes"),
        },
      },
      { parent: this },
    );
  }

  private createProvider({ environment, region }: GkeClusterArgs): kubernetes.Provider {
    const name = sharedRegionName(environment.name, region);
    const endpoint = this.cluster.controlPlaneEndpointsConfig.apply(
      ({ dnsEndpointConfig }) => dnsEndpointConfig?.endpoint ?? missingEndpoint(name),
    );
    return new kubernetes.Provider(
      `${this.name}-kubernetes`,
      {
        kubeconfig: endpoint.apply((host) => kubeconfig({ name, endpoint: host })),
        // What the cluster is, whatever way leads to it: only another cluster replaces the provider and its objects.
        clusterIdentifier: `${environment.project}/${region}/${name}`,
        enableServerSideApply: true,
        // A ConfigMap would otherwise be deleted and made anew for each added key, and be missing in between.
        enableConfigMapMutable: true,
      },
      { parent: this },
    );
  }
}

function missingEndpoint(cluster: string): never {
  throw new Error(
    `GKE cluster ${cluster} has no DNS-based endpoint; it needs controlPlaneEndpointsConfig.dnsEndpointConfig`,
  );
}
