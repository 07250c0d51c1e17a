/** Resources that have no place in the shared stack of `prod`. */
import * as gcp from "@pulumi/gcp";
import * as kubernetes from "@pulumi/kubernetes";
import { labelsOf } from "../../../components/labels";
import type { Examples, Providers } from "./example";

const REGION = "europe-west1";
const labels = labelsOf({ environment: "prod" }, "example");

interface DatabaseChanges {
  readonly args?: Partial<gcp.sql.DatabaseInstanceArgs>;
  readonly ip?: Partial<gcp.types.input.sql.DatabaseInstanceSettingsIpConfiguration>;
  readonly backup?: Partial<gcp.types.input.sql.DatabaseInstanceSettingsBackupConfiguration>;
}

function database(name: string, { args = {}, ip = {}, backup = {} }: DatabaseChanges, { google }: Providers): void {
  new gcp.sql.DatabaseInstance(
    name,
    {
      name,
      region: REGION,
      databaseVersion: "POSTGRES_16",
      deletionProtection: true,
      settings: {
        tier: "db-custom-2-7680",
        edition: "ENTERPRISE",
        deletionProtectionEnabled: true,
        userLabels: labels,
        ipConfiguration: {
          ipv4Enabled: false,
          privateNetwork: "projects/acme-hosting-prod/global/networks/prod-shared",
          sslMode: "ENCRYPTED_ONLY",
          ...ip,
        },
        backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true, ...backup },
      },
      ...args,
    },
    { provider: google, protect: true },
  );
}

function cluster(name: string, changed: Partial<gcp.container.ClusterArgs>, { google }: Providers): void {
  new gcp.container.Cluster(
    name,
    {
      name,
      location: REGION,
      network: "projects/acme-hosting-prod/global/networks/prod-shared",
      subnetwork: "prod-shared-nodes",
      removeDefaultNodePool: true,
      initialNodeCount: 1,
      privateClusterConfig: {
        enablePrivateNodes: true,
        enablePrivateEndpoint: true,
        masterIpv4CidrBlock: "172.16.0.0/28",
      },
      masterAuthorizedNetworksConfig: {},
      workloadIdentityConfig: { workloadPool: "acme-hosting-prod.svc.id.goog" },
      releaseChannel: { channel: "REGULAR" },
      resourceLabels: labels,
      ...changed,
    },
    { provider: google },
  );
}

type Container = kubernetes.types.input.core.v1.Container;

const unprobed: Container = {
  name: "main",
  image: "europe-docker.pkg.dev/acme-hosting-prod/platform/control-api:2026.11.0",
  securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
  resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "128Mi" } },
};
const probe = { httpGet: { path: "/healthz", port: 8080 } };
const sound: Container = { ...unprobed, readinessProbe: probe, livenessProbe: probe };

function deployment(name: string, container: Container, { cluster: provider }: Providers): void {
  const metadata = { name, namespace: "default", labels: { app: name } };
  const template = { metadata: { labels: { app: name } }, spec: { containers: [container] } };
  const spec = { replicas: 2, selector: { matchLabels: { app: name } }, template };
  new kubernetes.apps.v1.Deployment(name, { metadata, spec }, provider === undefined ? {} : { provider });
}

function record(name: string, changed: Partial<gcp.dns.RecordSetArgs>, { google }: Providers): void {
  const args = {
    managedZone: "prod-parent",
    name: `${name}.acme-hosting.dev.`,
    type: "A",
    ttl: 60,
    rrdatas: ["192.0.2.1"],
  };
  new gcp.dns.RecordSet(name, { ...args, ...changed }, { provider: google });
}

export const sharedExamples: Examples = {
  "sql-private": (name, providers) => database(name, { ip: { ipv4Enabled: true } }, providers),
  "sql-encrypted": (name, providers) => {
    database(name, { ip: { sslMode: "ALLOW_UNENCRYPTED_AND_ENCRYPTED" } }, providers);
  },
  "sql-backups": (name, providers) => database(name, { backup: { pointInTimeRecoveryEnabled: false } }, providers),
  "sql-deletion-protection": (name, providers) => database(name, { args: { deletionProtection: false } }, providers),
  "gke-private": (name, providers) => cluster(name, { privateClusterConfig: { enablePrivateNodes: false } }, providers),
  "gke-workload-identity": (name, { google }) => {
    const nodeConfig = {
      machineType: "e2-standard-4",
      serviceAccount: "prod-nodes@acme-hosting-prod.iam.gserviceaccount.com",
      workloadMetadataConfig: { mode: "GCE_METADATA" },
      shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    };
    new gcp.container.NodePool(
      name,
      { name, cluster: "prod-shared", location: REGION, nodeConfig },
      { provider: google },
    );
  },
  "gke-release-channel": (name, providers) => cluster(name, { releaseChannel: { channel: "UNSPECIFIED" } }, providers),
  "pods-non-root": (name, providers) => {
    const securityContext = { runAsUser: 0, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };
    deployment(name, { ...sound, securityContext }, providers);
  },
  "pods-read-only-root": (name, providers) => {
    deployment(name, { ...sound, securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false } }, providers);
  },
  "pods-resources": (name, providers) => {
    deployment(name, { ...sound, resources: { requests: { cpu: "100m" } } }, providers);
  },
  "pods-probes": (name, providers) => deployment(name, unprobed, providers),
  "no-latest": (name, providers) => {
    deployment(
      name,
      { ...sound, image: "europe-docker.pkg.dev/acme-hosting-prod/platform/control-api:latest" },
      providers,
    );
  },
  "disruption-budget": (name, providers) => deployment(name, sound, providers),
  "dns-ttl": (name, providers) => record(name, { ttl: 86_400 }, providers),
  "two-name-servers": (name, providers) => {
    const rrdatas = ["europe-west1.ns.apps.acme-hosting.dev.", "europe-west4.ns.apps.acme-hosting.dev."];
    record(name, { type: "NS", ttl: 3600, rrdatas }, providers);
  },
};
