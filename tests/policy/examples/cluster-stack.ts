/** Resources that have no place in a cluster's stack. The cluster is `free` of `prod`, in europe-west1. */
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { labelsOf } from "../../../components/labels";
import type { Examples, Providers } from "./example";

const REGION = "europe-west1";
const NETWORK = "projects/acme-hosting-prod/global/networks/prod-free-network";
const ACCOUNT = "prod-free-host@acme-hosting-prod.iam.gserviceaccount.com";
const labels = labelsOf({ environment: "prod", cluster: "free" }, "example");

const protectedBy = ({ google }: Providers) => ({ provider: google, protect: true });

function address(name: string, changed: Partial<gcp.compute.AddressArgs>, options: pulumi.CustomResourceOptions): void {
  new gcp.compute.Address(name, { name, region: REGION, addressType: "EXTERNAL", labels, ...changed }, options);
}

function template(name: string, changed: Partial<gcp.compute.RegionInstanceTemplateArgs>, { google }: Providers): void {
  new gcp.compute.RegionInstanceTemplate(
    name,
    {
      name,
      region: REGION,
      machineType: "e2-standard-4",
      disks: [{ boot: true, sourceImage: "projects/cos-cloud/global/images/family/cos-121-lts" }],
      networkInterfaces: [{ subnetwork: "prod-free-machines" }],
      serviceAccount: { email: ACCOUNT, scopes: ["https://www.googleapis.com/auth/cloud-platform"] },
      shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
      metadata: { "enable-oslogin": "TRUE" },
      labels,
      ...changed,
    },
    { provider: google },
  );
}

function group(
  name: string,
  changed: Partial<gcp.compute.RegionInstanceGroupManagerArgs>,
  { google }: Providers,
): void {
  new gcp.compute.RegionInstanceGroupManager(
    name,
    {
      name,
      region: REGION,
      baseInstanceName: name,
      versions: [{ instanceTemplate: `projects/acme-hosting-prod/regions/${REGION}/instanceTemplates/template` }],
      distributionPolicyZones: [`${REGION}-b`, `${REGION}-c`, `${REGION}-d`],
      autoHealingPolicies: {
        healthCheck: `projects/acme-hosting-prod/regions/${REGION}/healthChecks/check`,
        initialDelaySec: 180,
      },
      updatePolicy: { type: "PROACTIVE", minimalAction: "REPLACE", maxSurgeFixed: 3, maxUnavailableFixed: 0 },
      ...changed,
    },
    { provider: google },
  );
}

function firewall(name: string, sourceRanges: string[], ports: string[], { google }: Providers): void {
  new gcp.compute.Firewall(
    name,
    { name, network: NETWORK, direction: "INGRESS", sourceRanges, allows: [{ protocol: "tcp", ports }] },
    { provider: google },
  );
}

function grant(name: string, changed: Partial<gcp.projects.IAMMemberArgs>, { google }: Providers): void {
  const args = { project: "acme-hosting-prod", role: "roles/logging.logWriter", member: `serviceAccount:${ACCOUNT}` };
  new gcp.projects.IAMMember(name, { ...args, ...changed }, { provider: google });
}

/** A component of another package: the engine needs no plugin for it. */
class ForeignComponent extends pulumi.ComponentResource {
  constructor(name: string) {
    super("random:index:Shuffle", name);
    this.registerOutputs({});
  }
}

export const clusterExamples: Examples = {
  "cluster-region": (name, providers) => address(name, { region: "europe-west4" }, protectedBy(providers)),
  "cluster-project": (name, providers) => address(name, { project: "acme-other-project" }, protectedBy(providers)),
  "no-shared-resource": (name, providers) => {
    new gcp.compute.GlobalAddress(name, { name, labels }, protectedBy(providers));
  },
  "no-stack-reference": (name, providers) => {
    const shared = new pulumi.StackReference("shared", { name: "organization/platform/prod" });
    address(name, { description: shared.getOutput("controlApi").apply(String) }, protectedBy(providers));
  },
  "known-types": (name) => {
    new ForeignComponent(name);
  },
  labels: (name, providers) =>
    address(name, { labels: { ...labels, "failure-domain": "hackers" } }, protectedBy(providers)),
  "stateful-protected": (name, { google }) => address(name, {}, { provider: google }),
  "no-public-address": (name, providers) => {
    template(name, { networkInterfaces: [{ subnetwork: "prod-free-machines", accessConfigs: [{}] }] }, providers);
  },
  "shielded-vm": (name, providers) =>
    template(
      name,
      { shieldedInstanceConfig: { enableSecureBoot: false, enableVtpm: true, enableIntegrityMonitoring: true } },
      providers,
    ),
  "os-login": (name, providers) => template(name, { metadata: { "enable-oslogin": "FALSE" } }, providers),
  "machine-types": (name, providers) => template(name, { machineType: "n2-highmem-128" }, providers),
  "no-default-service-account": (name, providers) => {
    template(
      name,
      { serviceAccount: { email: "1-compute@developer.gserviceaccount.com", scopes: ["cloud-platform"] } },
      providers,
    );
  },
  "zonal-spread": (name, providers) => group(name, { distributionPolicyZones: [`${REGION}-b`] }, providers),
  autohealing: (name, { google }) => {
    const versions = [{ instanceTemplate: `projects/acme-hosting-prod/regions/${REGION}/instanceTemplates/template` }];
    const distributionPolicyZones = [`${REGION}-b`, `${REGION}-c`];
    const args = { name, region: REGION, baseInstanceName: name, versions, distributionPolicyZones };
    new gcp.compute.RegionInstanceGroupManager(name, args, { provider: google });
  },
  "bounded-unavailability": (name, providers) => {
    const updatePolicy = { type: "PROACTIVE", minimalAction: "REPLACE", maxSurgeFixed: 0, maxUnavailablePercent: 100 };
    group(name, { updatePolicy }, providers);
  },
  "no-open-ingress": (name, providers) => firewall(name, ["0.0.0.0/1", "128.0.0.0/1"], ["8080"], providers),
  "no-ssh-from-internet": (name, providers) => firewall(name, ["0.0.0.0/0"], ["1-65535"], providers),
  "no-basic-roles": (name, providers) => grant(name, { role: "roles/editor" }, providers),
  "no-authoritative-iam": (name, { google }) => {
    const args = {
      project: "acme-hosting-prod",
      role: "roles/logging.logWriter",
      members: [`serviceAccount:${ACCOUNT}`],
    };
    new gcp.projects.IAMBinding(name, args, { provider: google });
  },
  "no-service-account-keys": (name, { google }) => {
    new gcp.serviceaccount.Key(name, { serviceAccountId: ACCOUNT }, { provider: google });
  },
};
