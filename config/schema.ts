/** The shape of an environment's configuration. Rules that join several fields are in rules.ts. */
import { z } from "zod";
import { cidrMistake } from "./cidr";
import { show } from "./problems";

/** Names of environments, clusters, tiers and plans: they become part of resource names and DNS labels. */
export const NAME_PATTERN = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const NAME = "a name of lower-case letters, digits and hyphens that starts with a letter and ends with no hyphen";
const DOMAIN = /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** A DNS name has at most 253 characters (RFC 1035), and two labels of at most 63 go before the hosting zone. */
const ZONE_LIMIT = 253 - 2 * 64;

const matching = (pattern: RegExp, expected: string) =>
  z.string().regex(pattern, { error: (issue) => `${show(issue.input)} is not ${expected}` });

const name = matching(NAME_PATTERN, NAME);
const domainName = matching(DOMAIN, "a lower-case domain name without a trailing dot").max(ZONE_LIMIT);
const region = matching(/^[a-z]+-[a-z]+\d+$/, "a Google Cloud region such as europe-west1");
const zone = matching(/^[a-z]+-[a-z]+\d+-[a-z]$/, "a Google Cloud zone such as europe-west1-b");
const project = matching(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/, "a Google Cloud project id");
const machineType = matching(/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/, "a machine type such as e2-standard-4");
const release = matching(/^(?!latest$)[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/, 'an image tag, and never "latest"');
const databaseTier = matching(/^db-[a-z0-9-]+$/, "a Cloud SQL tier such as db-custom-2-7680");
const email = matching(z.regexes.email, "an e-mail address");
const registry = matching(
  /^[a-z0-9-]+-docker\.pkg\.dev\/[a-z0-9-]+\/[a-z0-9-]+$/,
  "an Artifact Registry repository such as europe-docker.pkg.dev/my-project/platform",
);
const image = matching(
  /^projects\/[^/\s]+\/global\/images\/(family\/)?[^/\s]+$/,
  "an image such as projects/cos-cloud/global/images/family/cos-121-lts",
);
const count = (minimum: number, maximum: number) => z.int().min(minimum).max(maximum);

/** An IPv4 range whose prefix length lies between two bounds. */
const cidr = (shortest: number, longest: number) =>
  z
    .string()
    .regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/, {
      abort: true,
      error: (issue) => `${show(issue.input)} is not an IPv4 range such as 10.16.0.0/20`,
    })
    .superRefine((text, context) => {
      const message = cidrMistake(text, shortest, longest);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    });

const labels = z
  .record(
    matching(/^[a-z][a-z0-9_-]{0,62}$/, "a label key: lower-case letters, digits, - and _, at most 63"),
    matching(/^[a-z0-9_-]{0,63}$/, "a label value: lower-case letters, digits, - and _, at most 63"),
  )
  .describe("Labels added to every resource of the cluster, beside those that name environment and failure domain.");

const containerVms = z
  .strictObject({
    min: count(1, 1000).describe("Fewest VMs the autoscaler keeps."),
    max: count(1, 1000).describe("Most VMs the autoscaler starts."),
    targetUtilization: z
      .number()
      .min(0.1)
      .max(0.95)
      .default(0.6)
      .describe("CPU utilisation that the autoscaler aims at, 0.1 to 0.95. Default 0.6."),
  })
  .describe("The container VM group of one machine tier.");

const httpServing = z
  .strictObject({
    min: count(2, 200).describe("Fewest edge VMs, at least 2 so that they spread over two zones."),
    max: count(2, 200).describe("Most edge VMs."),
    machineType: machineType.describe("Machine type of the edge VMs."),
  })
  .describe("The group that serves HTTP and WebSocket traffic of the cluster.");

/** One cluster: a failure domain. */
export const clusterSchema = z.strictObject({
  region: region.describe("The one region of the cluster."),
  zones: z.array(zone).min(2).max(8).describe("Zones of that region that the groups spread over, at least two."),
  cidr: cidr(16, 22).describe(
    "IPv4 range of the cluster's network, /16 to /22, shared with no other. A proxy subnet takes an eighth of it and needs a /26 or more.",
  ),
  lifecycle: z
    .enum(["provisioned", "active", "draining"])
    .default("provisioned")
    .describe(
      "provisioned: infrastructure in place, no users. active: takes users. draining: users leave. Default provisioned.",
    ),
  plans: z.array(name).min(1).optional().describe("Plans whose new users are placed here. Either plans or role."),
  role: z
    .enum(["reserve"])
    .optional()
    .describe(
      "reserve: no plan places users here; it is a destination for transfers and evacuations. Either plans or role.",
    ),
  maxUsers: count(1, 10_000_000).describe("Cap on the users who may live here; bounds what one incident can reach."),
  release: release.describe("Image version that this cluster runs, so that a release reaches one cluster at a time."),
  containerVms: z.record(name, containerVms).describe("Container VM groups by machine tier."),
  httpServing,
  project: project.optional().describe("Google Cloud project of this cluster alone. Default: the environment's."),
  labels: labels.optional(),
});

