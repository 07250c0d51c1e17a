import type { Failure } from "../../provider/package";
import type { RecordStore } from "../../provider/store";
import { isAbsent, isProperties, isUnknown, list, object, type Properties, show, text } from "../../provider/values";
import { claimExternalAddress, releaseAddress } from "../addresses";
import type { Definition, Definitions, OutputContext, Rule } from "../definition";
import { COMPUTE, sameLink } from "../links";
import { failure, labels, name, oneOf, range } from "../rules";

const REGIONAL_SCHEMES = ["EXTERNAL", "EXTERNAL_MANAGED", "INTERNAL", "INTERNAL_MANAGED"];
const PROTOCOLS = ["HTTP", "HTTPS", "HTTP2", "H2C", "GRPC", "SSL", "TCP", "UDP", "UNSPECIFIED"];
const PASS_THROUGH_PROTOCOLS = ["TCP", "UDP", "UNSPECIFIED"];
const SUBNETWORK = "gcp:compute/subnetwork:Subnetwork";

/** Which kind of probe a health check makes, by the property that describes it. */
const PROBES: Readonly<Record<string, string>> = {
  tcpHealthCheck: "TCP",
  sslHealthCheck: "SSL",
  httpHealthCheck: "HTTP",
  httpsHealthCheck: "HTTPS",
  http2HealthCheck: "HTTP2",
  grpcHealthCheck: "GRPC",
  grpcTlsHealthCheck: "GRPC_WITH_TLS",
};

/** A probe must end before the next begins; both take 5 seconds unless said otherwise. */
const probeTimes: Rule = (inputs) => {
  const { timeoutSec = 5, checkIntervalSec = 5 } = inputs;
  if (typeof timeoutSec !== "number" || typeof checkIntervalSec !== "number" || timeoutSec <= checkIntervalSec)
    return [];
  return [
    failure(
      "timeoutSec",
      `${timeoutSec} is above checkIntervalSec ${checkIntervalSec}; lower it, or raise the interval`,
    ),
  ];
};

const probePorts: Rule = (inputs) =>
  Object.keys(PROBES).flatMap((property): Failure[] => {
    const probe = inputs[property];
    if (!isProperties(probe)) return [];
    const { portSpecification, port, portName } = probe;
    if (typeof port === "number" && (port < 1 || port > 65535)) {
      return [failure(`${property}.port`, `${port} is not a port; use 1 to 65535`)];
    }
    const needs = { USE_FIXED_PORT: "port", USE_NAMED_PORT: "portName" }[text(portSpecification)];
    if (needs !== undefined && isAbsent(probe[needs])) {
      return [failure(`${property}.${needs}`, `missing for ${text(portSpecification)}; set it`)];
    }
    if (portSpecification === "USE_SERVING_PORT" && !(isAbsent(port) && isAbsent(portName))) {
      return [failure(`${property}.portSpecification`, "USE_SERVING_PORT excludes port and portName; remove them")];
    }
    return [];
  });

function healthCheck(location: string): Definition {
  return {
    id: `projects/{project}/${location}/healthChecks/{name}`,
    selfLink: COMPUTE,
    rules: [
      name,
      range("checkIntervalSec", 1, 300),
      range("timeoutSec", 1, 300),
      range("healthyThreshold", 1, 10),
      range("unhealthyThreshold", 1, 10),
      probeTimes,
      probePorts,
    ],
    outputs: ({ inputs }) => ({
      type: PROBES[Object.keys(PROBES).find((probe) => !isAbsent(inputs[probe])) ?? ""] ?? "",
    }),
    changing: ["type"],
  };
}

/** The regional scheme defaults to INTERNAL; pass-through balancers forward packets, so they know no names of ports. */
const backendProtocol: Rule = (inputs) => {
  const scheme = inputs.loadBalancingScheme ?? "INTERNAL";
  if (isUnknown(scheme)) return [];
  const passThrough = scheme === "INTERNAL" || scheme === "EXTERNAL";
  const failures: Failure[] = [];
  const protocol = inputs.protocol;
  if (passThrough && typeof protocol === "string" && !PASS_THROUGH_PROTOCOLS.includes(protocol)) {
    failures.push(
      failure(
        "protocol",
        `${protocol} is not possible with scheme ${show(scheme)}; use TCP or UDP, or a managed scheme`,
      ),
    );
  }
  if (!passThrough && (protocol === "UDP" || protocol === "UNSPECIFIED")) {
    failures.push(
      failure(
        "protocol",
        `${protocol} is not possible with scheme ${show(scheme)}; use TCP, SSL, HTTP, HTTPS or HTTP2`,
      ),
    );
  }
  if (passThrough && !isAbsent(inputs.portName)) {
    failures.push(
      failure("portName", `${show(inputs.portName)} is not possible with scheme ${show(scheme)}; remove it`),
    );
  }
  return failures;
};

/**
 * The real provider's own check: a managed scheme needs a backend with a positive capacityScaler (which the region's
 * resource, unlike the global one, does not default to 1), the others must have none.
 */
