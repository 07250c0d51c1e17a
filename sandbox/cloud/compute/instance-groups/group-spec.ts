/** Managed instance groups with their autoscalers, as they are recorded. Pure. */
import { sameLink, shortName } from "../../../gcp/links";
import type { CloudRecord } from "../../../provider/store";
import { isAbsent, list, object, type Properties, show, text } from "../../../provider/values";
import type { Records } from "../../controller";
import { needed } from "../find-record";
import { TYPES } from "../types";
import { parseHealthCheck, type HealthCheck } from "./health-check";
import { parseTemplate, type Template } from "./template";

/** What a group is to be. */
export interface GroupSpec {
  /** Id of its manager's record. */
  readonly id: string;
  readonly baseInstanceName: string;
  readonly zones: readonly string[];
  /** What its instances are to be made of. */
  readonly template: Template;
  /** How many there are to be; undefined: as many as there were. */
  readonly size: number | undefined;
  readonly namedPorts: Readonly<Record<string, number>>;
  /** How many above its size an update may make, and how many below it may leave for a while. */
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  /** How long a new instance has to be healthy before an update counts on it. */
  readonly minReadySeconds: number;
  readonly healing: Healing | undefined;
  /** Whether a repaired instance gets the newest template. */
  readonly updatesOnRepair: boolean;
  /** Whether the manager's step waits until its instances are what they are to be. */
  readonly waits: boolean;
}

/** Autohealing. */
export interface Healing {
  readonly check: HealthCheck;
  /** For so long after its start nothing is held against an instance. */
  readonly initialDelaySeconds: number;
}

/** Properties that would change what VMs are or which of them exist. */
const NOT_EMULATED = [
  "allInstancesConfig",
  "instanceFlexibilityPolicy",
  "statefulDisks",
  "statefulExternalIps",
  "statefulInternalIps",
  "targetPools",
  "targetStoppedSize",
  "targetSuspendedSize",
];

/** Reads a group from its manager and what that refers to. Throws an Error that names what is missing or not emulated. */
export function parseGroup(records: Records, { id, outputs }: CloudRecord): GroupSpec {
  const at = `instance group ${shortName(id)}`;
  const other = NOT_EMULATED.find((key) => !isAbsent(outputs[key]) && outputs[key] !== 0);
  if (other !== undefined) throw new Error(`${at}: the sandbox does not emulate ${other}`);
  const versions = list(outputs.versions).map(object);
  const [version = {}] = versions;
  if (versions.length !== 1) throw new Error(`${at}: the sandbox emulates one version, not ${versions.length}`);
  const template = needed(records, TYPES.template, text(version.instanceTemplate), at);
  const zones = list(outputs.distributionPolicyZones).map(text);
  if (zones.length === 0) throw new Error(`${at} has no distributionPolicyZones`);
  expect(at, "distributionPolicyTargetShape", outputs.distributionPolicyTargetShape, ["EVEN"]);
  const lifecycle = object(outputs.instanceLifecyclePolicy);
  expect(at, "instanceLifecyclePolicy.defaultActionOnFailure", lifecycle.defaultActionOnFailure, ["REPAIR"]);
  return {
    id,
    baseInstanceName: text(outputs.baseInstanceName),
    zones,
    template: parseTemplate(records, template),
    size: sizeOf(records, id, outputs),
    namedPorts: Object.fromEntries(
      list(outputs.namedPorts)
        .map(object)
        .map(({ name, port }) => [text(name), Number(port)]),
    ),
    ...budgetOf(at, object(outputs.updatePolicy)),
    healing: healingOf(records, at, object(outputs.autoHealingPolicies)),
    updatesOnRepair: text(lifecycle.forceUpdateOnRepair) === "YES",
    waits: outputs.waitForInstances === true,
  };
}

/** The autoscaler says how many, without load as few as it may; else the manager does; else it stays as it is. */
function sizeOf(records: Records, id: string, outputs: Properties): number | undefined {
  const autoscaler = records.google(TYPES.autoscaler).find((record) => sameLink(text(record.outputs.target), id));
  const policy = object(autoscaler?.outputs.autoscalingPolicy);
  if (autoscaler !== undefined) checkAutoscaler(autoscaler);
  if (autoscaler === undefined || text(policy.mode) === "OFF") {
    return typeof outputs.targetSize === "number" && outputs.targetSize > 0 ? outputs.targetSize : undefined;
  }
  return Math.min(Number(policy.minReplicas), Number(policy.maxReplicas));
}

/** Throws an Error for an autoscaler that follows more than load. */
export function checkAutoscaler({ id, outputs }: CloudRecord): void {
  const at = `autoscaler ${shortName(id)}`;
  const policy = object(outputs.autoscalingPolicy);
  if (!isAbsent(policy.scalingSchedules)) throw new Error(`${at}: the sandbox does not emulate scalingSchedules`);
  expect(at, "autoscalingPolicy.mode", policy.mode, ["ON", "OFF", "ONLY_UP", "ONLY_SCALE_OUT"]);
}

function budgetOf(at: string, policy: Properties): Pick<GroupSpec, "maxSurge" | "maxUnavailable" | "minReadySeconds"> {
  if (text(policy.type) === "") throw new Error(`${at}: the sandbox needs an updatePolicy of type PROACTIVE`);
  expect(at, "updatePolicy.type", policy.type, ["PROACTIVE"]);
  expect(at, "updatePolicy.minimalAction", policy.minimalAction, ["REPLACE"]);
  expect(at, "updatePolicy.mostDisruptiveAllowedAction", policy.mostDisruptiveAllowedAction, ["REPLACE"]);
  expect(at, "updatePolicy.replacementMethod", policy.replacementMethod, ["SUBSTITUTE"]);
  const { maxSurgeFixed: maxSurge, maxUnavailableFixed: maxUnavailable, minReadySec } = policy;
  if (typeof maxSurge !== "number" || typeof maxUnavailable !== "number") {
    throw new Error(`${at}: the sandbox needs maxSurgeFixed and maxUnavailableFixed in its updatePolicy`);
  }
  return { maxSurge, maxUnavailable, minReadySeconds: Number(minReadySec ?? 0) };
}

function healingOf(records: Records, at: string, policy: Properties): Healing | undefined {
  if (isAbsent(policy.healthCheck)) return undefined;
  return {
    check: parseHealthCheck(needed(records, TYPES.healthCheck, text(policy.healthCheck), at)),
    initialDelaySeconds: Number(policy.initialDelaySec ?? 0),
  };
}

function expect(at: string, key: string, value: Properties[string], known: readonly string[]): void {
  if (isAbsent(value) || value === "" || known.includes(text(value))) return;
  throw new Error(`${at}: the sandbox does not emulate ${key} ${show(value)}; it knows ${known.join(", ")}`);
}
