import type { Failure } from "../../provider/package";
import { isAbsent, isProperties, list, object, type Properties, show, text } from "../../provider/values";
import { claimExternalAddress, releaseAddress } from "../addresses";
import { readCidr } from "../../../config/cidr";
import type { Definitions, OutputContext, Rule } from "../definition";
import { hexadecimal } from "../../provider/hash";
import { partOf } from "../links";
import { failure, isIpRange, labels, pattern } from "../rules";

/** The release a new cluster and its nodes run when none is given. */
const VERSION = "1.33.5-gke.1080000";
const CONTAINER = "https://container.googleapis.com/v1/";

const clusterName = pattern(
  "name",
  /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  "use 1 to 40 lowercase letters, digits and hyphens, starting with a letter and not ending with a hyphen",
);

const nodes: Rule = (inputs) => {
  if (inputs.enableAutopilot === true || !isAbsent(inputs.nodePools)) return [];
  const initial = inputs.initialNodeCount;
  if (isAbsent(initial) || initial === 0) {
    return [
      failure(
        "initialNodeCount",
        "missing; a cluster needs nodes to begin with: set it to 1, and removeDefaultNodePool to true",
      ),
    ];
  }
  return [];
};

const privacy: Rule = (inputs) => {
  const config = inputs.privateClusterConfig;
  const failures: Failure[] = [];
  if (isProperties(config)) {
    const range = config.masterIpv4CidrBlock;
    if (typeof range === "string" && readCidr(range)?.prefix !== 28) {
      failures.push(
        failure("privateClusterConfig.masterIpv4CidrBlock", `${show(range)} is not valid; use a range of size /28`),
      );
    }
    if (config.enablePrivateEndpoint === true && isAbsent(inputs.masterAuthorizedNetworksConfig)) {
      failures.push(
        failure(
          "masterAuthorizedNetworksConfig",
          "missing for a private endpoint; set it, {} for nobody but the cluster's own network",
        ),
      );
    }
    if (config.enablePrivateNodes === true && inputs.networkingMode === "ROUTES") {
      failures.push(failure("networkingMode", "ROUTES is not possible with private nodes; use VPC_NATIVE"));
    }
  }
  list(object(inputs.masterAuthorizedNetworksConfig).cidrBlocks).forEach((entry, index) => {
    const block = object(entry).cidrBlock;
    if (typeof block === "string" && !isIpRange(block)) {
      failures.push(
        failure(`masterAuthorizedNetworksConfig.cidrBlocks[${index}].cidrBlock`, `${show(block)} is not an IP range`),
      );
    }
  });
  return failures;
};

const identity: Rule = (inputs) => {
  const pool = object(inputs.workloadIdentityConfig).workloadPool;
  const expected = `${text(inputs.project)}.svc.id.goog`;
  if (typeof pool !== "string" || pool === expected) return [];
  return [
    failure("workloadIdentityConfig.workloadPool", `${show(pool)} is not the project's pool; set it to ${expected}`),
  ];
};

const channel: Rule = (inputs) => {
  const value = object(inputs.releaseChannel).channel;
  const channels = ["UNSPECIFIED", "RAPID", "REGULAR", "STABLE", "EXTENDED"];
  if (typeof value !== "string" || channels.includes(value)) return [];
  return [failure("releaseChannel.channel", `${show(value)} is not valid; use one of ${channels.join(", ")}`)];
};

function clusterOutputs({ id, inputs, store, created }: OutputContext): Properties {
  const region = text(inputs.location).replace(/-[a-z]$/, "");
  const certificate = Buffer.from(`certificate authority of ${id}, ${created}`).toString("base64");
  const endpoint = claimExternalAddress(store, id);
  return {
    endpoint,
    masterVersion: inputs.minMasterVersion ?? VERSION,
    nodeVersion: inputs.minMasterVersion ?? VERSION,
    masterAuth: { clusterCaCertificate: certificate, clientCertificate: "", clientKey: "" },
    controlPlaneEndpointsConfig: {
      dnsEndpointConfig: { endpoint: `gke-${hexadecimal(40, id, created)}.${region}.gke.goog` },
      ipEndpointsConfig: { enabled: true },
    },
    privateClusterConfig: { publicEndpoint: endpoint },
    servicesIpv4Cidr: text(object(inputs.ipAllocationPolicy).servicesIpv4CidrBlock) || "34.118.224.0/20",
    clusterIpv4Cidr: text(object(inputs.ipAllocationPolicy).clusterIpv4CidrBlock) || "10.72.0.0/14",
    networkingMode: "VPC_NATIVE",
  };
}

const autoscaling: Rule = (inputs) => {
  const config = object(inputs.autoscaling);
  const failures: Failure[] = [];
  for (const [low, high] of [
    ["minNodeCount", "maxNodeCount"],
    ["totalMinNodeCount", "totalMaxNodeCount"],
  ] as const) {
    const [minimum, maximum] = [config[low], config[high]];
    if (typeof minimum === "number" && typeof maximum === "number" && minimum > maximum) {
      failures.push(
        failure(`autoscaling.${low}`, `${minimum} is above ${high} ${maximum}; lower it, or raise ${high}`),
      );
    }
  }
  const kinds = ["minNodeCount", "maxNodeCount"].some((key) => !isAbsent(config[key]));
  if (kinds && ["totalMinNodeCount", "totalMaxNodeCount"].some((key) => !isAbsent(config[key]))) {
    failures.push(failure("autoscaling", "bounds per zone and in total exclude each other; keep one kind"));
  }
  return failures;
};

/** Google Kubernetes Engine. */
export const CONTAINER_TYPES: Definitions = {
  "gcp:container/cluster:Cluster": {
    id: "projects/{project}/locations/{location}/clusters/{name}",
    selfLink: CONTAINER,
    rules: [clusterName, labels("resourceLabels"), nodes, privacy, identity, channel],
    outputs: clusterOutputs,
    // As in the real provider, protection is on unless it is switched off.
    protection: (outputs) =>
      outputs.deletionProtection === false
        ? undefined
        : "deletionProtection is on (the default); set it to false and deploy, then delete",
    released: (id, outputs, store) => releaseAddress(store, "", text(outputs.endpoint), id),
  },
  "gcp:container/nodePool:NodePool": {
    id: "projects/{project}/locations/{location}/clusters/{cluster:short}/nodePools/{name}",
    rules: [clusterName, autoscaling],
    defaults: (inputs) => ({
      project: partOf(inputs.cluster, "projects"),
      location: partOf(inputs.cluster, "locations"),
    }),
    outputs: () => ({ version: VERSION }),
  },
};