const machineTier = z
  .strictObject({
    machineType: machineType.describe("Machine type, such as e2-standard-4."),
    bootDiskGb: count(10, 2000).default(50).describe("Boot disk in GB. Default 50."),
  })
  .describe("A named machine shape that container VMs are built on.");

const replicas = z.strictObject({
  min: count(2, 100).describe("Fewest replicas in each region, at least 2."),
  max: count(2, 100).describe("Most replicas in each region."),
});

/** Who has a role at the control API: service accounts of other programs, and people. */
const callerEmails = (role: string) => z.array(email).default([]).describe(`${role} Default: nobody.`);
const callers = z
  .strictObject({
    operators: callerEmails("E-mail addresses that may move users, evacuate clusters and set lifecycles."),
    platform: callerEmails(
      "E-mail addresses that may create and delete users, change plans and manage custom domains.",
    ),
    resolvers: callerEmails(
      "E-mail addresses that may ask which cluster a user lives in: the web server's, above all.",
    ),
  })
  .default({ operators: [], platform: [], resolvers: [] })
  .describe("Who may call the control API, by the e-mail address in the caller's identity token.");

const resolution = z
  .strictObject({
    release: release.describe("Image version of the resolution service."),
    regions: z
      .record(
        region,
        z.strictObject({
          cidr: cidr(14, 20).describe(
            "IPv4 range of the service in this region, /14 to /20. Pods take half of it, and each node a /24 of that half.",
          ),
        }),
      )
      .describe("Regions of the service: a GKE cluster with a name server in each. In production at least two."),
    nodes: z
      .strictObject({
        machineType: machineType.describe("Machine type of the nodes, such as e2-standard-4."),
        min: count(1, 100).describe("Fewest nodes in each zone."),
        max: count(1, 100).describe("Most nodes in each zone."),
      })
      .describe("GKE nodes in each region."),
    api: replicas.describe("Replicas of the control API."),
    dns: z
      .strictObject({
        replicas: count(2, 50).describe("Name server pods in each region, at least 2."),
        memoryMb: count(512, 65_536)
          .default(2048)
          .describe("Memory of a name server pod in MB; Knot with 1M moved users takes 640. Default 2048."),
      })
      .describe("The name servers of the hosting zone."),
    database: z
      .strictObject({
        region: region.describe("Region of the primary, one of the service's regions."),
        tier: databaseTier.describe("Cloud SQL machine tier."),
        diskGb: count(10, 65_536).describe("Initial disk in GB; it grows by itself."),
        cidr: cidr(16, 24).describe("IPv4 range for private service access, /16 to /24."),
      })
      .describe("The store: Cloud SQL for PostgreSQL, highly available in its region."),
    callers,
  })
  .describe("The resolution service: which cluster each user lives in, by API and by DNS.");

/** The sections of an environment, each one `platform:` key of `Pulumi.<environment>.yaml`. */
export const environmentSchema = z.strictObject({
  project: project.describe("Google Cloud project of the environment."),
  domain: z
    .strictObject({
      zone: domainName.describe("Hosting zone: apps are <app>.<user>.<zone>."),
      parentZone: domainName.describe("Zone in Cloud DNS that delegates the hosting zone."),
      ttl: count(5, 3600).describe("TTL of answers that name a user's cluster, in seconds, 5 to 3600."),
      grace: count(5, 86_400).describe(
        "How long a tombstone outlives the TTL, in seconds, because resolvers ignore TTLs; at least the TTL.",
      ),
    })
    .describe("Names in DNS, and how long answers and tombstones live."),
  operators: z
    .strictObject({
      emails: z.array(email).min(1).describe("E-mail addresses that alerts go to."),
    })
    .describe("The people who run the environment."),
  machineTiers: z.record(name, machineTier).describe("Machine tiers by name."),
  images: z
    .strictObject({
      registry: registry.describe("Artifact Registry repository that holds the platform's images."),
      vm: image
        .default("projects/cos-cloud/global/images/family/cos-121-lts")
        .describe("Boot image of the VMs: Container-Optimized OS. Default: family cos-121-lts."),
    })
    .describe("Where images come from."),
  clusters: z.record(name, clusterSchema).describe("Clusters by name; a new failure domain is one entry."),
  placement: z
    .strictObject({
      defaultCluster: name.describe("Cluster that the hosting zone's wildcard answers; it must be active."),
      plans: z.array(name).min(1).describe("The platform's plans; which clusters take a plan is said by the clusters."),
    })
    .describe("Where new users go."),
  resolution,
});

export type EnvironmentInput = z.input<typeof environmentSchema>;
export type ParsedEnvironment = z.output<typeof environmentSchema>;
export type ClusterConfig = z.output<typeof clusterSchema>;
export type MachineTier = z.output<typeof machineTier>;
export type ContainerVmsConfig = z.output<typeof containerVms>;
export type HttpServingConfig = z.output<typeof httpServing>;
export type ResolutionConfig = z.output<typeof resolution>;
export type DomainConfig = ParsedEnvironment["domain"];
