/** The smallest inputs that the local provider accepts, per resource type of Google Cloud. */
import type { Properties } from "../../sandbox/provider/values";

export const PROJECT = "acme";
export const REGION = "europe-west4";

const regional = (collection: string, name: string) => `projects/${PROJECT}/regions/${REGION}/${collection}/${name}`;
const network = `projects/${PROJECT}/global/networks/net`;
const account = `projects/${PROJECT}/serviceAccounts/robot-1@${PROJECT}.iam.gserviceaccount.com`;
const member = `serviceAccount:robot-1@${PROJECT}.iam.gserviceaccount.com`;
const role = "roles/logging.logWriter";
const vm = {
  machineType: "n2-standard-4",
  disks: [{ boot: true, sourceImage: "cos-cloud/cos-stable" }],
  networkInterfaces: [{ subnetwork: regional("subnetworks", "sub") }],
};
const secret = `projects/${PROJECT}/secrets/token`;
const regionalSecret = `projects/${PROJECT}/locations/${REGION}/secrets/token`;

export const SAMPLES: Readonly<Record<string, Properties>> = {
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": { repository: "images", role, member },
  "gcp:certificatemanager/certificate:Certificate": { name: "cert", managed: { domains: ["api.example.com"] } },
  "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": { name: "auth", domain: "api.example.com" },
  "gcp:compute/address:Address": { name: "addr" },
  "gcp:compute/backendService:BackendService": { name: "global-backend" },
  "gcp:compute/firewall:Firewall": {
    name: "fw",
    network,
    allows: [{ protocol: "tcp", ports: ["443"] }],
    sourceRanges: ["10.0.0.0/8"],
  },
  "gcp:compute/forwardingRule:ForwardingRule": {
    name: "rule",
    loadBalancingScheme: "EXTERNAL_MANAGED",
    target: regional("targetTcpProxies", "proxy"),
    portRange: "443",
    network,
  },
  "gcp:compute/globalAddress:GlobalAddress": { name: "global-addr" },
  "gcp:compute/globalForwardingRule:GlobalForwardingRule": { name: "global-rule", target: "proxy" },
  "gcp:compute/healthCheck:HealthCheck": { name: "global-check", tcpHealthCheck: { port: 80 } },
  "gcp:compute/instance:Instance": {
    name: "vm",
    zone: `${REGION}-a`,
    machineType: vm.machineType,
    bootDisk: {},
    networkInterfaces: vm.networkInterfaces,
  },
  "gcp:compute/instanceTemplate:InstanceTemplate": { name: "global-template", ...vm },
  "gcp:compute/network:Network": { name: "net", autoCreateSubnetworks: false },
  "gcp:compute/regionAutoscaler:RegionAutoscaler": {
    name: "scaler",
    target: regional("instanceGroupManagers", "group"),
    autoscalingPolicy: { minReplicas: 1, maxReplicas: 3, cpuUtilization: { target: 0.6 } },
  },
  "gcp:compute/regionBackendService:RegionBackendService": {
    name: "backend",
    loadBalancingScheme: "EXTERNAL_MANAGED",
    protocol: "TCP",
    healthChecks: regional("healthChecks", "check"),
    backends: [{ group: regional("instanceGroups", "group"), balancingMode: "UTILIZATION", capacityScaler: 1 }],
  },
  "gcp:compute/regionHealthCheck:RegionHealthCheck": { name: "check", tcpHealthCheck: { port: 443 } },
  "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": {
    name: "group",
    baseInstanceName: "group",
    versions: [{ instanceTemplate: regional("instanceTemplates", "template") }],
  },
  "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": { name: "template", ...vm },
  "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy": { name: "armor" },
  "gcp:compute/regionSslPolicy:RegionSslPolicy": { name: "tls", profile: "RESTRICTED", minTlsVersion: "TLS_1_2" },
  "gcp:compute/regionTargetHttpProxy:RegionTargetHttpProxy": { name: "http", urlMap: regional("urlMaps", "map") },
  "gcp:compute/regionTargetTcpProxy:RegionTargetTcpProxy": {
    name: "proxy",
    backendService: regional("backendServices", "backend"),
  },
  "gcp:compute/regionUrlMap:RegionUrlMap": { name: "map", defaultService: regional("backendServices", "backend") },
  "gcp:compute/router:Router": { name: "router", network },
  "gcp:compute/routerNat:RouterNat": {
    name: "nat",
    router: "router",
    sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
    natIpAllocateOption: "AUTO_ONLY",
  },
  "gcp:compute/subnetwork:Subnetwork": { name: "sub", network, ipCidrRange: "10.0.0.0/20" },
  "gcp:container/cluster:Cluster": { name: "gke", initialNodeCount: 1 },
  "gcp:container/nodePool:NodePool": { name: "nodes", cluster: `projects/${PROJECT}/locations/${REGION}/clusters/gke` },
  "gcp:dns/managedZone:ManagedZone": { name: "zone", dnsName: "example.com." },
  "gcp:dns/recordSet:RecordSet": {
    name: "api.example.com.",
    managedZone: "zone",
    type: "A",
    ttl: 60,
    rrdatas: ["203.0.113.7"],
  },
  "gcp:monitoring/alertPolicy:AlertPolicy": {
    displayName: "alert",
    combiner: "OR",
    conditions: [
      {
        displayName: "down",
        conditionThreshold: { comparison: "COMPARISON_LT", duration: "60s", filter: 'resource.type = "gce_instance"' },
      },
    ],
  },
  "gcp:monitoring/notificationChannel:NotificationChannel": {
    type: "email",
    labels: { email_address: "a@example.com" },
  },
  "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": {
    displayName: "up",
    timeout: "5s",
    period: "60s",
    httpCheck: { path: "/" },
    monitoredResource: { type: "uptime_url", labels: { host: "example.com" } },
  },
  "gcp:projects/iAMBinding:IAMBinding": { project: PROJECT, role, members: [member] },
  "gcp:projects/iAMCustomRole:IAMCustomRole": {
    roleId: "reader",
    title: "Reader",
    permissions: ["compute.instances.get"],
  },
  "gcp:projects/iAMMember:IAMMember": { project: PROJECT, role, member },
  "gcp:projects/service:Service": { service: "compute.googleapis.com" },
  "gcp:secretmanager/regionalSecret:RegionalSecret": { secretId: "token", location: REGION },
  "gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember": { secretId: regionalSecret, role, member },
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion": { secret: regionalSecret, secretData: "s3cret" },
  "gcp:secretmanager/secret:Secret": { secretId: "token", replication: { auto: {} } },
  "gcp:secretmanager/secretIamMember:SecretIamMember": { secretId: secret, role, member },
  "gcp:secretmanager/secretVersion:SecretVersion": { secret, secretData: "s3cret" },
  "gcp:serviceaccount/account:Account": { accountId: "robot-1" },
  "gcp:serviceaccount/iAMMember:IAMMember": { serviceAccountId: account, role, member },
  "gcp:serviceaccount/key:Key": { serviceAccountId: account },
  "gcp:servicenetworking/connection:Connection": {
    network,
    service: "servicenetworking.googleapis.com",
    reservedPeeringRanges: ["range"],
  },
  "gcp:sql/database:Database": { name: "app", instance: "db" },
  "gcp:sql/databaseInstance:DatabaseInstance": {
    name: "db",
    databaseVersion: "POSTGRES_17",
    settings: { tier: "db-custom-2-8192" },
  },
  "gcp:sql/user:User": { name: "app", instance: "db", type: "BUILT_IN", password: "s3cret" },
};

