import type { Failure } from "../../provider/package";
import {
  isAbsent,
  isProperties,
  isUnknown,
  list,
  object,
  type Properties,
  show,
  text,
  type Value,
} from "../../provider/values";
import type { Definitions, OutputContext, Rule } from "../definition";
import { COMPUTE } from "../links";
import { failure, name, pattern } from "../rules";

/** Regions whose zones are not a, b and c. */
const ZONE_LETTERS: Readonly<Record<string, readonly string[]>> = {
  "us-central1": ["a", "b", "c", "f"],
  "us-east1": ["b", "c", "d"],
  "europe-west1": ["b", "c", "d"],
};

function zonesOf(inputs: Properties): Value[] {
  const given = inputs.distributionPolicyZones;
  if (Array.isArray(given) && given.length > 0) return given;
  const region = text(inputs.region);
  return (ZONE_LETTERS[region] ?? ["a", "b", "c"]).map((letter) => `${region}-${letter}`);
}

const distribution: Rule = (inputs) => {
  const region = inputs.region;
  if (typeof region !== "string") return [];
  return list(inputs.distributionPolicyZones).flatMap((zone, index) =>
    typeof zone === "string" && !zone.startsWith(`${region}-`)
      ? [failure(`distributionPolicyZones[${index}]`, `${show(zone)} is not in ${region}; use zones of that region`)]
      : [],
  );
};

/** A regional group updates zone by zone, so a fixed budget is 0 or covers every zone, and some budget there must be. */
const updatePolicy: Rule = (inputs) => {
  const policy = inputs.updatePolicy;
  if (!isProperties(policy) || isUnknown(inputs.distributionPolicyZones)) return [];
  const zones = zonesOf(inputs).length;
  const failures: Failure[] = [];
  for (const property of ["maxSurgeFixed", "maxUnavailableFixed"]) {
    const value = policy[property];
    if (typeof value !== "number" || value === 0 || value >= zones) continue;
    failures.push(
      failure(`updatePolicy.${property}`, `${value} is below the number of zones; use 0, or at least ${zones}`),
    );
  }
  const { maxSurgeFixed: surge, maxUnavailableFixed: unavailable, replacementMethod } = policy;
  const percents = !isAbsent(policy.maxSurgePercent) || !isAbsent(policy.maxUnavailablePercent);
  if (surge === 0 && unavailable === 0 && !percents) {
    failures.push(
      failure("updatePolicy.maxSurgeFixed", "0 while maxUnavailableFixed is 0 as well; one of them must be above 0"),
    );
  }
  if (replacementMethod === "RECREATE" && surge !== 0 && !isUnknown(surge)) {
    failures.push(
      failure(
        "updatePolicy.maxSurgeFixed",
        `${show(surge)} is not possible with replacementMethod RECREATE; set it to 0`,
      ),
    );
  }
  failures.push(...redistribution(inputs, policy));
  return failures;
};

function redistribution(inputs: Properties, policy: Properties): Failure[] {
  const shape = inputs.distributionPolicyTargetShape;
  const proactive = policy.instanceRedistributionType === "PROACTIVE" || isAbsent(policy.instanceRedistributionType);
  if (typeof shape !== "string" || shape === "EVEN" || !proactive) return [];
  return [
    failure(
      "updatePolicy.instanceRedistributionType",
      `PROACTIVE needs target shape EVEN, not ${shape}; set it to NONE`,
    ),
  ];
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  type: ["PROACTIVE", "OPPORTUNISTIC"],
  minimalAction: ["NONE", "REFRESH", "RESTART", "REPLACE"],
  mostDisruptiveAllowedAction: ["NONE", "REFRESH", "RESTART", "REPLACE"],
  replacementMethod: ["SUBSTITUTE", "RECREATE"],
  instanceRedistributionType: ["PROACTIVE", "NONE"],
};

const updatePolicyValues: Rule = (inputs) =>
  Object.entries(VALUES).flatMap(([property, allowed]) => {
    const value = object(inputs.updatePolicy)[property];
    if (typeof value !== "string" || allowed.includes(value)) return [];
    return [failure(`updatePolicy.${property}`, `${show(value)} is not valid; use one of ${allowed.join(", ")}`)];
  });