const backendCapacity: Rule = (inputs) => {
  const scheme = inputs.loadBalancingScheme ?? "INTERNAL";
  const backends = inputs.backends;
  if (isUnknown(scheme) || !Array.isArray(backends) || backends.some(isUnknown)) return [];
  if (scheme === "EXTERNAL_MANAGED") {
    const scalers = backends.map((backend) => object(backend).capacityScaler);
    const enough =
      backends.length === 0 ||
      scalers.some((scaler) => isUnknown(scaler) || (typeof scaler === "number" && scaler > 0));
    return enough ? [] : [failure("backends", "none has a capacityScaler above 0; set capacityScaler: 1 on each")];
  }
  if (scheme === "INTERNAL_MANAGED") return [];
  const forbidden = [
    "capacityScaler",
    "maxConnections",
    "maxConnectionsPerInstance",
    "maxRate",
    "maxRatePerInstance",
    "maxUtilization",
  ];
  return backends.flatMap((backend, index) =>
    forbidden
      .filter((property) => !isAbsent(object(backend)[property]))
      .map((property) =>
        failure(`backends[${index}].${property}`, `cannot be set with scheme ${show(scheme)}; remove it`),
      ),
  );
};

/** What each balancing mode is measured by. */
const balancingMode: Rule = (inputs) =>
  list(inputs.backends).flatMap((backend, index): Failure[] => {
    const entry = object(backend);
    const mode = entry.balancingMode;
    const at = `backends[${index}]`;
    if (
      typeof mode === "string" &&
      !["UTILIZATION", "RATE", "CONNECTION", "CUSTOM_METRICS", "IN_FLIGHT"].includes(mode)
    ) {
      return [failure(`${at}.balancingMode`, `${show(mode)} is not valid; use UTILIZATION, RATE or CONNECTION`)];
    }
    const managed = ["EXTERNAL_MANAGED", "INTERNAL_MANAGED"].includes(text(inputs.loadBalancingScheme));
    const limits = {
      RATE: ["maxRate", "maxRatePerInstance", "maxRatePerEndpoint"],
      CONNECTION: ["maxConnections", "maxConnectionsPerInstance", "maxConnectionsPerEndpoint"],
    };
    const needed = limits[mode as keyof typeof limits] as string[] | undefined;
    if (!managed || needed === undefined || needed.some((property) => !isAbsent(entry[property]))) return [];
    return [failure(`${at}.balancingMode`, `${text(mode)} needs a limit; set one of ${needed.join(", ")}`)];
  });

const backendHealth: Rule = (inputs) =>
  isAbsent(inputs.healthChecks) && list(inputs.backends).length > 0 && isAbsent(inputs.haPolicy)
    ? [failure("healthChecks", "missing; a service with instance groups needs a health check")]
    : [];

const backendOutputs = () => ({ protocol: "HTTP", sessionAffinity: "NONE", timeoutSec: 30, portName: "http" });

/** One of target and backendService; proxies take one port range, pass-through rules a list of ports. */
const forwarding: Rule = (inputs) => {
  const scheme = inputs.loadBalancingScheme;
  const [target, service] = [inputs.target, inputs.backendService];
  const failures: Failure[] = [];
  if (isAbsent(target) === isAbsent(service)) {
    const found = isAbsent(target) ? "none is set" : "both are set";
    failures.push(failure("target", `exactly one of target, backendService must be set, but ${found}`));
  }
  if (typeof scheme === "string" && scheme.endsWith("_MANAGED")) failures.push(...managedForwarding(inputs, scheme));
  const ports = ["ports", "portRange", "allPorts"].filter(
    (property) => !isAbsent(inputs[property]) && inputs[property] !== false,
  );
  if (ports.length > 1) failures.push(failure(ports[0]!, `${ports.join(" and ")} are set; keep one of them`));
  if (!isAbsent(target) && !isUnknown(target) && ports.includes("ports")) {
    failures.push(failure("ports", "are for a backendService; use portRange with a target proxy"));
  }
  return failures;
};

function managedForwarding(inputs: Properties, scheme: string): Failure[] {
  const failures: Failure[] = [];
  if (!isAbsent(inputs.backendService)) {
    failures.push(
      failure("backendService", `cannot be set with scheme ${scheme}; set target to a proxy of that service`),
    );
  }
  if (isAbsent(inputs.portRange))
    failures.push(failure("portRange", `missing with scheme ${scheme}; set it to one port`));
  if (isAbsent(inputs.network)) {
    failures.push(failure("network", `missing with scheme ${scheme}; set the network that has the proxy-only subnet`));
  }
  const protocol = inputs.ipProtocol;
  if (typeof protocol === "string" && protocol !== "TCP") {
    failures.push(failure("ipProtocol", `${protocol} is not possible with scheme ${scheme}; use TCP`));
  }
  return failures;
}