/** The real provider's ids of {@link SAMPLES}, where they do not contain a generated number. */
export const IDS: Readonly<Record<string, string>> = {
  "gcp:compute/address:Address": regional("addresses", "addr"),
  "gcp:compute/firewall:Firewall": `projects/${PROJECT}/global/firewalls/fw`,
  "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": regional("instanceTemplates", "template"),
  "gcp:compute/routerNat:RouterNat": `${PROJECT}/${REGION}/router/nat`,
  "gcp:compute/instance:Instance": `projects/${PROJECT}/zones/${REGION}-a/instances/vm`,
  "gcp:container/nodePool:NodePool": `projects/${PROJECT}/locations/${REGION}/clusters/gke/nodePools/nodes`,
  "gcp:dns/recordSet:RecordSet": `projects/${PROJECT}/managedZones/zone/rrsets/api.example.com./A`,
  "gcp:certificatemanager/certificate:Certificate": `projects/${PROJECT}/locations/global/certificates/cert`,
  "gcp:projects/iAMMember:IAMMember": `${PROJECT}/${role}/${member}`,
  "gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember": `${regionalSecret}/${role}/${member}`,
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion": `${regionalSecret}/versions/1`,
  "gcp:serviceaccount/account:Account": account,
  "gcp:sql/databaseInstance:DatabaseInstance": `projects/${PROJECT}/instances/db`,
};