const versions: Rule = (inputs) => {
  const open = list(inputs.versions).filter((version) => isProperties(version) && isAbsent(version.targetSize));
  if (list(inputs.versions).length === 0 || open.length === 1) return [];
  return [
    failure("versions", `${open.length} versions have no targetSize; exactly one must, it takes the remaining VMs`),
  ];
};

const namedPorts: Rule = (inputs) =>
  list(inputs.namedPorts).flatMap((entry, index) => {
    const { name: portName, port } = object(entry);
    const failures: Failure[] = [];
    if (typeof portName === "string" && !/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(portName)) {
      failures.push(failure(`namedPorts[${index}].name`, `${show(portName)} is not valid; names follow RFC 1035`));
    }
    if (typeof port === "number" && (port < 1 || port > 65535)) {
      failures.push(failure(`namedPorts[${index}].port`, `${port} is not a port; use 1 to 65535`));
    }
    return failures;
  });

const autoHealing: Rule = (inputs) => {
  const delay = object(inputs.autoHealingPolicies).initialDelaySec;
  if (typeof delay !== "number" || (delay >= 0 && delay <= 3600)) return [];
  return [failure("autoHealingPolicies.initialDelaySec", `${delay} is out of bounds; use 0 to 3600 seconds`)];
};

function groupOutputs({ id, inputs }: OutputContext): Properties {
  return {
    instanceGroup: `${COMPUTE}${id.replace("/instanceGroupManagers/", "/instanceGroups/")}`,
    distributionPolicyTargetShape: "EVEN",
    distributionPolicyZones: zonesOf(inputs),
    statuses: [{ isStable: true, versionTargets: [{ isReached: true }] }],
    targetSize: inputs.targetSize ?? 0,
  };
}

const bounds: Rule = (inputs) => {
  const { minReplicas: minimum, maxReplicas: maximum } = object(inputs.autoscalingPolicy);
  const failures: Failure[] = [];
  if (typeof minimum === "number" && typeof maximum === "number" && minimum > maximum) {
    failures.push(
      failure(
        "autoscalingPolicy.minReplicas",
        `${minimum} is above maxReplicas ${maximum}; lower it, or raise maxReplicas`,
      ),
    );
  }
  if (typeof minimum === "number" && minimum < 0) {
    failures.push(failure("autoscalingPolicy.minReplicas", `${minimum} is negative; use 0 or more`));
  }
  if (typeof maximum === "number" && maximum < 1) {
    failures.push(failure("autoscalingPolicy.maxReplicas", `${maximum} is below 1; use 1 or more`));
  }
  return failures;
};

const signals: Rule = (inputs) => {
  const policy = object(inputs.autoscalingPolicy);
  const failures: Failure[] = [];
  for (const signal of ["cpuUtilization", "loadBalancingUtilization"]) {
    const target = object(policy[signal]).target;
    if (typeof target === "number" && (target <= 0 || target > 1)) {
      failures.push(
        failure(`autoscalingPolicy.${signal}.target`, `${target} is not a share; use a number above 0, at most 1`),
      );
    }
  }
  const mode = policy.mode;
  if (typeof mode === "string" && !["ON", "OFF", "ONLY_UP", "ONLY_SCALE_OUT"].includes(mode)) {
    failures.push(failure("autoscalingPolicy.mode", `${show(mode)} is not valid; use ON, OFF or ONLY_SCALE_OUT`));
  }
  return failures;
};

/** Managed instance groups and their autoscalers. */
export const INSTANCE_GROUP_TYPES: Definitions = {
  "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": {
    id: "projects/{project}/regions/{region}/instanceGroupManagers/{name}",
    selfLink: COMPUTE,
    rules: [
      name,
      pattern(
        "baseInstanceName",
        /^[a-z][-a-z0-9]{0,57}$/,
        "use at most 58 lowercase letters, digits and hyphens: the group appends a suffix",
      ),
      distribution,
      updatePolicyValues,
      updatePolicy,
      versions,
      namedPorts,
      autoHealing,
    ],
    outputs: groupOutputs,
  },
  "gcp:compute/regionAutoscaler:RegionAutoscaler": {
    id: "projects/{project}/regions/{region}/autoscalers/{name}",
    selfLink: COMPUTE,
    rules: [name, bounds, signals],
  },
};