/** Envoy proxies need somewhere to live: a proxy-only subnet in the same region and network. */
function missingProxySubnet(inputs: Properties, store: RecordStore): string | undefined {
  if (!text(inputs.loadBalancingScheme).endsWith("_MANAGED")) return undefined;
  const found = store
    .list(SUBNETWORK)
    .some(
      ({ outputs }) =>
        outputs.purpose === "REGIONAL_MANAGED_PROXY" &&
        outputs.region === inputs.region &&
        sameLink(outputs.network, inputs.network),
    );
  return found
    ? undefined
    : `An active proxy-only subnetwork is required in ${text(inputs.region)} and network ${text(inputs.network)}; ` +
        "create a subnetwork there with purpose REGIONAL_MANAGED_PROXY first";
}

function forwardingOutputs({ id, inputs, store }: OutputContext): Properties {
  const ipAddress = inputs.ipAddress ?? claimExternalAddress(store, id);
  return { ipAddress, ipProtocol: "TCP", networkTier: "PREMIUM", baseForwardingRule: "" };
}

function releaseForwardingAddress(id: string, outputs: Properties, store: RecordStore): void {
  releaseAddress(store, "", text(outputs.ipAddress), id);
}

function forwardingRule(location: string, rules: readonly Rule[], obstacle?: Definition["obstacle"]): Definition {
  return {
    id: `projects/{project}/${location}/forwardingRules/{name}`,
    selfLink: COMPUTE,
    rules: [name, labels(), oneOf("networkTier", ["PREMIUM", "STANDARD"]), ...rules],
    ...(obstacle === undefined ? {} : { obstacle }),
    outputs: forwardingOutputs,
    released: releaseForwardingAddress,
  };
}

const urlMapHosts: Rule = (inputs) => {
  const matchers = new Set(list(inputs.pathMatchers).map((matcher) => object(matcher).name));
  return list(inputs.hostRules).flatMap((rule, index) => {
    const matcher = object(rule).pathMatcher;
    if (isAbsent(matcher) || isUnknown(matcher) || matchers.has(matcher)) return [];
    return [failure(`hostRules[${index}].pathMatcher`, `${show(matcher)} is not among pathMatchers; add it there`)];
  });
};

/** Cipher suites are listed for the profile CUSTOM, and only for it. */
const customFeatures: Rule = (inputs) => {
  const { profile, customFeatures: features } = inputs;
  if (isUnknown(profile) || isUnknown(features) || (profile === "CUSTOM") === !isAbsent(features)) return [];
  const remedy = profile === "CUSTOM" ? "list the cipher suites" : "remove it, or set profile to CUSTOM";
  return [failure("customFeatures", `${show(features)} does not fit profile ${show(profile)}; ${remedy}`)];
};

function regional(collection: string, ...rules: Rule[]): Definition {
  return { id: `projects/{project}/regions/{region}/${collection}/{name}`, selfLink: COMPUTE, rules: [name, ...rules] };
}

/** Load balancers: health checks, backend services, proxies and forwarding rules. */
export const LOAD_BALANCING_TYPES: Definitions = {
  "gcp:compute/regionHealthCheck:RegionHealthCheck": healthCheck("regions/{region}"),
  "gcp:compute/healthCheck:HealthCheck": healthCheck("global"),
  "gcp:compute/regionBackendService:RegionBackendService": {
    ...regional(
      "backendServices",
      oneOf("loadBalancingScheme", REGIONAL_SCHEMES),
      oneOf("protocol", PROTOCOLS),
      backendProtocol,
      backendCapacity,
      balancingMode,
      backendHealth,
    ),
    outputs: backendOutputs,
  },
  "gcp:compute/backendService:BackendService": {
    id: "projects/{project}/global/backendServices/{name}",
    selfLink: COMPUTE,
    rules: [name, oneOf("protocol", PROTOCOLS), balancingMode, backendHealth],
    outputs: backendOutputs,
  },
  "gcp:compute/regionTargetTcpProxy:RegionTargetTcpProxy": regional(
    "targetTcpProxies",
    oneOf("proxyHeader", ["NONE", "PROXY_V1"]),
  ),
  "gcp:compute/regionTargetHttpProxy:RegionTargetHttpProxy": regional("targetHttpProxies"),
  "gcp:compute/regionUrlMap:RegionUrlMap": regional("urlMaps", urlMapHosts),
  "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy": regional("securityPolicies"),
  "gcp:compute/regionSslPolicy:RegionSslPolicy": regional(
    "sslPolicies",
    oneOf("profile", ["COMPATIBLE", "MODERN", "RESTRICTED", "CUSTOM", "FIPS_202205"]),
    oneOf("minTlsVersion", ["TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3"]),
    customFeatures,
  ),
  "gcp:compute/forwardingRule:ForwardingRule": forwardingRule(
    "regions/{region}",
    [oneOf("loadBalancingScheme", REGIONAL_SCHEMES), forwarding],
    missingProxySubnet,
  ),
  "gcp:compute/globalForwardingRule:GlobalForwardingRule": forwardingRule("global", [
    oneOf("loadBalancingScheme", ["EXTERNAL", "EXTERNAL_MANAGED", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED"]),
  ]),
};
